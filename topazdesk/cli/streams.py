"""The two output streams of the command line. No reader who leaves and no full disk can end work that is paid for.

Once a stream cannot be written (`| head -1`, a full disk, a closed terminal), its output is dropped from then on, and
the command and its jobs go on to their end. One mechanism serves all that prints, help texts and Python's own last
flush included.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from topazdesk.language import say

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Patient(io.RawIOBase):
    """Writes to `raw`, the stream below `stream`; after its first failure to nowhere. `lost` is that failure."""

    def __init__(self, stream: TextIO, raw: io.RawIOBase, told: Callable[[OSError], None]) -> None:
        self._stream = stream  # kept: once nobody holds it, it would close the stream below it
        self._raw = raw
        self._told = told
        self.lost: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        while self.lost is None:
            try:
                written = self._raw.write(data)
            except (OSError, ValueError) as error:
                self.lost = error if isinstance(error, OSError) else OSError(errno.EBADF, str(error))
                self._told(self.lost)
            else:
                if written is not None:
                    return written
                select.select([], [self._raw.fileno()], [])  # whoever started us made it non-blocking: wait for room
        return memoryview(data).nbytes

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self.lost is None and self._raw.isatty()


def keep_streams() -> Callable[[], OSError | None]:
    """Replace Python's stdout and stderr by streams that drop what cannot be written.

    Return a function that tells why results could not be written, or None when they were. A reader who left wanted no
    more, and counts as no failure. A character that a terminal or a pipe cannot show becomes a stand-in, in help texts
    too, instead of a traceback.
    """
    sys.stderr = _patient(sys.stderr, lambda _error: None)[0]
    sys.stdout, results = _patient(sys.stdout, _tell)

    def lost() -> OSError | None:
        sys.stdout.flush()
        return results.lost if results is not None and not _left(results.lost) else None

    return lost


def _patient(stream: TextIO, told: Callable[[OSError], None]) -> tuple[TextIO, _Patient | None]:
    if not isinstance(stream, io.TextIOWrapper):
        return stream, None  # a program that uses this as a library has put something else there
    stream.flush()
    buffer = stream.buffer
    raw = buffer.raw if isinstance(buffer, io.BufferedWriter) else buffer
    if not isinstance(raw, io.RawIOBase):
        return stream, None
    patient = _Patient(stream, raw, told)
    text = io.TextIOWrapper(
        io.BufferedWriter(patient),
        stream.encoding,
        "replace",
        line_buffering=stream.line_buffering,
        write_through=False,
    )
    return text, patient


def _left(error: OSError | None) -> bool:
    return error is not None and error.errno in (errno.EPIPE, errno.ECONNRESET)


def _tell(error: OSError) -> None:
    if not _left(error):
        reason = os.strerror(error.errno) if error.errno else str(error)
        print(
            say("What is printed cannot be written: {reason:text}. The work goes on.", reason=reason),
            file=sys.stderr,
            flush=True,
        )
