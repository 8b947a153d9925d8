"""Serve a picture tile by tile at levels of halved size, so that a gigapixel costs no more memory than a snapshot.

Pixels are served as they are shown: those that are not square in the file are brought into proportion here.

Small pictures are decoded into memory. Larger ones are written once, by a worker process, to a file of tiles in the
cache folder: upright, 8-bit sRGB, colour multiplied by alpha. Tiles can be read while the others are still being
written. Everything here blocks and belongs on worker threads; several of them may use a `Pyramid` at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.tiling import Tile, level_for_scale, level_sizes, tile_rect
from topazdesk.errors import Code, ComputerError
from topazdesk.media.decoding import upright
from topazdesk.media.limits import IN_MEMORY_PIXELS, vips
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.proportions import in_proportion
from topazdesk.media.pyramid_build import build
from topazdesk.media.pyramid_tiles import PyramidTiles
from topazdesk.media.raster import PixelFormat, Raster, premultiplied, raster_of, to_display
from topazdesk.media.tilecache import TileCache


class Pyramid:
    """The levels of one picture: `levels` are the sizes from `size`, at which its `grid` is shown, to one tile.

    They are in memory (`images`), or in a file (`tiles`).
    """

    def __init__(
        self, grid: PixelGrid, has_alpha: bool, images: tuple[Any, ...], tiles: PyramidTiles | None = None
    ) -> None:
        self.grid = grid
        self.size = size = grid.shown
        self.has_alpha = has_alpha
        self.levels = level_sizes(size)
        self._images: list[Any] = list(images) or [None] * len(self.levels)
        self._tiles = tiles

    @property
    def is_whole(self) -> bool:
        """Whether all tiles can be read."""
        return self._tiles is None or self._tiles.is_whole

    def has(self, tile: Tile) -> bool:
        """Return whether a tile can be read now."""
        return self._tiles is None or self._tiles.has(tile)

    def want(self, tiles: Sequence[Tile]) -> None:
        """Have these tiles made first, in place of those asked for before, while the pyramid is being built."""
        if self._tiles is not None:
            self._tiles.want(tiles)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have `watcher` called, in any thread, when more tiles can be read, or when no more will come."""
        if self._tiles is not None:
            self._tiles.watch(watcher)

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
    def open(
        cls,
        path: Path,
        cache: TileCache,
        cancelled: Callable[[], bool] | None = None,
        page: int = 0,
        begun: Callable[[Pyramid], None] | None = None,
    ) -> Pyramid:
        """Return the pyramid of a page of the file at `path`; build it when the cache has none.

        Callers that ask for the same file share one build. `begun` is given the pyramid as soon as some of its tiles
        may be there. `cancelled` is polled; when all callers have cancelled, the build ends. Raises InputError for the
        picture, ComputerError for the cache, CancelledError.
        """
        found = cls.ready(path, cache, page)
        if found is not None:
            return found
        with opened(path) as descriptor:
            info, file = _identify(descriptor, path, cache, page)
            growing: list[Pyramid] = []

            def begin(tiles: PyramidTiles) -> None:
                growing.append(cls(info.grid, tiles.bands == 4, (), tiles))
                if begun is not None:
                    begun(growing[0])

            tiles = build(path, info, file, cache, cancelled, begin)
        return growing[0] if growing else cls(info.grid, tiles.bands == 4, (), tiles)

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
        return cls(grid, image.bands == 4, tuple(images))

    @classmethod
    def _kept(cls, file: Path, info: ImageInfo) -> Pyramid | None:
        """Return the pyramid from the cache, or None when there is none that can be read."""
        try:
            tiles = PyramidTiles.of_file(file)
        except (OSError, ValueError):
            return None
        return cls(info.grid, tiles.bands == 4, (), tiles) if tiles.layout.size == info.grid.shown else None

    def tile(self, tile: Tile) -> Raster:
        """Return the pixels of a tile, RGB or premultiplied RGBA; takes about 0.2 ms.

        Raises ValueError for a tile outside the picture, ComputerError when the cache file is gone.
        """
        left, top, width, height = tile_rect(tile, self.levels[tile.level])
        if self._tiles is not None:
            with _reading():
                data: Any = self._tiles.pixels(tile).tobytes()
        else:
            with _reading():
                data = bytes(vips().Region.new(self._level(tile.level)).fetch(left, top, width, height))
        pixel_format = PixelFormat.RGBA_PREMULTIPLIED if self.has_alpha else PixelFormat.RGB
        return Raster(width, height, width * pixel_format.bytes_per_pixel, pixel_format, data)

    def painted(self, tile: Tile) -> Raster:
        """Return the pixels of a tile in the byte order in which Qt keeps pictures, BGRX or premultiplied BGRA.

        Other threads run meanwhile, and the bytes are not copied again.
        Raises ValueError for a tile outside the picture, ComputerError when the cache file is gone.
        """
        left, top, width, height = tile_rect(tile, self.levels[tile.level])
        if self._tiles is not None:
            with _reading():
                data = self._tiles.painted(tile).data.cast("B")
        else:
            with _reading():
                image = self._reordered(self._level(tile.level))
                data = memoryview(vips().Region.new(image).fetch(left, top, width, height))
        pixel_format = PixelFormat.BGRA_PREMULTIPLIED if self.has_alpha else PixelFormat.BGRX
        return Raster(width, height, width * 4, pixel_format, data)

    def _reordered(self, image: Any) -> Any:
        """Return a level with its bands in Qt's order."""
        return image[2].bandjoin([image[1], image[0], image[3] if self.has_alpha else 255])

    def whole(self, box: Size) -> Raster:
        """Return the whole picture from the smallest level that (nearly) fills `box`, premultiplied. Blocking.

        Raises ComputerError when the cache file is gone.
        """
        scale = min(box.width / self.size.width, box.height / self.size.height, 1.0)
        level = level_for_scale(scale, len(self.levels))
        if self._tiles is None:
            with _reading():
                return raster_of(self._level(level), premultiplied=True)
        with _reading():
            pixels = self._tiles.level(level)
        pixel_format = PixelFormat.RGBA_PREMULTIPLIED if self.has_alpha else PixelFormat.RGB
        height, width, bands = pixels.shape
        return Raster(width, height, width * bands, pixel_format, pixels.tobytes())

    def first(self, box: Size) -> Raster:
        """Return the first pixels for a view of this size; see `whole`. Raises ComputerError."""
        return self.whole(box)

    def _level(self, level: int) -> Any:
        return self._images[level]


@contextmanager
def _reading() -> Iterator[None]:
    """Translate what goes wrong with reading tiles."""
    try:
        yield
    except (OSError, ValueError, vips().Error) as error:
        raise _gone(error) from error


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
