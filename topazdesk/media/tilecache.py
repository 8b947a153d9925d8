"""The folder of built pyramids, change maps and previews: one file a picture or pair, named after its content's identity, the longest unused thrown out first.

Identity is path, size and time of change: the bytes need not be read to know whether a pyramid is still right.
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

#: Raised whenever the way of building changes, so that older files are not taken for right.
_BUILD = 1
#: All pyramids together; one picture of 24 MP takes 100 MB, one of 683 MP about 1 GB.
MAX_BYTES = 4_000_000_000
#: Half-written files of a program that died are removed after a day.
_STALE_S = 86_400.0
#: Left free on the disk for everybody else.
_SPARE_BYTES = 200_000_000
#: How the names of previews of very large results end.
PREVIEW_SUFFIX = ".preview.jpg"
_SHAPE = re.compile(r"[0-9a-f]{40}\.[a-z0-9.-]+|\.[0-9a-f]{16}\.part")
_KEPT = (".tif", ".changes.json", PREVIEW_SUFFIX)


@dataclass(frozen=True, slots=True)
class TileCache:
    """Pyramid files under `folder`, together not more than `max_bytes` (but always the newest). Blocking."""

    folder: Path
    max_bytes: int = MAX_BYTES

    @property
    def own(self) -> OwnFolder:
        """The folder as one in which files of ours are deleted, and no others."""
        return OwnFolder(self.folder, "pyramids", _SHAPE)

    def place(self, path: Path) -> Path:
        """Where the pyramid of the file at `path`, as it is now, belongs. Raises OSError when it cannot be read."""
        return self.folder / f"{identity(path)}.tif"

    def changes_place(self, before: Path, after: Path) -> Path:
        """Where the numbers of a change map belong. Raises OSError when a file cannot be read."""
        pair = f"{identity(before)} {identity(after)}"
        return self.folder / f"{hashlib.sha256(pair.encode()).hexdigest()[:40]}.changes.json"

    def prepare(self, need_bytes: int) -> None:
        """Make the folder and see that `need_bytes` fit. Raises ComputerError."""
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
                "Too little free space to show this picture sharply",
                f"Free about {need_bytes / 1e6:,.0f} MB where temporary files are kept. The picture itself is unharmed",
                code=Code.DISK_FULL_CACHE,
            )

    def touch(self, pyramid: Path) -> None:
        """Note that a pyramid was used just now."""
        with contextlib.suppress(OSError):
            os.utime(pyramid)

    def trim(self, keep: Path | None, max_bytes: int | None = None) -> None:
        """Delete the longest unused pyramids until the rest fits; `keep` stays whatever its size.

        A file that another window shows is deleted under it without harm where the system allows that, else skipped.
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


def identity(path: Path) -> str:
    """A word that changes with the content of the file at `path`, as far as size and time tell. Raises OSError."""
    state = path.stat()
    known = b"%d\0%d\0%d\0" % (_BUILD, state.st_size, state.st_mtime_ns) + os.fsencode(path.absolute())
    return hashlib.sha256(known).hexdigest()[:40]


def cache_unusable(error: OSError) -> ComputerError:
    """The report for a cache folder that cannot be written."""
    return ComputerError(
        "The folder for temporary files cannot be used",
        "Large pictures stay blurred until it can be written again. The pictures themselves are unharmed",
        details=str(error),
        code=Code.DISK_CACHE,
    )
