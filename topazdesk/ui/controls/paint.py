"""Drawing functions for painted controls. A new theme repaints them without their doing anything (see `theme`)."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.theme.icons import paint_icon
from topazdesk.ui.theme.mirrored import is_mirrored, painter_on

#: Events after a change of colours, sizes or fonts, for widgets that cache drawings.
STYLE_EVENTS = frozenset({QEvent.Type.StyleChange, QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange})


def painter_for(widget: QWidget) -> QPainter:
    """Return an antialiasing painter on `widget`, mirrored where that reads from the right; the caller ends it."""
    return painter_on(widget, widget.width(), mirrored=is_mirrored(widget))


def box(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: QColor | None,
    edge: QColor | None = None,
    *,
    width: float = 1.0,
    style: Qt.PenStyle = Qt.PenStyle.SolidLine,
) -> None:
    """Paint a rounded box that fills `rect`; its outline is inside `rect`, too."""
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    if edge is None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(rect, radius, radius)
        return
    half = width / 2
    pen = QPen(edge, width)
    if style == Qt.PenStyle.DashLine:
        pen.setDashPattern([3.0, 2.0])
    painter.setPen(pen)
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius - half, radius - half)


def icon_and_text(
    painter: QPainter,
    rect: QRectF,
    name: str | None,
    text: str,
    colour: QColor,
    used: QFont,
    *,
    size: int,
    gap: int,
    centred: bool = True,
    trailing: str | None = None,
) -> None:
    """Paint optional icon, text and optional trailing icon in a row, centred in `rect` or from its left edge."""
    metrics = QFontMetrics(used)
    width = content_width(metrics, name, text, size=size, gap=gap, trailing=trailing)
    room = rect.width()
    left = rect.left() + max(0.0, (room - width) / 2) if centred else rect.left()
    middle = rect.center().y()
    if name:
        paint_icon(painter, QRectF(left, middle - size / 2, size, size), name, colour)
        left += size + (gap if text else 0)
    if text:
        right = rect.right() - (size + gap if trailing else 0)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(right - left) + 2))
        painter.setFont(used)
        painter.setPen(colour)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(left, rect.top(), right - left + 2, rect.height()), flags, shown)
        left += metrics.horizontalAdvance(shown)
    if trailing:
        at = left + gap if centred else rect.right() - size
        paint_icon(painter, QRectF(at, middle - size / 2, size, size), trailing, colour)


def content_width(
    metrics: QFontMetrics, name: str | None, text: str, *, size: int, gap: int, trailing: str | None = None
) -> int:
    """Return the width in pixels of what `icon_and_text` paints."""
    parts = [size] if name else []
    if text:
        parts.append(metrics.horizontalAdvance(text))
    if trailing:
        parts.append(size)
    return sum(parts) + gap * (len(parts) - 1)


def paint_name(painter: QPainter, rect: QRectF, name: str, folder: str = "") -> None:
    """Paint the name of a file, and after it so much of its folder as tells it from another of that name."""
    t, name_font, folder_font = tokens(), font("base"), font("small")
    metrics, small = QFontMetrics(name_font), QFontMetrics(folder_font)
    width, gap = int(rect.width()), px(8)
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    taken = small.horizontalAdvance(folder) + gap if folder else 0
    # Where both are long, the name gets three fifths of the room, enough for a name from a camera.
    most = max(width - taken, width * 3 // 5)
    shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, most)
    painter.setFont(name_font)
    painter.setPen(t.text)
    painter.drawText(rect, flags, shown)
    if folder:
        left = metrics.horizontalAdvance(shown) + gap
        painter.setFont(folder_font)
        painter.setPen(t.text2)
        place = small.elidedText(folder, Qt.TextElideMode.ElideMiddle, max(0, width - left))
        painter.drawText(rect.adjusted(left, 0, 0, 0), flags, place)


def paint_thumbnail(painter: QPainter, rect: QRectF, image: QImage | None) -> None:
    """Paint a picture cropped to the frame, or a frame with an icon if there is none."""
    t = tokens()
    if image is None or image.isNull():
        box(painter, rect, px(3), t.raised, t.line)
        rim_x, rim_y = (rect.width() - px(20)) / 2, (rect.height() - px(20)) / 2
        paint_icon(painter, rect.adjusted(rim_x, rim_y, -rim_x, -rim_y), "sample", t.text3)
        return
    painter.save()
    clip = QPainterPath()
    clip.addRoundedRect(rect, px(3), px(3))
    painter.setClipPath(clip, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    scale = max(rect.width() / image.width(), rect.height() / image.height())
    width, height = rect.width() / scale, rect.height() / scale
    painter.drawImage(rect, image, QRectF((image.width() - width) / 2, (image.height() - height) / 2, width, height))
    painter.restore()


__all__ = [
    "STYLE_EVENTS",
    "box",
    "content_width",
    "font",
    "icon_and_text",
    "paint_icon",
    "paint_thumbnail",
    "painter_for",
    "px",
    "tokens",
]


def fitting(text: str, metrics: QFontMetrics, room: float, *, keeps_last: bool = False) -> str:
    """Leave out whole parts, separated by " · ", for which there is no room, and elide what is left.

    The first part stays, or with `keeps_last` the last.
    """
    parts = text.split(" · ")
    while len(parts) > 1 and metrics.horizontalAdvance(" · ".join(parts)) > room:
        del parts[0 if keeps_last else -1]
    return metrics.elidedText(" · ".join(parts), Qt.TextElideMode.ElideRight, max(0, int(room)))
