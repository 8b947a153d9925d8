"""How results are saved, in words that the output section and the sheet share."""

from __future__ import annotations

from pathlib import Path

from topazdesk.app.settings import Settings
from topazdesk.disk.names import shown_path
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.kept import MetadataMode
from topazdesk.domain.recipe import FileTime, OnConflict, OutputOptions
from topazdesk.ui.models.names_watch import ResultName
from topazdesk.ui.models.picture import shown_name
from topazdesk.ui.texts import tr


def conflict_texts() -> list[tuple[OnConflict, str]]:
    """Return what can be done where this picture's result is there already."""
    return [
        (OnConflict.UNIQUE, tr("Keep both")),
        (OnConflict.SKIP, tr("Skip the picture")),
        (OnConflict.OVERWRITE, tr("Replace it")),
    ]


def file_time_texts() -> list[tuple[FileTime, str]]:
    """Return the dates that a result's file can get."""
    return [
        (FileTime.NOW, tr("Now")),
        (FileTime.SOURCE, tr("As the original")),
        (FileTime.TAKEN, tr("When it was taken")),
    ]


def folder_text(folder: str) -> str:
    """Return the folder for results in full."""
    return shown_path(Path(folder)) if folder else tr("Next to the original")


def metadata_text(settings: Settings) -> str:
    """Return where the original's metadata goes, and whether a sidecar file is written."""
    match settings.metadata_choice.mode:
        case MetadataMode.EMBED:
            text = tr("Metadata in the result")
        case MetadataMode.SIDECAR:
            text = tr("Metadata in an XMP file")
        case MetadataMode.OFF:
            text = tr("No metadata")
    return f"{text} · {tr('with sidecar') if settings.sidecars else tr('no sidecar')}"


def rules_text(output: OutputOptions) -> str:
    """Return the rules that are not the usual ones, and the one for results that are there already, in a line."""
    parts = [
        {
            OnConflict.UNIQUE: tr("Keeps earlier results"),
            OnConflict.SKIP: tr("Skips what is done"),
            OnConflict.OVERWRITE: tr("Replaces earlier results"),
        }[output.on_conflict]
    ]
    if output.folder and output.flat:
        parts.append(tr("no sub-folders"))
    if output.file_time is not FileTime.NOW:
        parts.append(
            tr("file date of the original") if output.file_time is FileTime.SOURCE else tr("file date as taken")
        )
    return " · ".join(parts)


def result_text(name: ResultName, folder: str) -> str:
    """Return where a result goes, below the folder for results."""
    inside = name.path.name
    if folder and name.path.is_relative_to(folder):
        inside = str(name.path.relative_to(folder))
    if name.is_skipped:
        return tr("{name}: skipped, {result} is there").format(
            name=shown_name(name.source), result=one_line(inside, 200)
        )
    return one_line(inside, 400)
