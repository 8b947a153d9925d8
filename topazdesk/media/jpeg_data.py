"""Find out whether the coded data of a JPEG is whole, and from which row on it is not.

libjpeg goes on after every fault, fills the rest with grey and only warns; libvips looks at the warnings before it
reads further rows, so those about the last rows are never seen; and what is left over when the last row is complete (a
byte was lost, and the decoder found its own way through the rest) is no fault for it at all.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from topazdesk.media.byte_ranges import of_bytes
from topazdesk.media.jpeg_segments import first_scan
from topazdesk.media.limits import vips

if TYPE_CHECKING:
    import pyvips

#: What a file's bytes may come as.
Data = bytes | mmap.mmap


#: Parts of libjpeg's messages that speak of the picture. Others, as about an odd version number or an unknown colour
#: marker, do not.
DATA_FAULTS = (
    *("premature end", "truncated", "unexpected end", "out of data"),
    *("corrupt", "extraneous", "inconsistent progression", "bad huffman"),
)
#: The scale at which the data is read: all of it is decoded, but only one pixel of 64 is computed.
_SHRINK = 8
_ROWS = 8
#: The last bytes are handed over in small pieces, so that it is known how many of them were needed.
_LAST = 16_384
_PIECE = 64
#: More coded data than this after the last row is a fault. Padding before the end mark, which some cameras write, is
#: not: coded data has bytes of all values.
_LEFT_OVER = 256
_LEAST_VALUES = 48


def fault(data: Data) -> tuple[str, float]:
    """Decode all of a JPEG; return the first complaint and the share of rows that precede it. ("", 1.0) if it is whole.

    The messages of libvips are those of the whole process: call it only where nothing else decodes at the same time, in
    a worker process. A missing end mark is no fault.
    """
    messages()
    reader, good = _Reader(data), 0
    try:
        image = _load(reader, 1)
        # Of other heights libvips drops the last rows of the small picture, and their data is not read.
        if image.width >= _SHRINK and image.height % _SHRINK == 0:
            reader = _Reader(data)
            image = _load(reader, _SHRINK)
        height: int = image.height
        region = vips().Region.new(image)
        while good < height:
            region.fetch(0, good, image.width, min(_ROWS, height - good))
            told = _of_the_data(messages())
            if told:
                return told, good / height
            good += _ROWS
    except vips().Error as error:
        return str(error).strip() or "unknown fault", good / height if good else 0.0
    return ("", 1.0) if reader.is_used_up() else ("more coded data than the picture needs", 1.0)


def _load(reader: _Reader, shrink: int) -> pyvips.Image:
    image: pyvips.Image = vips().Image.jpegload_source(
        reader.source, access="sequential", fail_on="error", shrink=shrink
    )
    return image


def messages() -> str:
    """Return what the decoders said since the last call, warnings included."""
    import pyvips

    text: bytes = pyvips.ffi.string(pyvips.vips_lib.vips_error_buffer())
    pyvips.vips_lib.vips_error_clear()
    return text.decode("utf-8", "replace")


def _of_the_data(text: str) -> str:
    lines = [line for line in text.splitlines() if any(word in line.lower() for word in DATA_FAULTS)]
    return lines[0] if lines else ""


class _Reader:
    """Hands the bytes to the decoder, with an end mark after them, and knows how many it took."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._place = 0
        start = first_scan(of_bytes(data), len(data))
        end = data.find(_END, start) if start is not None else -1
        self._end = end if end >= 0 else len(data)

        # pyvips crashes when this goes away before the pictures that are read from it.
        self.source = vips().SourceCustom()
        self.source.on_read(self._read)
        self.source.on_seek(self._seek)

    def is_used_up(self) -> bool:
        rest = self._data[self._place : self._end]
        return len(rest) <= _LEFT_OVER or len(set(rest)) < _LEAST_VALUES

    def _read(self, count: int) -> bytes:
        if self._place >= self._end:
            part = _END[self._place - self._end :]
        else:
            count = count if self._place + count < self._end - _LAST else _PIECE
            part = self._data[self._place : min(self._place + count, self._end)]
        self._place += len(part)
        return bytes(part)

    def _seek(self, offset: int, whence: int) -> int:
        length = self._end + len(_END)
        self._place = (offset, self._place + offset, length + offset)[whence]
        return self._place


_END = b"\xff\xd9"
