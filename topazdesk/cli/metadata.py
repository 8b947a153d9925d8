"""`topazdesk metadata`: what of the originals' metadata comes back in results. One setting with the window."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from topazdesk.app.app_context import AppContext
from topazdesk.app.settings import METADATA
from topazdesk.cli.options import JsonOption, ProfileOption
from topazdesk.cli.output import EventPrinter
from topazdesk.domain.kept import CredentialsMode, MetadataMode, ResolutionMode


def metadata(
    mode: Annotated[
        MetadataMode | None, typer.Option("--mode", help="Into the result, into an XMP file beside it, or nowhere.")
    ] = None,
    location: Annotated[
        bool | None, typer.Option("--location/--no-location", help="GPS position and place names.")
    ] = None,
    people: Annotated[
        bool | None,
        typer.Option("--people/--no-people", help="Names of people shown, face areas, the camera's owner."),
    ] = None,
    serials: Annotated[
        bool | None, typer.Option("--serials/--no-serials", help="Serial numbers of camera and lens.")
    ] = None,
    resolution: Annotated[
        ResolutionMode | None, typer.Option("--resolution", help="Keep the size in print, or the number of dpi.")
    ] = None,
    credentials: Annotated[
        CredentialsMode | None,
        typer.Option(
            "--credentials",
            help="Results with content credentials: leave them as delivered, with an XMP file beside them; or take "
            "the credentials out and add the metadata.",
        ),
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show or set what of the originals' metadata comes back in results, for window and command line alike.

    It holds for every result that arrives from now on.
    """
    given = {
        "metadata": None if mode is None else mode.value,
        "credentials": None if credentials is None else credentials.value,
        "resolution": None if resolution is None else resolution.value,
        "keep_location": location,
        "keep_people": people,
        "keep_serials": serials,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    return asyncio.run(_metadata(profile, changes, EventPrinter(as_json)))


async def _metadata(profile: Path | None, changes: dict[str, Any], output: EventPrinter) -> int:
    context = await AppContext.open(profile, exclusive=False)
    try:
        if changes:
            await context.save_settings(context.settings.with_(**changes))
        fields = {name: getattr(context.settings, name) for name in METADATA}
        output.event("metadata", context.settings.metadata_choice.sentence, **fields)
        output.event("summary", **fields)
        return 0
    finally:
        await context.close()
