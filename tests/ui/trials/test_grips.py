"""The patch frame's arithmetic: whatever a hand does, the patch stays a patch of the picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.geometry import Size
from topazdesk.domain.trial import MAX_SIDE_PX, MIN_SIDE_PX, Patch, fitted
from topazdesk.ui.trials.grips import Box, Grip, dragged, grip_at, resized

_SIDES = st.integers(1, 9000)
_WAYS = st.floats(-20_000, 20_000)


@given(_SIDES, _SIDES, st.tuples(_SIDES, _SIDES, _SIDES, _SIDES), st.sampled_from(Grip), _WAYS, _WAYS)
def test_it_stays_inside_and_of_a_size_that_may_be(
    width: int, height: int, start: tuple[int, int, int, int], grip: Grip, across: float, down: float
) -> None:
    picture = Size(width, height)
    patch = fitted(Patch(*start), picture)
    moved = dragged(patch, grip, across, down, picture)
    keyed = resized(patch, round(across), round(down), picture)
    for found in (moved, keyed):
        assert found.x >= 0
        assert found.y >= 0
        assert found.x + found.width <= width
        assert found.y + found.height <= height
        assert min(MIN_SIDE_PX, width) <= found.width <= MAX_SIDE_PX
        assert min(MIN_SIDE_PX, height) <= found.height <= MAX_SIDE_PX
        assert fitted(found, picture) == found, "it is taken as it is shown"
    if grip is Grip.INSIDE:
        assert moved.size == patch.size
    if grip in (Grip.RIGHT, Grip.BOTTOM, Grip.BOTTOM_RIGHT):
        assert (moved.x, moved.y) == (patch.x, patch.y), "the opposite corner stays"
    if grip is Grip.TOP_LEFT:
        assert moved.x + moved.width == patch.x + patch.width
        assert moved.y + moved.height == patch.y + patch.height


def test_what_a_hand_takes_hold_of() -> None:
    box = Box(100, 100, 300, 200)
    assert grip_at(box, 200, 150, 9) is Grip.INSIDE
    assert grip_at(box, 97, 95, 9) is Grip.TOP_LEFT
    assert grip_at(box, 305, 205, 9) is Grip.BOTTOM_RIGHT
    assert grip_at(box, 200, 96, 9) is Grip.TOP
    assert grip_at(box, 303, 150, 9) is Grip.RIGHT
    assert grip_at(box, 320, 150, 9) is None
    small = Box(0, 0, 12, 12)
    assert grip_at(small, 6, 6, 9) is Grip.INSIDE, "a small frame can still be moved"
