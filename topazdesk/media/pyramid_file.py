"""Write a pyramid, strip by strip. Runs in the worker process.

One thread decodes, the others shrink and pack what it has decoded, so that all of it takes hardly longer than a decode
on two cores. What somebody waits for comes first: where the decoder has to get there row by row, strips on its way that
nobody has time to pack are left out, and made by another pass from the top.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX
from topazdesk.media import heap
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.pyramid_tiles import Strip, TileWriter
from topazdesk.media.strip_source import StripSource, open_source
from topazdesk.media.tile_layout import STRIP_LEVELS, TileLayout
from topazdesk.media.tile_packing import Packing

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Up to this size tiles are stored uncompressed. Beyond it they would fill the disk, so they are stored as JPEG of high
#: quality without colour subsampling: mostly 2 of 255 levels off, and only for the eye (the values shown for the pixel
#: under the pointer are read from the picture file itself).
PLAIN_PIXELS = 64_000_000

#: Rows that are shrunk at once.
_AT_ONCE = 8
#: Threads that unpack, shrink and pack; where all has to be decoded row by row, one more thread does that.
_MOST_THREADS = max(1, min(4, os.cpu_count() or 2))

#: Strips after which memory that the decoder has left is given back: it takes most of it at the beginning.
_GIVES_BACK, _GIVES_BACK_EACH = (1, 2, 4, 8), 16

#: Tells that the file was begun, with the number of channels and the packing.
Begun = Callable[[int, Packing], None]
#: Tells that a strip is there, and where.
Added = Callable[[int, Strip], None]


def is_plain(size: Size) -> bool:
    """Return whether the tiles of a picture of this size are stored uncompressed."""
    return size.pixels <= PLAIN_PIXELS


def bytes_needed(size: Size, *, has_alpha: bool) -> int:
    """Return how many bytes a pyramid takes on disk at most."""
    return size.pixels * (4 if has_alpha else 3) * 4 // 3 // (1 if is_plain(size) else 2)


def write(
    source: Path,
    part: Path,
    *,
    plain: bool,
    page: int = 0,
    begun: Begun = lambda _bands, _packing: None,
    added: Added = lambda _number, _strip: None,
    wanted: Callable[[], Collection[int]] = tuple,
    step_back: Callable[[], None] = lambda: None,
) -> None:
    """Write the pyramid of a page of the file at `source` to `part`; `plain` means uncompressed tiles.

    `begun` and `added` are told what is there; `wanted` is asked which strips to make first. `step_back` lowers the
    priority of the threads that pack, in each of them. Raises InputError for the
    picture, OSError for the disk.
    """
    with opened(source) as descriptor:
        try:
            info = read_header(descriptor, source, page)
            strips = open_source(descriptor, info)
        except OSError as error:
            raise refusal(error) from error
        except vips().Error as error:
            raise damaged(str(error)) from error
        packing = Packing.PLAIN if plain else Packing.ZSTD if strips.bands == 4 else Packing.JPEG
        threads = _MOST_THREADS if strips.is_random else max(1, _MOST_THREADS - 1)
        with part.open("wb") as file, ThreadPoolExecutor(threads, "pack", initializer=step_back) as pool:
            begun(strips.bands, packing)
            writer = TileWriter(file, TileLayout(strips.size), packing, strips.bands)
            try:
                _Build(strips, lambda: open_source(descriptor, info), writer, pool, threads, added, wanted).run()
            except vips().Error as error:
                raise damaged(str(error)) from error


class _Build:
    """One pass after the other over the picture, until all strips are written."""

    def __init__(
        self,
        source: StripSource,
        again: Callable[[], StripSource],
        writer: TileWriter,
        pool: ThreadPoolExecutor,
        threads: int,
        added: Added,
        wanted: Callable[[], Collection[int]],
    ) -> None:
        import numpy as np

        self._source, self._again, self._writer, self._pool = source, again, writer, pool
        self._added, self._wanted = added, wanted
        self._layout = layout = writer.layout
        self._left = set(range(layout.strips))
        self._at = 0
        self._small: NDArray[Any] | None = None  # the first level that is in no strip, whole
        if len(layout.levels) > STRIP_LEVELS:
            size = layout.levels[STRIP_LEVELS]
            self._small = np.zeros((size.height, size.width, source.bands), np.uint8)
        # A strip in memory is 25 MB for 683 MP. These are the ones being packed, and the next one.
        self._rooms: queue.SimpleQueue[NDArray[Any]] = queue.SimpleQueue()
        for _ in range(threads + 1):
            self._rooms.put(np.empty(TILE_PX * source.row_bytes, np.uint8))
        self._jobs: list[Future[None]] = []

    def run(self) -> None:
        """Write all of it. Raises InputError, OSError and pyvips.Error."""
        while self._left:
            self._check()
            if self._source.is_random:
                self._any()
            else:
                self._next()
        for job in self._jobs:
            job.result()
        self._writer.finish(self._small_levels())

    def _check(self) -> None:
        """Raise what went wrong in another thread."""
        while self._jobs and self._jobs[0].done():
            self._jobs.pop(0).result()

    def _any(self) -> None:
        """Have the strip made that is wanted most."""
        room = self._rooms.get()
        number = next((each for each in self._wanted() if each in self._left), min(self._left))
        self._left.remove(number)
        self._jobs.append(self._pool.submit(self._packed, number, room, lambda: self._source.strip(number, room)))

    def _next(self) -> None:
        """Go on by one strip, or begin from the top again."""
        wanted = [each for each in self._wanted() if each in self._left]
        ahead = [each for each in wanted if each >= self._at]
        if self._at > max(self._left) or (wanted and not ahead):
            self._source, self._at = self._again(), 0
            return
        number, is_in_a_hurry = self._at, bool(ahead) and self._at not in ahead
        self._at += 1
        if self._at in _GIVES_BACK or self._at % _GIVES_BACK_EACH == 0:
            heap.give_back()
        # In a hurry only what the other threads have time for is made on the way.
        if number not in self._left or is_in_a_hurry:
            self._source.skip(number)
            return
        room = self._rooms.get()
        stored = self._source.strip(number, room)
        self._left.remove(number)
        self._jobs.append(self._pool.submit(self._packed, number, room, lambda: stored))

    def _packed(self, number: int, room: NDArray[Any], read: Callable[[], NDArray[Any]]) -> None:
        """Shrink and pack a strip, write it, and give back its room."""
        try:
            pixels = self._source.shown(read())
            parts: list[bytes] = []
            for level in range(self._layout.in_strips):
                rows, width = self._layout.rows(number, level), self._layout.levels[level].width
                if level:
                    pixels = shrunk(pixels, rows, width)
                if rows:
                    parts += [
                        self._writer.packing.pack(pixels[:, left : left + TILE_PX]) for left in range(0, width, TILE_PX)
                    ]
            if self._small is not None:
                rows = self._layout.rows(number, STRIP_LEVELS)
                top = number * (TILE_PX >> STRIP_LEVELS)
                self._small[top : top + rows] = shrunk(pixels, rows, self._small.shape[1])
            self._added(number, self._writer.add(number, parts))
        finally:
            self._rooms.put(room)

    def _small_levels(self) -> list[NDArray[Any]]:
        made = [] if self._small is None else [self._small]
        for size in self._layout.levels[STRIP_LEVELS + 1 :]:
            made.append(shrunk(made[-1], size.height, size.width))
        return made


def shrunk(pixels: NDArray[Any], rows: int, width: int) -> NDArray[Any]:
    """Return pixels at half the size, each the mean of those that it stands for; what does not fill one is left out.

    A side that has a single pixel stays as it is.
    """
    import numpy as np

    made = np.empty((rows, width, pixels.shape[2]), np.uint8)
    down, across = (2 if pixels.shape[0] >= 2 * rows else 1), (2 if pixels.shape[1] >= 2 * width else 1)
    added = np.empty((_AT_ONCE, width * across, pixels.shape[2]), np.uint16)
    total = np.empty((_AT_ONCE, width), np.uint16)
    for top in range(0, rows, _AT_ONCE):  # few rows at a time stay in the processor's cache
        count = min(_AT_ONCE, rows - top)
        block = pixels[top * down : (top + count) * down, : width * across]
        np.add(block[::down], block[down - 1 :: down], dtype=np.uint16, out=added[:count])
        for band in range(pixels.shape[2]):
            np.add(added[:count, ::across, band], added[:count, across - 1 :: across, band], out=total[:count])
            total += 2
            total >>= 2
            made[top : top + count, :, band] = total[:count]
    return made
