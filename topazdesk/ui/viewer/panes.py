"""Which part of the viewer shows which file: pure geometry, in physical pixels; each of `modes` arranges them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize

from topazdesk.domain.viewport import Viewport
from topazdesk.ui.viewer.loader import Side

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


def whole_of(view: QSize) -> QRect:
    """All of a view, at least 1 × 1."""
    return QRect(0, 0, max(1, view.width()), max(1, view.height()))


def has_details(view: QSize, how: Arrangement) -> bool:
    """Whether details are wanted and find room."""
    return how.details and view.width() >= _DETAILS_FROM


def main_size(view: QSize, how: Arrangement) -> QSize:
    """Size of the whole picture, narrower where details stand beside it."""
    whole = whole_of(view)
    return QSize(round(whole.width() * _MAIN) if has_details(view, how) else whole.width(), whole.height())


def detail_rects(view: QSize, how: Arrangement) -> tuple[QRect, QRect]:
    """Where the details of before and after lie: one above the other, right of the main pane. They have a gap between."""
    left = main_size(view, how).width() + how.gap
    width, height = max(1, view.width() - left), max(1, (view.height() - how.gap) // 2)
    return QRect(left, 0, width, height), QRect(left, view.height() - height, width, height)


def divider_at(view: QSize, divider: float, *, turned: bool) -> int:
    """Pixel at which the after begins."""
    return round(divider * (view.height() if turned else view.width()))
