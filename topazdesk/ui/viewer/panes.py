"""Which part of the viewer shows which file: pure geometry of the compare modes, in physical pixels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRect, QSize

from topazdesk.domain.viewport import Viewport
from topazdesk.ui.viewer.loader import Side


class Mode(StrEnum):
    """How two files are compared; the value is the stable word in settings."""

    SPLIT = "split"
    SIDE_BY_SIDE = "side"
    SWAP = "swap"
    DIFFERENCE = "difference"


#: The part of the width that the whole picture keeps in the difference mode, where details stand beside it.
_MAIN = 0.62
#: Narrower than this (physical pixels) there are no details.
_DETAILS_FROM = 640


@dataclass(frozen=True, slots=True)
class Pane:
    """`side` is seen through `area` (what the viewport is for), of which only `clip` is painted.

    `viewport` where it is not the common one: a detail.
    """

    side: Side
    area: QRect
    clip: QRect
    viewport: Viewport | None = None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What decides over the panes besides size and mode.

    `divider` is from 0 (nothing of the before) to 1; `turned` lays it across; `source_only` shows the before everywhere as
    long as there is one; `swapped` shows it in the swap mode; `details` makes room for them in the difference mode.
    """

    divider: float = 0.5
    turned: bool = False
    gap: int = 4
    source_only: bool = False
    swapped: bool = False
    details: bool = False


def view_size(mode: Mode, view: QSize, sides: int, how: Arrangement) -> QSize:
    """Size of one pane's area, at least 1 × 1."""
    width, height = max(1, view.width()), max(1, view.height())
    if mode is Mode.SIDE_BY_SIDE and sides == 2:
        width = max(1, (width - how.gap) // 2)
    elif mode is Mode.DIFFERENCE and sides == 2 and has_details(view, how):
        width = round(width * _MAIN)
    return QSize(width, height)


def has_details(view: QSize, how: Arrangement) -> bool:
    """Whether details are wanted and find room."""
    return how.details and view.width() >= _DETAILS_FROM


def panes(mode: Mode, view: QSize, expected: Collection[Side], how: Arrangement) -> tuple[Pane, ...]:
    """The panes of a view. With one file expected there is one pane."""
    whole = QRect(0, 0, max(1, view.width()), max(1, view.height()))
    if len(expected) < 2:
        return tuple(Pane(side, whole, whole) for side in expected)
    second = Side.BEFORE if how.source_only else Side.AFTER
    size = view_size(mode, view, 2, how)
    if mode is Mode.SIDE_BY_SIDE:
        left = QRect(0, 0, size.width(), size.height())
        right = QRect(whole.width() - size.width(), 0, size.width(), size.height())
        return Pane(Side.BEFORE, left, left), Pane(second, right, right)
    if mode is Mode.DIFFERENCE:
        main = QRect(0, 0, size.width(), size.height())
        return (Pane(second, main, main),)
    if mode is Mode.SWAP:
        return (Pane(Side.BEFORE if how.swapped else second, whole, whole),)
    if how.source_only:
        return (Pane(Side.BEFORE, whole, whole),)
    at = divider_at(view, how.divider, turned=how.turned)
    if how.turned:
        first = QRect(0, 0, whole.width(), at)
        rest = QRect(0, at, whole.width(), whole.height() - at)
    else:
        first = QRect(0, 0, at, whole.height())
        rest = QRect(at, 0, whole.width() - at, whole.height())
    return Pane(Side.BEFORE, whole, first), Pane(Side.AFTER, whole, rest)


def detail_rects(view: QSize, how: Arrangement) -> tuple[QRect, QRect]:
    """Where the details of before and after lie: one above the other, right of the main pane. They have a gap between."""
    left = view_size(Mode.DIFFERENCE, view, 2, how).width() + how.gap
    width, height = max(1, view.width() - left), max(1, (view.height() - how.gap) // 2)
    return QRect(left, 0, width, height), QRect(left, view.height() - height, width, height)


def divider_at(view: QSize, divider: float, *, turned: bool) -> int:
    """Pixel at which the after begins."""
    return round(divider * (view.height() if turned else view.width()))
