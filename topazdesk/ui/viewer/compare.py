"""The viewer: before and after of a picture, always at the same place, at any zoom, never blank while something loads."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintDevice,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from topazdesk.domain.changes import Area
from topazdesk.domain.geometry import Size
from topazdesk.domain.viewport import Viewport
from topazdesk.errors import TopazdeskError
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.details import detail_viewport
from topazdesk.ui.viewer.input import Hands
from topazdesk.ui.viewer.loader import Side
from topazdesk.ui.viewer.modes import DIFFERENCE, SPLIT, SWAP, Mode
from topazdesk.ui.viewer.scene import Scene, cross_rect, paint_scene
from topazdesk.ui.viewer.stage import Stage

_SETTLE_MS = 10


class CompareView(Stage):
    """Shows `set_pair(before, after)`; zoom counts in percent of the after, or of the only picture.

    Wheel, + and − zoom to the pointer or the centre; dragging pans both sides, with Shift one; Z or a double click goes between
    fit and 100 %; Space held shows the source, a tap swaps. `stop` ends the worker threads and must be called before the widget is thrown away (closing
    its window does).
    """

    mode_changed = Signal(object)  # Mode
    pair_shown = Signal()  # other pictures than before are on the screen, sharp or not
    settled = Signal()  # everything visible is sharp
    problem = Signal(object)  # TopazdeskError, for the notice bar
    pointed = Signal()  # `pointer_part` is another
    stopped = Signal()  # the worker threads end
    offset_changed = Signal()  # one side was moved by hand, or back

    def __init__(self, cache_dir: Path, parent: QWidget | None = None) -> None:
        super().__init__(TileCache(cache_dir), parent)
        self._pairs.swapped.connect(self._swapped)
        self._pairs.pixels_changed.connect(self._pixels_changed)
        self._pairs.problem.connect(self._problem)
        self.differences.changed.connect(self._differences_changed)
        self.differences.went.connect(self._go_to_area)
        self.offsets.changed.connect(self._offset_moved)
        self._settling = QTimer(self)  # once for all tiles that come together
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._settling.timeout.connect(self._settle)
        self._mode_before: Mode = SPLIT
        self._hands = Hands(self)
        self._compared: tuple[str, ...] = ()
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
        self.differences.stop()
        self.offsets.stop()
        self.stopped.emit()

    # modes

    def set_mode(self, mode: Mode) -> None:
        """Change the way of comparing; the place stays."""
        if mode is not self._mode:
            self._before_up = False
            self._change_mode(mode)

    def swap(self) -> None:
        """The other side in place; from another mode the before, in the same frame."""
        if not self.can_compare:
            return
        self._before_up = not self._before_up if self._mode is SWAP else True
        self._change_mode(SWAP)

    def tap(self) -> None:
        """What is held is let go, and the sides change places: what was held stays, unless it was there already."""
        self._holding = False
        self.swap()

    def toggle_difference(self) -> None:
        """To the difference mode, or back to the mode before it."""
        if self._mode is DIFFERENCE:
            self.set_mode(self._mode_before)
        elif self.can_compare:
            self.set_mode(DIFFERENCE)

    def next_area(self, by: int = 1) -> None:
        """To the next place that changed much (or the one before), first of all to the difference mode."""
        if not self.can_compare:
            return
        if not self._mode.shows_changes:
            self.set_mode(DIFFERENCE)
        else:
            self.differences.step(by)

    def _change_mode(self, mode: Mode) -> None:
        if mode is not self._mode:
            self._mode_before = self._mode
            self._mode = mode
            self._want_differences()
            self._refit()
        self._furniture.place()
        self._wish()
        self.update()
        self.mode_changed.emit(mode)

    def _want_differences(self) -> None:
        if self._mode.shows_changes and self.compares_now:
            self.differences.want()

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
        self._pair_changed()
        self._furniture.place()
        self.update()
        self.pair_shown.emit()
        self._tell_when_settled()

    def _pixels_changed(self) -> None:
        self.update()
        self._tell_when_settled()

    def _tell_when_settled(self) -> None:
        if not self._settling.isActive():
            self._settling.start()

    def _settle(self) -> None:
        if self.is_sharp:
            self.settled.emit()

    def _problem(self, _side: Side, error: TopazdeskError) -> None:
        self.problem.emit(error)

    def _pair_changed(self) -> None:
        """Another pair, or a new content of the same files, has its own differences and its own offset."""
        shown = self._pairs.shown
        self.offsets.show_pair(tuple(shown.paths[side] for side in Side if side in shown.paths))
        compared = tuple(shown.pictures[side].identity for side in Side if side in shown.pictures)
        if compared != self._compared:
            self._compared = compared
            both = (shown.paths[Side.BEFORE], shown.paths[Side.AFTER]) if self.compares_now else None
            self.differences.show_pair(both)
        self._want_differences()

    def _differences_changed(self) -> None:
        if self._mode.shows_changes:
            self._refit()
            self._furniture.place()
            self.update()

    def _go_to_area(self, area: Area) -> None:
        """Where the whole picture is seen, a detail shows the area; else the view goes there."""
        if self._viewport is None:
            return
        part = self.part_of(area)
        if not self._viewport.is_fitted:
            self._look(self._viewport.centred(part.x + part.width / 2, part.y + part.height / 2))
        elif not self._shows_details():
            self._look(detail_viewport(self._viewport.view, self._viewport.frame, part))

    def _offset_moved(self) -> None:
        self._wish()
        self.update()
        self.offset_changed.emit()

    def _divider_moved(self) -> None:
        self._furniture.place_labels()
        self.update()

    def _look(self, viewport: Viewport) -> None:
        super()._look(viewport)
        if self._pointer is not None:  # it rests, and something else lies under it now
            self.pointed.emit()

    def _went(self, x: float, y: float) -> None:
        if self._viewport:
            self._look(self._viewport.centred(x, y))

    # events

    def paintEvent(self, event: QPaintEvent) -> None:
        """Surround, pictures, and the cross that marks the pointer's place in the other pane."""
        self.render_on(self)

    def render_on(self, device: QPaintDevice) -> None:
        """Paint the pictures on another device of the same size, without labels and other furniture."""
        cross = self._cross() if device is self else None
        scene = Scene(self._pairs.shown, self.panes(), self._viewport, cross, self._pairs.is_loading)
        paint_scene(self, scene, device)

    def export(self) -> None:
        """Ask where to, and save what is seen as a picture."""
        if self.compares_now:
            from topazdesk.ui.viewer.export import ExportDialog

            ExportDialog(self).open()

    def visible_labels(self) -> list[QWidget]:
        """The labels that say what is seen, for an export."""
        return self._furniture.visible_labels()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the place; what was fitted stays fitted."""
        self._refit()
        self._furniture.place()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom to the pointer."""
        self._hands.wheel(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        self._hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while held; else note the pointer for the cross."""
        self._hands.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._hands.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit or 100 % at this place."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.toggle_zoom(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """The cross goes."""
        self.point(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of the viewer; all others go on to the window."""
        self._hands.key_press(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space let go."""
        if not self._hands.key_release(event):
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key that is released elsewhere is not held."""
        self._hands.focus_lost()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        """Pinching on a touch pad zooms; another screen or theme repaints."""
        if isinstance(event, QNativeGestureEvent) and self._hands.pinch(event):
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

    @property
    def pointer_part(self) -> tuple[float, float] | None:
        """The place of the frame under the pointer; None beside the picture."""
        return self.part_under(self._pointer) if self._pointer is not None and not self._hands.is_dragging else None

    def point(self, at: QPointF | None) -> None:
        """The pointer is there, or has left."""
        before = self._cross()
        self._pointer = at
        for point in (before, self._cross()):
            if point is not None:
                self.update(cross_rect(point))
        self.pointed.emit()

    def _cross(self) -> QPointF | None:
        """Where the other pane marks the pointer's place, in the widget's own pixels."""
        if self._pointer is None or not self._mode.is_in_two_views or self._viewport is None:
            return None
        sides = self.panes()
        if len(sides) < 2 or self._hands.is_dragging:
            return None
        ratio = self.devicePixelRatioF()
        point = (self._pointer * ratio).toPoint()
        for here, there in ((sides[0], sides[1]), (sides[1], sides[0])):
            if here.clip.contains(point):
                return self._pointer + QPointF(there.area.topLeft() - here.area.topLeft()) / ratio
        return None
