"""Zoom and pan: what is under the pointer stays there, edges hold, and files of any size stay aligned."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect
from topazdesk.domain.viewport import MAX_FIT_SCALE, MAX_SCALE, Viewport, fit_scale, placement

views = st.builds(Size, st.integers(50, 4_000), st.integers(50, 3_000))
frames = st.builds(Size, st.integers(1, 32_000), st.integers(1, 32_000))
parts = st.floats(0, 1)
scales = st.floats(0.005, 40)


def held(viewport: Viewport) -> bool:
    """Edges: centred where smaller than the view, never inside the view where larger."""
    rect = viewport.frame_rect
    for start, length, view in (
        (rect.x, rect.width, viewport.view.width),
        (rect.y, rect.height, viewport.view.height),
    ):
        if length <= view:
            if abs((start + length / 2) - view / 2) > 1:
                return False
        elif start > 1 or start + length < view - 1:
            return False
    return True


@given(views, frames)
def test_fit_shows_everything(view: Size, frame: Size) -> None:
    fitted = Viewport.fitted(view, frame)
    assert fitted.is_fitted
    assert fitted.shows_all
    assert held(fitted)
    assert fitted.scale <= MAX_FIT_SCALE
    if fitted.scale < MAX_FIT_SCALE:
        sides = (frame.width * fitted.scale - view.width, frame.height * fitted.scale - view.height)
        assert max(sides) == pytest.approx(0, abs=1e-6)


@given(views, frames, scales, parts, parts, st.data())
def test_what_is_under_the_pointer_stays_there(
    view: Size, frame: Size, scale: float, x: float, y: float, data: st.DataObject
) -> None:
    before = Viewport.fitted(view, frame).zoomed(scale).centred(x, y)
    anchor = (data.draw(st.floats(0, view.width)), data.draw(st.floats(0, view.height)))
    after = before.zoomed(data.draw(scales), anchor)
    assert held(after)
    assert after.min_scale <= after.scale <= MAX_SCALE
    free = before.part_at(*anchor)
    now = after.point_of(*free)
    for axis, length, extent in (
        (0, frame.width * after.scale, view.width),
        (1, frame.height * after.scale, view.height),
    ):
        rect = after.frame_rect
        start = (rect.x, rect.y)[axis]
        at_edge = length <= extent or start > -1.5 or start + length < extent + 1.5
        if not at_edge:
            assert now[axis] == pytest.approx(anchor[axis], abs=1e-3)


@given(views, frames, scales, st.floats(-50_000, 50_000), st.floats(-50_000, 50_000))
def test_panning_never_loses_the_picture(view: Size, frame: Size, scale: float, dx: float, dy: float) -> None:
    moved = Viewport.fitted(view, frame).zoomed(scale).panned(dx, dy)
    assert held(moved)
    seen = moved.visible
    assert seen.width > 0
    assert seen.height > 0


def test_panning_moves_by_pixels_of_the_view() -> None:
    start = Viewport.fitted(Size(800, 600), Size(4000, 3000)).zoomed(1.0)
    moved = start.panned(-30, 12)
    assert moved.frame_rect.x == start.frame_rect.x - 30
    assert moved.frame_rect.y == start.frame_rect.y + 12


@given(views, frames, scales, parts, parts)
def test_point_and_part_are_inverse(view: Size, frame: Size, scale: float, x: float, y: float) -> None:
    viewport = Viewport.fitted(view, frame).zoomed(scale)
    there = viewport.part_at(*viewport.point_of(x, y))
    assert there == pytest.approx((x, y), abs=1e-9)


@given(views, frames, views)
def test_a_fitted_picture_stays_fitted(view: Size, frame: Size, other: Size) -> None:
    assert Viewport.fitted(view, frame).resized(other) == Viewport.fitted(other, frame)


@given(views, frames, scales, views)
def test_resizing_holds_the_edges(view: Size, frame: Size, scale: float, other: Size) -> None:
    assert held(Viewport.fitted(view, frame).zoomed(scale).resized(other))


@given(views, st.integers(10, 8_000), st.integers(10, 8_000), st.sampled_from([1, 2, 4]), parts, parts)
def test_a_larger_result_does_not_move_the_picture(
    view: Size, width: int, height: int, factor: int, x: float, y: float
) -> None:
    """The source is shown alone, then its result arrives: the same place, the same size on the screen."""
    alone = Viewport.fitted(view, Size(width, height)).zoomed(8).centred(x, y)
    assume(not alone.is_fitted)
    pair = alone.reframed(Size(width * factor, height * factor))
    assert pair.frame_rect.x == alone.frame_rect.x
    assert pair.frame_rect.width == pytest.approx(alone.frame_rect.width)
    assert pair.percent == pytest.approx(alone.percent / factor)


@given(views, frames)
def test_the_ladder_goes_up_and_down(view: Size, frame: Size) -> None:
    viewport = Viewport.fitted(view, frame)
    seen = [viewport.scale]
    for _ in range(40):
        viewport = viewport.stepped(1)
        seen.append(viewport.scale)
    assert seen == sorted(seen)
    assert viewport.scale == MAX_SCALE
    for _ in range(40):
        viewport = viewport.stepped(-1)
    assert viewport.scale == pytest.approx(min(fit_scale(view, frame), 1.0))


def test_the_ladder_stops_at_100_and_at_fit() -> None:
    viewport = Viewport.fitted(Size(1080, 720), Size(6000, 4000))
    percents = [round(viewport.percent)]
    for _ in range(6):
        viewport = viewport.stepped(1)
        percents.append(round(viewport.percent))
    assert percents == [18, 20, 25, 33, 50, 67, 100]
    assert viewport.stepped(-6).is_fitted


@given(st.integers(3, 8_000), st.integers(3, 8_000), st.floats(0.3, 6))
def test_a_scaled_result_covers_its_source_whatever_rounding_did(width: int, height: int, factor: float) -> None:
    source = Size(width, height)
    assert placement(source, source.scaled(factor)) == Rect(0, 0, 1, 1)


def test_another_shape_is_letterboxed() -> None:
    assert placement(Size(3000, 2000), Size(2000, 2000)) == Rect(0, pytest.approx(1 / 6), 1, pytest.approx(2 / 3))
    assert placement(Size(1000, 2000), Size(2000, 2000)) == Rect(0.25, 0, 0.5, 1)


@given(frames, frames)
def test_placement_stays_inside_and_keeps_the_shape(picture: Size, frame: Size) -> None:
    place = placement(picture, frame)
    assert place.x >= 0
    assert place.y >= 0
    assert place.right <= 1 + 1e-9
    assert place.bottom <= 1 + 1e-9
