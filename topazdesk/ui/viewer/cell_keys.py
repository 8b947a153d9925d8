"""The keys 1 to 4 choose a cell of the 2 × 2, wherever in the window the keys are: a list takes digits as text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from topazdesk.ui.viewer.side import CELLS, Side
from topazdesk.ui.viewer.stage import Stage


class CellKeys(QObject):
    """Shortcuts of a window for the cells of one stage. `is_free` tells whether nothing else there has these keys."""

    def __init__(self, window: QWidget, stage: Stage, is_free: Callable[[], bool]) -> None:
        super().__init__(stage.surface)
        self._stage = stage
        self._is_free = is_free
        self._keys: list[QShortcut] = []
        for number, side in enumerate(CELLS, 1):
            key = QShortcut(QKeySequence(str(number)), window)
            key.activated.connect(lambda side=side: self._choose(side))
            self._keys.append(key)
        stage.mode_changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Take the keys while the 2 × 2 is shown and nobody else needs them, or leave them."""
        is_on = self._stage.mode.is_grid and self._is_free()
        for key in self._keys:
            key.setEnabled(is_on)

    def _choose(self, side: Side) -> None:
        if side in self._stage.cell_rects():
            self._stage.cells.choose(side)
