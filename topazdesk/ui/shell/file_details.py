"""Shows what the files of a picture say about themselves: the original's beside the result's."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.disk.names import shown_path
from topazdesk.domain.displayed_text import one_line
from topazdesk.ui.controls import Menu
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.picture_menu import Part, Subject, menu_entry
from topazdesk.ui.texts import data_size_text, format_text, pixel_shape_text, size_text, tr, translated

if TYPE_CHECKING:
    from topazdesk.domain.kept import KeptReport
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.models.session import WindowSession
    from topazdesk.ui.shell.file_details_sheet import FileDetailsSheet
    from topazdesk.ui.viewer.panel import ViewerPanel


class FileDetails(Feature):
    """Provides `file_details`: by key, in the menus of pictures, and by a button below the viewer."""

    def __init__(self, host: Host, viewer: ViewerPanel) -> None:
        super().__init__(host.widget)
        self._host = host
        self._action = host.commands.provide("file_details", lambda: self._open(host.menus.subject()))
        host.menus.add(Part.FILES, self._fill)
        viewer.details_button.clicked.connect(self._open_viewed)
        viewer.details_button.show()

    def _fill(self, menu: Menu, subject: Subject) -> None:
        if len(subject.best) == 1:
            menu_entry(menu, self._action, tr("File details…"), lambda: self._open(subject))

    def _open_viewed(self) -> None:
        picture = self._host.session.library.picture
        if picture is not None:
            self._open(Subject.of([picture]))

    def _open(self, subject: Subject) -> None:
        if subject.source is not None or subject.result is not None:
            self._host.dialogs.run("file details", lambda: self._show(subject))

    async def _show(self, subject: Subject) -> None:
        from topazdesk.ui.shell.file_details_sheet import FileDetailsSheet

        facts = _facts_of(subject, self._host.session)
        dialog = FileDetailsSheet(self._host.widget, subject.source, subject.result, _report_of(subject), facts)
        files = [(path, page) for path, page in ((subject.source, _page_of(subject)), (subject.result, 0)) if path]
        self._host.session.spawn("file details", self._read(dialog, files))
        await dialog.answered()
        dialog.deleteLater()

    async def _read(self, dialog: FileDetailsSheet, files: list[tuple[Path, int]]) -> None:
        from topazdesk.media.metadata.aside import file_metadata_aside

        paths, pages = zip(*files, strict=True)
        found = await asyncio.to_thread(file_metadata_aside, paths, pages)
        if is_open(dialog):
            dialog.show_files(found)


def _page_of(subject: Subject) -> int:
    """Return the page of the source that is meant, from 0."""
    if subject.job is not None:
        return subject.job.page
    picture = subject.pictures[subject.current] if subject.pictures else None
    return picture.page or 0 if picture is not None else 0


def _facts_of(subject: Subject, session: WindowSession) -> list[tuple[str, str]]:
    """Return what the file is, what is changed of it before it is sent, or was, and how its pixels are shown."""
    picture = subject.pictures[subject.current] if subject.pictures else None
    if picture is None or picture.info is None:
        return []
    info = picture.info
    size = data_size_text(info.bytes_on_disk)
    shown = size_text(picture.size or info.size)
    found = [
        (tr("File"), f"{shown} · {format_text(info.format)} · {size}\n{one_line(shown_path(picture.path.parent))}")
    ]
    changes = "\n".join(translated(change.sentence) for change in session.pricing.changes_of(picture))
    if changes:
        found.append((tr("Before it was sent") if picture.was_sent else tr("Before it is sent"), changes))
    if not info.grid.is_square:
        dpi = "" if info.upright_dpi is None else " · {:g} × {:g} dpi".format(*info.upright_dpi)
        pixels = f"{info.size.width} × {info.size.height}{dpi}"
        found.append((tr("Pixels"), f"{pixels}\n{pixel_shape_text(info.grid)}"))
    return found


def _report_of(subject: Subject) -> KeptReport | None:
    """Return what was said of the result's file when it was made."""
    if subject.job is not None and subject.job.result is not None:
        return subject.job.kept
    picture = subject.pictures[subject.current] if subject.pictures else None
    return picture.result.kept if picture is not None and picture.result is not None else None
