"""Exact drawing of image parts at fractional positions."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from topazdesk.domain.tiling import Rect


def pixels(rect: Rect) -> QRect:
    """Return the pixels whose centres lie in a rectangle; adjacent rectangles neither overlap nor leave a gap."""
    left, top = math.ceil(rect.x - 0.5), math.ceil(rect.y - 0.5)
    return QRect(left, top, math.ceil(rect.right - 0.5) - left, math.ceil(rect.bottom - 0.5) - top)


def draw(painter: QPainter, image: QImage, target: Rect, wanted: QRect, source: QRect | None = None) -> None:
    """Draw `image` (or its part `source`) so that it fills `target`, but only the part around `wanted`.

    Painters lose precision beyond 32,767 pixels, which a small picture at 3200 % easily exceeds. Pixels around
    `wanted` may be drawn too, so clip where that matters. Pixels outside `source` are never read.
    """
    part = source if source is not None else image.rect()
    across, down = part.width() / target.width, part.height() / target.height
    left = max(0, math.floor((wanted.left() - target.x) * across) - 2)
    top = max(0, math.floor((wanted.top() - target.y) * down) - 2)
    right = min(part.width(), math.ceil((wanted.right() + 1 - target.x) * across) + 2)
    bottom = min(part.height(), math.ceil((wanted.bottom() + 1 - target.y) * down) + 2)
    if right <= left or bottom <= top:
        return
    place = QRectF(target.x + left / across, target.y + top / down, (right - left) / across, (bottom - top) / down)
    piece = QRectF(part.x() + left, part.y() + top, right - left, bottom - top)
    painter.drawImage(place, image, piece)
