"""The header of a foldable group: caret, title, a summary on the right, and room for a switch or button."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from topazdesk.ui.controls.button import PaintedButton
from topazdesk.ui.controls.label import ElidedLabel
from topazdesk.ui.controls.paint import font, paint_icon, painter_for, px, tokens
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr


class FoldButton(PaintedButton):
    """A button with caret, title and count that folds and unfolds the group."""

    def __init__(self, title: str, *, role: str = "base", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self._title = title
        self._count = ""
        self._role = role
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        bind(self._speak, self.toggled)

    def set_title(self, title: str, count: str = "") -> None:
        """Set the title and the grey number after it."""
        self._title = title
        self._count = count
        self._speak()
        self.updateGeometry()
        self.update()

    def title(self) -> str:
        """Return the title."""
        return self._title

    def sizeHint(self) -> QSize:
        """Return the size of caret and texts."""
        width = px(12) + px(6) + QFontMetrics(font(self._role, 600)).horizontalAdvance(self._title) + px(1)
        if self._count:
            width += px(6) + QFontMetrics(font("small")).horizontalAdvance(self._count)
        return QSize(width, px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint caret, title and count."""
        t = tokens()
        painter = painter_for(self)
        rect = QRectF(self.rect())
        side = px(12)
        place = QRectF(0, rect.center().y() - side / 2, side, side)
        paint_icon(
            painter,
            place,
            "fold" if self.isChecked() else "open",
            t.text if self._role == "base" or self.hovered else t.text2,
        )
        used = font(self._role, 600)
        painter.setFont(used)
        painter.setPen(t.text if self.isEnabled() else t.off)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        left = side + px(6)
        room = max(0, self.width() - left)
        shown = QFontMetrics(used).elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect.adjusted(left, 0, 0, 0), flags, shown)
        if self._count:
            left += QFontMetrics(used).horizontalAdvance(self._title) + px(6)
            painter.setFont(font("small", tabular=True))
            painter.setPen(t.text3)
            painter.drawText(rect.adjusted(left, 0, 0, 0), flags, self._count)
        painter.end()

    def _speak(self) -> None:
        self.setAccessibleName(f"{self._title} {self._count}".strip())
        self.setAccessibleDescription(tr("Open. Press to fold.") if self.isChecked() else tr("Folded. Press to open."))


class SectionHead(QWidget):
    """The header of a foldable group. Emits `toggled(open)` when folded or unfolded."""

    toggled = Signal(bool)

    def __init__(self, title: str, *, role: str = "base", height: int = 28, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._height = height
        self.fold_button = FoldButton(title, role=role)
        self.fold_button.toggled.connect(self.toggled)
        self.summary = ElidedLabel("", "small", "text2", align=Qt.AlignmentFlag.AlignRight)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.fold_button)
        self._row.addWidget(self.summary, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_title(self, title: str, count: str = "") -> None:
        """Set the title and the number after it."""
        self.fold_button.set_title(title, count)

    def set_summary(self, text: str) -> None:
        """Set the grey text on the right."""
        self.summary.setContentsMargins(px(8) if text else 0, 0, 0, 0)
        self.summary.setText(text)

    def add_right(self, widget: QWidget) -> None:
        """Add a control at the right end."""
        self._row.addSpacing(px(8))
        self._row.addWidget(widget)

    def is_open(self) -> bool:
        """Return whether the group is unfolded."""
        return self.fold_button.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Fold or unfold; emits `toggled` on a change."""
        self.fold_button.setChecked(is_open)

    def sizeHint(self) -> QSize:
        """Return a height of 28 design pixels, or as told."""
        return QSize(super().sizeHint().width(), px(self._height))
