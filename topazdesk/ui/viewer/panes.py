"""Which part of the viewer shows which file: pure geometry of the compare modes, in physical pixels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRect, QSize

from topazdesk.ui.viewer.loader import Side


class Mode(StrEnum):
    """How two files are compared; the value is the stable word in settings."""

    SPLIT = "split"
    SIDE_BY_SIDE = "side"


@dataclass(frozen=True, slots=True)
class Pane:
    """`side` is seen through `area` (what the viewport is for), of which only `clip` is painted."""

    side: Side
    area: QRect
    clip: QRect


def view_size(mode: Mode, view: QSize, sides: int, gap: int) -> QSize:
    """Size of one pane's area, at least 1 × 1."""
    width, height = max(1, view.width()), max(1, view.height())
    if mode is Mode.SIDE_BY_SIDE and sides == 2:
        width = max(1, (width - gap) // 2)
    return QSize(width, height)


def panes(
    mode: Mode, view: QSize, expected: Collection[Side], *, divider: float, turned: bool, gap: int, source_only: bool
) -> tuple[Pane, ...]:
    """The panes of a view. `divider` is from 0 (nothing of the before) to 1; `turned` lays it across.

    With one file expected there is one pane. `source_only` shows the before everywhere, as long as there is one.
    """
    whole = QRect(0, 0, max(1, view.width()), max(1, view.height()))
    if len(expected) < 2:
        return tuple(Pane(side, whole, whole) for side in expected)
    if mode is Mode.SIDE_BY_SIDE:
        size = view_size(mode, view, 2, gap)
        left = QRect(0, 0, size.width(), size.height())
        right = QRect(whole.width() - size.width(), 0, size.width(), size.height())
        second = Side.BEFORE if source_only else Side.AFTER
        return Pane(Side.BEFORE, left, left), Pane(second, right, right)
    if source_only:
        return (Pane(Side.BEFORE, whole, whole),)
    at = divider_at(view, divider, turned=turned)
    if turned:
        first = QRect(0, 0, whole.width(), at)
        second_clip = QRect(0, at, whole.width(), whole.height() - at)
    else:
        first = QRect(0, 0, at, whole.height())
        second_clip = QRect(at, 0, whole.width() - at, whole.height())
    return Pane(Side.BEFORE, whole, first), Pane(Side.AFTER, whole, second_clip)


def divider_at(view: QSize, divider: float, *, turned: bool) -> int:
    """Pixel at which the after begins."""
    return round(divider * (view.height() if turned else view.width()))
