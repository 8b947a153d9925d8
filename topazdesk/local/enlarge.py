"""Enhances one picture: tile by tile, each of which is kept on disk, then all tiles mixed to a result.

A tile is what the network makes of one part of the picture; it depends on nothing but that part. So a run that was
killed goes on with the next tile, and its result has the bytes of an undisturbed one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from topazdesk.disk.private_file import part_beside
from topazdesk.domain.geometry import Size
from topazdesk.domain.network_tiles import BORDER_PX, CELL_PX, FEATHER_PX, Tile, tiles_of
from topazdesk.errors import Code, ComputerError
from topazdesk.media.enlarging import OpenPicture
from topazdesk.media.writing import disk_trouble

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

#: Rows of the source whose result is mixed at a time.
_BAND_PX = 16


@dataclass(frozen=True, slots=True)
class Work:
    """A picture on its way: its tiles, and the folder that keeps them."""

    picture: OpenPicture
    tiles: list[Tile]
    scale: int
    folder: Path
    keeps_colours: bool

    @property
    def whole(self) -> Size:
        """The size of what the network makes."""
        return Size(self.picture.size.width * self.scale, self.picture.size.height * self.scale)

    def left(self) -> list[int]:
        """Return the numbers of the tiles that are not there yet."""
        return [number for number in range(len(self.tiles)) if not self.path(number).exists()]

    def path(self, number: int) -> Path:
        """Return the file of a tile."""
        return self.folder / f"{number:06}.tile"


def plan_work(
    picture: OpenPicture, scale: int, context: int, most_px: int, folder: Path, *, keeps_colours: bool
) -> Work:
    """Return the work on a picture."""
    return Work(picture, tiles_of(picture.size, context, most_px), scale, folder, keeps_colours)


def make_tile(work: Work, number: int, enlarge: Callable[[Numbers], Numbers]) -> None:
    """Run the network on a tile and keep what it makes. Raises InputError, ComputerError, MemoryError."""
    import numpy as np

    tile, picture = work.tiles[number], work.picture
    given = picture.read(tile.read.x0, tile.read.y0, tile.read.x1, tile.read.y1)
    made = [_of_colours(given[:, :, : picture.colours], tile, work, enlarge)]
    if picture.has_alpha:
        made.append(_of_alpha(given[:, :, picture.colours :], tile, work, enlarge))
    result = np.concatenate(made, axis=2)
    shift = _shift(given, result, tile, work.scale)
    top, left = (tile.kept.y0 - tile.read.y0) * work.scale, (tile.kept.x0 - tile.read.x0) * work.scale
    kept = result[top : top + tile.kept.height * work.scale, left : left + tile.kept.width * work.scale]
    # A little above white and below black is kept, so that the correction of colours has both sides of the edge.
    numbers = np.rint((kept.clip(-_OVER, 1.0 + _OVER) + _OVER) * _STEPS).astype(np.uint16)
    part = part_beside(work.path(number))
    try:
        with part.open("wb") as file:
            np.save(file, shift)
            np.save(file, np.ascontiguousarray(numbers))
            file.flush()
            os.fsync(file.fileno())
        part.replace(work.path(number))
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise disk_trouble(error) from error


_OVER = 0.125
_STEPS = 65_535 / (1.0 + 2 * _OVER)


def _of_colours(given: Numbers, tile: Tile, work: Work, enlarge: Callable[[Numbers], Numbers]) -> Numbers:
    """Return what the network makes of the colours; of grey, which is given as three equal colours, the mean."""
    if given.shape[2] == 3:
        return _bordered(given, tile, work, enlarge)
    grey: Numbers = _bordered(given.repeat(3, axis=2), tile, work, enlarge).mean(axis=2, keepdims=True)
    return grey


def _of_alpha(given: Numbers, tile: Tile, work: Work, enlarge: Callable[[Numbers], Numbers]) -> Numbers:
    """Return the transparency, enlarged like a grey picture; where all of it is alike there is nothing to enlarge."""
    import numpy as np

    if given.min() == given.max():
        height, width = given.shape[:2]
        return np.full((height * work.scale, width * work.scale, 1), given.flat[0], np.float32)
    return _of_colours(given, tile, work, enlarge)


def _bordered(given: Numbers, tile: Tile, work: Work, enlarge: Callable[[Numbers], Numbers]) -> Numbers:
    """Continue the tile by reflection where it ends at the picture's edge, enlarge it, and take that off again."""
    import numpy as np

    size, read = work.picture.size, tile.read
    left, top = (BORDER_PX if at == 0 else 0 for at in (read.x0, read.y0))
    right = BORDER_PX if read.x1 == size.width else 0
    bottom = BORDER_PX if read.y1 == size.height else 0
    made = enlarge(np.pad(given, ((top, bottom), (left, right), (0, 0)), "reflect"))
    height, width = given.shape[:2]
    s = work.scale
    return made[top * s : (top + height) * s, left * s : (left + width) * s]


