"""Serve a picture from memory that is decoded whole: sharp at every place as soon as its one decode is over.

It takes a fraction of the time of a pyramid in the cache, which is for what memory has no room for. Where the colours
need no conversion, the pixels are kept in the byte order of Qt's painter and shown as they are, without tiles. Levels
other than the first are made when somebody looks at them. Only formats that thumbnails are decoded from in this process
are decoded here; the decoders of the others run in a worker process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.tiling import Tile, tile_rect
from topazdesk.media import icc
from topazdesk.media.byte_ranges import of_descriptor, read_at
from topazdesk.media.decoding import upright
from topazdesk.media.ending import ends_early
from topazdesk.media.jpeg_segments import segments
from topazdesk.media.limits import pillow, vips
from topazdesk.media.memory_budget import MemoryBudget, budget
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.pixel_memory import memory
from topazdesk.media.probe import read_header
from topazdesk.media.proportions import to_size
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.raster import PixelFormat, Raster, premultiplied, raster_of, to_display
from topazdesk.media.srgb_profile import is_srgb

if TYPE_CHECKING:
    import pyvips

_log = logging.getLogger(__name__)

_FORMATS = frozenset((FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF, FileFormat.WEBP))
#: Start of frame of JPEGs that are written in one go. Others may have any number of scans, and libvips limits those.
_ONE_GO = (0xC0, 0xC1)
#: Pixels of a picture for each one of it at a quarter of its size.
_QUARTER = 16
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class _Pixels(NamedTuple):
    """Pixels in memory: as an image of libvips, and the bytes that it shares."""

    image: Any
    data: memoryview


class DecodedPyramid(Pyramid):
    """The levels of a picture in memory. `raw` has the pixels as decoded, and `shown` makes sRGB of them.

    With `shown` None `raw` is in Qt's byte order and has been made sRGB already.
    """

    def __init__(self, grid: PixelGrid, raw: _Pixels, shown: Callable[[Any], Any] | None, *, has_alpha: bool) -> None:
        super().__init__(grid, has_alpha, ())
        self._raws = [raw]
        self._shown = shown
        self._making = threading.Lock()

    @property
    def full(self) -> Raster | None:
        """All pixels in Qt's byte order, or None where the colours are converted tile by tile. Shares the memory."""
        if self._shown is not None:
            return None
        return Raster(self.size.width, self.size.height, self.size.width * 4, self._order, self._raw(0).data)

    def first(self, box: Size) -> Raster:
        """Return the whole picture as large as fits into `box`, never enlarged. Takes some 30 ms for 24 MP."""
        target = self.grid.fitted(box)
        whole = self._raw(0).image
        small = whole if target == self.size else to_size(whole, target)
        # In one thread: the other cores decode the other file of the pair.
        small = small.copy()
        small.set_type(vips().GValue.gint_type, "concurrency", 1)
        if self._shown is not None:
            return raster_of(self._shown(small))
        data = memoryview(small.write_to_memory()).cast("B")
        return Raster(small.width, small.height, small.width * 4, self._order, data)

    def painted(self, tile: Tile) -> Raster:
        """Return the pixels of a tile in the byte order in which Qt keeps pictures, BGRX or premultiplied BGRA."""
        if self._shown is not None:
            return super().painted(tile)
        left, top, width, height = tile_rect(tile, self.levels[tile.level])
        data = memoryview(vips().Region.new(self._raw(tile.level).image).fetch(left, top, width, height))
        return Raster(width, height, width * 4, self._order, data)

    @property
    def _order(self) -> PixelFormat:
        return PixelFormat.BGRA_PREMULTIPLIED if self.has_alpha else PixelFormat.BGRX

    def _level(self, level: int) -> Any:
        image = self._images[level]
        if image is None:
            raw = self._raw(level).image
            image = self._images[level] = self._ordinary(raw) if self._shown is None else self._shown(raw)
        return image

    def _ordinary(self, raw: Any) -> Any:
        """Return pixels of Qt's byte order as RGB or RGBA."""
        return raw[2].bandjoin([raw[1], raw[0], *([raw[3]] if self.has_alpha else [])])

    def _raw(self, level: int) -> _Pixels:
        with self._making:
            for size in self.levels[len(self._raws) : level + 1]:
                self._raws.append(_halved(self._raws[-1], size))
            return self._raws[level]


