"""Cards for common tasks, shown to newcomers: each card chooses a model of the catalogue for its task."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from topazdesk.domain.catalogue import Model
from topazdesk.ui.controls import PaintedButton, Text
from topazdesk.ui.controls.paint import box, paint_icon, painter_for
from topazdesk.ui.models.tasks import TASKS, best_for
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.theme import font, px, tokens

_HEIGHT = 56
_LEFT, _RIGHT = 44, 36  # beside the texts, for the icon and the caret


class TaskCards(QWidget):
    """One card per task that some model can do; `model_wanted` is emitted with the model of the clicked card."""

    model_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(16), px(16), px(16), px(16))
        self._column.setSpacing(px(8))
        self._column.addWidget(Text(tr("What would you like to do?"), "base", "text2"))
        self._column.addSpacing(px(4))
        self.cards: list[TaskCard] = []
        self._hint = Text(tr("Not sure? Just add a picture: a good choice is ready."), "small", "text2", wrap=True)
        self._column.addWidget(self._hint)
        self._column.addStretch(1)

    def show_models(self, models: list[Model]) -> None:
        """Show a card for each task that one of these models can do."""
        for card in self.cards:
            self._column.removeWidget(card)
            card.deleteLater()
        self.cards = []
        for task, (icon, title, text) in TASKS.items():
            model = best_for(task, models)
            if model is None:
                continue
            card = TaskCard(icon, translated(title), translated(text))
            card.clicked.connect(lambda _checked=False, wanted=model: self.model_wanted.emit(wanted))
            self._column.insertWidget(2 + len(self.cards), card)
            self.cards.append(card)


class TaskCard(PaintedButton):
    """A button with icon, title, one or two lines of text, and a caret."""

    def __init__(self, icon: str, title: str, text: str) -> None:
        super().__init__()
        self._icon = icon
        self._title = title
        self._line = text
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def title(self) -> str:
        """Return the title."""
        return self._title

    def sizeHint(self) -> QSize:
        """Return a height of 56 design pixels and room for the text."""
        width = QFontMetrics(font("small")).horizontalAdvance(self._line) + px(_LEFT + _RIGHT)
        return QSize(width, px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return a width at which the text takes two lines."""
        return QSize(px(200), px(_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for a second line where the text does not fit on one."""
        super().resizeEvent(event)
        metrics = QFontMetrics(font("small"))
        fits = metrics.horizontalAdvance(self._line) <= self.width() - px(_LEFT + _RIGHT)
        self.setFixedHeight(px(_HEIGHT) if fits else px(_HEIGHT) + metrics.lineSpacing())

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return rectangle and corner radius of the focus ring: around the whole card."""
        return QRectF(self.rect()), px(8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint background and content."""
        t = tokens()
        painter = painter_for(self)
        rect = QRectF(self.rect())
        ground = t.pressed if self.isDown() else t.hover if self.hovered else t.raised
        box(painter, rect, px(8), ground, t.line if t.tinted else t.edge, width=t.outline)
        middle, side, caret = rect.center().y(), px(18), px(14)
        paint_icon(painter, QRectF(px(14), middle - side / 2, side, side), self._icon, t.text)
        paint_icon(painter, QRectF(rect.right() - px(14) - caret, middle - caret / 2, caret, caret), "open", t.text2)
        words = QRectF(px(_LEFT), px(10), rect.width() - px(_LEFT + _RIGHT), px(18))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(t.text)
        painter.setFont(font("base", 600))
        painter.drawText(words, flags, self._title)
        painter.setPen(t.text2)
        painter.setFont(font("small"))
        below = QRectF(words.left(), px(28), words.width(), rect.height() - px(28) - px(8))
        painter.drawText(below, flags | Qt.TextFlag.TextWordWrap, self._line)
        painter.end()
