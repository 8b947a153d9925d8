"""Painting of the viewer: background, pictures, a checkerboard behind transparency, and messages without a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPaintDevice, QPainter, QPen, QRegion

from topazdesk.domain.tiling import Rect
from topazdesk.domain.viewport import Viewport
from topazdesk.ui.texts import size_text, tr, translated
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.viewer.difference_paint import paint_areas, paint_difference
from topazdesk.ui.viewer.pairs import Pair
from topazdesk.ui.viewer.panes import Pane
from topazdesk.ui.viewer.picture import LoadedPicture
from topazdesk.ui.viewer.stage import Stage
from topazdesk.ui.viewer.strokes import pixels

#: Above this zoom single pixels are visible; below it they are smoothed.
_PIXELS_ABOVE = 2.0
#: Neutral checkerboard colours behind transparency, for the dark and for the light theme.
_CHEQUERS = {True: ("#4A4A4A", "#5E5E5E"), False: ("#FFFFFF", "#DCDCDC")}
_SQUARE = 8
_CROSS = 11


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that one frame shows. `crosses` are in logical pixels, everything else in physical ones."""

    pair: Pair
    panes: tuple[Pane, ...]
    viewport: Viewport | None
    crosses: tuple[QPointF, ...]
    is_loading: bool


def paint_scene(stage: Stage, scene: Scene, device: QPaintDevice) -> None:
    """Paint one frame on the stage's surface, or on a device of the same size and resolution."""
    t = tokens()
    painter = QPainter(device)
    ratio = stage.ratio
    painter.setClipRegion(_surround(stage, scene))
    painter.fillRect(stage.surface.rect(), t.canvas)
    painter.setClipping(False)
    differs = stage.mode.shows_changes and stage.compares_now and not stage.holds_source
    for pane in scene.panes:
        picture = scene.pair.pictures.get(pane.side)
        if differs and pane.viewport is None and scene.viewport is not None:
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            paint_difference(painter, stage, pane, lambda on, what: _paint_side(on, stage, scene, what))
            painter.restore()
            paint_areas(painter, stage, pane, ratio)
        elif picture is not None and scene.viewport is not None:
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            painter.setOpacity(pane.opacity)
            paint_picture(painter, picture, stage.place_of(picture, pane), pane, pane.viewport or scene.viewport, ratio)
            painter.restore()
        else:
            logical = QRectF(
                pane.clip.x() / ratio, pane.clip.y() / ratio, pane.clip.width() / ratio, pane.clip.height() / ratio
            )
            _paint_sentence(painter, logical, scene, pane)
    if not scene.panes and scene.is_loading:
        _paint_text(painter, QRectF(stage.surface.rect()), tr("Reading…"), "")
    if stage.mode.is_grid:
        _paint_gaps(painter, stage, scene)
    elif len(scene.panes) > 1 and scene.panes[0].area != scene.panes[1].area:
        left = scene.panes[0].area.right() + 1
        between = QRectF(left / ratio, 0, (scene.panes[1].area.x() - left) / ratio, stage.surface.height())
        painter.fillRect(between, t.window)
    if len(scene.panes) == 3 and not stage.mode.is_grid:
        upper, lower = scene.panes[1].area, scene.panes[2].area
        top = upper.bottom() + 1
        painter.fillRect(
            QRectF(upper.x() / ratio, top / ratio, upper.width() / ratio, (lower.y() - top) / ratio), t.window
        )
    for cross in scene.crosses:
        _paint_cross(painter, cross)
    painter.end()


def _paint_gaps(painter: QPainter, stage: Stage, scene: Scene) -> None:
    """Paint what lies between the cells of the 2 × 2, and the place of a fourth one that there is not."""
    ratio = stage.ratio
    region = QRegion(stage.surface.rect())
    for pane in scene.panes:
        left, top = round(pane.area.x() / ratio), round(pane.area.y() / ratio)
        right, bottom = (pane.area.x() + pane.area.width()) / ratio, (pane.area.y() + pane.area.height()) / ratio
        region -= QRegion(QRect(left, top, round(right) - left, round(bottom) - top))
    # Not by clipping: on a widget, Qt then fills the cells, too.
    for rect in region:  # type: ignore[attr-defined]
        painter.fillRect(rect, tokens().window)
    target = stage.cell_rects().get(stage.cells.target) if stage.cells.target is not None else None
    if target is not None:
        box = QRectF(target.x() / ratio, target.y() / ratio, target.width() / ratio, target.height() / ratio)
        _paint_box(painter, box)


def _paint_box(painter: QPainter, box: QRectF) -> None:
    """Frame the cell on which a dragged one would be dropped."""
    t = tokens()
    for inset, width, colour in ((1.5, 3, t.overlay), (2.5, 3, t.overlay_line), (4.5, 1, t.overlay)):
        pen = QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(box.adjusted(inset, inset, -inset, -inset))


