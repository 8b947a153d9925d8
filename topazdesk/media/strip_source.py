"""Decode a picture strip by strip: from the top where its format allows nothing else, or wherever somebody looks.

A JPEG or PNG has to be decoded from its beginning to get at any row; a TIFF says where its strips and tiles lie. What
is read is still as it is in the file; turning that into the colours of the viewer is left to other threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.tiling import TILE_PX
from topazdesk.media import icc
from topazdesk.media.decoding import upright
from topazdesk.media.limits import vips
from topazdesk.media.proportions import in_proportion
from topazdesk.media.raster import premultiplied, to_display
from topazdesk.media.srgb_profile import is_srgb
from topazdesk.media.tiff_directory import CutOffError, read_directory
from topazdesk.media.tiff_strips import TiffStrips

if TYPE_CHECKING:
    from numpy.typing import NDArray


#: Rows that libvips is asked for at once where they are read in any order.
_AT_ONCE = 16
#: Bytes that it is asked for at once from the top. More of them are given back to the system each time, and having them
#: anew takes longer than to decode them.
_BYTES_AT_ONCE = 400_000


class StripSource(Protocol):
    """A picture that is read strip by strip; a strip is `TILE_PX` rows, the last one fewer.

    `bands` is how many channels it has as it is shown, and a row has `row_bytes` as it is stored. `is_random`: any
    strip may be read at any time, in any thread; else each may be read once, from the top.
    """

    size: Size
    bands: int
    row_bytes: int
    is_random: bool

    def strip(self, number: int, room: NDArray[Any]) -> NDArray[Any]:
        """Return the bytes of a strip as the file has them; they may lie in `room`.

        Raises InputError, OSError and pyvips.Error.
        """

    def skip(self, number: int) -> None:
        """Do without a strip: go on behind it. Raises as `strip`."""

    def shown(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return a strip as it is shown: sRGB of 8 bits, premultiplied where there is alpha. In any thread."""


def open_source(descriptor: int, info: ImageInfo) -> StripSource:
    """Return the page that `info` is about. Raises InputError, OSError and pyvips.Error."""
    if info.format is FileFormat.TIFF and info.is_streamed and info.orientation == 1 and info.grid.is_square:
        try:
            directory = read_directory(descriptor, info.bytes_on_disk, info.page)
        except CutOffError:
            return _Rows(descriptor, info)
        strips = TiffStrips.of(descriptor, info, directory)
        if strips is not None:
            return _OfTiff(descriptor, info, strips)
        if directory.is_tiled:
            return _Rows(descriptor, info, is_random=True)
    return _Rows(descriptor, info)


class _Kind:
    """How the stored numbers of a picture are shown."""

    def __init__(self, image: Any, *, is_shown: bool = False) -> None:
        self._image = image
        self.size = Size(image.width, image.height)
        self.bands: int = to_display(image).bands
        self.row_bytes: int = image.width * image.bands * _BYTES.get(image.format, 8)
        is_plain = (image.format, image.bands, image.interpretation) == ("uchar", 3, "srgb")
        self._is_shown = is_shown or (is_plain and is_srgb(image))

    def shown(self, stored: NDArray[Any]) -> NDArray[Any]:
        import numpy as np

        image, rows = self._image, stored.size // self.row_bytes
        if self._is_shown:
            return stored.reshape(rows, image.width, image.bands)
        made = vips().Image.new_from_memory(stored.data, image.width, rows, image.bands, image.format)
        made = icc.with_profile(made.copy(interpretation=image.interpretation), icc.profile_in(image))
        made = premultiplied(to_display(made))
        return np.frombuffer(made.write_to_memory(), np.uint8).reshape(rows, made.width, made.bands)


class _Rows(_Kind):
    """Rows as libvips decodes them."""

    def __init__(self, descriptor: int, info: ImageInfo, *, is_random: bool = False) -> None:
        image = upright(descriptor, info, any_order=is_random)
        # Scaling needs the rows around, so the whole picture goes through it.
        if not info.grid.is_square:
            image = in_proportion(premultiplied(to_display(image)), info.grid)
        super().__init__(image, is_shown=not info.grid.is_square)
        self.is_random = is_random
        self._region = None if is_random else vips().Region.new(image)

    def strip(self, number: int, room: NDArray[Any]) -> NDArray[Any]:
        import numpy as np

        top, count = number * TILE_PX, _rows(self.size, number)
        made = room[: count * self.row_bytes]
        region = self._region or vips().Region.new(self._image)
        at_once = _AT_ONCE if self.is_random else max(1, _BYTES_AT_ONCE // self.row_bytes)
        for begin in range(0, count, at_once):
            rows = min(at_once, count - begin)
            data = region.fetch(0, top + begin, self.size.width, rows)
            made[begin * self.row_bytes : (begin + rows) * self.row_bytes] = np.frombuffer(data, np.uint8)
        return made

    def skip(self, number: int) -> None:
        if self._region is not None:
            # All that lies above its last row is decoded, and not copied.
            self._region.fetch(0, number * TILE_PX + _rows(self.size, number) - 1, 1, 1)


class _OfTiff(_Kind):
    """The strips of a TIFF, unpacked where somebody looks; libvips would begin at the first one."""

    is_random = True

    def __init__(self, descriptor: int, info: ImageInfo, strips: TiffStrips) -> None:
        super().__init__(upright(descriptor, info))  # never decoded: for its colours
        self._strips = strips

    def strip(self, number: int, room: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG002 - it is unpacked somewhere else
        import numpy as np

        rows = self._strips.rows(number * TILE_PX, _rows(self.size, number))
        return rows.reshape(-1).view(np.uint8)

    def skip(self, number: int) -> None:
        pass


#: Bytes of a number in a picture of libvips.
_BYTES = {"uchar": 1, "char": 1, "ushort": 2, "short": 2, "uint": 4, "int": 4, "float": 4}


def _rows(size: Size, number: int) -> int:
    return min(TILE_PX, size.height - number * TILE_PX)
