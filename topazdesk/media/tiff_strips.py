"""Unpack any rows of a TIFF whose strips are packed each on its own, without those above them."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any

from topazdesk.domain.image import ImageInfo
from topazdesk.errors import InputError
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.opening import damaged, refusal
from topazdesk.media.tiff_directory import Tag, TiffDirectory
from topazdesk.media.tiff_kind import Photometric
from topazdesk.media.tiff_segments import Compression

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The codecs of imagecodecs.
_CODECS = {
    Compression.LZW: "lzw_decode",
    Compression.DEFLATE: "zlib_decode",
    Compression.OLD_DEFLATE: "zlib_decode",
    Compression.PACKBITS: "packbits_decode",
}
_CHANNELS: dict[int, int] = {Photometric.BLACK_IS_ZERO: 1, Photometric.RGB: 3, Photometric.INKS: 4}
#: Strips that unpack to more are left to libvips: too much of each is outside of what somebody looks at.
_MOST_STRIP_BYTES = 64_000_000
_DIFFERENCES = 2


class TiffStrips:
    """The strips of a page. Thread-safe."""

    def __init__(self, descriptor: int, directory: TiffDirectory, shape: tuple[int, int, int]) -> None:
        self._descriptor = os.dup(descriptor)
        weakref.finalize(self, os.close, self._descriptor)
        self._height, self._width, self._bands = shape
        self._compression = directory.number(Tag.COMPRESSION, Compression.NONE)
        self._is_difference = directory.number(Tag.PREDICTOR, 1) == _DIFFERENCES
        order = "<" if read_at(descriptor, 0, 1) == b"I" else ">"
        self._kind = f"{order}u{directory.number(Tag.BITS, 8) // 8}"
        self._each = min(self._height, directory.number(Tag.ROWS_PER_STRIP, self._height))
        self._segments = directory.segments

    @classmethod
    def of(cls, descriptor: int, info: ImageInfo, directory: TiffDirectory) -> TiffStrips | None:
        """Return the strips of the page that `info` is about, or None for those of another kind. Raises OSError."""
        size, bits = info.stored_size, {int(depth) for depth in directory.numbers(Tag.BITS)}
        photometric = directory.number(Tag.PHOTOMETRIC, -1)
        bands = directory.number(Tag.SAMPLES, 1)
        compression = directory.number(Tag.COMPRESSION, Compression.NONE)
        is_plain = (
            not directory.is_tiled
            and (bits in ({8}, {16}))
            and _CHANNELS.get(photometric) == bands == info.bands
            and directory.number(Tag.PLANAR, 1) == 1
            and directory.number(Tag.FILL_ORDER, 1) == 1
            and directory.number(Tag.PREDICTOR, 1) in (1, _DIFFERENCES)
            and (compression == Compression.NONE or compression in _CODECS)
        )
        if not is_plain:
            return None
        made = cls(descriptor, directory, (size.height, size.width, bands))
        if made._each < 1 or len(made._segments) != -(-size.height // made._each):
            return None
        if compression == Compression.NONE:
            return made if not made._is_difference else None
        if made._strip_bytes(0) > _MOST_STRIP_BYTES:
            return None
        try:
            made._unpacked(0)
        except InputError:  # packed in an older way that libtiff may know, or damaged: libvips will tell
            return None
        return made

    def rows(self, top: int, count: int) -> NDArray[Any]:
        """Return rows of the picture, in the order of bytes of this machine. Raises InputError."""
        try:
            return self._rows(top, count)
        except OSError as error:  # of the picture's own disk: told from that of the cache
            raise refusal(error) from error

    def _rows(self, top: int, count: int) -> NDArray[Any]:
        import numpy as np

        first, last = top // self._each, (top + count - 1) // self._each
        if self._compression == Compression.NONE:
            parts = [self._stored(strip, top, top + count) for strip in range(first, last + 1)]
            return np.concatenate(parts)
        parts = [self._unpacked(strip) for strip in range(first, last + 1)]
        begin = top - first * self._each
        return np.ascontiguousarray((parts[0] if len(parts) == 1 else np.concatenate(parts))[begin : begin + count])

    @property
    def _row_bytes(self) -> int:
        return self._width * self._bands * int(self._kind[-1])

    def _strip_bytes(self, strip: int) -> int:
        return min(self._each, self._height - strip * self._each) * self._row_bytes

    def _stored(self, strip: int, top: int, bottom: int) -> NDArray[Any]:
        """Return what a strip that is not packed has of the rows from `top` to `bottom`."""
        begin = strip * self._each
        first, end = max(top, begin) - begin, min(bottom, begin + self._each, self._height) - begin
        offset, count = self._segments[strip]
        if end * self._row_bytes > count:
            raise damaged(f"strip {strip + 1} has {count} bytes")
        data = read_at(self._descriptor, offset + first * self._row_bytes, (end - first) * self._row_bytes)
        return self._shaped(data, strip, end - first)

    def _unpacked(self, strip: int) -> NDArray[Any]:
        import imagecodecs

        offset, count = self._segments[strip]
        wanted = self._strip_bytes(strip)
        packed = read_at(self._descriptor, offset, count)
        try:
            data = getattr(imagecodecs, _CODECS[Compression(self._compression)])(packed, out=wanted)
        except Exception as error:  # each codec has exceptions of its own, all with the same meaning
            raise damaged(f"strip {strip + 1}: {type(error).__name__}: {error}") from error
        return self._shaped(data, strip, wanted // self._row_bytes)

    def _shaped(self, data: bytes, strip: int, rows: int) -> NDArray[Any]:
        import imagecodecs
        import numpy as np

        if len(data) < rows * self._row_bytes:
            raise damaged(f"strip {strip + 1} has {len(data)} bytes")
        made = np.frombuffer(data, self._kind, count=rows * self._width * self._bands)
        shaped = made.reshape(rows, self._width, self._bands).astype(self._kind.replace(">", "="), copy=False)
        if not self._is_difference:
            return shaped
        return np.asarray(imagecodecs.delta_decode(np.ascontiguousarray(shaped), axis=1))
