"""The viewer: before and after of a picture, always at the same place, at any zoom, never blank while something loads."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect
from topazdesk.domain.viewport import Viewport, placement
from topazdesk.errors import TopazdeskError
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.divider import Divider
from topazdesk.ui.viewer.furniture import Furniture
from topazdesk.ui.viewer.keys import press
from topazdesk.ui.viewer.loader import Side
from topazdesk.ui.viewer.pairs import Pairs
from topazdesk.ui.viewer.panes import Mode, Pane, panes, view_size
from topazdesk.ui.viewer.picture import Picture
from topazdesk.ui.viewer.scene import Scene, cross_rect, paint_scene
from topazdesk.ui.viewer.wishes import wishes_of

#: One notch of the wheel.
_WHEEL_FACTOR = 1.25
_RELEASE_MS = 20


class CompareView(QWidget):
    """Shows `set_pair(before, after)`; zoom counts in percent of the after, or of the only picture.

    Wheel, + and − zoom to the pointer or the centre; dragging pans both sides; Z or a double click goes between fit and 100 %;
    Space held shows the source. `stop` ends the worker threads and must be called before the widget is thrown away (closing
    its window does).
    """

    zoom_changed = Signal(float)  # percent
    mode_changed = Signal(object)  # Mode
    pair_shown = Signal()  # other pictures than before are on the screen, sharp or not
    settled = Signal()  # everything visible is sharp
    problem = Signal(object)  # TopazdeskError, for the notice bar

    def __init__(self, cache_dir: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pairs = Pairs(TileCache(cache_dir), self)
        self._pairs.swapped.connect(self._swapped)
        self._pairs.pixels_changed.connect(self._pixels_changed)
        self._pairs.problem.connect(self._problem)
        self._mode = Mode.SPLIT
        self._viewport: Viewport | None = None
        self._holding = False
        self._drag: QPointF | None = None
        self._pointer: QPointF | None = None
        # Some X servers repeat a held key as releases and presses that look real: a release counts when no press follows.
        self._let_go = QTimer(self)
        self._let_go.setSingleShot(True)
        self._let_go.setInterval(_RELEASE_MS)
        self._let_go.timeout.connect(lambda: self.hold_source(False))
        self._furniture = Furniture(self)
        self.divider.valueChanged.connect(self._divider_moved)
        self._furniture.turn.clicked.connect(self.turn_divider)
        self._furniture.overview.went.connect(self._went)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Picture viewer"))
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)  # a build under way would hold up the end of the program

    # what is shown

    def set_pair(
        self, before: Path | None, after: Path | None, sizes: tuple[Size | None, Size | None] = (None, None)
    ) -> None:
        """Show these files; returns at once. What is shown stays until they are there. `sizes` where they are known."""
        paths = {side: path for side, path in ((Side.BEFORE, before), (Side.AFTER, after)) if path is not None}
        known = {
            side: size
            for side, size in ((Side.BEFORE, sizes[0]), (Side.AFTER, sizes[1]))
            if size is not None and side in paths
        }
        physical = self._physical()
        self._pairs.set_pair(paths, known, Size(max(256, physical.width()), max(256, physical.height())))
        self._furniture.place()
        self.update()

    def stop(self) -> None:
        """End the worker threads. Idempotent."""
        self._pairs.stop()

    @property
    def divider(self) -> Divider:
        """The divider of the split."""
        return self._furniture.divider

    @property
    def pairs(self) -> Pairs:
        """What is shown and what is coming."""
        return self._pairs

    @property
    def viewport(self) -> Viewport | None:
        """The present view; None without a picture."""
        return self._viewport

    @property
    def is_sharp(self) -> bool:
        """Whether everything visible is shown at full sharpness."""
        return self._pairs.is_sharp

    @property
    def can_compare(self) -> bool:
        """Whether there are two pictures."""
        return len(self._pairs.shown.paths) == 2

    # modes

    @property
    def mode(self) -> Mode:
        """How two pictures are compared."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Change the way of comparing; the place stays."""
        if mode is self._mode:
            return
        self._mode = mode
        self._refit()
        self._furniture.place()
        self.mode_changed.emit(mode)

    def turn_divider(self) -> None:
        """Lay the divider across, or stand it up."""
        self.divider.set_turned(not self.divider.turned)
        self._furniture.place()
        self.update()

    def hold_source(self, on: bool) -> None:
        """Show the before everywhere for as long as a key is held."""
        if on != self._holding:
            self._holding = on
            self._furniture.place()
            self.update()

    @property
    def holds_source(self) -> bool:
        """Whether the before is shown everywhere."""
        return self._holding

    # zoom

    @property
    def percent(self) -> float:
        """Zoom in percent of the after, or of the only picture; 100 without one."""
        return self._viewport.percent if self._viewport else 100.0

    def zoom_in(self) -> None:
        """One rung up."""
        self._step(1)

    def zoom_out(self) -> None:
        """One rung down."""
        self._step(-1)

    def zoom_fit(self) -> None:
        """The whole picture."""
        if self._viewport:
            self._look(self._viewport.fit())

    def zoom_to(self, percent: float, anchor: QPointF | None = None) -> None:
        """Another zoom, around a point of the widget or the centre."""
        if self._viewport:
            self._look(self._viewport.zoomed(percent / 100, self._anchor(anchor)))

    def toggle_zoom(self, anchor: QPointF | None = None) -> None:
        """From fit to 100 % (200 % where fit is 100 %), from anything else to fit."""
        if not self._viewport:
            return
        if self._viewport.is_fitted:
            self.zoom_to(200 if abs(self._viewport.scale - 1) < 0.01 else 100, anchor)
        else:
            self.zoom_fit()

    def pan(self, across: float, down: float) -> None:
        """Move the picture to the right and down, in parts of the view."""
        if self._viewport:
            view = self._viewport.view
            self._look(self._viewport.panned(across * view.width, down * view.height))

    @property
    def pointer(self) -> QPointF | None:
        """Where the pointer is over the view, in the widget's pixels; None elsewhere."""
        return self._pointer if self.underMouse() else None

    def _step(self, steps: int) -> None:
        if self._viewport:
            self._look(self._viewport.stepped(steps, self._anchor(self.pointer)))

    def _look(self, viewport: Viewport) -> None:
        changed = self._viewport is None or viewport.percent != self._viewport.percent
        self._viewport = viewport
        self._furniture.place_map()
        self._wish()
        self.update()
        if changed:
            self.zoom_changed.emit(viewport.percent)

    def _anchor(self, at: QPointF | None) -> tuple[float, float] | None:
        """A point of the widget in physical pixels of its pane."""
        if at is None:
            return None
        point = at * self.devicePixelRatioF()
        pane = next((p for p in self.panes() if p.clip.contains(point.toPoint())), None)
        origin = pane.area.topLeft() if pane else QRect().topLeft()
        return point.x() - origin.x(), point.y() - origin.y()

    # geometry

    def focus_shape(self) -> tuple[QRectF, float]:
        """The ring of the keyboard focus lies inside, where no neighbour covers it."""
        inset = px(5)
        return QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 0

    def sides(self) -> tuple[Side, ...]:
        """The files that have a place in the view."""
        shown = self._pairs.shown
        if self._mode is Mode.SIDE_BY_SIDE or not shown.pictures:
            return tuple(side for side in Side if side in shown.paths)
        return tuple(side for side in Side if side in shown.pictures)

    def panes(self) -> tuple[Pane, ...]:
        """What is seen where, in physical pixels."""
        return panes(
            self._mode,
            self._physical(),
            self.sides(),
            divider=self.divider.share,
            turned=self.divider.turned,
            gap=self._gap(),
            source_only=self._holding,
        )

    def place_of(self, picture: Picture, pane: Pane) -> Rect:
        """Where a picture lies in physical pixels of the widget. Call with a viewport only."""
        viewport = self._viewport
        if viewport is None:
            return Rect(0, 0, 0, 0)
        frame, part = viewport.frame_rect, placement(picture.size, viewport.frame)
        return Rect(
            pane.area.x() + frame.x + round(part.x * frame.width),
            pane.area.y() + frame.y + round(part.y * frame.height),
            part.width * frame.width,
            part.height * frame.height,
        )

    def _physical(self) -> QSize:
        ratio = self.devicePixelRatioF()
        return QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _gap(self) -> int:
        return round(px(4) * self.devicePixelRatioF())

    def _pane_size(self) -> Size:
        size = view_size(self._mode, self._physical(), len(self.sides()), self._gap())
        return Size(size.width(), size.height())

    def _refit(self) -> None:
        if self._viewport is not None:
            self._look(self._viewport.resized(self._pane_size()))

    # news

    def _swapped(self, same: bool) -> None:
        frame = self._pairs.shown.frame
        if frame is None or not self._pairs.shown.pictures:
            self._viewport = None
            self._pairs.wish([])
        elif self._viewport is None or not same:
            self._look(Viewport.fitted(self._pane_size(), frame))
        else:
            self._look(self._viewport.resized(self._pane_size()).reframed(frame))
        self._furniture.place()
        self.update()
        self.pair_shown.emit()
        self._tell_when_settled()

    def _pixels_changed(self) -> None:
        self.update()
        self._tell_when_settled()

    def _tell_when_settled(self) -> None:
        if self._pairs.is_sharp:
            self.settled.emit()

    def _problem(self, _side: Side, error: TopazdeskError) -> None:
        self.problem.emit(error)

    def _wish(self) -> None:
        self._pairs.wish(wishes_of(self))

    def _divider_moved(self) -> None:
        self._furniture.place_labels()
        self.update()

    def _went(self, x: float, y: float) -> None:
        if self._viewport:
            self._look(self._viewport.centred(x, y))

    # events

    def paintEvent(self, event: QPaintEvent) -> None:
        """Surround, pictures, and the cross that marks the pointer's place in the other pane."""
        paint_scene(self, Scene(self._pairs.shown, self.panes(), self._viewport, self._cross(), self._pairs.is_loading))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the place; what was fitted stays fitted."""
        self._refit()
        self._furniture.place()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom to the pointer; 100 % is never jumped over."""
        notches = event.angleDelta().y() / 120
        if not notches or self._viewport is None:
            event.ignore()
            return
        scale = self._viewport.scale * _WHEEL_FACTOR**notches
        if (self._viewport.scale - 1) * (scale - 1) < -1e-9:
            scale = 1.0
        self.zoom_to(scale * 100, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._drag = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while held; else note the pointer for the cross."""
        if self._drag is not None and self._viewport is not None:
            way = (event.position() - self._drag) * self.devicePixelRatioF()
            self._drag = event.position()
            self._look(self._viewport.panned(way.x(), way.y()))
        self._point(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._drag = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit or 100 % at this place."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.toggle_zoom(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """The cross goes."""
        self._point(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of the viewer; all others go on to the window."""
        if event.key() == Qt.Key.Key_Space:
            self._let_go.stop()
            self.hold_source(True)
            return
        if not press(self, Qt.Key(event.key()), event.modifiers()):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space let go."""
        if event.key() == Qt.Key.Key_Space:
            self._let_go.start()
            return
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key that is released elsewhere is not held."""
        self.hold_source(False)
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        """Pinching on a touch pad zooms; another screen or theme repaints."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_to(self.percent * (1 + event.value()), event.position())
            return True
        handled = super().event(event)
        if event.type() in (QEvent.Type.DevicePixelRatioChange, QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self._refit()
            self._furniture.place()
            self.update()
        return handled

    def closeEvent(self, event: QCloseEvent) -> None:
        """As a window of its own it ends its threads."""
        self.stop()
        super().closeEvent(event)

    def _point(self, at: QPointF | None) -> None:
        before = self._cross()
        self._pointer = at
        for point in (before, self._cross()):
            if point is not None:
                self.update(cross_rect(point))

    def _cross(self) -> QPointF | None:
        """Where the other pane marks the pointer's place, in the widget's own pixels."""
        if self._pointer is None or self._mode is not Mode.SIDE_BY_SIDE or self._viewport is None:
            return None
        sides = self.panes()
        if len(sides) < 2 or self._drag is not None:
            return None
        ratio = self.devicePixelRatioF()
        point = (self._pointer * ratio).toPoint()
        for here, there in ((sides[0], sides[1]), (sides[1], sides[0])):
            if here.clip.contains(point):
                return self._pointer + QPointF(there.area.topLeft() - here.area.topLeft()) / ratio
        return None
