"""The row of 48 design pixels at the top of each column."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout

from topazdesk.ui.controls.button import WordedButton, fit_words
from topazdesk.ui.controls.label import Surface
from topazdesk.ui.controls.paint import px

HEADER = 48


class Header(Surface):
    """A row with a line below; put controls into `row`.

    `shortened` buttons lose their words where the row is too narrow.
    """

    def __init__(self, *shortened: WordedButton) -> None:
        super().__init__("panel", lines=("bottom",))
        self._shortened = shortened
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(px(12), 0, px(12), px(1))
        self.row.setSpacing(px(8))
        self.setFixedHeight(px(HEADER))

    def event(self, event: QEvent) -> bool:
        """Fit the words anew when one of the parts has changed its size."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the words into the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        fit_words(self._shortened, self.row.sizeHint().width(), self.width())
