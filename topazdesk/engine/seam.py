"""Joins a download to the part of it that is on the disk, if both are of the same file.

A storage may hold another file under a fresh link: the service has made the result anew. Half of one and half of the
other can be a picture that decodes without a fault. So the last bytes that are there are asked for once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from topazdesk.engine import files

#: Bytes asked for once more: a moment on any line, and no two pictures made apart have so many in common.
OVERLAP_BYTES = 16_384


class AnotherFileError(Exception):
    """What comes is not what is there goes on with."""


@dataclass(slots=True)
class Seam:
    """Where a download begins, and the bytes there, with which it has to begin."""

    start: int
    _known: bytes = b""
    _seen: int = 0

    @classmethod
    def of(cls, part: Path, offset: int) -> Seam:
        """Return the seam of a part file that is `offset` bytes long. Blocks. Raises ComputerError."""
        if not offset:
            return cls(0)
        start = max(0, offset - OVERLAP_BYTES)
        try:
            with part.open("rb") as file:
                file.seek(start)
                return cls(start, file.read(offset - start))
        except OSError as error:
            raise files.disk_error(error, part.parent) from error

    @property
    def end(self) -> int:
        """From where on the bytes are new."""
        return self.start + len(self._known)

    def beyond(self, chunk: bytes) -> bytes:
        """Return what of the next bytes is new. Raises AnotherFileError."""
        left = len(self._known) - self._seen
        if left <= 0:
            return chunk
        again = chunk[:left]
        if again != self._known[self._seen : self._seen + len(again)]:
            raise AnotherFileError
        self._seen += len(again)
        return chunk[len(again) :]
