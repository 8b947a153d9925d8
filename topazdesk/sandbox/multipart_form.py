"""Read a multipart request: fields into memory, the picture straight to a file, however large it is."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO
from uuid import uuid4

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from topazdesk.sandbox.answers import ApiError

#: A request has at most 500 MB (Topaz, docs/getting-started).
MAX_REQUEST_BYTES = 500_000_000
_MAX_FIELD_BYTES = 65_536
_MAX_FIELDS = 500
#: The longest file name that common file systems support.
MAX_FILENAME = 255
_WRITE_BYTES = 1 << 20


@dataclass(slots=True)
class Upload:
    """An uploaded picture: `path` is a file of ours, `digest` the SHA-256 of its first megabyte and its length."""

    path: Path
    filename: str
    digest: str


@dataclass(slots=True)
class Form:
    """The request's fields as text, and the file of the field `image` if there was one.

    As a context manager it deletes the upload at the end, unless that was moved away.
    """

    fields: dict[str, str] = field(default_factory=dict)
    upload: Upload | None = None

    def __enter__(self) -> Form:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.upload is not None:
            self.upload.path.unlink(missing_ok=True)


class _Parts:
    """The receiver of the parser's callbacks. The picture's bytes collect in `waiting` until they are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fields: dict[str, str] = {}
        self.file: IO[bytes] | None = None
        self.path: Path | None = None
        self.filename = ""
        self.waiting = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._header = b""
        self._value = b""
        self._name = ""
        self._text = bytearray()
        self._is_image = False

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._headers = {}
        self._text = bytearray()
        self._header = b""
        self._value = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = b""
        self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_image = self._name == "image"
        if not self._is_image:
            return
        if self.file is not None:
            raise ApiError(400, "Only one image can be sent.")
        self.filename = options.get(b"filename", b"image").decode("utf-8", "replace")
        if len(self.filename) > MAX_FILENAME:
            raise ApiError(400, "The file name is too long.")
        self.path = self.folder / uuid4().hex
        self.file = self.path.open("wb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_image:
            self.waiting += data[start:end]
            return
        self._text += data[start:end]
        if len(self._text) > _MAX_FIELD_BYTES:
            raise ApiError(400, f"The field {self._name} is too long.")

    def _end(self) -> None:
        if not self._is_image:
            self.fields[self._name] = self._text.decode("utf-8", "replace")
            if len(self.fields) > _MAX_FIELDS:
                raise ApiError(400, "There are too many fields.")


async def read_form(request: Request, folder: Path) -> Form:
    """Read the fields and the picture of a multipart request; the picture goes to a file in `folder`.

    Raises ApiError 400 for anything that is not multipart/form-data, ApiError 413 above 500 MB, and starlette's
    ClientDisconnect when the client disconnected. Leaves no file behind when it raises.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise ApiError(400, "The request must be multipart/form-data.")
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and whole(length, 0, MAX_REQUEST_BYTES) is None:
        raise ApiError(413, "Request Entity Too Large")
    parts = _Parts(folder)
    digest, total = hashlib.sha256(), 0
    kept = False
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        async for chunk in request.stream():
            total += len(chunk)
            if total > MAX_REQUEST_BYTES:
                raise ApiError(413, "Request Entity Too Large")
            parser.write(chunk)
            if len(parts.waiting) >= _WRITE_BYTES:
                await _write(parts, digest)
        parser.finalize()
        await _write(parts, digest)
        upload = None
        if parts.file is not None and parts.path is not None:
            digest.update(str(parts.file.tell()).encode())
            upload = Upload(parts.path, parts.filename, digest.hexdigest())
        kept = True
        return Form(parts.fields, upload)
    except FormParserError as error:
        raise ApiError(400, "The multipart body is malformed.") from error
    finally:
        if parts.file is not None:
            parts.file.close()
        if not kept and parts.path is not None:
            parts.path.unlink(missing_ok=True)


async def _write(parts: _Parts, digest: hashlib._Hash) -> None:
    if parts.file is None or not parts.waiting:
        return
    block, parts.waiting = bytes(parts.waiting), bytearray()
    if parts.file.tell() < _WRITE_BYTES:
        digest.update(block[:_WRITE_BYTES])
    await asyncio.to_thread(parts.file.write, block)


def flag(fields: Mapping[str, str], name: str) -> bool:
    """Return a boolean form field or query parameter, False when it is missing. Raises ApiError 400."""
    text = fields.get(name, "false")
    if text not in ("true", "false"):
        raise ApiError(400, f"Invalid {name}: true or false is needed.")
    return text == "true"


def whole(text: str, least: int, most: int) -> int | None:
    """Return the integer written in plain digits, or None when `text` is something else or out of bounds."""
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        return None
    number = int(text)
    return number if least <= number <= most else None
