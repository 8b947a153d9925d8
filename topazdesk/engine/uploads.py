"""The folder of upload copies: each is named by its job's token and goes when it was sent."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from topazdesk.disk.own_folder import OwnFolder

_SHAPE = re.compile(r"td-[0-9a-f]{32}\.(png|tif)(\.part)?|\.[0-9a-f]{16}\.part")


def uploads_folder(folder: Path) -> OwnFolder:
    """The engine's, in its own `folder`."""
    return OwnFolder(folder / "uploads", "uploads", _SHAPE)


def clear_uploads(folder: Path) -> None:
    """Remove the copies of a run that was ended; whoever needs one makes it anew."""
    own = uploads_folder(folder)
    with suppress(OSError):  # a profile that cannot be written is told of where something has to be
        own.claim()
        own.clear()
