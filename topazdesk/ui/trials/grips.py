"""Where the patch frame can be grabbed, and what dragging does to it. Pure: pixels of the source in and out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from topazdesk.domain.geometry import Size
from topazdesk.domain.trial import MAX_SIDE_PX, MIN_SIDE_PX, Patch, fitted


class Grip(Enum):
    """A part of the frame; the value says how the left, top, right and bottom edge follow the pointer."""

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
    """Return what a pointer at (`x`, `y`) grabs; edges and corners reach `reach` outside and a little less inside."""
    if not (box.left - reach <= x <= box.right + reach and box.top - reach <= y <= box.bottom + reach):
        return None
    # Even a small frame needs a middle by which it can be moved.
    inner_x, inner_y = min(reach, (box.right - box.left) / 4), min(reach, (box.bottom - box.top) / 4)
    key = (x < box.left + inner_x, x > box.right - inner_x, y < box.top + inner_y, y > box.bottom - inner_y)
    return _CORNERS.get(key, Grip.INSIDE)


def dragged(patch: Patch, grip: Grip, across: float, down: float, picture: Size) -> Patch:
    """Return the patch after its grip moved by so many source pixels, within the picture and the limits of its size."""
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
    """Return the patch twice so many pixels wider and higher, with the same top left corner if the picture has room."""
    return fitted(Patch(patch.x, patch.y, patch.width + 2 * wider, patch.height + 2 * higher), picture)


def _side(wanted: int, room: int, available: int) -> int:
    """Return a valid side of a patch: even if possible, within the limits and within `room`."""
    side = max(min(MIN_SIDE_PX, available), min(wanted, room, MAX_SIDE_PX))
    return side - side % 2 if side > MIN_SIDE_PX or side < available else side


def _within(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
