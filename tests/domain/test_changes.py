"""Change maps: shares, strongest places, and numbers that survive a file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.changes import CLEAR, FULL_COLOUR, WINDOW_PX, ChangeMap, cell_for, strength
from topazdesk.domain.geometry import Size

part = st.floats(0, 1)


@st.composite
def maps(draw: st.DrawFn) -> ChangeMap:
    size = Size(draw(st.integers(1, 900)), draw(st.integers(1, 900)))
    cell = cell_for(size)
    columns, rows = -(-size.width // cell), -(-size.height // cell)
    count = columns * rows
    hot = draw(st.sets(st.integers(0, count - 1), max_size=6))
    base = draw(st.floats(0, 0.04))
    structure = tuple(0.9 if at in hot else base for at in range(count))
    return ChangeMap(size, cell, columns, rows, structure, tuple(0.0 for _ in range(count)))


@given(part, st.floats(0, 100))
def test_strength_is_a_part_and_each_measure_alone_is_enough(structure: float, colour: float) -> None:
    value = strength(structure, colour)
    assert max(structure, min(1, colour / FULL_COLOUR)) <= value + 1e-9 <= 1 + 1e-8


@given(st.integers(1, 32_000), st.integers(1, 32_000))
def test_cells_are_whole_windows_and_never_too_many(width: int, height: int) -> None:
    cell = cell_for(Size(width, height))
    assert cell % WINDOW_PX == 0
    assert -(-max(width, height) // cell) <= 150


@given(maps())
def test_areas_are_ordered_apart_and_inside(changes: ChangeMap) -> None:
    areas = changes.areas()
    assert [area.rank for area in areas] == list(range(1, len(areas) + 1))
    assert sorted((area.strength for area in areas), reverse=True) == [area.strength for area in areas]
    for area in areas:
        assert area.part.x >= 0
        assert area.part.y >= 0
        assert area.part.right <= 1 + 1e-9
        assert area.part.bottom <= 1 + 1e-9
    for one in areas:
        for other in areas:
            common = one.part.intersected(other.part)
            assert one is other or common.width <= 0 or common.height <= 0


@given(maps())
def test_share_is_a_part_of_the_picture(changes: ChangeMap) -> None:
    assert 0 <= changes.clear_share <= 1 + 1e-9
    assert (changes.clear_share > 0) == any(value >= CLEAR for value in changes.strengths)


@given(maps())
def test_numbers_survive_a_file(changes: ChangeMap) -> None:
    again = ChangeMap.from_json(json.loads(json.dumps(changes.to_json())))
    assert again.size == changes.size
    assert all(abs(a - b) <= 0.001 for a, b in zip(again.strengths, changes.strengths, strict=True))


def test_the_strongest_place_comes_first() -> None:
    structure = [0.0] * 400
    for row in range(4):
        for column in range(4):
            structure[(row + 10) * 20 + column + 12] = 0.5
            structure[(row + 2) * 20 + column + 1] = 0.8
    first, second = ChangeMap(Size(160, 160), 8, 20, 20, tuple(structure), (0.0,) * 400).areas()
    assert (first.part.x, first.part.y) == pytest.approx((1 / 20, 2 / 20))
    assert (second.part.x, second.part.y) == pytest.approx((12 / 20, 10 / 20))
    assert (first.strength, second.strength) == pytest.approx((0.8, 0.5))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"version": 2},
        {"version": 1, "size": [0, 4], "cell_px": 8, "columns": 1, "rows": 1, "structure": [0], "colour": [0]},
        {"version": 1, "size": [8, 8], "cell_px": 8, "columns": 2, "rows": 1, "structure": [0], "colour": [0]},
        {"version": 1, "size": [8, 8], "cell_px": 8, "columns": 1, "rows": 1, "structure": ["x"], "colour": [0]},
        {"version": 1, "size": None, "cell_px": 8, "columns": 1, "rows": 1, "structure": [0], "colour": [0]},
    ],
)
def test_anything_else_is_no_change_map(data: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence is not shown
        ChangeMap.from_json(data)
