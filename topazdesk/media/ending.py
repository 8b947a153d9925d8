"""Detect truncated picture files without decoding them.

Failed copies, full cards and broken downloads cut files off. Each format has an end mark or a length that shows it.
Trailing data after the picture (motion photos, camera notes, padding) is legal and not a fault.
"""

from __future__ import annotations

import struct

from topazdesk.domain.image import FileFormat
from topazdesk.media.opening import read_at

_TAIL = 65_536
_CHUNK = 4_194_304
_WINDOW = 1024


def ends_early(descriptor: int, image_format: FileFormat, length: int) -> bool:
    """Return whether the file, `length` bytes long, certainly ends too early; False if that is costly to find out."""
    match image_format:
        case FileFormat.JPEG:
            return _jpeg(descriptor, length)
        case FileFormat.PNG:
            return _png(descriptor, length)
        case FileFormat.WEBP:
            return length < 8 + int.from_bytes(read_at(descriptor, 4, 4), "little")
        case FileFormat.BMP:
            return _bmp(descriptor, length)
        case FileFormat.TIFF:
            return _tiff(descriptor, length)
        case _:
            return False


def _jpeg(descriptor: int, length: int) -> bool:
    start = _first_scan(descriptor, length)
    if start is None:
        return True
    # FF D9 cannot occur inside coded data (FF is always followed by 00 there), so finding it after the start of the
    # first scan means that the picture is complete. The thumbnail inside the header has an end mark of its own and is
    # skipped.
    tail = max(start, length - _TAIL)
    if b"\xff\xd9" in read_at(descriptor, tail, length - tail):
        return False
    while start < tail:
        part = read_at(descriptor, start, _CHUNK + 1)
        if b"\xff\xd9" in part:
            return False
        start += _CHUNK
    return True


def _first_scan(descriptor: int, length: int) -> int | None:
    """Return the offset after the first start-of-scan segment, or None when the header is cut off (ITU-T T.81, B.1)."""
    place, start, window = 2, 0, b""
    while place + 4 <= length:
        if not start <= place <= start + len(window) - 4:
            start, window = place, read_at(descriptor, place, _WINDOW)  # one read serves several small segments
        head = window[place - start : place - start + 4]
        if len(head) < 4 or head[0] != 0xFF:
            return place if len(head) == 4 else None  # judging odd headers is left to the decoder
        if head[1] == 0xFF or head[1] == 0x01 or 0xD0 <= head[1] <= 0xD8:
            place += 1 if head[1] == 0xFF else 2
            continue
        segment: int = struct.unpack(">H", head[2:])[0]
        if head[1] == 0xDA:
            return place + 2 + segment
        place += 2 + max(2, segment)
    return None


def _png(descriptor: int, length: int) -> bool:
    tail = max(8, length - _TAIL)
    if b"IEND" in read_at(descriptor, tail, length - tail):
        return False
    # There may be a lot of data after the end mark: walk the chunks (PNG specification, 5.3) instead.
    place = 8
    while place + 12 <= length:
        size, kind = struct.unpack(">I4s", read_at(descriptor, place, 8))
        if kind == b"IEND":
            return False
        place += 12 + size
    return True


def _bmp(descriptor: int, length: int) -> bool:
    head = read_at(descriptor, 0, 54)
    if len(head) < 54:
        return True
    offset, header = struct.unpack_from("<I", head, 10)[0], struct.unpack_from("<I", head, 14)[0]
    if header < 40:
        return False
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", head, 18)
    if compression not in (0, 3):
        return False
    row = (abs(width) * bits + 31) // 32 * 4
    return bool(length < offset + row * abs(height))


def _tiff(descriptor: int, length: int) -> bool:
    """Return whether the first directory, or a strip or tile in it, lies beyond the end (TIFF 6.0, section 2)."""
    head = read_at(descriptor, 0, 16)
    if len(head) < 8:
        return True
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    if big and len(head) < 16:
        return True
    where: int = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)[0]
    counted, entry = ("Q", 20) if big else ("H", 12)
    raw = read_at(descriptor, where, struct.calcsize(order + counted)) if where < length else b""
    if len(raw) < struct.calcsize(order + counted):
        return True
    entries: int = struct.unpack(order + counted, raw)[0]
    table = read_at(descriptor, where + len(raw), min(entries, 4096) * entry)
    arrays: dict[int, list[int]] = {}
    for place in range(0, len(table) - entry + 1, entry):
        tag, kind = struct.unpack_from(order + "HH", table, place)
        if tag in (273, 279, 324, 325) and kind in _TIFF_TYPES:
            values = _tiff_values(descriptor, table[place : place + entry], order, big)
            if values is None:
                return True
            arrays[tag] = values
    offsets = arrays.get(273) or arrays.get(324) or []
    counts = arrays.get(279) or arrays.get(325) or []
    return any(offset + count > length for offset, count in zip(offsets, counts, strict=False))


_TIFF_TYPES = {3: "H", 4: "I", 16: "Q"}


def _tiff_values(descriptor: int, entry: bytes, order: str, big: bool) -> list[int] | None:
    """Return the numbers of a directory entry, or None when they lie beyond the end of the file."""
    kind = _TIFF_TYPES[struct.unpack_from(order + "H", entry, 2)[0]]
    count: int = struct.unpack_from(order + ("Q" if big else "I"), entry, 4)[0]
    inline = entry[12:] if big else entry[8:]
    # 4 million strips are 32 MB of numbers: more than any real file has, and a limit for a malicious one.
    size = struct.calcsize(kind) * min(count, 4_000_000)
    if size <= len(inline):
        data = inline[:size]
    else:
        data = read_at(descriptor, struct.unpack(order + ("Q" if big else "I"), inline)[0], size)
        if len(data) < size:
            return None
    return list(struct.unpack(f"{order}{size // struct.calcsize(kind)}{kind}", data))
