"""Tell a JPEG or PNG that lacks only its end mark from one that is cut off.

Some cameras, scanners and transfers lose the last bytes. Every pixel is there then, but decoders complain.
"""

from __future__ import annotations

import os
import re
import zlib

from topazdesk.domain.image import FileFormat
from topazdesk.media.byte_ranges import of_bytes, of_descriptor
from topazdesk.media.jpeg_data import fault
from topazdesk.media.jpeg_segments import first_scan
from topazdesk.media.png_chunks import chunks

_END = b"\xff\xd9"
_PNG_END = b"\0\0\0\0IEND\xae\x42\x60\x82"
_PIECE = 1_048_576


def lacks_end_mark_only(descriptor: int, image_format: FileFormat) -> bool:
    """Return whether a file without an end mark is a JPEG or PNG of which all rows are there; a JPEG is decoded."""
    if image_format is FileFormat.PNG:
        return _is_whole_png(descriptor)
    if image_format is not FileFormat.JPEG:
        return False
    data = mended(descriptor)
    return _is_refined(data) and not fault(data)[0]


def mended(descriptor: int) -> bytes:
    """Return the bytes of an open file with an end mark behind them."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, "rb", closefd=False) as stream:
        return stream.read() + _END


def _is_whole_png(descriptor: int) -> bool:
    """Return whether nothing but the end mark, or part of it, is missing behind the last chunk of pixels."""
    read = of_descriptor(descriptor)
    found = list(chunks(read))
    pixels = [place for place, chunk in enumerate(found) if chunk.kind == b"IDAT"]
    if not pixels:
        return False
    last = found[pixels[-1]]
    length, rest = os.fstat(descriptor).st_size, read(last.end, len(_PNG_END))
    if last.end > length or rest != _PNG_END[: length - last.end]:
        return False
    unpacker = zlib.decompressobj()
    try:
        for place in pixels:
            data = found[place].content(read)
            while data:
                unpacker.decompress(data, _PIECE)
                data = unpacker.unconsumed_tail
    except zlib.error:
        return False
    return unpacker.eof


def _is_refined(data: bytes) -> bool:
    """Return whether the scans of a progressive JPEG bring every coefficient to its full precision.

    A progressive JPEG that ends between two scans decodes without any complaint, only less sharply (ITU-T T.81, G.1).
    """
    start = first_scan(of_bytes(data), len(data))
    if start is None:
        return False
    if not re.search(rb"\xff\xc2\0.\x08", data[:start], re.DOTALL):
        return True
    left: dict[int, set[int]] = {}
    first_mark = data.rindex(b"\xff\xda", 0, start)
    for scan in re.compile(rb"\xff\xda\0.([\x01-\x04])", re.DOTALL).finditer(data, first_mark):
        count = scan.group(1)[0]
        after = data[scan.end() : scan.end() + 2 * count + 3]
        if len(after) < 2 * count + 3:
            return False
        first, last, precision = after[2 * count :]
        for component in after[0 : 2 * count : 2]:
            missing = left.setdefault(component, set(range(64)))
            if precision & 15 == 0:
                missing.difference_update(range(first, last + 1))
    return bool(left) and not any(left.values())
