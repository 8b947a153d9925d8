"""A drop-down list with an Auto state and an optional icon; the wheel changes it only while it has the focus."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyledItemDelegate, QWidget

from topazdesk.ui.controls.dressed import dress
from topazdesk.ui.controls.paint import box, content_width, font, icon_and_text, paint_icon, painter_for, px, tokens
from topazdesk.ui.texts import tr
from topazdesk.ui.theme.icons import icon


class Choice(QComboBox):
    """A drop-down list of values with labels. Emits `chosen(value)` when the user chooses; `set_value` is silent.

    With `optional=True` the first entry is "Auto" with the value `None`, drawn as a dashed box.
    """

    chosen = Signal(object)

    def __init__(
        self,
        entries: list[tuple[object, str]] | None = None,
        *,
        name: str = "",
        optional: bool = False,
        icon_name: str | None = None,
        height: int = 28,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._optional = optional
        self._icon_name = icon_name
        self._height = height
        self._values: list[object] = []
        self.setAccessibleName(name)
        self.setAccessibleDescription(name)  # on Linux, Qt tells screen readers the value in place of the name
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(4)
        self.setIconSize(QSize(px(14), px(14)))
        self._is_dressed = False
        self.set_entries(entries or [])
        self.activated.connect(self._activated)

    def set_entries(self, entries: list[tuple[object, str]]) -> None:
        """Replace the entries; the value is kept if it is still among them."""
        before = self.value()
        all_entries = [(None, tr("Auto")), *entries] if self._optional else list(entries)
        self.blockSignals(True)
        self.clear()
        self._values = [value for value, _text in all_entries]
        for value, text in all_entries:
            if value is None and self._optional:
                self.addItem(icon("auto", "text2"), text)
            else:
                self.addItem(text)
        self.blockSignals(False)
        self.set_value(before if before in self._values else self._values[0] if self._values else None)

    def set_auto_text(self, text: str) -> None:
        """Set the text of the first entry: "Auto", perhaps with the value that the service chose."""
        if self._optional and self.itemText(0) != text:
            self.setItemText(0, text)

    def value(self) -> object:
        """Return the chosen value; None for Auto or an empty list."""
        index = self.currentIndex()
        return self._values[index] if 0 <= index < len(self._values) else None

    def set_value(self, value: object) -> None:
        """Choose a value silently; an unknown value leaves nothing chosen."""
        self.blockSignals(True)
        self.setCurrentIndex(self._values.index(value) if value in self._values else -1)
        self.blockSignals(False)
        self.update()

    @property
    def is_auto(self) -> bool:
        """Whether the entry Auto is chosen."""
        return self._optional and self.currentIndex() == 0

    def needed_width(self) -> int:
        """Return the width that the chosen entry needs."""
        lead = "auto" if self.is_auto else self._icon_name
        inside = content_width(QFontMetrics(font("base")), lead, self.currentText(), size=px(14), gap=px(6))
        return inside + 2 * px(8) + px(14) + px(4)

    def sizeHint(self) -> QSize:
        """Return the size for the longest entry, icon and caret."""
        metrics = QFontMetrics(font("base"))
        longest = max((self.itemText(i) for i in range(self.count())), key=len, default="")
        lead = self._icon_name or ("auto" if self._optional else None)
        width = content_width(metrics, lead, longest, size=px(16), gap=px(6), trailing="fold")
        return QSize(width + 2 * px(8) + px(4), px(self._height))

    def minimumSizeHint(self) -> QSize:
        """Return a smaller size: long entries may be elided."""
        return QSize(min(px(72), self.sizeHint().width()), px(self._height))

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the whole field."""
        return QRectF(self.rect()), px(4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint box, icon, text and caret."""
        t = tokens()
        painter = painter_for(self)
        rect = QRectF(self.rect())
        usable, over = self.isEnabled(), self.isEnabled() and self.underMouse()
        ink = t.text if usable else t.off
        lead = self._icon_name
        if self.is_auto:
            lead = "auto"
            ink = t.text2 if usable else t.off
            edge = t.track if usable else t.line
            box(painter, rect, px(4), t.hover if over else None, edge, style=Qt.PenStyle.DashLine)
        elif usable:
            box(painter, rect, px(4), t.hover if over else t.control, t.edge, width=t.outline)
        else:
            box(painter, rect, px(4), None, t.line, width=t.outline)
        caret = px(14)
        inner = rect.adjusted(px(8), 0, -px(8) - caret - px(4), 0)
        text, used = self.currentText(), font("base")
        if self.is_auto and content_width(QFontMetrics(used), lead, text, size=px(14), gap=px(6)) > inner.width():
            text = text.partition(" · ")[0]  # what the service chose is in the tool tip, too
        icon_and_text(painter, inner, lead, text, ink, used, size=px(14), gap=px(6), centred=False)
        place = QRectF(rect.right() - px(8) - caret, rect.center().y() - caret / 2, caret, caret)
        paint_icon(painter, place, "fold", ink)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the list on Return; go back to Auto on Delete."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.showPopup()
        elif event.key() == Qt.Key.Key_Delete and self._optional and not self.is_auto:
            self.set_value(None)
            self.chosen.emit(None)
        else:
            super().keyPressEvent(event)

    def showPopup(self) -> None:
        """Open the list. It is dressed only now: most are never opened, and that costs more than the field itself."""
        if not self._is_dressed:
            self._is_dressed = True
            self.setItemDelegate(QStyledItemDelegate(self))  # the default delegate ignores the style sheet
            dress(self.view().window(), "choices")
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the value only with the focus, so that scrolling past the field changes nothing."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _activated(self, index: int) -> None:
        self.chosen.emit(self._values[index])