def decoded(
    path: Path, page: int = 0, *, within: MemoryBudget = budget, cancelled: Callable[[], bool] = lambda: False
) -> DecodedPyramid | None:
    """Decode a page whole, or return None if it is not for this way: too large for what memory is left, for one.

    Blocking: about as long as one decode by libvips. `cancelled` is polled where the decoder can be stopped; once it
    returns True, this raises InputError as for a damaged file. Raises InputError.
    """
    with opened(path) as descriptor:
        try:
            info = read_header(descriptor, path, page)
            if not _is_for_here(info):
                return None
            need = _bytes_of(info)
            if not within.claim(need):
                return None
            try:
                made = _decoded(descriptor, info, cancelled)
                memory.keep(within.most_bytes - within.used_bytes)
            except BaseException:
                within.give_back(need)
                raise
            if made is None:
                within.give_back(need)
            else:
                within.give_back_with(made, need)
            return made
        except OSError as error:
            raise refusal(error) from error
        except vips().Error as error:
            raise damaged(str(error)) from error


def fits_never(path: Path, page: int = 0, within: MemoryBudget = budget) -> bool:
    """Return whether a page is never decoded whole, even if nothing else is in memory. Raises InputError."""
    with opened(path) as descriptor:
        try:
            info = read_header(descriptor, path, page)
        except OSError as error:
            raise refusal(error) from error
    return not _is_for_here(info) or _bytes_of(info) > within.most_bytes


def at_once(path: Path, box: Size, page: int = 0, within: MemoryBudget = budget) -> DecodedPyramid | None:
    """Decode a page whole where its first pixels for a view of this size would take about as long; else return None.

    Blocking, some 0.1 s for 24 MP. Raises InputError.
    """
    with opened(path) as descriptor:
        try:
            info = read_header(descriptor, path, page)
            fitted = info.grid.fitted(box)
            # The decoder halves a picture in both directions; at a quarter it is much faster.
            is_jpeg = info.format is FileFormat.JPEG and info.is_streamed
            if not is_jpeg or fitted.pixels * _QUARTER < info.size.pixels or not _is_ordinary(descriptor, info):
                return None
        except OSError as error:
            raise refusal(error) from error
    return decoded(path, page, within=within)


def prepare() -> None:
    """Load the decoder, which takes some 0.2 s the first time. Blocking."""
    import imagecodecs

    imagecodecs.jpeg8_decode  # noqa: B018 - its modules are loaded when somebody asks for what is in them


def _bytes_of(info: ImageInfo) -> int:
    return info.stored_size.pixels * max(4, info.bands * (2 if info.bits > 8 else 1))


def _is_for_here(info: ImageInfo) -> bool:
    return info.format in _FORMATS and info.is_streamed and info.grid.is_square and info.bits <= 16


def _decoded(descriptor: int, info: ImageInfo, cancelled: Callable[[], bool]) -> DecodedPyramid | None:
    image = upright(descriptor, info)
    is_plain = image.format == "uchar" and image.interpretation in ("srgb", "rgb", "b-w") and is_srgb(image)
    if not is_plain and image.hasalpha():
        return None  # its colours would have to be converted before they are multiplied
    has_alpha = False
    raw = _from_jpeg(descriptor, info, image, is_plain=is_plain) if info.format is FileFormat.JPEG else None
    if raw is None:
        plain = premultiplied(to_display(icc.with_profile(image, None))) if is_plain else image
        has_alpha = is_plain and plain.bands == 4
        raw = _in_memory(_painters(plain) if is_plain else plain, cancelled)
    grid = PixelGrid(Size(raw.image.width, raw.image.height), info.grid.aspect)
    return DecodedPyramid(grid, raw, None if is_plain else to_display, has_alpha=has_alpha)


