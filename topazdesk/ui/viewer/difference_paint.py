"""Painting of the difference mode: the change map over the grey after picture, or the amplified pixel difference."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from topazdesk.domain.changes import Area
from topazdesk.domain.tiling import Rect
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.viewer.differences import Differences, Style
from topazdesk.ui.viewer.panes import Pane
from topazdesk.ui.viewer.side import Side
from topazdesk.ui.viewer.stage import Stage
from topazdesk.ui.viewer.strokes import pixels

PaintSide = Callable[[QPainter, Pane], None]


def paint_difference(painter: QPainter, stage: Stage, pane: Pane, paint_side: PaintSide) -> None:
    """Paint the differences into `pane` (physical pixels), using `paint_side` to paint one file unaltered."""
    differences = stage.differences
    before = Pane(Side.BEFORE, pane.area, pane.clip)
    source = stage.pairs.shown.pictures[Side.BEFORE]
    if differences.style is Style.PIXELS:
        both = pixels(stage.place_of(source, before)).united(
            pixels(stage.place_of(stage.pairs.shown.pictures[Side.AFTER], pane))
        )
        painter.setClipRect(both.intersected(pane.clip))  # clip to the pictures: the background must not turn black
        painter.drawImage(pane.clip.topLeft(), _pixels(pane, before, differences.gain, paint_side))
        return
    grey = _painted(pane, pane, paint_side).convertToFormat(QImage.Format.Format_Grayscale8)
    painter.drawImage(pane.clip.topLeft(), grey)
    # The map is measured without the manual offset and belongs to the result, which no offset moves.
    _paint_heat(painter, differences, stage.place_of(source, before, by_hand=False), pane.clip)


def paint_areas(painter: QPainter, stage: Stage, pane: Pane, ratio: float) -> None:
    """Draw the frames of the most changed areas with their numbers, in logical pixels."""
    clip = QRectF(pane.clip.x() / ratio, pane.clip.y() / ratio, pane.clip.width() / ratio, pane.clip.height() / ratio)
    painter.save()
    painter.setClipRect(clip)
    for area in reversed(stage.differences.areas):
        _paint_area(painter, area, area_rect(stage, pane, area, ratio), chosen=area == stage.differences.current)
    painter.restore()


def area_rect(stage: Stage, pane: Pane, area: Area, ratio: float) -> QRectF:
    """Return where an area lies, in logical pixels, enlarged if it would be too small to see."""
    before = Pane(Side.BEFORE, pane.area, pane.clip)
    place = stage.place_of(stage.pairs.shown.pictures[Side.BEFORE], before, by_hand=False)
    found = QRectF(
        (place.x + area.part.x * place.width) / ratio,
        (place.y + area.part.y * place.height) / ratio,
        area.part.width * place.width / ratio,
        area.part.height * place.height / ratio,
    )
    least = px(16)
    grown = QRectF(0, 0, max(least, found.width()), max(least, found.height()))
    grown.moveCenter(found.center())
    return grown


def _painted(pane: Pane, what: Pane, paint_side: PaintSide) -> QImage:
    image = QImage(pane.clip.size(), QImage.Format.Format_RGB32)
    image.fill(tokens().canvas)
    painter = QPainter(image)
    painter.translate(-pane.clip.x(), -pane.clip.y())
    paint_side(painter, what)
    painter.end()
    return image


def _pixels(pane: Pane, before: Pane, gain: int, paint_side: PaintSide) -> QImage:
    """Return |after − before| × gain for each channel.

    The background is the same on both sides, so it comes out black.
    """
    image = _painted(pane, pane, paint_side)
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
    painter.drawImage(0, 0, _painted(pane, before, paint_side))
    painter.end()
    while gain > 1:
        gain //= 2
        twice = image.copy()
        painter = QPainter(image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        painter.drawImage(0, 0, twice)
        painter.end()
    return image


def _paint_heat(painter: QPainter, differences: Differences, place: Rect, clip: QRect) -> None:
    changes = differences.changes
    if changes is None or differences.heat.isNull():
        return
    across = changes.columns * changes.cell_px / changes.size.width
    down = changes.rows * changes.cell_px / changes.size.height
    painter.save()
    painter.setClipRect(QRectF(place.x, place.y, place.width, place.height).intersected(QRectF(clip)))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.setOpacity(differences.opacity)
    painter.drawImage(
        QRectF(place.x, place.y, place.width * across, place.height * down),
        differences.heat,
        QRectF(differences.heat.rect()),
    )
    painter.restore()


def _paint_area(painter: QPainter, area: Area, rect: QRectF, *, chosen: bool) -> None:
    t = tokens()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    wide = 3 if chosen else 2
    for width, colour in ((wide + 2, t.overlay), (wide, t.overlay_line)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(rect)
    side = px(18)
    badge = QRectF(rect.left() - 2, rect.top() - side - 1, side, side)
    if badge.top() < 2:
        badge.moveTopLeft(QPointF(rect.left() + 2, rect.top() + 2))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.overlay_text if chosen else t.overlay)
    painter.drawRoundedRect(badge, px(3), px(3))
    painter.setPen(t.overlay if chosen else t.overlay_text)
    painter.setFont(font("caption", 600))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(area.rank))
