"""Where the patch frame can be taken hold of, and what moving that hand makes of it. Pure: pixels of the source in and out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from topazdesk.domain.geometry import Size
from topazdesk.domain.trial import MAX_SIDE_PX, MIN_SIDE_PX, Patch, fitted


class Grip(Enum):
    """A part of the frame; the value is how left, top, right and bottom edge follow the hand."""

    INSIDE = (1, 1, 1, 1)
    LEFT = (1, 0, 0, 0)
    TOP = (0, 1, 0, 0)
    RIGHT = (0, 0, 1, 0)
    BOTTOM = (0, 0, 0, 1)
    TOP_LEFT = (1, 1, 0, 0)
    TOP_RIGHT = (0, 1, 1, 0)
    BOTTOM_LEFT = (1, 0, 0, 1)
    BOTTOM_RIGHT = (0, 0, 1, 1)


_CORNERS = {
    (True, False, True, False): Grip.TOP_LEFT,
    (False, True, True, False): Grip.TOP_RIGHT,
    (True, False, False, True): Grip.BOTTOM_LEFT,
    (False, True, False, True): Grip.BOTTOM_RIGHT,
    (True, False, False, False): Grip.LEFT,
    (False, True, False, False): Grip.RIGHT,
    (False, False, True, False): Grip.TOP,
    (False, False, False, True): Grip.BOTTOM,
}


@dataclass(frozen=True, slots=True)
class Box:
    """The frame on the screen, in the widget's pixels."""

    left: float
    top: float
    right: float
    bottom: float


def grip_at(box: Box, x: float, y: float, reach: float) -> Grip | None:
    """What a hand at (`x`, `y`) takes hold of; edges and corners from `reach` outside to a part of it inside."""
    if not (box.left - reach <= x <= box.right + reach and box.top - reach <= y <= box.bottom + reach):
        return None
    # A small frame must keep a middle that moves it.
    inner_x, inner_y = min(reach, (box.right - box.left) / 4), min(reach, (box.bottom - box.top) / 4)
    key = (x < box.left + inner_x, x > box.right - inner_x, y < box.top + inner_y, y > box.bottom - inner_y)
    return _CORNERS.get(key, Grip.INSIDE)


def dragged(patch: Patch, grip: Grip, across: float, down: float, picture: Size) -> Patch:
    """The patch after its grip moved by so many source pixels; never outside the picture, never below the smallest side."""
    if grip is Grip.INSIDE:
        x = _within(round(patch.x + across), 0, picture.width - patch.width)
        y = _within(round(patch.y + down), 0, picture.height - patch.height)
        return Patch(x, y, patch.width, patch.height)
    left, top, right, bottom = patch.x, patch.y, patch.x + patch.width, patch.y + patch.height
    moves_left, moves_top, moves_right, moves_bottom = grip.value
    if moves_left:
        left = right - _side(right - round(left + across), right, picture.width)
    if moves_right:
        right = left + _side(round(right + across) - left, picture.width - left, picture.width)
    if moves_top:
        top = bottom - _side(bottom - round(top + down), bottom, picture.height)
    if moves_bottom:
        bottom = top + _side(round(bottom + down) - top, picture.height - top, picture.height)
    return Patch(left, top, right - left, bottom - top)


def resized(patch: Patch, wider: int, higher: int, picture: Size) -> Patch:
    """Twice so many pixels wider and higher at the same left upper corner; at the picture's edge the corner gives way."""
    return fitted(Patch(patch.x, patch.y, patch.width + 2 * wider, patch.height + 2 * higher), picture)


def _side(wanted: int, room: int, available: int) -> int:
    """A side of a patch: even where it may be, from the least to the most, within `room`."""
    side = max(min(MIN_SIDE_PX, available), min(wanted, room, MAX_SIDE_PX))
    return side - side % 2 if side > MIN_SIDE_PX or side < available else side


def _within(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
