"""The 4 px progress line, which shows a known share, unknown progress, or waiting."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from topazdesk.ui.controls.paint import painter_for, px, tokens
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import theme

_ROUND_MS = 1400


class ProgressLine(QProgressBar):
    """A progress bar for screen readers, painted as a thin line.

    Unknown progress is animated; with reduced motion it is a still striped line.
    """

    def __init__(self, *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name or tr("Progress"))
        self.setTextVisible(False)
        self.setRange(0, 1000)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._waiting = False
        self._phase = 0.0
        self._motion = QVariantAnimation(self)
        self._motion.setStartValue(0.0)
        self._motion.setEndValue(1.0)
        self._motion.setDuration(_ROUND_MS)
        self._motion.setLoopCount(-1)
        self._motion.valueChanged.connect(self._moved)

    def set_share(self, share: float) -> None:
        """Show a known share, from 0 to 1."""
        self._waiting = False
        # Without updates, because Qt's own bar repaints at once, and with it everything else that waits to be
        # repainted.
        self.setUpdatesEnabled(False)
        self.setRange(0, 1000)
        self.setValue(round(max(0.0, min(1.0, share)) * 1000))
        self.setUpdatesEnabled(True)
        self._run()

    def set_unknown(self) -> None:
        """Show that something is going on, without an amount."""
        self._waiting = False
        self.setRange(0, 0)
        self._run()

    def set_waiting(self, share: float | None = None) -> None:
        """Show that it is waiting, at a share if there is one."""
        self.set_share(share or 0.0)
        self._waiting = True
        self.update()

    @property
    def is_unknown(self) -> bool:
        """Whether the amount is unknown."""
        return self.maximum() == 0

    def sizeHint(self) -> QSize:
        """Return a height of 4 design pixels."""
        return QSize(px(80), px(4))

    def minimumSizeHint(self) -> QSize:
        """Return a height of 4 design pixels."""
        return QSize(px(24), px(4))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint groove and fill."""
        t = tokens()
        painter = painter_for(self)
        rect = QRectF(self.rect())
        radius = rect.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.edge if t.dark and t.tinted else t.line)
        painter.drawRoundedRect(rect, radius, radius)
        painter.setBrush(t.text2 if self._waiting else t.mark)
        if self.is_unknown:
            self._paint_unknown(painter, rect, radius)
        elif self.value() > 0:
            width = max(rect.height(), rect.width() * self.value() / self.maximum())
            painter.drawRoundedRect(QRectF(rect.left(), rect.top(), width, rect.height()), radius, radius)
        painter.end()

    def _paint_unknown(self, painter: QPainter, rect: QRectF, radius: float) -> None:
        if theme().reduced_motion:
            stripe = px(8)
            for left in range(0, int(rect.width()), 2 * stripe):
                painter.drawRect(QRectF(rect.left() + left, rect.top(), stripe, rect.height()))
            return
        width = rect.width() * 0.3
        start = rect.left() - width + (rect.width() + width) * self._phase
        piece = QRectF(start, rect.top(), width, rect.height()).intersected(rect)
        painter.drawRoundedRect(piece, radius, radius)

    def _moved(self, phase: float) -> None:
        self._phase = float(phase)
        self.update()

    def _run(self) -> None:
        """Animate only while visible: a hidden line must cost nothing."""
        wanted = self.is_unknown and self.isVisible() and not theme().reduced_motion
        running = self._motion.state() == QVariantAnimation.State.Running
        if wanted and not running:
            self._motion.start()
        elif running and not wanted:
            self._motion.stop()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Start the animation."""
        super().showEvent(event)
        self._run()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the animation."""
        super().hideEvent(event)
        self._run()


def paint_progress(painter: QPainter, rect: QRectF, percent: float | None, ink: QColor) -> None:
    """Paint a progress line; an unknown amount is an empty groove, never an invented share."""
    t = tokens()
    radius = rect.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.edge if t.dark else t.line)
    painter.drawRoundedRect(rect, radius, radius)
    if percent:
        painter.setBrush(ink)
        width = max(rect.height(), rect.width() * min(100.0, percent) / 100)
        painter.drawRoundedRect(QRectF(rect.left(), rect.top(), width, rect.height()), radius, radius)
