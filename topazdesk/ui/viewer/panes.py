"""Geometry of the panes, which each show one file: in physical pixels, arranged by each of the `modes`."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize

from topazdesk.domain.geometry import Size
from topazdesk.domain.viewport import Viewport
from topazdesk.ui.viewer.side import Side

#: Share of the width that the whole picture keeps in the difference mode when close-ups stand beside it.
_MAIN = 0.62
#: Below this width (physical pixels) there are no close-ups.
_DETAILS_FROM = 640


@dataclass(frozen=True, slots=True)
class Pane:
    """A part of the viewer that shows `side`. The viewport refers to `area`, of which only `clip` is painted.

    `viewport` is None for the common one; a close-up has its own. `opacity` counts where it lies over another pane.
    """

    side: Side
    area: QRect
    clip: QRect
    viewport: Viewport | None = None
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What determines the panes besides size and mode.

    `divider` runs from 0 (nothing of the before) to 1, and `turned` makes it horizontal. `source_only` shows the before
    everywhere, `swapped` shows it in the swap mode, and `details` makes room for the close-ups of the difference mode.
    `gap` is in physical pixels, `fade` the opacity of the after in the fade mode. `cells` are the sides that have a
    cell in the 2 × 2, of pictures in the proportions of `frame`; the cell of `held` shows `origin` instead.
    """

    divider: float = 0.5
    turned: bool = False
    gap: int = 4
    source_only: bool = False
    swapped: bool = False
    details: bool = False
    fade: float = 0.5
    cells: tuple[Side, ...] = ()
    frame: Size | None = None
    held: Side | None = None
    origin: Side = Side.BEFORE


def whole_of(view: QSize) -> QRect:
    """Return the rectangle of the whole view, at least 1 × 1."""
    return QRect(0, 0, max(1, view.width()), max(1, view.height()))


def has_details(view: QSize, how: Arrangement) -> bool:
    """Return whether close-ups are wanted and there is room for them."""
    return how.details and view.width() >= _DETAILS_FROM


def main_size(view: QSize, how: Arrangement) -> QSize:
    """Return the size of the pane of the whole picture, which is narrower if close-ups stand beside it."""
    whole = whole_of(view)
    return QSize(round(whole.width() * _MAIN) if has_details(view, how) else whole.width(), whole.height())


def detail_rects(view: QSize, how: Arrangement) -> tuple[QRect, QRect]:
    """Return the rectangles for the close-ups of before and after.

    They lie one above the other, to the right of the main pane, with a gap between them.
    """
    left = main_size(view, how).width() + how.gap
    width, height = max(1, view.width() - left), max(1, (view.height() - how.gap) // 2)
    return QRect(left, 0, width, height), QRect(left, view.height() - height, width, height)


def cell_rects(view: QSize, how: Arrangement) -> tuple[QRect, ...]:
    """Return the cells of the 2 × 2, all of the same size, in reading order.

    Three or four stand in two rows; two beside or above each other, whichever shows the pictures larger.
    """
    whole, count = whole_of(view), len(how.cells)
    if count > 2:
        columns = rows = 2
    else:
        beside = whole.width() * (how.frame.height if how.frame else 1) >= whole.height() * (
            how.frame.width if how.frame else 1
        )
        columns, rows = (2, 1) if beside else (1, 2)
    width = max(1, (whole.width() - (columns - 1) * how.gap) // columns)
    height = max(1, (whole.height() - (rows - 1) * how.gap) // rows)
    places = [(column, row) for row in range(rows) for column in range(columns)][:count]
    return tuple(
        QRect(
            whole.width() - width if column else 0,
            whole.height() - height if row else 0,
            width,
            height,
        )
        for column, row in places
    )


def divider_at(view: QSize, divider: float, *, turned: bool) -> int:
    """Return the pixel at which the after begins."""
    return round(divider * (view.height() if turned else view.width()))
