"""Levels and tiles: every pixel is covered exactly once, whatever the size of the picture."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import (
    TILE_PX,
    Rect,
    Tile,
    centre_first,
    grid,
    level_for_scale,
    level_sizes,
    range_for,
    tile_rect,
    widened,
)

sides = st.integers(1, 32_000)
sizes = st.builds(Size, sides, sides)
small_sizes = st.builds(Size, st.integers(1, 3_000), st.integers(1, 3_000))


@given(sizes)
def test_levels_halve_down_to_one_tile(size: Size) -> None:
    levels = level_sizes(size)
    assert levels[0] == size
    assert levels[-1].long_edge <= TILE_PX
    assert all(level.long_edge > TILE_PX for level in levels[:-1])
    for upper, lower in itertools.pairwise(levels):
        assert lower == Size(max(1, upper.width // 2), max(1, upper.height // 2))


@given(small_sizes)
def test_tiles_cover_a_level_without_overlap(size: Size) -> None:
    columns, rows = grid(size)
    widths = [tile_rect(Tile(0, column, 0), size) for column in range(columns)]
    heights = [tile_rect(Tile(0, 0, row), size) for row in range(rows)]
    assert [x for x, _, _, _ in widths] == [column * TILE_PX for column in range(columns)]
    assert sum(width for _, _, width, _ in widths) == size.width
    assert sum(height for _, _, _, height in heights) == size.height
    with pytest.raises(ValueError, match="outside"):
        tile_rect(Tile(0, columns, 0), size)


@given(st.floats(0.0005, 64), st.integers(1, 9))
def test_level_has_enough_pixels_and_not_four_times_too_many(scale: float, levels: int) -> None:
    level = level_for_scale(scale, levels)
    assert 0 <= level < levels
    if level > 0:
        assert scale * 2**level <= 1.002
    if level < levels - 1:
        assert scale * 2 ** (level + 1) > 1


def test_full_size_is_level_0_and_half_size_level_1() -> None:
    assert level_for_scale(1.0, 6) == 0
    assert level_for_scale(0.51, 6) == 0
    assert level_for_scale(0.5, 6) == 1
    assert level_for_scale(0.0001, 6) == 5


@given(sizes, st.data())
def test_range_covers_the_part_and_nothing_beyond(size: Size, data: st.DataObject) -> None:
    levels = level_sizes(size)
    level = data.draw(st.integers(0, len(levels) - 1))
    x = data.draw(st.floats(0, size.width - 1))
    y = data.draw(st.floats(0, size.height - 1))
    part = Rect(
        x, y, data.draw(st.floats(0.5, min(2_000, size.width))), data.draw(st.floats(0.5, min(2_000, size.height)))
    ).intersected(Rect(0, 0, size.width, size.height))
    if part.width <= 0 or part.height <= 0:
        return
    tiles = range_for(level, levels[level], part)
    columns, rows = grid(levels[level])
    assert 0 <= tiles.first_column < tiles.end_column <= columns
    assert 0 <= tiles.first_row < tiles.end_row <= rows
    step = TILE_PX * 2**level
    if tiles.first_column * step > part.x:
        assert tiles.first_column == columns - 1  # only the strip that halving dropped
    if tiles.end_column < columns:
        assert tiles.end_column * step >= part.right
    assert tiles.count <= (math.ceil(part.width / step) + 1) * (math.ceil(part.height / step) + 1)


def test_an_empty_part_needs_no_tile() -> None:
    assert range_for(0, Size(1000, 1000), Rect(10, 10, 0, 50)).tiles() == ()


@given(sizes, st.floats(0, 1), st.floats(0, 1))
def test_centre_comes_first_and_nothing_is_lost(size: Size, x: float, y: float) -> None:
    part = Rect(x * size.width - 700, y * size.height - 500, 1400, 1000)
    tiles = range_for(0, size, part)
    order = centre_first(tiles, part)
    assert sorted(order) == sorted(tiles.tiles())

    def distance(tile: Tile) -> float:
        middle_x, middle_y = (tile.column + 0.5) * TILE_PX, (tile.row + 0.5) * TILE_PX
        return math.hypot(middle_x - part.x - part.width / 2, middle_y - part.y - part.height / 2)

    distances = [distance(tile) for tile in order]
    assert all(a <= b + 1e-6 for a, b in itertools.pairwise(distances))


def test_widened_stops_at_the_edges() -> None:
    size = Size(1000, 600)
    tiles = range_for(0, size, Rect(0, 300, 100, 10))
    wide = widened(tiles, size)
    assert (wide.first_column, wide.end_column, wide.first_row, wide.end_row) == (0, 2, 0, 3)
    assert all(tile in wide for tile in tiles.tiles())
    assert Tile(1, 0, 0) not in wide
