"""The text chunks of PNG files (PNG specification, 11.3.4): read them all, and write some as UTF-8."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from topazdesk.media.byte_ranges import of_file
from topazdesk.media.png_chunks import before_pixels
from topazdesk.media.png_chunks import chunks as walk

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KINDS = (b"tEXt", b"zTXt", b"iTXt")
#: Most bytes of one text, packed or not. The longest that programs write are their own project files.
_MOST = 8_000_000
#: Most bytes of all texts of a file, unpacked: a small file may hold any number of packed ones.
_MOST_TOGETHER = 16_000_000
#: Keywords under which programs put metadata of other kinds, which exiv2 reads.
_RAW = "Raw profile type "
_XMP = "XML:com.adobe.xmp"
_OTHER_METADATA = (_RAW, _XMP)
_READ_BY_EXIV2 = (*(_RAW + kind for kind in ("exif", "APP1", "app1", "iptc", "xmp")), _XMP)
#: The first letter of our keywords while exiv2 writes the file: it takes every text for one of its own whose keyword
#: begins as "Description", "XML:com.adobe.xmp" or another such word does, or is the beginning of one.
_SHIELD = b"z"


class Text(NamedTuple):
    """One text. A file may have several of a keyword, in languages (RFC 3066, "" for none is said), or by mistake.

    `translated` is the keyword in the text's own language.
    """

    keyword: str
    text: str
    language: str = ""
    translated: str = ""

    @property
    def name(self) -> str:
        """The keyword, with the language if it has one."""
        return f"{self.keyword} [{self.language}]" if self.language else self.keyword


class Found(NamedTuple):
    """The texts of a file, and the keywords of those that cannot be read or are longer than a text is."""

    texts: list[Text]
    broken: list[str]


def texts(path: Path) -> Found:
    """Return the texts of a PNG in the order of the file; what is there twice only once. Raises OSError."""
    found: dict[Text, None] = {}
    broken: dict[str, None] = {}
    left = _MOST_TOGETHER
    with path.open("rb") as file:
        if file.read(8) != SIGNATURE:
            return Found([], [])
        read = of_file(file)
        for each in walk(read):
            if each.kind not in _KINDS:
                continue
            keyword = keyword_of(each.kind, read(each.start + 8, 80))
            if keyword.startswith(_OTHER_METADATA):
                continue
            text = _text(each.kind, each.content(read)) if each.length <= min(_MOST, left) else None
            if text is None or len(text.text) > left:
                broken[keyword] = None
            elif text not in found:
                found[text] = None
                left -= len(text.text)
    return Found(list(found), list(broken))


def chunks(data: Sequence[Text]) -> Iterator[bytes]:
    """Yield the chunks for texts: Latin-1 where that suffices, which every reader knows, else UTF-8.

    They stand there under other keywords: call `unshield` on the file after exiv2 has written to it.
    """
    for text in data:
        key = _SHIELD + _key(text)[1:] + b"\0"
        if text.language or text.translated or not _is_latin_1(text.text):
            head = b"\0\0" + text.language.encode("ascii", "replace") + b"\0" + text.translated.encode() + b"\0"
            yield chunk(b"iTXt", key + head + text.text.encode("utf-8", "replace"))
        else:
            yield chunk(b"tEXt", key + text.text.encode("latin-1"))


def unshield(path: Path, data: Sequence[Text]) -> None:
    """Give the texts that `chunks` made their own keywords. Raises OSError; ValueError if they are not all there."""
    with path.open("rb+") as file:
        read = of_file(file)
        waiting = [_key(text) for text in data]
        places = []
        for each in before_pixels(read):
            content = each.content(read) if waiting and each.kind in _KINDS else b""
            if content.startswith(_SHIELD + waiting[0][1:] + b"\0") if content else False:
                places.append((each.start, chunk(each.kind, waiting.pop(0)[:1] + content[1:])))
        if waiting:
            raise ValueError("a text was lost")
        for place, whole in places:
            file.seek(place)
            file.write(whole)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a whole chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def keyword_of(kind: bytes, data: bytes) -> str:
    """Return the keyword of a text chunk, "" for any other chunk."""
    return data.partition(b"\0")[0].decode("latin-1") if kind in _KINDS else ""


def _key(text: Text) -> bytes:
    return text.keyword.encode("latin-1", "replace")[:79]


def _is_latin_1(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _text(kind: bytes, data: bytes) -> Text | None:
    key, _, rest = data.partition(b"\0")
    keyword = key.decode("latin-1")
    if not keyword:
        return None
    try:
        if kind == b"tEXt":
            return Text(keyword, rest.decode("latin-1").strip("\0"))
        if kind == b"zTXt":
            return Text(keyword, _unpacked(rest[1:]).decode("latin-1"))
        is_packed = rest[:1] == b"\1"
        language, _, after = rest[2:].partition(b"\0")
        translated, _, text = after.partition(b"\0")
        whole = (_unpacked(text) if is_packed else text).decode("utf-8")
        return Text(keyword, whole, language.decode("latin-1"), translated.decode("utf-8"))
    except (zlib.error, UnicodeDecodeError):
        return None


def _unpacked(data: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    text = unpacking.decompress(data, _MOST)
    if not unpacking.eof:
        raise zlib.error("cut off, or longer than a text is")
    return text


class Metadata(NamedTuple):
    """A PNG with the metadata of other kinds alone, and the names of those that cannot be unpacked."""

    data: bytes
    broken: list[str]


def without_texts(path: Path) -> Metadata:
    """Return what exiv2 is to read of a PNG of which it reads nothing because of one text, with all of it unpacked.

    It refuses texts that are broken, and those that are packed well. Raises OSError.
    """
    kept, broken = [SIGNATURE], list[str]()
    with path.open("rb") as file:
        read = of_file(file)
        for each in walk(read):
            keyword = keyword_of(each.kind, read(each.start + 8, 80)) if each.kind in _KINDS else ""
            if each.kind == b"IDAT" or each.length > _MOST:
                continue
            if each.kind not in _KINDS:
                kept.append(read(each.start, each.end - each.start))
            elif keyword.startswith(_READ_BY_EXIV2):
                text = _text(each.kind, each.content(read))
                if text is None:
                    broken.append(keyword.removeprefix(_RAW))
                else:
                    kept.append(_plain(keyword, text.text))
    return Metadata(b"".join(kept), broken)


def _plain(keyword: str, text: str) -> bytes:
    name = keyword.encode("latin-1")
    if keyword.startswith(_RAW):
        # Hexadecimal numbers, and a line break behind the last, without which exiv2 reads none.
        return chunk(b"tEXt", name + b"\0" + text.rstrip().encode("latin-1", "replace") + b"\n")
    return chunk(b"iTXt", name + b"\0\0\0\0\0" + text.encode("utf-8"))


def xmp_packet(path: Path) -> str:
    """Return the XMP packet of a PNG, "" where there is none that can be unpacked. Raises OSError."""
    with path.open("rb") as file:
        read = of_file(file)
        for each in walk(read):
            if each.kind in _KINDS and keyword_of(each.kind, read(each.start + 8, 80)) == _XMP:
                text = _text(each.kind, each.content(read)) if each.length <= _MOST else None
                return text.text if text is not None else ""
    return ""


def exif_chunk(path: Path, most: int) -> bytes:
    """Return the content of the chunk for EXIF, b"" for none of up to `most` bytes. Raises OSError."""
    with path.open("rb") as file:
        read = of_file(file)
        return next((each.content(read) for each in walk(read) if each.kind == b"eXIf" and each.length <= most), b"")


def raw_profile(path: Path, kind: str) -> bytes:
    """Return a profile that ImageMagick stored as a text of hexadecimal numbers, b"" for none. Raises OSError."""
    keyword = f"Raw profile type {kind}"
    with path.open("rb") as file:
        read = of_file(file)
        for each in walk(read):
            if each.kind not in _KINDS or keyword_of(each.kind, read(each.start + 8, 80)) != keyword:
                continue
            text = _text(each.kind, each.content(read)) if each.length <= _MOST else None
            with suppress(ValueError, IndexError):  # a line with a name of any words, one with the length, the numbers
                lines = text.text.strip().splitlines() if text is not None else []
                return bytes.fromhex("".join(lines[2:]))[: int(lines[1])]
    return b""
