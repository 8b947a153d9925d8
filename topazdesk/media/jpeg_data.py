"""Find out whether the coded data of a JPEG is whole, and from which row on it is not.

libjpeg goes on after every fault, fills the rest with grey and only warns, of the first fault alone; libvips looks at
the warnings before it reads further rows, so those about the last rows are never seen; and what is left over when the
last row is complete (a byte was lost, and the decoder found its own way through the rest) is no fault for it at all.

A JPEG has no checksum. What is found is damage that makes codes that do not exist, or that leaves the decoder with too
little or too much data. One wrong byte often does neither: it changes some squares, or the brightness of those after
them, and makes another JPEG that is as good as the first.
"""

from __future__ import annotations

import mmap
import re
from typing import TYPE_CHECKING, NamedTuple

from topazdesk.media.byte_ranges import of_bytes
from topazdesk.media.jpeg_hole import hole
from topazdesk.media.jpeg_segments import SCAN, segments
from topazdesk.media.limits import vips

if TYPE_CHECKING:
    import pyvips

#: What a file's bytes may come as.
Data = bytes | mmap.mmap

#: Parts of the decoders' messages that mean a truncated file.
CUT_OFF = ("premature end", "truncated", "unexpected end", "out of data")
#: Parts of libjpeg's messages that speak of the picture. Others, as about an odd colour conversion, do not.
DATA_FAULTS = (
    *CUT_OFF,
    *("corrupt", "extraneous", "inconsistent progression", "bad huffman"),
)
#: The complaint about data after the last row.
LEFT_OVER = "more coded data than the picture needs"
#: The scale at which the data is read: all of it is decoded, but only one pixel of 64 is computed.
_SHRINK = 8
_ROWS = 8
#: The last bytes are handed over in small pieces, so that it is known how many of them were needed.
_LAST, _PIECE = 4_096, 64
_VERY_LAST = 128
#: More coded data than this after the last row is a fault. Some cameras leave up to 18 bytes there, and it is less than
#: the squares take that a decoder misses when it lost its way.
_LEFT_OVER = 32
#: Padding before the end mark, which some cameras write, is none: coded data has bytes of all values.
_LEAST_VALUES = 48
#: libjpeg takes no larger pictures.
_MOST_ROWS = 65_500


def fault(data: Data) -> tuple[str, float]:
    """Decode all of a JPEG; return the first complaint and the share of rows that precede it. ("", 1.0) if it is whole.

    The messages of libvips are those of the whole process: call it only where nothing else decodes at the same time, in
    a worker process. A missing end mark is no fault.
    """
    header = _header(data)
    told, good, is_used_up = _decoded(data, header, header.end)
    if not told and not is_used_up:
        needed = _end_of_needed(data, header)
        if needed is not None:
            told, good, is_used_up = _decoded(data, header, needed)
    if not told and is_used_up:
        place = hole(data, header.start, header.end)
        if place is not None:
            told, good = "a hole of zeros", (place - header.start) / (header.end - header.start)
    return (told, good) if told or is_used_up else (LEFT_OVER, 1.0)


def _decoded(data: Data, header: _Header, end: int) -> tuple[str, float, bool]:
    """Return the first complaint, the share of rows before it, and whether all data up to `end` was needed."""
    messages()
    reader, good = _Reader(data, header, end), 0
    try:
        image: pyvips.Image = vips().Image.jpegload_source(
            reader.source, access="sequential", fail_on="error", shrink=_SHRINK if header.may_shrink else 1
        )
        height: int = image.height
        region = vips().Region.new(image)
        while good < height:
            region.fetch(0, good, image.width, min(_ROWS, height - good))
            told = _of_the_data(messages())
            if told:
                return told, good / height, False
            good += _ROWS
    except vips().Error as error:
        return str(error).strip() or "unknown fault", good / height if good else 0.0, False
    return "", 1.0, reader.is_used_up()


def messages() -> str:
    """Return what the decoders said since the last call, warnings included."""
    import pyvips

    text: bytes = pyvips.ffi.string(pyvips.vips_lib.vips_error_buffer())
    pyvips.vips_lib.vips_error_clear()
    return text.decode("utf-8", "replace")


def _of_the_data(text: str) -> str:
    lines = [line for line in text.splitlines() if any(word in line.lower() for word in DATA_FAULTS)]
    return lines[0] if lines else ""


class _Header(NamedTuple):
    """What precedes the coded data."""

    #: All that the decoder needs of it. Notes are left out: one complaint about them, and it keeps silent of others.
    bytes: bytes
    #: Where in the file the coded data begins and ends.
    start: int
    end: int
    #: Whether the decoder reads all of the data when it computes only one pixel of 64.
    may_shrink: bool
    #: Marks that restart the decoder: how many the picture needs; None where there are none, or that is not known.
    restarts: int | None


