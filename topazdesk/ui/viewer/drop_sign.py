"""Says over the pictures what becomes of files that are dragged over them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from topazdesk.ui.controls.paint import painter_for
from topazdesk.ui.theme import font, px, tokens

_EDGE, _PAD = 8, 12


class DropSign(QWidget):
    """An outline with a sentence in the middle. It takes neither the pointer nor the drop."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._words = ""
        self.hide()

    @property
    def words(self) -> str:
        """The sentence it shows, "" while it is hidden."""
        return self._words if not self.isHidden() else ""

    def say(self, words: str) -> None:
        """Cover the parent with this sentence, or go for ""."""
        self._words = words
        parent = self.parentWidget()
        if words and parent is not None:
            self.setGeometry(parent.rect())
            self.raise_()
        self.setVisible(bool(words))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the outline and the sentence, in the colours of what lies over pictures."""
        t, used = tokens(), font("base", 600)
        painter = painter_for(self)
        frame = QRectF(self.rect()).adjusted(px(_EDGE), px(_EDGE), -px(_EDGE), -px(_EDGE))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width, style in (
            (t.overlay, px(4), Qt.PenStyle.SolidLine),
            (t.overlay_text, px(2), Qt.PenStyle.DashLine),
        ):
            painter.setPen(QPen(colour, width, style))
            painter.drawRoundedRect(frame, px(8), px(8))
        room = frame.adjusted(px(_PAD), px(_PAD), -px(_PAD), -px(_PAD))
        wrap = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        words = QRectF(QFontMetrics(used).boundingRect(room.toRect(), wrap, self._words))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.overlay)
        painter.drawRoundedRect(words.adjusted(-px(_PAD), -px(8), px(_PAD), px(8)), px(6), px(6))
        painter.setFont(used)
        painter.setPen(t.overlay_text)
        painter.drawText(room, wrap, self._words)
        painter.end()
