"""Request bodies that stream: length known beforehand, memory bounded, a file read ahead in a worker thread.

`open_form` is `multipart/form-data` as in RFC 7578, with a file or without, `open_file` the file alone, `json_body` a small JSON
text. Nothing of the user's file name goes into any of them.
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

from topazdesk.errors import InputError

Progress = Callable[[int, int | None], None]

#: What the connection is given at a time: so little that a slow line is never taken for a silent one. Within the 90 s that a
#: piece may take even 24 kbit/s carry it.
PIECE = 256 * 1024
#: What is read in one visit of a worker thread.
READ = 4 * 1024 * 1024

_MIME = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff", ".tiff": "image/tiff"}


class Body(httpx.AsyncByteStream):
    """Bytes, then a file, then bytes; iterated once. `progress` hears of a piece when the next one is asked for."""

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
        self._head, self._source, self._tail = head, source, tail
        self._progress = progress
        self._under_way = self._sent = 0

    @property
    def sent_text(self) -> str:
        """How far it got, for details."""
        return f"{self._sent} of {self.length} bytes were handed to the connection"

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """The next piece, of up to 256 KiB. Raises InputError when the file breaks off or got shorter."""
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
    """The file. A small one is read at once; a large one has a thread that opens, reads and closes it, in that order: it is never
    closed under a read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._worker: ThreadPoolExecutor | None = None
        self._file: io.FileIO | None = None
        self._pieces: deque[bytes] = deque()
        self._ahead: Future[list[bytes]] | None = None
        self._left = 0
        self.size = 0

    async def open(self) -> None:
        """Raises InputError."""
        small = await asyncio.to_thread(_small, self._path)
        if small is not None:
            self.size = len(small)
            self._pieces.extend([small] if small else [])
            return
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="topazdesk-upload")
        await asyncio.wrap_future(self._worker.submit(self._open))
        self._look_ahead()

    async def read(self) -> bytes:
        """The next piece, b"" at the end. Raises InputError."""
        if not self._pieces and self._ahead is not None:
            pieces = await asyncio.wrap_future(self._ahead)
            self._pieces.extend(pieces)
            self._look_ahead()
        return self._pieces.popleft() if self._pieces else b""

    def close(self) -> None:
        """Does not wait: a read from a slow disk may still run."""
        if self._worker is not None:
            self._worker.submit(self._close)
            self._worker.shutdown(wait=False)

    def _look_ahead(self) -> None:
        self._ahead = self._worker.submit(self._read) if self._worker is not None and self._left else None

    def _open(self) -> None:
        try:
            self._file = io.FileIO(self._path, "r")
            self.size = self._left = os.fstat(self._file.fileno()).st_size
        except OSError as exc:
            raise _unreadable(exc) from None

    def _read(self) -> list[bytes]:
        """Up to 16 pieces; a file that grew is not read beyond the length that was announced."""
        pieces: list[bytes] = []
        for _ in range(READ // PIECE):
            if self._file is None or not self._left:
                break
            try:
                piece = self._file.read(min(PIECE, self._left))
            except OSError as exc:
                raise _unreadable(exc) from None
            if not piece:
                raise InputError(
                    "The picture changed while it was sent",
                    "Another program made the file shorter. Try again when that program is done.",
                    details=f"{self._left} bytes are missing",
                    code="input.changed",
                )
            pieces.append(piece)
            self._left -= len(piece)
        return pieces

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


@asynccontextmanager
async def open_form(
    fields: Sequence[tuple[str, str]], file_name: str = "", upload: Path | None = None, progress: Progress | None = None
) -> AsyncIterator[Body]:
    """The body of one submit; the file stays open inside the block.

    Raises InputError when `upload` cannot be opened.
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
    """The body that is this file; it stays open inside the block. Raises InputError when it cannot be opened."""
    async with _opened(upload) as source:
        yield Body(content_type, source=source, progress=progress)


def json_body(data: object) -> Body:
    """A small JSON text."""
    # ASCII only: half a character from a clipboard has no bytes of its own.
    return Body("application/json", json.dumps(data).encode("ascii"))


def mime_of(file_name: str) -> str:
    """Media type by the name's ending: "image/jpeg"."""
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
    """The bytes of a file of one piece, None for a larger one. Raises InputError."""
    try:
        with io.FileIO(path, "r") as file:
            return file.read(PIECE) if os.fstat(file.fileno()).st_size <= PIECE else None
    except OSError as exc:
        raise _unreadable(exc) from None


def _unreadable(exc: OSError) -> InputError:
    return InputError(
        "The picture cannot be read",
        "Check that the file still exists and that you may open it.",
        details=f"{type(exc).__name__}: {exc.strerror}",
        code="input.unreadable",
    )


def _quoted(text: str) -> str:
    """Escaped as browsers do it (HTML, multipart/form-data encoding algorithm)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
