"""`topazdesk metadata`: what of the originals' metadata comes back in results. One setting with the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from topazdesk.app.app_context import AppContext
from topazdesk.app.settings import METADATA
from topazdesk.cli.options import JsonOption, ProfileOption
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.disk.file_uris import path_of_word
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.kept import CredentialsMode, MetadataMode, ResolutionMode
from topazdesk.errors import ExitCode
from topazdesk.language import say


def metadata(
    paths: Annotated[
        list[Path],
        Argument(help="Files: show what they say about themselves, and change nothing.", parser=path_of_word),
    ] = [],  # noqa: B006 - the default is read once and never changes it
    mode: Annotated[
        MetadataMode | None, Option("--mode", help="Into the result, into an XMP file beside it, or nowhere.")
    ] = None,
    location: Annotated[bool | None, Option("--location/--no-location", help="GPS position and place names.")] = None,
    people: Annotated[
        bool | None,
        Option("--people/--no-people", help="Names of people shown, face areas, the camera's owner."),
    ] = None,
    serials: Annotated[bool | None, Option("--serials/--no-serials", help="Serial numbers of camera and lens.")] = None,
    resolution: Annotated[
        ResolutionMode | None, Option("--resolution", help="Keep the size in print, or the number of dpi.")
    ] = None,
    credentials: Annotated[
        CredentialsMode | None,
        Option(
            "--credentials",
            help="Results with content credentials: leave them as delivered, with an XMP file beside them; or take "
            "the credentials out and add the metadata.",
        ),
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Show or set what of the originals' metadata comes back in results, for window and command line alike.

    It holds for every result that arrives from now on. With files: show what they say about themselves.
    """
    if paths:
        return _show(paths, EventPrinter(as_json))
    given = {
        "metadata": None if mode is None else mode.value,
        "credentials": None if credentials is None else credentials.value,
        "resolution": None if resolution is None else resolution.value,
        "keep_location": location,
        "keep_people": people,
        "keep_serials": serials,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    return run_stoppable(_metadata(profile, changes, EventPrinter(as_json)))


async def _metadata(profile: Path | None, changes: dict[str, Any], output: EventPrinter) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False)
    try:
        if changes:
            await context.change_settings(changes)
        fields = {name: getattr(context.settings, name) for name in METADATA}
        output.event("metadata", context.settings.metadata_choice.sentence, **fields)
        output.event("summary", **fields)
        return ExitCode.DONE
    finally:
        await context.close()


def _show(paths: list[Path], output: EventPrinter) -> ExitCode:
    """Print what each file says about itself. Return USE if one cannot be read."""
    from topazdesk.media.metadata.aside import file_metadata_aside

    found = file_metadata_aside(paths)
    for path, said in zip(paths, found, strict=True):
        rows = [*said.stated, (say("Personal data"), ", ".join(kind.text for kind in said.written))]
        rows += [(say("Not readable"), text) for text in said.trouble]
        lines = [f"  {name}: {one_line(value)}" for name, value in rows if value] or [
            "  " + say("Nothing but the picture")
        ]
        output.event("file", "\n".join([shown(path), *lines]), path=path, **said.to_json())
    unread = sum(not said.stated and not said.written and bool(said.trouble) for said in found)
    output.event("summary", "", files=len(found), unread=unread)
    return ExitCode.USE if unread else ExitCode.DONE
