"""The ways to compare: a class for each, with its words, its panes, and what else the viewer shows while it is in use.

A new one is a class here and its line in `MODES`, an action of its `word` in `host.actions`, and an icon of that name in
`theme.icons`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from PySide6.QtCore import QRect, QSize

from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.loader import Side
from topazdesk.ui.viewer.panes import Arrangement, Pane, divider_at, main_size, whole_of


class Mode:
    """A way to compare two files. The flags say what the viewer shows beside the panes."""

    #: The stable word: of its action, its icon and in names of exported pictures.
    word: ClassVar[str]
    #: What an exported comparison is called.
    export_word: ClassVar[str] = "comparison"
    has_divider: ClassVar[bool] = False
    is_in_two_views: ClassVar[bool] = False  # both files have a place of their own, also before they are read
    shows_one_side: ClassVar[bool] = False  # and the other one in its place
    shows_changes: ClassVar[bool] = False  # where and how much the result differs
    goes_back: ClassVar[bool] = False  # its action, again, brings the mode before it back

    def text(self) -> str:
        """Its name on its button."""
        raise NotImplementedError

    def hint(self) -> str:
        """What it shows, and its key."""
        raise NotImplementedError

    def view_size(self, view: QSize, _how: Arrangement) -> QSize:
        """Size of one pane's area with both files there, at least 1 × 1."""
        return whole_of(view).size()

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """The panes with both files there."""
        raise NotImplementedError


class Split(Mode):
    """The before up to a divider, the after behind it."""

    word = export_word = "split"
    has_divider = True

    def text(self) -> str:
        """As the base."""
        return tr("Split")

    def hint(self) -> str:
        """As the base."""
        return tr("Split: before and after with a divider (Shift+Y)")

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """Two parts of one area."""
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
    """Two views of the same place."""

    word = "side"
    export_word = "side by side"
    is_in_two_views = True

    def text(self) -> str:
        """As the base."""
        return tr("Side by side")

    def hint(self) -> str:
        """As the base."""
        return tr("Side by side: before and after in two views (Y)")

    def view_size(self, view: QSize, how: Arrangement) -> QSize:
        """Half, without the gap between."""
        whole = whole_of(view)
        return QSize(max(1, (whole.width() - how.gap) // 2), whole.height())

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """Left and right."""
        size = self.view_size(view, how)
        left = QRect(0, 0, size.width(), size.height())
        right = QRect(whole_of(view).width() - size.width(), 0, size.width(), size.height())
        return Pane(Side.BEFORE, left, left), Pane(_after(how), right, right)


class Swap(Mode):
    """One side, and the other in its place."""

    word = "swap"
    shows_one_side = True

    def text(self) -> str:
        """As the base."""
        return tr("Swap")

    def hint(self) -> str:
        """As the base."""
        return tr("Swap: before and after in the same place (\\ or Space)")

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """The side that is up."""
        whole = whole_of(view)
        return (Pane(Side.BEFORE if how.swapped else _after(how), whole, whole),)


class Difference(Mode):
    """The after with what changed laid over it, details of a place beside it."""

    word = "difference"
    export_word = "changes"
    shows_changes = goes_back = True

    def text(self) -> str:
        """As the base."""
        return tr("Difference")

    def hint(self) -> str:
        """As the base."""
        return tr("Difference: where and how much changed (D)")

    def view_size(self, view: QSize, how: Arrangement) -> QSize:
        """Narrower where details stand beside it."""
        return main_size(view, how)

    def panes(self, view: QSize, how: Arrangement) -> tuple[Pane, ...]:
        """The main pane; details come on top where a place is looked at."""
        size = self.view_size(view, how)
        main = QRect(0, 0, size.width(), size.height())
        return (Pane(_after(how), main, main),)


SPLIT, SIDE_BY_SIDE, SWAP, DIFFERENCE = Split(), SideBySide(), Swap(), Difference()
#: In the order of their buttons.
MODES: tuple[Mode, ...] = (SPLIT, SIDE_BY_SIDE, SWAP, DIFFERENCE)


def view_size(mode: Mode, view: QSize, sides: int, how: Arrangement) -> QSize:
    """Size of one pane's area, at least 1 × 1; with fewer than two files it is the whole view."""
    return mode.view_size(view, how) if sides == 2 else whole_of(view).size()


def panes(mode: Mode, view: QSize, expected: Collection[Side], how: Arrangement) -> tuple[Pane, ...]:
    """The panes of a view. With one file expected there is one pane."""
    if len(expected) < 2:
        whole = whole_of(view)
        return tuple(Pane(side, whole, whole) for side in expected)
    return mode.panes(view, how)


def _after(how: Arrangement) -> Side:
    """The side that stands for the after: the before as long as it is held."""
    return Side.BEFORE if how.source_only else Side.AFTER
