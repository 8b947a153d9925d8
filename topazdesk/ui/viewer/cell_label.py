"""The label of a cell in the 2 × 2. It names the candidate, opens the menu of the cell, and is a handle to drag it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from topazdesk.domain.job import Verdict
from topazdesk.language import comma
from topazdesk.ui.controls.button import PaintedButton
from topazdesk.ui.controls.pull import is_pull
from topazdesk.ui.texts import plain_tip, tr
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.theme.icons import paint_icon
from topazdesk.ui.theme.mirrored import in_label, write_in_label
from topazdesk.ui.viewer.kept import Kept

_HEIGHT, _PADDING, _GAP, _ICON = 28, 10, 6, 14
_MARKS = {Verdict.KEPT: "keep", Verdict.REJECTED: "reject"}


class CellLabel(PaintedButton):
    """Emits `clicked` for its menu, and while it is dragged `pulled` with the pointer's place in its parent.

    `let_go` is emitted at the end of a drag.
    """

    pulled = Signal(QPointF)
    let_go = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = ""
        self._word = self._more = ""
        self._verdict = Verdict.NONE
        self._is_chosen = False
        self._room = 10_000
        self._kept = Kept()
        self._start: QPointF | None = None
        self._is_pulled = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the picture
        self.setAccessibleName(tr("Cell"))
        self.hide()

    @property
    def is_pulled(self) -> bool:
        """Whether the cell is being dragged by it."""
        return self._is_pulled

    def text(self) -> str:
        """Return all that it says, whether there is room for it or not."""
        return " · ".join(part for part in (self._word, self._more) if part)

    def show_candidate(
        self, number: int, word: str, more: str, verdict: Verdict, *, is_chosen: bool, room: int
    ) -> None:
        """Name cell and candidate, with more about it where there is room, and say whether it is chosen and marked."""
        self._number = str(number)
        self._word, self._more, self._verdict, self._is_chosen, self._room = word, more, verdict, is_chosen, room
        marked = {Verdict.KEPT: tr("kept"), Verdict.REJECTED: tr("rejected")}.get(verdict, "")
        parts = (tr("Cell {n}").format(n=self._number), word, more, marked, tr("chosen") if is_chosen else "")
        self.setAccessibleName(comma().join(part for part in parts if part))
        self.setAccessibleDescription(tr("Opens the menu of this cell. Drag it to another cell to compare the two"))
        self.setToolTip(plain_tip(self.text()))
        self.resize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of what there is room for."""
        _word, _more, width = self._fitting()
        return QSize(width, px(_HEIGHT))

    def _fitting(self) -> tuple[str, str, int]:
        """Return the name and what follows it, as far as there is room, and the width of all."""
        icons = 1 + (self._verdict in _MARKS)
        bold, plain = QFontMetrics(font("small", 600)), QFontMetrics(font("small", tabular=True))
        fixed = 2 * px(_PADDING) + bold.horizontalAdvance(self._number) + px(_GAP) + icons * (px(_ICON) + px(_GAP))
        word = bold.elidedText(self._word, Qt.TextElideMode.ElideRight, max(0, self._room - fixed))
        width = fixed + bold.horizontalAdvance(word)
        more = plain.horizontalAdvance(self._more) + px(_GAP) if self._more else 0
        if more and word == self._word and width + more <= self._room:
            return word, self._more, width + more
        return word, "", width

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it dark with light text, or the other way round while its cell is chosen."""
        state = (
            self._number,
            self._word,
            self._more,
            self._verdict,
            self._is_chosen,
            self._room,
            self.hovered or self.isDown(),
        )
        self._kept.show(self, state, self._paint)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Put the focus ring around it."""
        return QRectF(self.rect()), px(4)

    def _paint(self, painter: QPainter) -> None:
        t = tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dark = QColor(t.overlay.rgb())  # the ground of overlays lets pictures through, which text must not
        ground, ink, ink2 = (
            (t.overlay_text, dark, dark) if self._is_chosen else (t.overlay, t.overlay_text, t.overlay_text2)
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()), px(4), px(4))
        word, more, _width = self._fitting()
        left, height = px(_PADDING), self.height()
        for text, colour, weight in ((self._number, ink2, 600), (word, ink, 600), (more, ink2, 400)):
            if text:
                face = font("small", weight, tabular=weight == 400)
                width = QFontMetrics(face).horizontalAdvance(text)
                painter.setFont(face)
                painter.setPen(colour)
                write_in_label(painter, QRectF(left, 0, width + 2, height), self.width(), text)
                left += width + px(_GAP)
        for name in (_MARKS.get(self._verdict), "fold"):
            if name:
                place = QRectF(left, (height - px(_ICON)) / 2, px(_ICON), px(_ICON))
                paint_icon(painter, in_label(place, self.width()), name, ink)
                left += px(_ICON) + px(_GAP)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note where a drag may start."""
        self._start = event.position() if event.button() is Qt.MouseButton.LeftButton else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the cell."""
        if self._start is not None and (self._is_pulled or is_pull((event.position() - self._start).toPoint())):
            self._is_pulled = True
            self.setDown(False)
            self.pulled.emit(QPointF(self.mapToParent(event.position().toPoint())))
            return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag, or click."""
        self._start = None
        if self._is_pulled:
            self._is_pulled = False
            self.let_go.emit()
            return
        super().mouseReleaseEvent(event)

    def menu_place(self) -> QPoint:
        """Return the place of the screen for its menu."""
        return self.mapToGlobal(QPoint(0, self.height() + px(2)))
