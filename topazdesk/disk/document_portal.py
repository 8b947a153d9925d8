"""Files that a sandboxed program hands over: in the folder of the document portal only the file itself can be written.

Results would have no place beside it, and its folder's name means nothing to anybody. The portal says where the file
really lies; where this program may see that place, it works there.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path

_PORTAL = re.compile(r"/run/(user/[0-9]+|flatpak)/doc/.")
_ATTRIBUTE = "user.document-portal.host-path"


def is_in_flatpak() -> bool:
    """Return whether this program sees only what its sandbox shows it of the disk."""
    return "FLATPAK_ID" in os.environ


def original_of(path: Path) -> Path:
    """Return where a file of the document portal really lies, if it can be seen there, else `path` itself."""
    if sys.platform != "linux" or not _PORTAL.match(str(path)):
        return path
    return _real(path) or path


def _real(path: Path) -> Path | None:
    if sys.platform != "linux":
        return None
    with suppress(OSError, ValueError):
        told = Path(os.fsdecode(os.getxattr(path, _ATTRIBUTE).rstrip(b"\0")))
        # Through the portal the file has a number of its own, so that size and time must do.
        here, there = path.stat(), told.stat()
        if told.is_absolute() and (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns):
            return told
    return None