def _surround(stage: Stage, scene: Scene) -> QRegion:
    """Return the region that no picture covers, plus one pixel, in logical pixels.

    Filling the whole surface instead would take a tenth of a frame.
    """
    region = QRegion(stage.surface.rect())
    ratio = stage.ratio
    for pane in scene.panes:
        picture = scene.pair.pictures.get(pane.side)
        if picture is None or picture.has_alpha or scene.viewport is None:
            continue
        covered = pixels(stage.place_of(picture, pane)).intersected(pane.clip)
        left, top = math.ceil(covered.left() / ratio) + 1, math.ceil(covered.top() / ratio) + 1
        right, bottom = math.floor(covered.right() / ratio) - 1, math.floor(covered.bottom() / ratio) - 1
        if right > left and bottom > top:
            region -= QRegion(QRect(QPoint(left, top), QPoint(right, bottom)))
    return region


def cross_rect(at: QPointF) -> QRect:
    """Return the rectangle that a cross at this point covers."""
    reach = px(_CROSS) + 3
    return QRect(int(at.x()) - reach, int(at.y()) - reach, 2 * reach + 1, 2 * reach + 1)


def _paint_side(painter: QPainter, stage: Stage, scene: Scene, pane: Pane) -> None:
    """Paint one file unaltered, smoothed at any zoom: a comparison must not depend on whose pixels are larger."""
    picture = scene.pair.pictures[pane.side]
    ratio = stage.ratio
    paint_picture(painter, picture, stage.place_of(picture, pane), pane, None, ratio)


def paint_picture(
    painter: QPainter, picture: LoadedPicture, place: Rect, pane: Pane, viewport: Viewport | None, ratio: float
) -> None:
    """Paint a picture that lies at `place` as far as it is in its pane; without a viewport it is always smoothed."""
    area = Rect(pane.area.x(), pane.area.y(), pane.area.width(), pane.area.height())
    if picture.has_alpha:
        seen = place.intersected(Rect(pane.clip.x(), pane.clip.y(), pane.clip.width(), pane.clip.height()))
        _paint_chequers(painter, QRect(round(seen.x), round(seen.y), round(seen.width), round(seen.height)), ratio)
    painter.setClipRect(pane.clip)
    picture.paint(
        painter, pane.clip, place, area, smooth=viewport is None or viewport.scale <= _PIXELS_ABOVE * (1 + 1e-6)
    )


def _paint_chequers(painter: QPainter, rect: QRect, ratio: float) -> None:
    first, second = _CHEQUERS[tokens().dark]
    painter.fillRect(rect, QColor(first))
    side = max(2, round(px(_SQUARE) * ratio))
    ink = QColor(second)
    painter.setClipRect(rect)
    for row in range(rect.top() // side, rect.bottom() // side + 1):
        start = rect.left() // side
        for column in range(start + (start + row) % 2, rect.right() // side + 1, 2):
            painter.fillRect(column * side, row * side, side, side, ink)


def _paint_sentence(painter: QPainter, rect: QRectF, scene: Scene, pane: Pane) -> None:
    error = scene.pair.errors.get(pane.side)
    if error is not None:
        _paint_text(painter, rect, translated(error.title), translated(error.hint))
    elif scene.is_loading:
        size = scene.pair.sizes.get(pane.side)
        _paint_text(painter, rect, tr("Reading…"), size_text(size) if size is not None else "")


def _paint_text(painter: QPainter, rect: QRectF, title: str, hint: str) -> None:
    t = tokens()
    width = min(rect.width() - px(48), px(420))
    if width < px(80):
        return
    box = QRectF(0, 0, width, px(140))
    box.moveCenter(rect.center())
    painter.setFont(font("title"))
    painter.setPen(t.text)
    wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter
    upper = QRectF(box.left(), box.top(), width, box.height() / 2 - px(4))
    painter.drawText(upper, int(wrap | Qt.AlignmentFlag.AlignBottom), title)
    painter.setFont(font("base"))
    painter.setPen(t.text2)
    lower = QRectF(box.left(), box.center().y() + px(4), width, box.height() / 2)
    painter.drawText(lower, int(wrap | Qt.AlignmentFlag.AlignTop), hint)


def _paint_cross(painter: QPainter, at: QPointF) -> None:
    t = tokens()
    reach, open_ = px(_CROSS), px(4)
    middle = QPoint(int(at.x()), int(at.y()))
    for width, colour in ((4, t.overlay), (2, t.overlay_line)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(middle + QPoint(x * open_, y * open_), middle + QPoint(x * reach, y * reach))
