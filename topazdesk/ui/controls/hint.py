"""Hints of the first run: a sentence beside what it is about, until it is done or the hint is closed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QKeyEvent,
    QPainterPath,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from topazdesk.ui.controls.button import IconButton
from topazdesk.ui.controls.focus_return import FocusReturn
from topazdesk.ui.controls.label import Text
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.controls.paint import painter_for, px, tokens
from topazdesk.ui.texts import tr

#: Design pixels: the beak is so high, its middle at least so far from the edge, and the box so round.
_BEAK, _BEAK_AT, _RADIUS = 6, 24, 6
#: Design pixels around a hint: left, above, right, below.
Around = tuple[int, int, int, int]


class Hint(QWidget):
    """One hint, in a layout: it covers nothing. Its beak points at what is above it or, with `points_down`, below it.

    `beak_at` is where, from 0 (where lines begin) to 1; None is for one that stands elsewhere, without a beak. `around`
    is the room to leave, which goes with the hint.

    `closed` is emitted by its button, and by Escape while the keys are in it. Screen readers say it when it appears.
    """

    closed = Signal()

    def __init__(
        self,
        words: str,
        *,
        points_down: bool = False,
        beak_at: float | None = 0.5,
        around: Around = (0, 0, 0, 0),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._points_down = points_down
        self._beak_at = beak_at
        self._around = around
        self._focus = FocusReturn(self)
        self.setAccessibleName(words)
        # Not "Maximum", which would use the height of unwrapped text.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_button = IconButton("close", tr("Close this hint"), size=24, icon_size=14)
        self.close_button.setAccessibleDescription(words)
        self.close_button.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        left, above, right, below = map(px, around)
        beak = px(_BEAK) if beak_at is not None else 0
        beaks = (0, beak) if points_down else (beak, 0)
        row.setContentsMargins(px(10) + left, px(6) + above + beaks[0], px(6) + right, px(6) + below + beaks[1])
        row.setSpacing(px(8))
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(Mark("advice", "link"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(Text(words, "small", wrap=True), 1)
        row.addWidget(self.close_button, 0, top)
        self.hide()

    def leave(self) -> None:
        """Disappear, and give the keys back if they are in it."""
        self._focus.give_back()
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Have screen readers say it, without interrupting."""
        super().showEvent(event)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.accessibleName()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the box with its beak."""
        t = tokens()
        painter = painter_for(self)
        painter.setPen(QPen(t.infoln, t.outline))
        painter.setBrush(t.infobg)
        painter.drawPath(self._outline())
        painter.end()

    def _outline(self) -> QPainterPath:
        half, beak = tokens().outline / 2, px(_BEAK) if self._beak_at is not None else 0
        left, above, right, below = map(px, self._around)
        whole = QRectF(self.rect()).adjusted(left + half, above + half, -right - half, -below - half)
        inner = whole.adjusted(0, 0, 0, -beak) if self._points_down else whole.adjusted(0, beak, 0, 0)
        box = QPainterPath()
        box.addRoundedRect(inner, px(_RADIUS), px(_RADIUS))
        if self._beak_at is None:
            return box
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        share = 1 - self._beak_at if is_mirrored else self._beak_at
        edge = px(_BEAK_AT)
        middle = min(max(whole.left() + whole.width() * share, whole.left() + edge), whole.right() - edge)
        tip, base = (whole.bottom(), inner.bottom()) if self._points_down else (whole.top(), inner.top())
        point = QPainterPath(QPointF(middle - beak, base))
        point.lineTo(QPointF(middle, tip))
        point.lineTo(QPointF(middle + beak, base))
        point.closeSubpath()
        return box.united(point)
