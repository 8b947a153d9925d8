"""Digests of files, each read once: known again by path, length and time, in this run of the program and from jobs.

A file that was changed moments before it was read may be changed once more within the same tick of its clock, so such a
digest is used and not kept.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import Pictures
from topazdesk.engine import files
from topazdesk.engine.job_store import JobStore
from topazdesk.errors import TopazdeskError

#: Pictures read at the same time; more would not be faster on one disk.
_READ_AT_ONCE = 4
#: A file must have been left alone for so long before it was read: the coarsest clock of a file system has 2 s.
_STILL_S = 2.5

_Version = tuple[int, int]  # length in bytes, time of the last change in ns


class FileDigests:
    """Knows the digests of files. `of` is for the loop; `digest` and `check_result` block."""

    def __init__(self, store: JobStore, pictures: Pictures, now: Callable[[], float]) -> None:
        self._store = store
        self._pictures = pictures
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[_Version, str]] = {}

    async def of(self, infos: Iterable[ImageInfo]) -> dict[Path, str | None]:
        """Return the digests of pictures; None for one that cannot be read, which whoever sends it will report."""
        wanted = {info.path: (info.bytes_on_disk, info.mtime_ns) for info in infos}
        found: dict[Path, str | None] = {path: self._get(path, version) for path, version in wanted.items()}
        missing = [path for path, digest in found.items() if digest is None]
        for read in await self._store.read_before(missing):
            if wanted.get(read.source) == (read.length, read.mtime_ns) and _was_still(read.mtime_ns, read.at):
                found[read.source] = read.digest
                self._keep(read.source, (read.length, read.mtime_ns), read.digest)
        missing = [path for path in missing if found[path] is None]
        if missing:
            found |= await asyncio.to_thread(self._read, [(path, wanted[path]) for path in missing])
        return found

    def known(self, info: ImageInfo) -> str:
        """Return the digest of a picture if it has been read already, else ""; reads nothing."""
        return self._get(info.path, (info.bytes_on_disk, info.mtime_ns)) or ""

    def digest(self, path: Path) -> str:
        """Return the digest of a file as it is now, "" if there is none. Blocks. Raises ComputerError."""
        try:
            state = path.stat()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise files.disk_error(error, path.parent) from error
        version = state.st_size, state.st_mtime_ns
        known = self._get(path, version)
        if known is None:
            known = files.digest_of(path)
            self._remember(path, version, known)
        return known

    def check_result(self, path: Path, size: int, digest: str) -> bool:
        """Tell whether a file has this content. Blocks. Raises ComputerError."""
        return files.size_of(path) == size and self.digest(path) == digest

    def _read(self, wanted: list[tuple[Path, _Version]]) -> dict[Path, str | None]:
        def digest(each: tuple[Path, _Version]) -> str | None:
            path, version = each
            try:
                found = self._pictures.digest(path)
            except TopazdeskError:
                return None
            self._remember(path, version, found)
            return found

        if len(wanted) == 1:
            return {wanted[0][0]: digest(wanted[0])}
        with ThreadPoolExecutor(_READ_AT_ONCE, thread_name_prefix="digests") as pool:
            return dict(zip((path for path, _ in wanted), pool.map(digest, wanted), strict=True))

    def _get(self, path: Path, version: _Version) -> str | None:
        with self._lock:
            known = self._known.get(path)
        return known[1] if known is not None and known[0] == version else None

    def _remember(self, path: Path, version: _Version, digest: str) -> None:
        """Keep a digest if the file is still as it was, and was not changed just now."""
        try:
            state = path.stat()
        except OSError:
            return
        if (state.st_size, state.st_mtime_ns) == version and _was_still(version[1], self._now()):
            self._keep(path, version, digest)

    def _keep(self, path: Path, version: _Version, digest: str) -> None:
        with self._lock:
            self._known[path] = version, digest


def _was_still(mtime_ns: int, at: float) -> bool:
    return mtime_ns / 1e9 < at - _STILL_S
