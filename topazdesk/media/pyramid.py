"""A picture in levels of halved size, served tile by tile: a gigapixel costs no more memory than a snapshot.

Small pictures are decoded into memory. Larger ones are streamed once by libvips into a tiled TIFF in the cache folder: upright,
8-bit sRGB, colour multiplied by alpha. Everything here blocks and belongs on worker threads; a `Pyramid` may be used by several
of them at once.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.tiling import TILE_PX, Tile, level_for_scale, level_sizes, tile_rect
from topazdesk.errors import ComputerError
from topazdesk.media.decoding import upright
from topazdesk.media.limits import IN_MEMORY_PIXELS, vips
from topazdesk.media.opening import damaged, opened, pixels, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.raster import PixelFormat, Raster, premultiplied, raster_of, to_display
from topazdesk.media.tilecache import TileCache, cache_unusable

#: Up to here tiles are stored as they are, which is as fast as a bare decode. Above, that would fill the disk, and tiles become
#: JPEG of high quality without colour subsampling: 2 values of 255 off at most places, for the eyes only.
_PLAIN_PIXELS = 64_000_000

#: An open level keeps what was read from it: 180 MB for 32,000 px across. Opened anew now and then (1 ms), it stays small.
_READS_BEFORE_REOPENING = 100

_numbers = itertools.count()


class CancelledError(Exception):
    """Nobody wants the pyramid any more."""


class Pyramid:
    """The levels of one picture. `size` is upright; `levels` are the sizes from `size` down to one tile."""

    def __init__(self, size: Size, has_alpha: bool, images: tuple[Any, ...], file: Path | None) -> None:
        self.size = size
        self.has_alpha = has_alpha
        self.levels = level_sizes(size)
        self._images: list[Any] = list(images) or [None] * len(self.levels)
        self._reads = [0] * len(self.levels)
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

        `cancelled` is asked now and then while building. Raises InputError for the picture, ComputerError for the cache,
        CancelledError.
        """
        found = cls.ready(path, cache)
        if found is not None:
            return found
        with opened(path) as descriptor:
            info, file = _identify(descriptor, path, cache)
            _build(descriptor, info, file, cache, cancelled)
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
        code="disk.cache_gone",
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


def _build(
    descriptor: int, info: ImageInfo, file: Path, cache: TileCache, cancelled: Callable[[], bool] | None
) -> None:
    plain = info.size.pixels <= _PLAIN_PIXELS
    cache.prepare(info.size.pixels * (4 if info.has_alpha else 3) * 4 // 3 // (1 if plain else 2))
    part = file.with_name(f"{file.stem}.{os.getpid()}-{next(_numbers)}.part")
    try:
        _write(descriptor, info, part, plain, cancelled)
        part.replace(file)
    except OSError as error:
        raise cache_unusable(error) from error
    finally:
        part.unlink(missing_ok=True)
    cache.trim(keep=file)


def _write(descriptor: int, info: ImageInfo, part: Path, plain: bool, cancelled: Callable[[], bool] | None) -> None:
    module = vips()
    try:
        image = premultiplied(to_display(upright(descriptor, info)))
        if plain:
            packing: dict[str, Any] = {"compression": "none"}
        elif image.bands == 4:
            packing = {"compression": "deflate", "Q": 1, "predictor": "horizontal"}
        else:
            packing = {"compression": "jpeg", "Q": 95}
        if cancelled is not None:
            _stop_when(image, cancelled)
        # By name, not by descriptor: only beside a named file does libvips put the smaller levels on the disk meanwhile;
        # else it holds them in memory (200 MB for 683 MP). As an argument the name is taken as it is, brackets and all.
        image.tiffsave(
            str(part),
            tile=True,
            tile_width=TILE_PX,
            tile_height=TILE_PX,
            pyramid=True,
            depth="onetile",
            bigtiff=True,
            keep="none",
            **packing,
        )
    except UnicodeEncodeError as error:
        raise OSError("the name of the folder is not UTF-8") from error
    except module.Error as error:
        if cancelled is not None and cancelled():
            raise CancelledError from error
        raise damaged(str(error)) from error


def _stop_when(image: Any, cancelled: Callable[[], bool]) -> None:
    """Let libvips ask `cancelled` as it goes, and stop when it says so."""

    def ask(running: Any, _progress: Any) -> None:
        if cancelled():
            running.set_kill(True)

    image.set_progress(True)
    image.signal_connect("eval", ask)