def _shift(given: Numbers, result: Numbers, tile: Tile, scale: int) -> Numbers:
    """Return by how much each cell of the tile's core became darker, for each channel."""
    import numpy as np

    core, read = tile.core, tile.read
    before = given[core.y0 - read.y0 : core.y1 - read.y0, core.x0 - read.x0 : core.x1 - read.x0]
    after = result[
        (core.y0 - read.y0) * scale : (core.y1 - read.y0) * scale,
        (core.x0 - read.x0) * scale : (core.x1 - read.x0) * scale,
    ].clip(0.0, 1.0)
    found: Numbers = _means(before, CELL_PX) - _means(after, CELL_PX * scale)
    return found.astype(np.float32)


def _means(numbers: Numbers, side: int) -> Numbers:
    """Return the means of cells of this side; those at the end may be smaller."""
    import numpy as np

    height, width = numbers.shape[:2]
    ys, xs = np.arange(0, height, side), np.arange(0, width, side)
    sums = np.add.reduceat(np.add.reduceat(numbers, ys, axis=0, dtype=np.float64), xs, axis=1)
    counts = np.diff(np.append(ys, height))[:, None, None] * np.diff(np.append(xs, width))[None, :, None]
    return np.asarray(sums / counts, dtype=np.float32)


def rows_of(work: Work) -> Iterator[Numbers]:
    """Yield the result from top to bottom, some rows at a time: the tiles mixed where they overlap, colours corrected.

    Raises ComputerError for tiles that cannot be read.
    """
    import numpy as np

    size, scale, bands = work.picture.size, work.scale, work.picture.bands
    shift = _all_shifts(work) if work.keeps_colours else None
    for y0 in range(0, size.height, _BAND_PX):
        y1 = min(size.height, y0 + _BAND_PX)
        band = np.zeros(((y1 - y0) * scale, size.width * scale, bands), np.float32)
        for number, tile in enumerate(work.tiles):
            top, bottom = max(y0, tile.kept.y0), min(y1, tile.kept.y1)
            if top >= bottom:
                continue
            numbers = _rows_of_tile(work, number, (top - tile.kept.y0) * scale, (bottom - tile.kept.y0) * scale)
            down = _weights(tile.core.y0, tile.core.y1, tile.kept.y0, tile.kept.y1, size.height, scale)
            across = _weights(tile.core.x0, tile.core.x1, tile.kept.x0, tile.kept.x1, size.width, scale)
            part = numbers.astype(np.float32) / np.float32(_STEPS) - np.float32(_OVER)
            part *= down[(top - tile.kept.y0) * scale : (bottom - tile.kept.y0) * scale, None, None]
            part *= across[None, :, None]
            into = band[(top - y0) * scale : (bottom - y0) * scale, tile.kept.x0 * scale : tile.kept.x1 * scale]
            into += part
        if shift is not None:
            band += _between(shift, y0 * scale, y1 * scale, work.whole, CELL_PX * scale)
        yield band


