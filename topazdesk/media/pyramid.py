"""Serve a picture tile by tile at levels of halved size, so that a gigapixel costs no more memory than a snapshot.

Pixels are served as they are shown: those that are not square in the file are brought into proportion here.

Small pictures are decoded into memory. Larger ones are written once, by a worker process, to a tiled TIFF in the cache
folder: upright, 8-bit sRGB, colour multiplied by alpha. Everything here blocks and belongs on worker threads; several
of them may use a `Pyramid` at once.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.tiling import Tile, level_for_scale, level_sizes, tile_rect
from topazdesk.errors import Code, ComputerError
from topazdesk.media.decoding import upright
from topazdesk.media.limits import IN_MEMORY_PIXELS, vips
from topazdesk.media.opening import damaged, opened, pixels, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.proportions import in_proportion
from topazdesk.media.pyramid_build import build
from topazdesk.media.raster import PixelFormat, Raster, premultiplied, raster_of, to_display
from topazdesk.media.tilecache import TileCache

#: An open level caches what was read from it: 180 MB at a width of 32,000 px. Reopening (1 ms) it frees that memory.
_READS_BEFORE_REOPENING = 100


class Pyramid:
    """The levels of one picture: `levels` are the sizes from `size`, at which its `grid` is shown, to one tile."""

    def __init__(self, grid: PixelGrid, has_alpha: bool, images: tuple[Any, ...], file: Path | None) -> None:
        self.grid = grid
        self.size = size = grid.shown
        self.has_alpha = has_alpha
        self.levels = level_sizes(size)
        self._images: list[Any] = list(images) or [None] * len(self.levels)
        self._reads = [0] * len(self.levels)
        self._orders: list[tuple[Any, Any] | None] = [None] * len(self.levels)
        self._file = file
        self._lock = threading.Lock()

    @classmethod
    def ready(cls, path: Path, cache: TileCache, page: int = 0) -> Pyramid | None:
        """Return the pyramid if it is cheap to get (a small picture, or in the cache), else None. Raises InputError."""
        with opened(path) as descriptor:
            info, file = _identify(descriptor, path, cache, page)
            if info.grid.shown.pixels <= IN_MEMORY_PIXELS:
                return cls._in_memory(descriptor, info)
            kept = cls._kept(file, info)
            if kept is not None:
                cache.touch(file)
            return kept

    @classmethod
    def open(cls, path: Path, cache: TileCache, cancelled: Callable[[], bool] | None = None, page: int = 0) -> Pyramid:
        """Return the pyramid of a page of the file at `path`; build it when the cache has none.

        Callers that ask for the same file share one build. `cancelled` is polled; when all callers have cancelled, the
        build ends. Raises InputError for the picture, ComputerError for the cache, CancelledError.
        """
        found = cls.ready(path, cache, page)
        if found is not None:
            return found
        with opened(path) as descriptor:
            info, file = _identify(descriptor, path, cache, page)
            build(path, info, file, cache, cancelled)
            built = cls._kept(file, info)
        if built is None:
            raise damaged("the pyramid cannot be read back")
        return built

    @classmethod
    def _in_memory(cls, descriptor: int, info: ImageInfo) -> Pyramid:
        try:
            image = upright(descriptor, info)
            grid = PixelGrid(Size(image.width, image.height), info.grid.aspect)
            image = in_proportion(premultiplied(to_display(image)), grid).copy_memory()
            images = [image]
            for size in level_sizes(Size(image.width, image.height))[1:]:
                last = images[-1]
                across, down = last.width // size.width, last.height // size.height
                images.append(
                    last.crop(0, 0, size.width * across, size.height * down).shrink(across, down).copy_memory()
                )
        except vips().Error as error:
            raise damaged(str(error)) from error
        return cls(grid, image.bands == 4, tuple(images), None)

    @classmethod
    def _kept(cls, file: Path, info: ImageInfo) -> Pyramid | None:
        """Return the pyramid from the cache, or None when there is none that can be read."""
        try:
            top = _open_level(file, 0)
        except (OSError, vips().Error):
            return None
        if Size(top.width, top.height) != info.grid.shown:
            return None
        pyramid = cls(info.grid, top.bands == 4, (), file)
        pyramid._images[0] = top
        return pyramid

    def tile(self, tile: Tile) -> Raster:
        """Return the pixels of a tile, RGB or premultiplied RGBA; takes about 0.2 ms.

        Raises ValueError for a tile outside the picture, ComputerError when the cache file is gone.
        """
        left, top, width, height = tile_rect(tile, self.levels[tile.level])
        try:
            image = self._level(tile.level)
            data = bytes(vips().Region.new(image).fetch(left, top, width, height))
        except (OSError, vips().Error) as error:
            raise _gone(error) from error
        pixel_format = PixelFormat.RGBA_PREMULTIPLIED if self.has_alpha else PixelFormat.RGB
        return Raster(width, height, width * pixel_format.bytes_per_pixel, pixel_format, data)

    def painted(self, tile: Tile) -> Raster:
        """Return the pixels of a tile in the byte order in which Qt keeps pictures, BGRX or premultiplied BGRA.

        libvips reorders the bytes without holding the interpreter lock, and they are not copied again.
        Raises ValueError for a tile outside the picture, ComputerError when the cache file is gone.
        """
        left, top, width, height = tile_rect(tile, self.levels[tile.level])
        try:
            data = memoryview(vips().Region.new(self._reordered(tile.level)).fetch(left, top, width, height))
        except (OSError, vips().Error) as error:
            raise _gone(error) from error
        pixel_format = PixelFormat.BGRA_PREMULTIPLIED if self.has_alpha else PixelFormat.BGRX
        return Raster(width, height, width * 4, pixel_format, data)

    def _reordered(self, level: int) -> Any:
        """Return a level with its bands in Qt's order; made again when the level was reopened."""
        image = self._level(level)
        kept = self._orders[level]
        if kept is None or kept[0] is not image:
            last = image[3] if self.has_alpha else 255
            kept = self._orders[level] = (image, image[2].bandjoin([image[1], image[0], last]))
        return kept[1]

    def whole(self, box: Size) -> Raster:
        """Return the whole picture from the smallest level that (nearly) fills `box`, premultiplied. Blocking.

        Raises ComputerError when the cache file is gone.
        """
        scale = min(box.width / self.size.width, box.height / self.size.height, 1.0)
        try:
            return raster_of(self._level(level_for_scale(scale, len(self.levels))), premultiplied=True)
        except (OSError, vips().Error) as error:
            raise _gone(error) from error

    def first(self, box: Size) -> Raster:
        """Return the first pixels for a view of this size; see `whole`. Raises ComputerError."""
        return self.whole(box)

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
                        # Removed from the cache meanwhile: the open level still works.
            return image


def _gone(error: Exception) -> ComputerError:
    return ComputerError(
        "A temporary file of the viewer is gone",
        "Choose the picture again. The picture itself is unharmed",
        details=str(error),
        code=Code.DISK_CACHE_GONE,
    )


def _identify(descriptor: int, path: Path, cache: TileCache, page: int) -> tuple[ImageInfo, Path]:
    try:
        return read_header(descriptor, path, page), cache.place(path, page)
    except OSError as error:
        raise refusal(error) from error


def _open_level(file: Path, level: int) -> Any:
    # Each level needs its own descriptor: duplicates would share one position in the file.
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return pixels(descriptor, number=level, access="random")
    finally:
        os.close(descriptor)