def _from_jpeg(descriptor: int, info: ImageInfo, header: pyvips.Image, *, is_plain: bool) -> _Pixels | None:
    """Decode an ordinary JPEG by libjpeg-turbo itself, a quarter faster than through libvips; None for the others.

    `header` is the picture as libvips would decode it, for its profile.
    """
    if not _is_ordinary(descriptor, info):
        return None
    import imagecodecs

    data = read_at(descriptor, 0, info.bytes_on_disk)
    colours, bands = (imagecodecs.JPEG8.CS.EXT_BGRX, 4) if is_plain else (imagecodecs.JPEG8.CS.RGB, 3)
    size = info.stored_size
    room = memory.take(size.pixels * bands).reshape(size.height, size.width, bands)
    try:
        array = imagecodecs.jpeg8_decode(data, outcolorspace=colours, out=room)
    except (imagecodecs.Jpeg8Error, ValueError) as error:  # for one, the picture is larger than its header says
        _log.info("left to libvips: %s", type(error).__name__)
        return None
    pixels = array.data.cast("B")
    image: pyvips.Image = vips().Image.new_from_memory(pixels, size.width, size.height, array.shape[2], "uchar")
    image = image.copy(interpretation="srgb")
    if not is_plain:
        image = icc.with_profile(image, icc.profile_in(header))
    if info.orientation == 1:
        return _Pixels(image, pixels)
    image.set_type(vips().GValue.gint_type, "orientation", info.orientation)
    return _in_memory(image.autorot(), lambda: False)


def _is_ordinary(descriptor: int, info: ImageInfo) -> bool:
    if (info.bits, info.bands) != (8, 3) or ends_early(descriptor, info.format, info.bytes_on_disk):
        return False
    frame = next((each for each in segments(of_descriptor(descriptor)) if each.marker in _FRAMES), None)
    return frame is not None and frame.marker in _ONE_GO and info.page == 0


def _in_memory(image: pyvips.Image, cancelled: Callable[[], bool]) -> _Pixels:
    def check(running: Any, _progress: Any) -> None:
        if cancelled():
            running.set_kill(True)

    watched: Any = image.copy()
    watched.set_progress(True)
    watched.signal_connect("eval", check)
    pixels = memoryview(watched.write_to_memory()).cast("B")
    kept = vips().Image.new_from_memory(pixels, image.width, image.height, image.bands, image.format)
    kept = kept.copy(interpretation=image.interpretation)
    return _Pixels(icc.with_profile(kept, icc.profile_in(image)), pixels)


def _painters(image: Any) -> pyvips.Image:
    """Return an sRGB picture, premultiplied where it has alpha, in Qt's byte order."""
    painted: pyvips.Image = image[2].bandjoin([image[1], image[0], image[3] if image.bands == 4 else 255])
    return painted


def _halved(pixels: _Pixels, size: Size) -> _Pixels:
    image = pixels.image
    across, down = image.width // size.width, image.height // size.height
    if (image.format, image.bands) != ("uchar", 4):
        small = image.crop(0, 0, size.width * across, size.height * down).shrink(across, down)
        return _in_memory(small, lambda: False)
    # Pillow takes half of libvips' time for it, and one core. All four channels are alike to it in this mode.
    whole = pillow().frombuffer("RGBX", (image.width, image.height), pixels.data, "raw", "RGBX", 0, 1)
    made = whole.reduce((across, down), (0, 0, size.width * across, size.height * down))
    data = memoryview(made.tobytes())
    kept = vips().Image.new_from_memory(data, size.width, size.height, 4, "uchar")
    return _Pixels(icc.with_profile(kept.copy(interpretation=image.interpretation), icc.profile_in(image)), data)
