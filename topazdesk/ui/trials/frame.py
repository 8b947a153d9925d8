"""The frame on the viewer that marks the patch to try and shows the chosen candidate's pixels inside."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
)
from PySide6.QtWidgets import QWidget

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect
from topazdesk.domain.trial import Patch
from topazdesk.ui.controls.paint import fitting
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.trials.grips import Box, Grip, dragged, grip_at, resized
from topazdesk.ui.trials.pixels import Pixels
from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.side import Side
from topazdesk.ui.viewer.strokes import pixels

#: How far from an edge the pointer still grabs it, and the size of the corners, in design pixels.
_REACH, _CORNER = 9, 8
#: Painted over everything around the frame.
_DIM = QColor(0, 0, 0, 130)
#: The step of an arrow key, in pixels of the screen; with Ctrl it is one pixel of the source.
_STEP = 8
#: Above this zoom the pixels of a result are shown as squares, as in the viewer.
_PIXELS_ABOVE = 2.0
#: Milliseconds without a key press after which the new place counts.
_REST_MS = 350

_CURSORS = {
    Grip.INSIDE: Qt.CursorShape.SizeAllCursor,
    Grip.LEFT: Qt.CursorShape.SizeHorCursor,
    Grip.RIGHT: Qt.CursorShape.SizeHorCursor,
    Grip.TOP: Qt.CursorShape.SizeVerCursor,
    Grip.BOTTOM: Qt.CursorShape.SizeVerCursor,
    Grip.TOP_LEFT: Qt.CursorShape.SizeFDiagCursor,
    Grip.BOTTOM_RIGHT: Qt.CursorShape.SizeFDiagCursor,
    Grip.TOP_RIGHT: Qt.CursorShape.SizeBDiagCursor,
    Grip.BOTTOM_LEFT: Qt.CursorShape.SizeBDiagCursor,
}
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PatchFrame(QWidget):
    """A frame on top of a `CompareView`, which keeps handling everything else.

    `moved` is emitted while the patch changes, `rested` once it is let go.
    """

    moved = Signal(object)  # Patch
    rested = Signal(object)  # Patch

    def __init__(self, view: CompareView, files: Pixels) -> None:
        super().__init__(view)
        self._view = view
        view.keep_free(self.uncovered)
        self._pixels = files
        self._patch: Patch | None = None
        self._result: Path | None = None
        self._words = ("", "")
        self._badge = QRectF()
        self._grip: Grip | None = None
        self._start = QPointF()
        self._before: Patch | None = None
        self._resting = Debounce(_REST_MS, self._rest, self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Area to try"))
        files.changed.connect(self.update)
        view.installEventFilter(self)
        view.pair_shown.connect(self.update)
        self.setGeometry(view.rect())
        self.hide()

    @property
    def patch(self) -> Patch | None:
        """The patch, in source pixels."""
        return self._patch

    def show_patch(self, patch: Patch | None) -> None:
        """Put the frame around another patch; None hides it."""
        self._patch = patch
        self._resting.stop()
        if patch is None:
            if self._view.focusProxy() is self:
                self._view.setFocusProxy(None)  # type: ignore[arg-type]
            self.hide()
        else:
            self._view.setFocusProxy(self)
            self.setGeometry(self._view.rect())
            self.show()
            self._speak()
        self._view.place_labels()
        self.update()

    def show_result(self, path: Path | None, number: str, name: str) -> None:
        """Paint this file inside the frame, or the source for None; `number` and `name` are shown in a badge."""
        self._result = path
        self._words = (number, name)
        self._speak()
        self.update()

    def is_sharp(self) -> bool:
        """Whether the shown candidate is painted as sharp as it can be."""
        picture, box = self._pixels.picture(self._result), self._physical_box()
        if self._result is None:
            return True
        return picture is not None and box is not None and self._pixels.is_sharp(picture, box, self._whole())

    # geometry

    def _place(self) -> Rect | None:
        """Return where the whole source is, in physical pixels."""
        view = self._view
        picture = view.stage.pairs.shown.pictures.get(Side.BEFORE)
        panes = view.stage.panes()
        if picture is None or view.stage.viewport is None or not panes:
            return None
        return view.stage.place_of(picture, panes[0])

    def _source(self) -> Size | None:
        return self._view.stage.pairs.shown.sizes.get(Side.BEFORE)

    def _physical_box(self) -> Rect | None:
        place, source, patch = self._place(), self._source(), self._patch
        if place is None or source is None or patch is None:
            return None
        across, down = place.width / source.width, place.height / source.height
        return Rect(place.x + patch.x * across, place.y + patch.y * down, patch.width * across, patch.height * down)

    def _whole(self) -> Rect:
        ratio = self.devicePixelRatioF()
        return Rect(0, 0, self.width() * ratio, self.height() * ratio)

    def _box(self) -> Box | None:
        """Return the frame in the widget's own pixels."""
        found, ratio = self._physical_box(), self.devicePixelRatioF()
        if found is None:
            return None
        return Box(found.x / ratio, found.y / ratio, found.right / ratio, found.bottom / ratio)

    def uncovered(self) -> QRectF | None:
        """Return the frame with its corners, which no label may cover; None while there is none."""
        box = self._box() if not self.isHidden() else None
        if box is None:
            return None
        away = px(_CORNER)
        rect = QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)
        return rect.adjusted(-away, -away, away, away)

    def _source_px(self) -> tuple[float, float]:
        """Return the source pixels per pixel of the widget, across and down."""
        place, source, ratio = self._place(), self._source(), self.devicePixelRatioF()
        if place is None or source is None:
            return 1.0, 1.0
        return source.width / place.width * ratio, source.height / place.height * ratio

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return where the focus ring is painted: around the frame."""
        box = self._box()
        if box is None:
            return QRectF(self.rect()), 0
        rect = QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)
        away = px(_CORNER) / 2  # the corners stay free
        rect.adjust(-away, -away, away, away)
        inset = px(5)
        return rect.intersected(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)), 0

    # painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the dark surround, the candidate inside, lines, corners and the badge."""
        box, place = self._physical_box(), self._place()
        if box is None or place is None:
            return
        painter = QPainter(self)
        painter.setLayoutDirection(self._view.layoutDirection())  # the badge lies where the picture's left is
        ratio = self.devicePixelRatioF()
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        inside = pixels(box)
        around = QRegion(pixels(place)) - QRegion(inside)
        painter.setClipRegion(around)
        painter.fillRect(around.boundingRect(), _DIM)
        painter.setClipping(False)
        if self._result is not None and not self._view.stage.holds_source:
            self._paint_result(painter, box, inside)
        painter.restore()
        self._paint_lines(painter, QRectF(box.x / ratio, box.y / ratio, box.width / ratio, box.height / ratio))
        painter.end()

    def _paint_result(self, painter: QPainter, box: Rect, inside: QRect) -> None:
        picture = self._pixels.picture(self._result)
        whole = self._whole()
        self._pixels.want("frame", picture, box, whole)
        if picture is None:
            return
        smooth = box.width / picture.size.width <= _PIXELS_ABOVE
        clip = inside.intersected(QRect(0, 0, round(whole.width), round(whole.height)))
        if picture.has_alpha:  # transparent parts must not show the source below
            painter.fillRect(clip, tokens().canvas)
        picture.paint(painter, clip, box, whole, smooth=smooth)

    def _paint_lines(self, painter: QPainter, rect: QRectF) -> None:
        t = tokens()
        for away, width, colour in ((2.5, 1, t.overlay), (1, 2, t.overlay_line), (-0.5, 1, t.overlay)):
            pen = QPen(colour, width)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(-away, -away, away, away))
        side = px(_CORNER)
        for point in (rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight()):
            corner = QRectF(0, 0, side, side)
            corner.moveCenter(point)
            painter.setPen(QPen(t.overlay, 1))
            painter.setBrush(t.overlay_line)
            painter.drawRect(corner)
        self._paint_badge(painter, rect)

    def _paint_badge(self, painter: QPainter, rect: QRectF) -> None:
        number, name = self._badge_words()
        strong, rest = font("small", 600), font("small", tabular=True)
        first = QFontMetrics(strong).horizontalAdvance(number)
        gap = px(8) if number else 0
        around = first + gap + 2 * px(10)
        metrics = QFontMetrics(rest)
        ground = self._badge_rect(rect, around + metrics.horizontalAdvance(name))
        if ground.intersects(rect):  # inside of the frame it must not lie over the lines
            name = fitting(name, metrics, rect.width() - 2 * px(_CORNER) - around)  # the area's size goes first
            ground.setLeft(max(ground.left(), rect.left() + px(_CORNER)))
            ground.setWidth(around + metrics.horizontalAdvance(name))
        self._badge = ground
        t = tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.overlay)
        painter.drawRoundedRect(ground, px(4), px(4))
        inner = ground.adjusted(px(10), 0, 0, 0)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(strong)
        painter.setPen(t.overlay_text)
        painter.drawText(inner, flags, number)
        painter.setFont(rest)
        painter.setPen(t.overlay_text2)
        painter.drawText(inner.adjusted(first + gap, 0, 0, 0), flags, name)

    def badge_place(self) -> QRectF:
        """Return where the badge is painted."""
        return self._badge

    def _badge_rect(self, rect: QRectF, width: float) -> QRectF:
        """Return a place for the badge where it is visible and covers no label: above the frame, below or inside."""
        ground = QRectF(0, 0, width, px(26))
        left = max(0.0, min(rect.left(), self.width() - width))
        inside = min(rect.bottom(), self.height()) - px(10) - ground.height()
        taken = [QRectF(label.geometry()) for label in self._view.visible_labels()]
        for top in (rect.top() - px(10) - ground.height(), rect.bottom() + px(10), inside):
            ground.moveTopLeft(QPointF(left, top))
            if top >= 0 and ground.bottom() <= self.height() and not any(ground.intersects(each) for each in taken):
                break
        return ground

    def _badge_words(self) -> tuple[str, str]:
        patch = self._patch
        size = tr("area {width} × {height}").format(width=patch.width, height=patch.height) if patch else ""
        if self._view.stage.holds_source:
            return "0", f"{tr('Original')} · {size}"
        number, name = self._words
        return number, f"{name} · {size}" if name else size

    def _speak(self) -> None:
        _number, words = self._badge_words()
        how = tr("Arrow keys move the frame, with Shift they resize it, with Ctrl by single pixels")
        self.setAccessibleDescription(f"{words}. {how}")

    # pointer and keyboard

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grab the frame; leave all other presses to the viewer."""
        grip = self._grip_at(event.position())
        if event.button() is not Qt.MouseButton.LeftButton or grip is None or self._patch is None:
            event.ignore()
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._grip = grip
        self._start = event.position()
        self._before = self._patch

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move or resize the frame while held; else show by the cursor what a press would do."""
        source = self._source()
        if self._grip is None or self._before is None or source is None:
            grip = self._grip_at(event.position())
            if grip is None:
                self.unsetCursor()
            else:
                self.setCursor(_CURSORS[grip])
            event.ignore()
            return
        across, down = self._source_px()
        way = event.position() - self._start
        self._change(dragged(self._before, self._grip, way.x() * across, way.y() * down, source))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the frame go: the patch is decided."""
        if self._grip is None:
            event.ignore()
            return
        before = self._before
        self._grip = None
        self._before = None
        if self._patch != before:
            self.rested.emit(self._patch)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Leave double clicks to the viewer: fit, or 100 % at this place."""
        event.ignore()

    def _grip_at(self, at: QPointF) -> Grip | None:
        box = self._box()
        return grip_at(box, at.x(), at.y(), px(_REACH)) if box is not None else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the frame with arrow keys, or resize it with Shift; with Ctrl by one pixel. Ignore other keys."""
        arrow, source, patch = _ARROWS.get(Qt.Key(event.key())), self._source(), self._patch
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
        if arrow is None or source is None or patch is None or held & ~(shift | control):
            event.ignore()
            return
        across, down = self._source_px()
        step_x, step_y = (1, 1) if held & control else (max(1, round(_STEP * across)), max(1, round(_STEP * down)))
        if held & shift:
            half_x, half_y = max(1, step_x // 2), max(1, step_y // 2)
            self._change(resized(patch, arrow[0] * half_x, arrow[1] * half_y, source))
        else:
            self._change(dragged(patch, Grip.INSIDE, arrow[0] * step_x, arrow[1] * step_y, source))
        self._resting.start()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Leave released keys to the viewer."""
        event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Stop holding the source, as the key may be released elsewhere."""
        self._view.stage.hold_source(False)
        self._resting.flush()
        super().focusOutEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the viewer."""
        if event.type() is QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        return super().eventFilter(watched, event)

    def _change(self, patch: Patch) -> None:
        if patch != self._patch:
            self._patch = patch
            self._speak()
            self._view.place_labels()
            self.update()
            self.moved.emit(patch)

    def _rest(self) -> None:
        if self._patch is not None:
            self.rested.emit(self._patch)
