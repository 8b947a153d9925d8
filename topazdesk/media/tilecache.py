"""Manage the viewer's cache folder of pyramids, change maps and previews.

Each picture, or pair of pictures, has one file, named after its identity: path, size and modification time, so that no
picture needs to be read to know whether its pyramid is still valid. The least recently used files are deleted first.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from topazdesk.disk.own_folder import OwnFolder
from topazdesk.errors import Code, ComputerError
from topazdesk.language import say

#: Increase this whenever files are built differently, so that older ones are no longer used.
_BUILD = 2
#: The same for change maps. 2: the sandbox's stamp does not count.
_MEASURE = 2
#: Size limit of the folder; a picture of 24 MP takes 100 MB, one of 683 MP about 1 GB.
MAX_BYTES = 4_000_000_000
#: Partial files of a crashed program are removed after a day.
_STALE_S = 86_400.0
#: Bytes that are left free on the disk for everything else.
_SPARE_BYTES = 200_000_000
PYRAMID_SUFFIX = ".tiles"
#: Name ending of previews of very large results.
PREVIEW_SUFFIX = ".preview.jpg"
_SHAPE = re.compile(r"[0-9a-f]{40}\.[a-z0-9.-]+|\.[0-9a-f]{16}\.part")
_KEPT = (PYRAMID_SUFFIX, ".tif", ".changes.json", PREVIEW_SUFFIX)  # .tif: pyramids of earlier versions


@dataclass(frozen=True, slots=True)
class TileCache:
    """The cache files in `folder`, together at most `max_bytes`, but always including the newest. Blocking."""

    folder: Path
    max_bytes: int = MAX_BYTES

    @property
    def own(self) -> OwnFolder:
        """The folder, guarded so that only our own files in it can be deleted."""
        return OwnFolder(self.folder, "pyramids", _SHAPE)

    def place(self, path: Path, page: int = 0) -> Path:
        """Return the path for the pyramid of a page of the file as it is now. Raises OSError when it cannot be read."""
        return self.folder / f"{identity(path, page)}{PYRAMID_SUFFIX}"

    def changes_place(self, before: Path, after: Path, page: int = 0) -> Path:
        """Return the path for the change map of a pair, of a page of the first file.

        Raises OSError when one of the files cannot be read.
        """
        pair = f"{identity(before, page)} {identity(after)} {_MEASURE}"
        return self.folder / f"{hashlib.sha256(pair.encode()).hexdigest()[:40]}.changes.json"

    def prepare(self, need_bytes: int) -> None:
        """Make the folder and ensure that `need_bytes` fit on the disk, trimming if needed. Raises ComputerError."""
        try:
            self.own.claim()
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise cache_unusable(error) from error
        if free < need_bytes + _SPARE_BYTES:
            self.trim(keep=None, max_bytes=max(0, self.max_bytes - need_bytes))
            free = shutil.disk_usage(self.folder).free
        if free < need_bytes + _SPARE_BYTES:
            raise ComputerError(
                "Not enough disk space to show this picture sharply",
                say(
                    "Free about {need_bytes:,.0f} MB on the disk with the temporary files. The picture itself is "
                    "unharmed",
                    need_bytes=need_bytes / 1000000.0,
                ),
                code=Code.DISK_FULL_CACHE,
            )

    def touch(self, pyramid: Path) -> None:
        """Record that a file was used just now."""
        with contextlib.suppress(OSError):
            os.utime(pyramid)

    def trim(self, keep: Path | None, max_bytes: int | None = None) -> None:
        """Delete the least recently used files until the rest fits into `max_bytes`; `keep` stays whatever its size.

        A file that another window has open is deleted without harm to it where the system allows that, else skipped.
        """
        limit = self.max_bytes if max_bytes is None else max_bytes
        total, entries = 0, []
        own = self.own
        for entry in list(own.files()):
            with contextlib.suppress(OSError):
                state = entry.stat()
                if entry.suffix == ".part" and time.time() - state.st_mtime > _STALE_S:
                    own.remove(entry)
                elif entry.name.endswith(_KEPT):
                    total += state.st_size
                    entries.append((state.st_mtime, state.st_size, entry))
        for _, size, entry in sorted(entries):
            if total <= limit:
                return
            if entry != keep and own.remove(entry):
                total -= size


def identity(path: Path, page: int = 0) -> str:
    """Return a digest of path, page, size and time of a file, which changes when the file does. Raises OSError."""
    state = path.stat()
    known = b"%d\0%d\0%d\0" % (_BUILD, state.st_size, state.st_mtime_ns) + os.fsencode(path.absolute())
    known += b"\0%d" % page if page else b""
    return hashlib.sha256(known).hexdigest()[:40]


def cache_unusable(error: OSError) -> ComputerError:
    """Return the error for a cache folder that cannot be written."""
    return ComputerError(
        "The folder for temporary files cannot be used",
        "Make it writable again; until then large pictures stay blurred. The pictures themselves are unharmed",
        details=str(error),
        code=Code.DISK_CACHE,
    )
