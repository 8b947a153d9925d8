"""The compare modes: one class each, with its texts, its panes, and what else the viewer shows while it is active.

A new mode needs a class here and an entry in `MODES`, an action named after its `word` in `host.actions`, and an icon
of that name in `theme.icons`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from PySide6.QtCore import QRect, QSize

from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.panes import Arrangement, Pane, cell_rects, divider_at, main_size, whole_of
from topazdesk.ui.viewer.side import Side


class Mode:
    """A way to compare two files. The flags say what the viewer shows besides the panes."""

    #: The stable name, used for its action and its icon.
    word: ClassVar[str]
    #: What an exported comparison is called in its file name.
    export_word: ClassVar[str] = "comparison"
    has_divider: ClassVar[bool] = False
    has_fader: ClassVar[bool] = False  # one file lies over the other, and a slider says how much of it is seen
    each_has_a_pane: ClassVar[bool] = False  # each file has a pane of its own, even before it is read
    shows_one_side: ClassVar[bool] = False  # one file is visible at a time, in the same place
    is_grid: ClassVar[bool] = False  # shows up to four files, not only the two of a pair
    shows_changes: ClassVar[bool] = False  # shows where and how much the result differs
    goes_back: ClassVar[bool] = False  # triggering its action again returns to the previous mode

    def text(self) -> str:
        """Return the text of its button."""
        raise NotImplementedError

    def hint(self) -> str:
        """Return its tooltip: what it shows, and its key."""
        raise NotImplementedError

    def view_size(self, view: QSize, _how: Arrangement) -> QSize:
        """Return the size of one pane's area when both files are present, at least 1 × 1."""
        return whole_of(view).size()

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """Return the panes when both files are present."""
        raise NotImplementedError


class Split(Mode):
    """The before up to a divider, and the after beyond it."""

    word = export_word = "split"
    has_divider = True

    def text(self) -> str:
        """Return the text of its button."""
        return tr("Split")

    def hint(self) -> str:
        """Return its tooltip."""
        return tr("Split: before and after with a divider")

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """Return the two parts of one area, or the whole source while it is held."""
        whole = whole_of(view)
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


class SideBySide(Mode):
    """Two views of the same place, next to each other."""

    word = "side"
    export_word = "side by side"
    each_has_a_pane = True

    def text(self) -> str:
        """Return the text of its button."""
        return tr("Side by side")

    def hint(self) -> str:
        """Return its tooltip."""
        return tr("Side by side: before and after in two views")

    def view_size(self, view: QSize, how: Arrangement) -> QSize:
        """Return half of the view, less the gap between the panes."""
        whole = whole_of(view)
        return QSize(max(1, (whole.width() - how.gap) // 2), whole.height())

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """Return the left and the right pane."""
        size = self.view_size(view, how)
        left = QRect(0, 0, size.width(), size.height())
        right = QRect(whole_of(view).width() - size.width(), 0, size.width(), size.height())
        return Pane(Side.BEFORE, left, left), Pane(_after(how), right, right)


class Fade(Mode):
    """The after over the before, as much of it as the slider says."""

    word = export_word = "fade"
    has_fader = goes_back = True

    def text(self) -> str:
        """Return the text of its button."""
        return tr("Fade")

    def hint(self) -> str:
        """Return its tooltip."""
        return tr("Fade: the after laid over the before, moved by Page Up and Page Down")

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """Return both sides in the same place, or the source while it is held."""
        whole = whole_of(view)
        before = Pane(Side.BEFORE, whole, whole)
        return (before,) if how.source_only else (before, Pane(Side.AFTER, whole, whole, opacity=how.fade))


class Swap(Mode):
    """One side at a time, each in the place of the other."""

    word = "swap"
    shows_one_side = True

    def text(self) -> str:
        """Return the text of its button."""
        return tr("Swap")

    def hint(self) -> str:
        """Return its tooltip."""
        return tr("Swap: before and after in the same place; so does a tap on Space")

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """Return the pane of the side that is visible now."""
        whole = whole_of(view)
        return (Pane(Side.BEFORE if how.swapped else _after(how), whole, whole),)


class Difference(Mode):
    """The after with the changes laid over it, and a close-up of the chosen area beside it."""

    word = "difference"
    export_word = "changes"
    shows_changes = goes_back = True

    def text(self) -> str:
        """Return the text of its button."""
        return tr("Difference")

    def hint(self) -> str:
        """Return its tooltip."""
        return tr("Difference: where and how much changed")

    def view_size(self, view: QSize, how: Arrangement) -> QSize:
        """Return the size of the main pane, which is narrower when a close-up stands beside it."""
        return main_size(view, how)

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """Return the main pane only; the stage adds the close-up of a chosen area."""
        size = self.view_size(view, how)
        main = QRect(0, 0, size.width(), size.height())
        return (Pane(_after(how), main, main),)


class Grid(Mode):
    """Up to four files, each in a cell of its own, all at the same place."""

    word = "grid"
    export_word = "candidates"
    each_has_a_pane = is_grid = goes_back = True

    def text(self) -> str:
        """Return the text of its button."""
        return tr("2 × 2")

    def hint(self) -> str:
        """Return its tooltip."""
        return tr("2 × 2: up to four results at the same place")

    def view_size(self, view: QSize, how: Arrangement) -> QSize:
        """Return the size of one cell."""
        rects = cell_rects(view, how)
        return rects[0].size() if rects else whole_of(view).size()

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """Return the cells. That of a held side shows the origin; while the source is held, all of them do."""
        return tuple(
            Pane(how.origin if how.source_only or side is how.held else side, rect, rect)
            for side, rect in zip(how.cells, cell_rects(view, how), strict=True)
        )


SPLIT, SIDE_BY_SIDE, FADE, SWAP, DIFFERENCE, GRID = Split(), SideBySide(), Fade(), Swap(), Difference(), Grid()
#: In the order of their buttons.
MODES: tuple[Mode, ...] = (SPLIT, SIDE_BY_SIDE, FADE, SWAP, DIFFERENCE, GRID)


def view_size(mode: Mode, view: QSize, sides: int, how: Arrangement) -> QSize:
    """Return the size of one pane's area, at least 1 × 1; with fewer than two files it is the whole view."""
    return mode.view_size(view, how) if sides >= 2 else whole_of(view).size()


def panes(mode: Mode, view: QSize, expected: Collection[Side], how: Arrangement) -> tuple[Pane, ...]:
    """Return the panes of a view; there is only one if a single file is expected."""
    if len(expected) < 2:
        whole = whole_of(view)
        return tuple(Pane(side, whole, whole) for side in expected)
    return mode.panes(view, how)


def _after(how: Arrangement) -> Side:
    """Return the side shown as the after: the before while the source is held."""
    return Side.BEFORE if how.source_only else Side.AFTER