def _rows_of_tile(work: Work, number: int, first: int, end: int) -> NDArray[np.uint16]:
    """Return some rows of a finished tile; of the file only these are read."""
    import numpy as np

    with _opened_tile(work, number) as file:
        np.load(file, allow_pickle=False)
        np.lib.format.read_magic(file)
        shape, _, kind = np.lib.format.read_array_header_1_0(file)
        row = shape[1] * shape[2]
        file.seek(first * row * kind.itemsize, os.SEEK_CUR)
        found = np.fromfile(file, kind, (end - first) * row)
        return found.reshape(end - first, shape[1], shape[2])


def _shift_of_tile(work: Work, number: int) -> Numbers:
    import numpy as np

    with _opened_tile(work, number) as file:
        found: Numbers = np.load(file, allow_pickle=False)
        return found


@contextmanager
def _opened_tile(work: Work, number: int) -> Iterator[BinaryIO]:
    """Open a finished tile. Raises ComputerError when it cannot be read, and removes it if it is damaged."""
    path = work.path(number)
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise disk_trouble(error) from error
    except (ValueError, EOFError) as error:
        path.unlink(missing_ok=True)
        raise ComputerError(
            "A finished part of this picture cannot be read any more",
            "Check the disk of the profile and try again. Your picture is untouched.",
            details=str(error),
            code=Code.COMPUTER_DISK_FAULT,
        ) from error


def _weights(core0: int, core1: int, kept0: int, kept1: int, end: int, scale: int) -> Numbers:
    """Return the weights of a tile along one direction: rising and falling around its ends, unless they are edges.

    Those of two neighbours add up to one.
    """
    import numpy as np

    at = (np.arange(kept0 * scale, kept1 * scale) + 0.5) / scale
    weights = np.ones_like(at)
    half = FEATHER_PX
    if core0 > 0:
        weights *= ((at - (core0 - half)) / (2 * half)).clip(0.0, 1.0)
    if core1 < end:
        weights *= (((core1 + half) - at) / (2 * half)).clip(0.0, 1.0)
    return np.asarray(weights, dtype=np.float32)


def _all_shifts(work: Work) -> Numbers:
    """Return the shifts of all cells of the picture, smoothed over their neighbours."""
    import numpy as np

    size = work.picture.size
    found = np.zeros((-(-size.height // CELL_PX), -(-size.width // CELL_PX), work.picture.bands), np.float32)
    for number, tile in enumerate(work.tiles):
        part = _shift_of_tile(work, number)
        y, x = tile.core.y0 // CELL_PX, tile.core.x0 // CELL_PX
        found[y : y + part.shape[0], x : x + part.shape[1]] = part
    around = np.pad(found, ((2, 2), (2, 2), (0, 0)), "edge")
    height, width = found.shape[:2]
    near = [around[y : y + height, x : x + width] for y in range(5) for x in range(5)]
    return np.asarray(np.mean(near, axis=0), dtype=np.float32)


def _between(cells: Numbers, y0: int, y1: int, whole: Size, side: int) -> Numbers:
    """Return the values of rows `y0` to `y1` of the result, between the centres of cells of this side."""
    import numpy as np

    low, high, part = _neighbours(np.arange(y0, y1), cells.shape[0], side)
    rows = cells[low] * (1 - part)[:, None, None] + cells[high] * part[:, None, None]
    low, high, part = _neighbours(np.arange(whole.width), cells.shape[1], side)
    found = rows[:, low] * (1 - part)[None, :, None] + rows[:, high] * part[None, :, None]
    return np.asarray(found, dtype=np.float32)


def _neighbours(at: NDArray[np.int64], count: int, side: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Numbers]:
    import numpy as np

    place = ((at + 0.5) / side - 0.5).clip(0, count - 1)
    low = np.floor(place).astype(np.int64)
    return low, np.minimum(low + 1, count - 1), np.asarray(place - low, dtype=np.float32)
