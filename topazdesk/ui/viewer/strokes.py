"""Drawing parts of images at fractional places, exactly."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect, Tile, tile_rect


def pixels(rect: Rect) -> QRect:
    """The pixels whose centres lie in a rectangle: neighbours with a common edge neither overlap nor leave a gap."""
    left, top = math.ceil(rect.x - 0.5), math.ceil(rect.y - 0.5)
    return QRect(left, top, math.ceil(rect.right - 0.5) - left, math.ceil(rect.bottom - 0.5) - top)


def rect_of(tile: Tile, level_size: Size, place: Rect, size: Size) -> Rect:
    """Where a tile lies on the screen, the picture of `size` at `place`."""
    step = 2.0**tile.level
    across, down = place.width / size.width * step, place.height / size.height * step
    left, top, width, height = tile_rect(tile, level_size)
    return Rect(place.x + left * across, place.y + top * down, width * across, height * down)


def draw(painter: QPainter, image: QImage, target: Rect, wanted: QRect) -> None:
    """Draw `image` so that it fills `target`, but only the part around `wanted`.

    Painters lose precision beyond 32,767 pixels, which a small picture at 3200 % easily reaches. What lies around `wanted` may
    be drawn too: clip where that matters.
    """
    across, down = image.width() / target.width, image.height() / target.height
    left = max(0, math.floor((wanted.left() - target.x) * across) - 2)
    top = max(0, math.floor((wanted.top() - target.y) * down) - 2)
    right = min(image.width(), math.ceil((wanted.right() + 1 - target.x) * across) + 2)
    bottom = min(image.height(), math.ceil((wanted.bottom() + 1 - target.y) * down) + 2)
    if right <= left or bottom <= top:
        return
    painter.drawImage(
        QRectF(target.x + left / across, target.y + top / down, (right - left) / across, (bottom - top) / down),
        image,
        QRectF(left, top, right - left, bottom - top),
    )
