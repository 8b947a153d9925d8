"""Write a pyramid, strip by strip. Runs in the worker process.

One thread decodes, the others shrink and pack what it has decoded, so that all of it takes hardly longer than a decode
on two cores. What somebody waits for comes first: where the decoder has to get there row by row, strips on its way that
nobody has time to pack are left out, and made by another pass from the top. The pass before waits where it is, for
somebody who looks further down again.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.tiling import TILE_PX
from topazdesk.media import heap
from topazdesk.media.limits import vips
from topazdesk.media.opening import check_unchanged, damaged, opened, refusal
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
#: Decoders that are somewhere in the picture, where all has to be decoded row by row.
_MOST_PASSES = 2

#: Strips after which memory that the decoder has left is given back: it takes most of it at the beginning.
_GIVES_BACK, _GIVES_BACK_EACH = (1, 2, 4, 8), 4

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
        with part.open("wb") as file, ThreadPoolExecutor(_MOST_THREADS, "pack", initializer=step_back) as pool:
            begun(strips.bands, packing)
            writer = TileWriter(file, TileLayout(strips.size), packing, strips.bands)
            try:
                _Build(strips, partial(_another, source, info), writer, pool, added, wanted).run()
            except vips().Error as error:
                raise damaged(str(error)) from error


class _Pass:
    """A decoder on its way from the top; `at` is the strip that comes next. `close` is for when it is not needed."""

    def __init__(self, source: StripSource, close: Callable[[], None] = lambda: None) -> None:
        self.source = source
        self.close = close
        self.at = 0


def _another(path: Path, info: ImageInfo) -> _Pass:
    """Return one more pass over a picture, which reads the file at places of its own.

    Raises InputError, OSError and pyvips.Error.
    """
    with ExitStack() as stack:
        descriptor = stack.enter_context(opened(path))
        check_unchanged(descriptor, info)
        source = open_source(descriptor, info)
        return _Pass(source, stack.pop_all().close)


class _Strip:
    """A strip that so many threads pack; the last of them calls `over`, whatever happens. Thread-safe."""

    def __init__(self, number: int, shown: Callable[[], NDArray[Any]], threads: int, over: Callable[[], None]) -> None:
        self.number = number
        self.parts: dict[int, list[bytes]] = {}  # by level
        self._shown = shown
        self._pixels: NDArray[Any] | None = None
        self._threads = threads
        self._over = over
        self._lock = threading.Lock()
        self._is_told = False

    def pixels(self) -> NDArray[Any]:
        """Return its pixels as they are shown."""
        with self._lock:
            if self._pixels is None:
                self._pixels = self._shown()
            return self._pixels

    def is_packed(self, levels: int) -> bool:
        """Return whether it has so many levels; True only once."""
        with self._lock:
            is_news = len(self.parts) == levels and not self._is_told
            self._is_told |= is_news
            return is_news

    @contextmanager
    def worked_on(self) -> Iterator[None]:
        """Note that one of its threads is at work until the end of the block."""
        try:
            yield
        finally:
            with self._lock:
                self._threads -= 1
                is_over = self._threads == 0
            if is_over:
                self._pixels = None
                self._over()


class _Build:
    """One pass after the other over the picture, until all strips are written."""

    def __init__(
        self,
        source: StripSource,
        again: Callable[[], _Pass],
        writer: TileWriter,
        pool: ThreadPoolExecutor,
        added: Added,
        wanted: Callable[[], Collection[int]],
    ) -> None:
        import numpy as np

        self._again, self._writer, self._pool = again, writer, pool
        self._added, self._wanted = added, wanted
        self._layout = layout = writer.layout
        self._left = set(range(layout.strips))
        self._any_order = source if source.is_random else None
        self._passes = [] if source.is_random else [_Pass(source)]
        self._small: NDArray[Any] | None = None  # the first level that is in no strip, whole
        if len(layout.levels) > STRIP_LEVELS:
            size = layout.levels[STRIP_LEVELS]
            self._small = np.zeros((size.height, size.width, source.bands), np.uint8)
        # A strip in memory is 25 MB for 683 MP. These are the ones being packed, and the next one.
        at_once = _MOST_THREADS if source.is_random else max(1, _MOST_THREADS - 1)
        self._rooms: queue.SimpleQueue[NDArray[Any]] = queue.SimpleQueue()
        self._most_rooms = at_once + 1
        for _ in range(self._most_rooms):
            self._rooms.put(np.empty(TILE_PX * source.row_bytes, np.uint8))
        self._jobs: list[Future[None]] = []

    def run(self) -> None:
        """Write all of it. Raises InputError, OSError and pyvips.Error."""
        try:
            while self._left:
                self._check()
                if self._any_order is None:
                    self._next()
                else:
                    self._any(self._any_order)
        finally:
            self._drop(self._passes)
        for job in self._jobs:
            job.result()
        self._writer.finish(self._small_levels())

    def _check(self) -> None:
        """Raise what went wrong in another thread."""
        while self._jobs and self._jobs[0].done():
            self._jobs.pop(0).result()

    def _any(self, source: StripSource) -> None:
        """Have the strip made that is wanted most."""
        room = self._rooms.get()
        number = next((each for each in self._wanted() if each in self._left), min(self._left))
        self._left.remove(number)
        read = partial(source.strip, number, room)
        strip = _Strip(number, lambda: source.shown(read()), 1, lambda: self._rooms.put(room))
        self._jobs.append(self._pool.submit(self._packed, strip, range(self._layout.in_strips)))

    def _next(self) -> None:
        """Go on by one strip towards the one that is wanted most, or else the first that is left."""
        wanted = [each for each in self._wanted() if each in self._left]
        under_way = self._towards(wanted[0] if wanted else min(self._left))
        number, under_way.at = under_way.at, under_way.at + 1
        if under_way.at in _GIVES_BACK or under_way.at % _GIVES_BACK_EACH == 0:
            heap.give_back()
        # In a hurry only what the other threads have time for is made on the way.
        has_time = number in wanted or not wanted or self._rooms.qsize() == self._most_rooms
        if number not in self._left or not has_time:
            under_way.source.skip(number)
            return
        room = self._rooms.get()
        shown = partial(under_way.source.shown, under_way.source.strip(number, room))
        self._left.remove(number)
        strip = _Strip(number, shown, 2, lambda: self._rooms.put(room))
        self._jobs.append(self._pool.submit(self._packed, strip, range(1)))
        self._jobs.append(self._pool.submit(self._packed, strip, range(1, self._layout.in_strips)))

    def _towards(self, number: int) -> _Pass:
        """Return the pass that gets to a strip first, or begin one from the top in place of the one that is behind."""
        self._drop([each for each in self._passes if each.at > max(self._left)])
        before = [each for each in self._passes if each.at <= number]
        if before:
            return max(before, key=lambda each: each.at)
        if len(self._passes) == _MOST_PASSES:
            self._drop([min(self._passes, key=lambda each: each.at)])
        self._passes.append(self._again())
        return self._passes[-1]

    def _drop(self, passes: Collection[_Pass]) -> None:
        self._passes = [each for each in self._passes if each not in passes]
        for each in passes:
            each.close()

    def _packed(self, strip: _Strip, levels: range) -> None:
        """Shrink a strip to these levels and pack them; write it, if it is all packed then."""
        layout = self._layout
        with strip.worked_on():
            pixels = strip.pixels()
            for level in levels:
                rows, width = layout.rows(strip.number, level), layout.levels[level].width
                if level:
                    pixels = shrunk(pixels, rows, width)
                pack = self._writer.packing.pack
                lefts = range(0, width if rows else 0, TILE_PX)
                strip.parts[level] = [pack(pixels[:, left : left + TILE_PX]) for left in lefts]
            if self._small is not None and levels.stop == layout.in_strips:
                rows = layout.rows(strip.number, STRIP_LEVELS)
                top = strip.number * (TILE_PX >> STRIP_LEVELS)
                self._small[top : top + rows] = shrunk(pixels, rows, self._small.shape[1])
            if strip.is_packed(layout.in_strips):
                parts = [part for level in range(layout.in_strips) for part in strip.parts[level]]
                self._added(strip.number, self._writer.add(strip.number, parts))

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
