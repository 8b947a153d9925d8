"""The cells of the 2 × 2: which one is chosen, which one shows the original for a moment, and what is asked for there.

What stands in the cells is decided by whoever knows the candidates, see `ui.viewer.cell_choice`.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Signal

from topazdesk.domain.job import Verdict
from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.side import Side


def too_few() -> str:
    """Return why a picture without several results has no 2 × 2."""
    return tr("The 2 × 2 needs a picture with two results or more")


class Cells(QObject):
    """The state of the 2 × 2 besides its files, which may be on screen or not.

    `wanted` is emitted with whether the 2 × 2 is to be shown, `compare_wanted` with two sides that are to be compared
    alone, and `menu_wanted` with a side and the place of the screen for the menu of its cell.
    """

    changed = Signal()
    chosen_changed = Signal()
    wanted = Signal(bool)
    compare_wanted = Signal(object, object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.reason = too_few()  # why there is no 2 × 2 now; "" if there can be
        self.chosen = Side.AFTER
        self.verdicts: dict[Side, Verdict] = {}  # the user's marks
        self.held: Side | None = None
        self.dragged: Side | None = None
        self.target: Side | None = None  # where it would be dropped

    @property
    def is_possible(self) -> bool:
        """Whether there are candidates for a 2 × 2."""
        return not self.reason

    def allow(self, reason: str) -> None:
        """Allow the 2 × 2, or say why there can be none."""
        if reason != self.reason:
            self.reason = reason
            self.changed.emit()

    def set_verdicts(self, verdicts: dict[Side, Verdict]) -> None:
        """Show the user's marks on what stands in the cells."""
        if verdicts != self.verdicts:
            self.verdicts = verdicts
            self.changed.emit()

    def choose(self, side: Side) -> None:
        """Choose the cell that keys and marks mean."""
        if side is not self.chosen:
            self.chosen = side
            self.changed.emit()
            self.chosen_changed.emit()

    def hold(self, side: Side | None) -> None:
        """Show the original in a cell until it is called with None."""
        if side is not self.held:
            self.held = side
            self.changed.emit()

    def drag(self, side: Side | None, target: Side | None = None) -> None:
        """Show that a cell is dragged, and over which other one it is; None ends it."""
        target = target if target is not side else None
        if (side, target) != (self.dragged, self.target):
            self.dragged, self.target = side, target
            self.changed.emit()

    def drop(self) -> None:
        """End a drag; over another cell, ask for the comparison of the two."""
        side, target = self.dragged, self.target
        self.drag(None)
        if side is not None and target is not None:
            self.compare_wanted.emit(side, target)
