"""Paints before and after of a model side by side, as parts of one picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPainterPath, QPen

from topazdesk.ui.texts import tr
from topazdesk.ui.theme import font, px, tokens


def paint_example(painter: QPainter, place: QRectF, image: QImage) -> None:
    """Paint the left half of what was before and the right half of what is after, with a line between them.

    `image` has the one above the other.
    """
    t = tokens()
    painter.save()
    clip = QPainterPath()
    clip.addRoundedRect(place, px(4), px(4))
    painter.setClipPath(clip, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    wide, high = image.width(), image.height() / 2
    scale = max(place.width() / wide, place.height() / high)
    seen_wide, seen_high = place.width() / scale, place.height() / scale
    left, top = (wide - seen_wide) / 2, (high - seen_high) / 2
    half = place.width() / 2
    for number in (0, 1):
        target = QRectF(place.x() + number * half, place.y(), half, place.height())
        source = QRectF(left + number * seen_wide / 2, top + number * high, seen_wide / 2, seen_high)
        painter.drawImage(target, image, source)
    middle = place.x() + half
    painter.setPen(QPen(t.overlay_line, px(1)))
    painter.drawLine(QPointF(middle, place.top()), QPointF(middle, place.bottom()))
    for number, words in enumerate((tr("Before"), tr("After"))):
        _paint_label(painter, place, words, at_right=bool(number))
    painter.restore()


def _paint_label(painter: QPainter, place: QRectF, words: str, *, at_right: bool) -> None:
    t, used = tokens(), font("small")
    width = QFontMetrics(used).horizontalAdvance(words) + 2 * px(6)
    ground = QRectF(0, 0, width, px(18))
    ground.moveBottom(place.bottom() - px(5))
    if at_right:
        ground.moveRight(place.right() - px(5))
    else:
        ground.moveLeft(place.left() + px(5))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.overlay)
    painter.drawRoundedRect(ground, px(3), px(3))
    painter.setFont(used)
    painter.setPen(t.overlay_text)
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)
