"""The bar above the viewer: how to compare, and how large."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from topazdesk.ui.controls import Button, IconButton, Option, Segmented
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import font, px
from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.panes import Mode

_NARROW = "\N{NARROW NO-BREAK SPACE}"


class ViewerStrip(QWidget):
    """Controls of one `CompareView`: modes on the left, zoom on the right."""

    def __init__(self, view: CompareView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.modes = Segmented(
            (
                Option(Mode.SPLIT, tr("Split"), "split", hint=tr("Before and after with a divider (Shift+Y)")),
                Option(Mode.SIDE_BY_SIDE, tr("Side by side"), "side", hint=tr("Before and after in two views (Y)")),
            ),
            name=tr("Way to compare"),
        )
        self.smaller = IconButton("minus", tr("Zoom out"))
        self.field = ZoomField(view)
        self.larger = IconButton("add", tr("Zoom in"))
        self.fit = Button(tr("Fit"), "quiet", icon="fit", size="panel")
        self.fit.setToolTip(tr("Show the whole picture (Z or double click)"))
        self.actual = Button(f"100{_NARROW}%", "quiet", size="panel")
        self.actual.setToolTip(tr("One pixel of the result on one pixel of the screen (Z or double click)"))
        self.actual.setAccessibleDescription(self.actual.toolTip())
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), 0, px(12), 0)
        row.setSpacing(px(8))
        row.addWidget(self.modes)
        row.addStretch(1)
        for widget in (self.smaller, self.field, self.larger, self.fit, self.actual):
            row.addWidget(widget)
        self.setMinimumHeight(px(36))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("View"))

        self.modes.chosen.connect(view.set_mode)
        self.smaller.clicked.connect(view.zoom_out)
        self.larger.clicked.connect(view.zoom_in)
        self.fit.clicked.connect(view.zoom_fit)
        self.actual.clicked.connect(lambda: view.zoom_to(100))
        view.mode_changed.connect(self.modes.set_value)
        view.zoom_changed.connect(self._follow)
        view.pair_shown.connect(self._follow)
        self.modes.set_value(view.mode)
        self._follow()

    def sizeHint(self) -> QSize:
        """36 high, or as high as the header that holds it."""
        return QSize(super().sizeHint().width(), px(36))

    def _follow(self) -> None:
        """Show what the view does, and what it cannot do now."""
        there = self._view.viewport is not None
        for widget in (self.smaller, self.field, self.larger, self.fit, self.actual):
            widget.setEnabled(there)
        compares = self._view.can_compare
        self.modes.setEnabled(compares)
        reason = "" if compares else tr("There is nothing to compare yet: this picture has no result")
        self.modes.setToolTip(reason)
        self.modes.setAccessibleDescription(reason)
        self.field.show_percent()


class ZoomField(QLineEdit):
    """The zoom in percent; a number and Return set it, up and down step it."""

    def __init__(self, view: CompareView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.setFont(font("base", tabular=True))
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Zoom"))
        self.setAccessibleDescription(tr("Percent of the result, or of the only picture"))
        self.setToolTip(self.accessibleDescription())
        self.returnPressed.connect(self._take)
        self.show_percent()

    def show_percent(self) -> None:
        """The zoom of the view."""
        percent = self._view.percent
        number = f"{percent:.1f}" if percent < 9.95 and round(percent, 1) != round(percent) else str(round(percent))
        self.setText(f"{number}{_NARROW}%" if self._view.viewport is not None else "")

    def sizeHint(self) -> QSize:
        """Room for "3200 %"."""
        return QSize(max(px(56), QFontMetrics(self.font()).horizontalAdvance("3200 %") + px(18)), px(28))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down step; Escape gives up what was typed."""
        match event.key():
            case Qt.Key.Key_Up:
                self._view.zoom_in()
            case Qt.Key.Key_Down:
                self._view.zoom_out()
            case Qt.Key.Key_Escape:
                self.show_percent()
                self.selectAll()
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was not confirmed is dropped."""
        self.show_percent()
        super().focusOutEvent(event)

    def _take(self) -> None:
        found = re.search(r"\d+(?:[.,]\d+)?", self.text())
        if found:
            self._view.zoom_to(float(found[0].replace(",", ".")))
        self.show_percent()
        self.selectAll()
