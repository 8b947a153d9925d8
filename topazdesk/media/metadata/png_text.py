"""The text chunks of PNG files (PNG specification, 11.3.4): read them all, and write some as UTF-8."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from topazdesk.media.byte_ranges import of_file
from topazdesk.media.png_chunks import chunks as walk

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KINDS = (b"tEXt", b"zTXt", b"iTXt")
#: Most bytes of one text, unpacked. Longer ones are no text that a person wrote.
_MOST = 1_000_000
#: Keywords under which programs put metadata of other kinds, which exiv2 reads.
_OTHER_METADATA = ("Raw profile type ", "XML:com.adobe.xmp")


def texts(path: Path) -> dict[str, str]:
    """Return the texts of a PNG by keyword; the first of each. Broken ones are left out. Raises OSError."""
    found: dict[str, str] = {}
    with path.open("rb") as file:
        if file.read(8) != SIGNATURE:
            return found
        read = of_file(file)
        for each in walk(read):
            pair = _pair(each.kind, each.content(read)) if each.kind in _KINDS and each.length <= _MOST else None
            if pair is not None and not pair[0].startswith(_OTHER_METADATA):
                found.setdefault(*pair)
    return found


def chunks(data: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the chunks for texts by keyword: Latin-1 where that suffices, which every reader knows, else UTF-8."""
    for keyword, text in data.items():
        key = keyword.encode("latin-1", "replace")[:79]
        try:
            yield chunk(b"tEXt", key + b"\0" + text.encode("latin-1"))
        except UnicodeEncodeError:
            yield chunk(b"iTXt", key + b"\0\0\0\0\0" + text.encode("utf-8", "replace"))


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a whole chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def keyword_of(kind: bytes, data: bytes) -> str:
    """Return the keyword of a text chunk, "" for any other chunk."""
    return data.partition(b"\0")[0].decode("latin-1") if kind in _KINDS else ""


def _pair(kind: bytes, data: bytes) -> tuple[str, str] | None:
    key, _, rest = data.partition(b"\0")
    keyword = key.decode("latin-1")
    try:
        if kind == b"tEXt":
            return keyword, rest.decode("latin-1").strip("\0")
        if kind == b"zTXt":
            return keyword, _unpacked(rest[1:]).decode("latin-1")
        is_packed = rest[:1] == b"\1"
        _language, _, after = rest[2:].partition(b"\0")
        _translated, _, text = after.partition(b"\0")
        return keyword, (_unpacked(text) if is_packed else text).decode("utf-8")
    except (zlib.error, UnicodeDecodeError):
        return None


def _unpacked(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _MOST)