def _header(data: Data) -> _Header:
    kept, frame, interval, scan = bytearray(data[:2]), None, 0, None
    for segment in segments(of_bytes(data)):
        scan = segment if segment.marker == SCAN else None
        if segment.marker in _NOTES:
            continue
        if segment.marker in _FRAMES:
            frame = _Frame(len(kept), data[segment.start + 4 : segment.end])
        elif segment.marker == _RESTART_INTERVAL:
            interval = int.from_bytes(data[segment.start + 4 : segment.start + 6], "big")
        kept += data[segment.start : segment.end]
    if scan is None:  # odd in itself: judging that is left to the decoder
        return _Header(b"", 0, len(data), may_shrink=False, restarts=None)
    end = data.find(_END, scan.end)
    end = end if end >= 0 else len(data)
    may_shrink = frame is not None and frame.round_up(kept)
    restarts = frame.restarts(interval, data[scan.start + 4]) if frame is not None else None
    return _Header(bytes(kept), scan.end, end, may_shrink=may_shrink, restarts=restarts)


class _Frame:
    """The header of the frame (ITU-T T.81, B.2.2), `place` bytes into what the decoder gets."""

    def __init__(self, place: int, content: bytes) -> None:
        self._place = place
        self._height, self._width = (int.from_bytes(content[at : at + 2], "big") for at in (1, 3))
        self._sampling = [(each >> 4, each & 15) for each in content[7::3]]
        self._is_complete = len(content) >= 6 and len(self._sampling) == content[5] > 0

    def round_up(self, header: bytearray) -> bool:
        """Round the height up to whole squares; return whether the picture may be decoded at an eighth then.

        libvips leaves out a last row that is not full, and the decoder would not read its data. Rounded up, the picture
        has as many squares as before.
        """
        tallest = max((down for _, down in self._sampling), default=0)
        rounded = -(-self._height // _SHRINK) * _SHRINK
        is_usual = self._is_complete and all(down and tallest % down == 0 for _, down in self._sampling)
        if not is_usual or self._width < _SHRINK or not 0 < rounded <= _MOST_ROWS:
            return False
        header[self._place + 5 : self._place + 7] = rounded.to_bytes(2, "big")
        return True

    def restarts(self, interval: int, in_scan: int) -> int | None:
        """Return the number of marks among the squares, with one after every `interval`."""
        if not interval or not self._is_complete or in_scan != len(self._sampling):
            return None
        is_alone = in_scan == 1  # then its squares follow each other one by one
        across = 8 if is_alone else 8 * max(wide for wide, _ in self._sampling)
        down = 8 if is_alone else 8 * max(tall for _, tall in self._sampling)
        if not across or not down:
            return None
        squares = -(-self._width // across) * -(-self._height // down)
        return -(-squares // interval) - 1


def _end_of_needed(data: Data, header: _Header) -> int | None:
    """Return where a mark follows the last that the picture needs: some scanners scan on below its last row."""
    if header.restarts is None:
        return None
    for number, mark in enumerate(_RESTART.finditer(data, header.start, header.end)):
        if number == header.restarts:
            return int(mark.start())
    return None


class _Reader:
    """Hands the bytes to the decoder, with an end mark after them, and knows how many it took."""

    def __init__(self, data: Data, header: _Header, end: int) -> None:
        self._data, self._header = data, header.bytes
        #: How much further on everything is in the file than in what the decoder sees.
        self._ahead = header.start - len(header.bytes)
        self._end = end - self._ahead
        self._place = 0
        # pyvips crashes when this goes away before the pictures that are read from it.
        self.source = vips().SourceCustom()
        self.source.on_read(self._read)
        self.source.on_seek(self._seek)

    def is_used_up(self) -> bool:
        rest = self._data[self._place + self._ahead : self._end + self._ahead]
        return len(rest) <= _LEFT_OVER or len(set(rest)) < min(_LEAST_VALUES, len(rest) // 4)

    def _read(self, count: int) -> bytes:
        place = self._place
        left = self._end - place
        if left <= 0:
            part = _END[-left:]
        elif place < len(self._header):
            part = self._header[place : place + count]
        else:
            if left <= _LAST + count:
                count = min(count, left - _LAST if left > _LAST else _PIECE if left > _VERY_LAST + _PIECE else 1)
            part = self._data[place + self._ahead : place + self._ahead + count]
        self._place += len(part)
        return part

    def _seek(self, offset: int, whence: int) -> int:
        length = self._end + len(_END)
        self._place = (offset, self._place + offset, length + offset)[whence]
        return self._place


_END = b"\xff\xd9"
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
#: Marks of the kinds of segments: headers of frames, the interval of restarts, and notes of all kinds.
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_RESTART_INTERVAL = 0xDD
_NOTES = frozenset({*range(0xE0, 0xF0), 0xFE})
