"""The header of a foldable group: caret, title, a summary on the right, and room for a switch or button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from topazdesk.ui.controls.button import PaintedButton
from topazdesk.ui.controls.label import HelpLine
from topazdesk.ui.controls.paint import font, paint_icon, painter_for, px, tokens
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr

_ANY_HEIGHT = 10_000


class FoldButton(PaintedButton):
    """A button with caret, title and count that folds and unfolds the group."""

    def __init__(self, title: str, *, role: str = "base", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self._title = title
        self._count = ""
        self._role = role
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
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
        return QSize(self._width(self._title), px(24))

    def minimumSizeHint(self) -> QSize:
        """Return the width of the longest word: a title breaks where it has no room on one line."""
        return QSize(self._width(max(self._title.split(), key=len, default="")), px(24))

    def needed_height(self) -> int:
        """Return the height of the lines that the title needs at the present width."""
        metrics, width = QFontMetrics(font(self._role, 600)), self.width()
        words = width - (self._width("") - px(1))
        room = QRect(0, 0, max(1, words), _ANY_HEIGHT)
        needed = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), self._title).height()
        return px(24) if width >= self.sizeHint().width() else max(px(24), needed)

    def _width(self, title: str) -> int:
        width = px(12) + px(6) + QFontMetrics(font(self._role, 600)).horizontalAdvance(title) + px(1)
        if self._count:
            width += px(6) + QFontMetrics(font("small")).horizontalAdvance(self._count)
        return width

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
        if self.width() < self.sizeHint().width():
            painter.drawText(rect.adjusted(left, 0, 0, 0), flags | Qt.TextFlag.TextWordWrap, self._title)
        else:
            painter.drawText(rect.adjusted(left, 0, 0, 0), flags, self._title)
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
        self.fold_button.installEventFilter(self)
        self.summary = HelpLine("", "small", "text2", align=Qt.AlignmentFlag.AlignRight)
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

    def add_after_title(self, widget: QWidget) -> None:
        """Add a control that comes and goes after the title, where it moves nothing."""
        self._row.insertSpacing(1, px(4))
        self._row.insertWidget(2, widget)

    def is_open(self) -> bool:
        """Return whether the group is unfolded."""
        return self.fold_button.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Fold or unfold; emits `toggled` on a change."""
        self.fold_button.setChecked(is_open)

    def sizeHint(self) -> QSize:
        """Return a height of 28 design pixels, or as told, or as a title on several lines needs."""
        return QSize(super().sizeHint().width(), max(px(self._height), self.fold_button.needed_height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the width of the title, whose words break where they have no room."""
        if event.type() == QEvent.Type.Resize:
            self.updateGeometry()
        return False
