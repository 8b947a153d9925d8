"""Streamed request bodies: their length is known in advance, memory is bounded, files are read ahead in a thread.

`open_form` gives `multipart/form-data` (RFC 7578) with or without a file, `open_file` the file alone, `json_body` a
small JSON text. The user's file name is in none of them.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from topazdesk.errors import Code, InputError

Progress = Callable[[int, int | None], None]

#: Bytes that are passed to the connection at a time, few enough that a slow connection is never taken for a silent one:
#: a piece may take 90 s, which is enough even at 24 kbit/s.
PIECE = 256 * 1024
#: Bytes that are read from the file per call into the worker thread.
READ = 4 * 1024 * 1024

_MIME = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff", ".tiff": "image/tiff"}


class Body(httpx.AsyncByteStream):
    """A body of bytes, then a file, then bytes; can be iterated once.

    `progress` is told about a piece when the next one is asked for.
    """

    def __init__(
        self,
        content_type: str,
        head: bytes = b"",
        source: _Source | None = None,
        tail: bytes = b"",
        progress: Progress | None = None,
    ) -> None:
        self.content_type = content_type
        self.length = len(head) + (source.size if source else 0) + len(tail)
        self._head = head
        self._source = source
        self._tail = tail
        self._progress = progress
        self._under_way = 0
        self._sent = 0

    @property
    def sent_text(self) -> str:
        """How far the upload got, for the details of an error."""
        return f"{self._sent} of {self.length} bytes were handed to the connection"

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece of up to 256 KiB. Raises InputError if the file cannot be read or became shorter."""
        if self._under_way:
            self._sent += self._under_way
            self._under_way = 0
            if self._progress is not None:
                self._progress(self._sent, self.length)
        piece = await self._next()
        if not piece:
            raise StopAsyncIteration
        self._under_way = len(piece)
        return piece

    async def _next(self) -> bytes:
        if self._head:
            piece, self._head = self._head, b""
            return piece
        if self._source is not None and (piece := await self._source.read()):
            return piece
        piece, self._tail = self._tail, b""
        return piece


class _Source:
    """The file in a body.

    A small file is read at once. A large one is opened, read and closed by one thread, so that it is never closed while
    it is being read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._worker: ThreadPoolExecutor | None = None
        self._file: io.FileIO | None = None
        self._pieces: deque[bytes] = deque()
        self._ahead: Future[list[bytes]] | None = None
        self._left = 0
        self._as_opened = 0, 0
        self.size = 0

    async def open(self) -> None:
        """Open the file. Raises InputError."""
        small = await asyncio.to_thread(_small, self._path)
        if small is not None:
            self.size = len(small)
            self._pieces.extend([small] if small else [])
            return
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="topazdesk-upload")
        await asyncio.wrap_future(self._worker.submit(self._open))
        self._look_ahead()

    async def read(self) -> bytes:
        """Return the next piece, b"" at the end. Raises InputError."""
        if not self._pieces and self._ahead is not None:
            pieces = await asyncio.wrap_future(self._ahead)
            self._pieces.extend(pieces)
            self._look_ahead()
        return self._pieces.popleft() if self._pieces else b""

    def close(self) -> None:
        """Close the file, without waiting for a read from a slow disk that may still run."""
        if self._worker is not None:
            self._worker.submit(self._close)
            self._worker.shutdown(wait=False)

    def _look_ahead(self) -> None:
        self._ahead = self._worker.submit(self._read) if self._worker is not None and self._left else None

    def _open(self) -> None:
        try:
            self._file = io.FileIO(self._path, "r")
            state = os.fstat(self._file.fileno())
            self.size = self._left = state.st_size
            self._as_opened = state.st_size, state.st_mtime_ns
        except OSError as exc:
            raise _unreadable(exc) from None

    def _read(self) -> list[bytes]:
        """Return up to 16 pieces; a file that has grown is not read beyond the announced length.

        The last of them only if the file is still what it was: nobody is sent half of one picture and half of another,
        or what was written into it meanwhile. Without its end, no service takes it.
        """
        pieces: list[bytes] = []
        for _ in range(READ // PIECE):
            if self._file is None or not self._left:
                break
            try:
                piece = self._file.read(min(PIECE, self._left))
            except OSError as exc:
                raise _unreadable(exc) from None
            if not piece:
                raise _changed(f"{self._left} bytes are missing")
            pieces.append(piece)
            self._left -= len(piece)
        if self._file is not None and pieces and not self._left:
            state = os.fstat(self._file.fileno())
            if (state.st_size, state.st_mtime_ns) != self._as_opened:
                raise _changed("it was written to")
        return pieces

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


@asynccontextmanager
async def open_form(
    fields: Sequence[tuple[str, str]], file_name: str = "", upload: Path | None = None, progress: Progress | None = None
) -> AsyncIterator[Body]:
    """Open the body of a form with these fields and the file `upload`, which stays open inside the block.

    `file_name` is the name that the service sees. Raises InputError when `upload` cannot be opened.
    """
    boundary = f"topazdesk-{secrets.token_hex(16)}"
    part = f"--{boundary}\r\nContent-Disposition: form-data; name="
    head = "".join(f'{part}"{_quoted(name)}"\r\n\r\n{value}\r\n' for name, value in fields)
    tail = f"--{boundary}--\r\n"
    kind = f"multipart/form-data; boundary={boundary}"
    if upload is None:
        yield Body(kind, (head + tail).encode(), progress=progress)
        return
    head += f'{part}"image"; filename="{_quoted(file_name)}"\r\nContent-Type: {mime_of(file_name)}\r\n\r\n'
    async with _opened(upload) as source:
        yield Body(kind, head.encode(), source, f"\r\n{tail}".encode(), progress)


@asynccontextmanager
async def open_file(upload: Path, content_type: str, progress: Progress) -> AsyncIterator[Body]:
    """Open a file as a body; it stays open inside the block. Raises InputError when it cannot be opened."""
    async with _opened(upload) as source:
        yield Body(content_type, source=source, progress=progress)


def json_body(data: object) -> Body:
    """Return a small JSON text as a body."""
    # ASCII only, with escapes: a lone surrogate from the clipboard cannot be encoded as UTF-8.
    return Body("application/json", json.dumps(data).encode("ascii"))


def mime_of(file_name: str) -> str:
    """Return the media type by the name's suffix, such as "image/jpeg"."""
    return _MIME.get(Path(file_name).suffix.lower(), "application/octet-stream")


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[_Source]:
    source = _Source(path)
    try:
        await source.open()
        yield source
    finally:
        source.close()


def _small(path: Path) -> bytes | None:
    """Return the bytes of a file that fits into one piece, None for a larger one. Raises InputError."""
    try:
        with io.FileIO(path, "r") as file:
            return file.read(PIECE) if os.fstat(file.fileno()).st_size <= PIECE else None
    except OSError as exc:
        raise _unreadable(exc) from None


def _changed(details: str) -> InputError:
    return InputError(
        "The picture changed while it was sent",
        "Another program changed the file. Try again when that program is done.",
        details=details,
        code=Code.INPUT_CHANGED,
    )


def _unreadable(exc: OSError) -> InputError:
    return InputError(
        "The picture cannot be read",
        "Check that the file still exists and that you may open it.",
        details=f"{type(exc).__name__}: {exc.strerror}",
        code=Code.INPUT_UNREADABLE,
    )


def _quoted(text: str) -> str:
    """Escape a name as browsers do (HTML standard, multipart/form-data encoding algorithm)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
