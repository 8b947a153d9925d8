"""A picture in levels of halved size, served tile by tile: a gigapixel costs no more memory than a snapshot.

Small pictures are decoded into memory. Larger ones are written once, by a process of their own, to a tiled TIFF in the cache
folder: upright, 8-bit sRGB, colour multiplied by alpha. Everything here blocks and belongs on worker threads; a `Pyramid` may
be used by several of them at once.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.tiling import Tile, level_for_scale, level_sizes, tile_rect
from topazdesk.errors import Code, ComputerError
from topazdesk.media.decoding import upright
from topazdesk.media.limits import IN_MEMORY_PIXELS, vips
from topazdesk.media.opening import damaged, opened, pixels, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.pyramid_build import build
from topazdesk.media.raster import PixelFormat, Raster, premultiplied, raster_of, to_display
from topazdesk.media.tilecache import TileCache

#: An open level keeps what was read from it: 180 MB for 32,000 px across. Opened anew now and then (1 ms), it stays small.
_READS_BEFORE_REOPENING = 100


class Pyramid:
    """The levels of one picture. `size` is upright; `levels` are the sizes from `size` down to one tile."""

    def __init__(self, size: Size, has_alpha: bool, images: tuple[Any, ...], file: Path | None) -> None:
        self.size = size
        self.has_alpha = has_alpha
        self.levels = level_sizes(size)
        self._images: list[Any] = list(images) or [None] * len(self.levels)
        self._reads = [0] * len(self.levels)
        self._orders: list[tuple[Any, Any] | None] = [None] * len(self.levels)
        self._file = file
        self._lock = threading.Lock()

    @classmethod
    def ready(cls, path: Path, cache: TileCache) -> Pyramid | None:
        """The pyramid when it costs little: the picture is small, or the cache has it. Raises InputError."""
        with opened(path) as descriptor:
            info, file = _identify(descriptor, path, cache)
            if info.size.pixels <= IN_MEMORY_PIXELS:
                return cls._in_memory(descriptor, info)
            kept = cls._kept(file, info)
            if kept is not None:
                cache.touch(file)
            return kept

    @classmethod
    def open(cls, path: Path, cache: TileCache, cancelled: Callable[[], bool] | None = None) -> Pyramid:
        """The pyramid of the file at `path`, built when the cache has none.

        Who asks for a file that is being built already waits for the same build. `cancelled` is asked now and then; when
        all who wait have given up, the build ends. Raises InputError for the picture, ComputerError for the cache,
        CancelledError.
        """
        found = cls.ready(path, cache)
        if found is not None:
            return found
        with opened(path) as descriptor:
            info, file = _identify(descriptor, path, cache)
            build(path, info, file, cache, cancelled)
            built = cls._kept(file, info)
        if built is None:
            raise damaged("the pyramid cannot be read back")
        return built

    @classmethod
    def _in_memory(cls, descriptor: int, info: ImageInfo) -> Pyramid:
        try:
            image = premultiplied(to_display(upright(descriptor, info))).copy_memory()
            images = [image]
            for size in level_sizes(Size(image.width, image.height))[1:]:
                last = images[-1]
                across, down = last.width // size.width, last.height // size.height
                images.append(
                    last.crop(0, 0, size.width * across, size.height * down).shrink(across, down).copy_memory()
                )
        except vips().Error as error:
            raise damaged(str(error)) from error
        return cls(Size(image.width, image.height), image.bands == 4, tuple(images), None)

    @classmethod
    def _kept(cls, file: Path, info: ImageInfo) -> Pyramid | None:
        """The pyramid in the cache; None when there is none, or none that can be read."""
        try:
            top = _open_level(file, 0)
        except (OSError, vips().Error):
            return None
        if Size(top.width, top.height) != info.size:
            return None
        pyramid = cls(info.size, top.bands == 4, (), file)
        pyramid._images[0] = top
        return pyramid

    def tile(self, tile: Tile) -> Raster:
        """The pixels of a tile, alpha multiplied. Some 0.2 ms. Raises ValueError outside the picture, ComputerError."""
        left, top, width, height = tile_rect(tile, self.levels[tile.level])
        try:
            image = self._level(tile.level)
            data = bytes(vips().Region.new(image).fetch(left, top, width, height))
        except (OSError, vips().Error) as error:
            raise _gone(error) from error
        pixel_format = PixelFormat.RGBA_PREMULTIPLIED if self.has_alpha else PixelFormat.RGB
        return Raster(width, height, width * pixel_format.bytes_per_pixel, pixel_format, data)

    def painted(self, tile: Tile) -> Raster:
        """As `tile`, in the order in which painters have it in memory, and not copied once more: other threads run meanwhile.

        Raises ValueError outside the picture, ComputerError.
        """
        left, top, width, height = tile_rect(tile, self.levels[tile.level])
        try:
            data = memoryview(vips().Region.new(self._turned(tile.level)).fetch(left, top, width, height))
        except (OSError, vips().Error) as error:
            raise _gone(error) from error
        pixel_format = PixelFormat.BGRA_PREMULTIPLIED if self.has_alpha else PixelFormat.BGRX
        return Raster(width, height, width * 4, pixel_format, data)

    def _turned(self, level: int) -> Any:
        """A level with its bands in the order of painters; made anew when the level was opened anew."""
        image = self._level(level)
        kept = self._orders[level]
        if kept is None or kept[0] is not image:
            last = image[3] if self.has_alpha else 255
            kept = self._orders[level] = (image, image[2].bandjoin([image[1], image[0], last]))
        return kept[1]

    def whole(self, box: Size) -> Raster:
        """The whole picture from the smallest level that fills `box` (or nearly so), alpha multiplied. Blocking."""
        scale = min(box.width / self.size.width, box.height / self.size.height, 1.0)
        try:
            return raster_of(self._level(level_for_scale(scale, len(self.levels))), premultiplied=True)
        except (OSError, vips().Error) as error:
            raise _gone(error) from error

    def _level(self, level: int) -> Any:
        with self._lock:
            image = self._images[level]
            if self._file is not None:
                self._reads[level] += 1
                if image is None or self._reads[level] > _READS_BEFORE_REOPENING:
                    self._reads[level] = 0
                    try:
                        image = self._images[level] = _open_level(self._file, level)
                    except (OSError, vips().Error):
                        if image is None:
                            raise
                        # Thrown out of the cache meanwhile: what is open goes on serving.
            return image


def _gone(error: Exception) -> ComputerError:
    return ComputerError(
        "A temporary file of the viewer is gone",
        "Choose the picture again. It is unharmed",
        details=str(error),
        code=Code.DISK_CACHE_GONE,
    )


def _identify(descriptor: int, path: Path, cache: TileCache) -> tuple[ImageInfo, Path]:
    try:
        return read_header(descriptor, path), cache.place(path)
    except OSError as error:
        raise refusal(error) from error


def _open_level(file: Path, level: int) -> Any:
    # A descriptor of its own for every level: duplicates would share one position in the file.
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return pixels(descriptor, page=level, access="random")
    finally:
        os.close(descriptor)
