"""The folder of upload copies: each is named by its job's token and removed once it was sent."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from topazdesk.disk.own_folder import OwnFolder

_SHAPE = re.compile(r"td-[0-9a-f]{32}\.(png|tif)(\.part)?|\.[0-9a-f]{16}\.part")


def uploads_folder(folder: Path) -> OwnFolder:
    """Return the folder of upload copies inside the engine's own `folder`."""
    return OwnFolder(folder / "uploads", "uploads", _SHAPE)


def clear_uploads(folder: Path) -> None:
    """Remove the copies that a run left when it was killed; a job that needs one makes it again."""
    own = uploads_folder(folder)
    with suppress(OSError):  # an unwritable profile is reported where something has to be written
        own.claim()
        own.clear()
