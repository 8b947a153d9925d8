"""Request bodies that stream: length known beforehand, memory bounded, a file read ahead in a worker thread.

`MultipartBody` is `multipart/form-data` as in RFC 7578 with a file in it, `FileBody` the file alone, `JsonBody` a small JSON
text. Nothing of the user's file name goes into any of them.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Protocol

from topazdesk.errors import InputError

Progress = Callable[[int, int | None], None]

#: One piece on its way to the socket; what is read in one visit of the worker thread.
PIECE = 1024 * 1024
PIECES_A_READ = 4

_MIME = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff", ".tiff": "image/tiff"}


class Body(Protocol):
    """What `Http` sends: a type, a length, and pieces that tell how far they got."""

    @property
    def content_type(self) -> str:
        """The request's Content-Type."""
        ...

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        ...

    @property
    def sent_text(self) -> str:
        """How far it got, for details."""
        ...

    def chunks(self, progress: Progress) -> AsyncGenerator[bytes, None]:
        """The body in pieces; `progress` hears of a piece once it is out."""
        ...


class MultipartBody:
    """Fields, then one file. `sent` counts the bytes that were handed to the connection."""

    def __init__(self, fields: Sequence[tuple[str, str]], file_name: str = "", source: _Source | None = None) -> None:
        self._boundary = f"topazdesk-{secrets.token_hex(16)}"
        self._source = source
        head = b"".join(self._field(name, value) for name, value in fields)
        if source:
            head += self._file_head(file_name)
        end_of_file = "\r\n" if source else ""
        self._head = head
        self._tail = f"{end_of_file}--{self._boundary}--\r\n".encode()
        self.sent = 0

    @property
    def content_type(self) -> str:
        """The request's Content-Type."""
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        return len(self._head) + (self._source.size if self._source else 0) + len(self._tail)

    @property
    def sent_text(self) -> str:
        """How far it got, for details."""
        return f"{self.sent} of {self.length} bytes were handed to the connection"

    async def chunks(self, progress: Progress) -> AsyncGenerator[bytes, None]:
        """The body in pieces of up to 1 MiB; `progress` hears of a piece once it is out.

        Raises InputError when the file breaks off or got shorter.
        """
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                yield piece
                self.sent += len(piece)
                progress(self.sent, self.length)

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        if self._source is None:
            yield self._head + self._tail
            return
        yield self._head
        async with aclosing(self._source.pieces()) as pieces:
            async for piece in pieces:
                yield piece
        yield self._tail

    def _field(self, name: str, value: str) -> bytes:
        return (
            f'--{self._boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'
        ).encode()

    def _file_head(self, file_name: str) -> bytes:
        kind = mime_of(file_name)
        return (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="image"; filename="{_quoted(file_name)}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode()


class FileBody:
    """A file and nothing else, as storage takes it. `sent` counts the bytes that were handed to the connection."""

    def __init__(self, source: _Source, content_type: str) -> None:
        self._source = source
        self.content_type = content_type
        self.sent = 0

    @property
    def length(self) -> int:
        """Bytes of the file."""
        return self._source.size

    @property
    def sent_text(self) -> str:
        """How far it got, for details."""
        return f"{self.sent} of {self.length} bytes were handed to the connection"

    async def chunks(self, progress: Progress) -> AsyncGenerator[bytes, None]:
        """The file in pieces of up to 1 MiB; `progress` hears of a piece once it is out. Raises InputError."""
        async with aclosing(self._source.pieces()) as pieces:
            async for piece in pieces:
                yield piece
                self.sent += len(piece)
                progress(self.sent, self.length)


class JsonBody:
    """A small JSON text."""

    content_type = "application/json"

    def __init__(self, data: object) -> None:
        # ASCII only: half a character from a clipboard has no bytes of its own.
        self._bytes = json.dumps(data).encode("ascii")

    @property
    def length(self) -> int:
        """Bytes of the text."""
        return len(self._bytes)

    @property
    def sent_text(self) -> str:
        """For details."""
        return f"a request of {self.length} bytes"

    async def chunks(self, progress: Progress) -> AsyncGenerator[bytes, None]:  # noqa: ARG002 - too small to tell of
        """The text in one piece."""
        yield self._bytes


class _Source:
    """The file and the one thread that opens, reads and closes it, in that order: it is never closed under a read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._worker: ThreadPoolExecutor | None = None
        self._file: io.FileIO | None = None
        self._held: bytes | None = None
        self.size = 0

    async def open(self) -> None:
        """Raises InputError. A small file is read at once and needs no thread of its own."""
        self._held = await asyncio.to_thread(_small, self._path)
        if self._held is not None:
            self.size = len(self._held)
            return
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="topazdesk-upload")
        await asyncio.wrap_future(self._worker.submit(self._open))

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The whole file; the next pieces are read while these go out. Raises InputError."""
        if self._held is not None:
            if self._held:
                yield self._held
            return
        left = self.size
        ahead = self._read_some(left)
        while left:
            pieces = await asyncio.wrap_future(ahead)
            left -= sum(map(len, pieces))
            if left:
                ahead = self._read_some(left)
            for piece in pieces:
                yield piece

    def _read_some(self, left: int) -> Future[list[bytes]]:
        """The next pieces, of the `left` bytes still to come."""
        if self._worker is None:
            raise ValueError("not open")
        return self._worker.submit(self._read, left)

    def close(self) -> None:
        """Does not wait: a read from a slow disk may still run."""
        if self._worker is not None:
            self._worker.submit(self._close)
            self._worker.shutdown(wait=False)

    def _open(self) -> None:
        try:
            self._file = io.FileIO(self._path, "r")
            self.size = os.fstat(self._file.fileno()).st_size
        except OSError as exc:
            raise _unreadable(exc) from None

    def _read(self, left: int) -> list[bytes]:
        if self._file is None:
            raise ValueError("not open")
        return _read_some(self._file, left)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


@asynccontextmanager
async def open_body(
    fields: Sequence[tuple[str, str]], file_name: str = "", upload: Path | None = None
) -> AsyncIterator[MultipartBody]:
    """The body of one submit; the file stays open inside the block.

    Raises InputError when `upload` cannot be opened.
    """
    if upload is None:
        yield MultipartBody(fields)
        return
    source = _Source(upload)
    try:
        await source.open()
        yield MultipartBody(fields, file_name, source)
    finally:
        source.close()


@asynccontextmanager
async def open_file(upload: Path, content_type: str) -> AsyncIterator[FileBody]:
    """The body that is this file; it stays open inside the block. Raises InputError when it cannot be opened."""
    source = _Source(upload)
    try:
        await source.open()
        yield FileBody(source, content_type)
    finally:
        source.close()


def mime_of(file_name: str) -> str:
    """Media type by the name's ending: "image/jpeg"."""
    return _MIME.get(Path(file_name).suffix.lower(), "application/octet-stream")


def _small(path: Path) -> bytes | None:
    """The bytes of a file that fits into one piece, else None. Raises InputError. Runs in a worker thread."""
    try:
        with io.FileIO(path, "r") as file:
            size = os.fstat(file.fileno()).st_size
            return _whole(file, size) if size <= PIECE else None
    except OSError as exc:
        raise _unreadable(exc) from None


def _whole(file: io.FileIO, size: int) -> bytes:
    pieces = _read_some(file, size)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _read_some(file: io.FileIO, left: int) -> list[bytes]:
    """Up to four pieces, no more than `left` bytes. Runs in the worker thread."""
    pieces: list[bytes] = []
    try:
        while left and len(pieces) < PIECES_A_READ:
            piece = file.read(min(PIECE, left))
            if not piece:
                raise InputError(
                    "The picture changed while it was sent",
                    "Another program made the file shorter. Try again when that program is done.",
                    details=f"{left} bytes are missing",
                    code="input.changed",
                )
            pieces.append(piece)
            left -= len(piece)
    except OSError as exc:
        raise _unreadable(exc) from None
    return pieces


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
