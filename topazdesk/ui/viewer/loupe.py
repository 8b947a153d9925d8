"""The loupe: the place under the pointer at a set magnification, both sides next to each other."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from topazdesk.domain.geometry import Size
from topazdesk.domain.viewport import Viewport
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.viewer.panes import Pane
from topazdesk.ui.viewer.scene import paint_picture
from topazdesk.ui.viewer.stage import Stage

#: Pixels of the screen for each pixel of the result, across and down.
MAGNIFICATIONS = (2, 4, 8)
_SIZE = QSize(420, 240)
#: It covers no more than this part of the view, in each direction.
_MOST = 0.7
#: An arrow key moves the loupe by so many design pixels.
_STEP = 12


class Loupe(QWidget):
    """Lies over a `CompareView` and never takes the pointer or the keys. Everything it paints is of a fixed size."""

    changed = Signal()  # on, off, or another magnification

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.surface)
        self._stage = stage
        self._at: QPointF | None = None  # the middle, in the surface's logical pixels
        self._on = False
        self.magnification = MAGNIFICATIONS[1]
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Loupe"))
        self.hide()
        stage.looked.connect(self._follow)
        stage.arranged.connect(self._follow)
        stage.pairs.pixels_changed.connect(self.update)

    @property
    def is_on(self) -> bool:
        """Whether the loupe is wanted; it is on screen while there is a picture."""
        return self._on

    def toggle(self) -> None:
        """Show or hide the loupe, at the pointer or else in the middle of the view."""
        self._on = not self._on
        if self._on:
            self._at = self._stage.pointer or QPointF(self._stage.surface.rect().center())
            self._stage.surface.setFocus(Qt.FocusReason.OtherFocusReason)  # the arrow keys move it
        self._follow()
        self.changed.emit()

    def magnify_more(self) -> None:
        """Choose the next magnification, wrapping around; show the loupe if it is hidden."""
        if self._on:
            next_ = (MAGNIFICATIONS.index(self.magnification) + 1) % len(MAGNIFICATIONS)
            self.magnification = MAGNIFICATIONS[next_]
            self._follow()
            self.changed.emit()
        else:
            self.toggle()

    def move_to(self, at: QPointF) -> None:
        """Follow the pointer."""
        if self._on:
            self._at = at
            self._follow()

    def step(self, right: int, down: int) -> None:
        """Move by one step of an arrow key."""
        surface = self._stage.surface
        at = (self._at or QPointF(surface.rect().center())) + QPointF(right, down) * px(_STEP)
        at = QPointF(min(max(at.x(), 0), surface.width() - 1), min(max(at.y(), 0), surface.height() - 1))
        self.move_to(at)

    def panes(self) -> tuple[Pane, ...]:
        """Return the panes of the loupe, in its own physical pixels."""
        stage, at = self._stage, self._at
        shown = stage.pairs.shown
        frame = shown.frame
        sides = [side for side in stage.sides() if side in shown.pictures]
        place = stage.part_near(at) if at is not None else None
        if not self._on or place is None or frame is None or not sides:
            return ()
        ratio = stage.ratio
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        each = width // len(sides)
        viewport = Viewport(Size(each, height), frame, float(self.magnification), *place)
        areas = [QRect(number * each, 0, each, height) for number in range(len(sides))]
        return tuple(Pane(side, area, area, viewport) for side, area in zip(sides, areas, strict=True))

    def _follow(self) -> None:
        stage, at = self._stage, self._at
        surface = stage.surface
        most = surface.size() * _MOST
        wanted = QSize(min(px(_SIZE.width()), most.width()), min(px(_SIZE.height()), most.height()))
        if self.size() != wanted:
            self.resize(wanted)
        panes = self.panes()
        stage.set_close_ups(panes)
        self.setVisible(bool(panes))
        if at is not None and panes:
            left, top = round(at.x()) - self.width() // 2, round(at.y()) - self.height() // 2
            self.move(
                min(max(left, 0), surface.width() - self.width()), min(max(top, 0), surface.height() - self.height())
            )
            self.raise_()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint each side, the line between them, a frame, and the magnification."""
        t, stage, panes = tokens(), self._stage, self.panes()
        painter = QPainter(self)
        painter.fillRect(self.rect(), t.canvas)
        painter.save()
        painter.scale(1 / stage.ratio, 1 / stage.ratio)
        for pane in panes:
            picture = stage.pairs.shown.pictures.get(pane.side)
            if picture is not None and pane.viewport is not None:
                painter.setClipRect(pane.clip)
                paint_picture(painter, picture, stage.place_of(picture, pane), pane, pane.viewport, stage.ratio)
        painter.restore()
        if len(panes) > 1:
            middle = panes[1].area.x() / stage.ratio
            painter.fillRect(QRectF(middle - 1, 0, 2, self.height()), t.overlay_line)
        for inset, width, colour in ((0.5, 1, t.overlay), (2, 2, t.overlay_line)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
            painter.drawRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset))
        self._paint_badges(painter, panes)
        painter.end()

    def _paint_badges(self, painter: QPainter, panes: tuple[Pane, ...]) -> None:
        """Name each side, and say the magnification in the last corner."""
        ratio, shown, margin = self._stage.ratio, self._stage.pairs.shown, px(8)
        for pane in panes:
            room = pane.area.width() / ratio - 2 * margin
            _paint_badge(painter, QPointF(pane.area.x() / ratio + margin, margin), shown.word(pane.side), room)
        words = f"{self.magnification}×"
        width = _badge_width(words)
        at = QPointF(self.width() - margin - width, self.height() - margin - px(20))
        _paint_badge(painter, at, words, width)


def _badge_width(words: str) -> float:
    return QFontMetrics(font("caption", 600)).horizontalAdvance(words) + 2 * px(6)


def _paint_badge(painter: QPainter, at: QPointF, words: str, room: float) -> None:
    t = tokens()
    text = QFontMetrics(font("caption", 600)).elidedText(words, Qt.TextElideMode.ElideRight, int(room - 2 * px(6)))
    ground = QRectF(at.x(), at.y(), _badge_width(text), px(20))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.overlay)
    painter.drawRoundedRect(ground, px(3), px(3))
    painter.setPen(t.overlay_text)
    painter.setFont(font("caption", 600))
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)
