"""The complete viewer: the pictures, the panel of the difference mode to their right, and the status line below."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.ui.viewer.changes_panel import ChangesPanel
from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.foot import ViewerFoot
from topazdesk.ui.viewer.readout import Readout


class ViewerBody(QWidget):
    """Lays out a `CompareView` with its `ChangesPanel` and `ViewerFoot`."""

    def __init__(self, view: CompareView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self.readout = Readout(view)
        self.changes = ChangesPanel(view)
        self.foot = ViewerFoot(view, self.readout)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(view, 1)
        row.addWidget(self.changes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row, 1)
        column.addWidget(self.foot)
