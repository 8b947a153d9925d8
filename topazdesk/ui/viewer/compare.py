"""The viewer: before and after of a picture, always at the same place, at any zoom, never blank while something loads."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, Qt, Signal
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

from topazdesk.domain.geometry import Size
from topazdesk.errors import TopazdeskError
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.divider import Divider
from topazdesk.ui.viewer.input import ViewInput
from topazdesk.ui.viewer.loader import Side
from topazdesk.ui.viewer.overlay_layout import OverlayLayout
from topazdesk.ui.viewer.scene import Scene, cross_rect, paint_scene
from topazdesk.ui.viewer.stage import Stage

_SETTLE_MS = 10


class CompareView(QWidget):
    """Shows `set_pair(before, after)`; `stage` has what is seen where. Zoom counts in percent of the after, or of the only picture.

    Wheel, + and − zoom to the pointer or the centre; dragging pans both sides, with Shift one; Z or a double click goes between
    fit and 100 %; Space held shows the source, a tap swaps. `stop` ends the worker threads and must be called before the widget
    is thrown away (closing its window does).
    """

    pair_shown = Signal()  # other pictures than before are on the screen, sharp or not
    settled = Signal()  # everything visible is sharp
    problem = Signal(object)  # TopazdeskError, for the notice bar
    pointed = Signal()  # `pointer_part` is another
    stopped = Signal()  # the worker threads end

    def __init__(self, cache_dir: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        divider, cache = Divider(self), TileCache(cache_dir)
        stage = self.stage = Stage(self, divider, cache)
        self._furniture = OverlayLayout(stage)
        self._hands = ViewInput(stage)
        self._settling = Debounce(_SETTLE_MS, self._settle, self)  # once for all tiles that come together
        stage.looked.connect(self._looked)
        stage.arranged.connect(self._arranged)
        stage.pair_shown.connect(self.pair_shown)
        stage.pair_shown.connect(self._tell_when_settled)
        stage.offset_changed.connect(self.update)
        stage.pairs.pixels_changed.connect(self._pixels_changed)
        stage.pairs.problem.connect(self._problem)
        divider.valueChanged.connect(self._divider_moved)
        self._furniture.turn.clicked.connect(stage.turn_divider)
        self._furniture.overview.went.connect(stage.centre)
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
        physical = self.stage.physical()
        self.stage.pairs.set_pair(paths, known, Size(max(256, physical.width()), max(256, physical.height())))
        self._arranged()

    def stop(self) -> None:
        """End the worker threads. Idempotent."""
        self.stage.stop()
        self.stopped.emit()

    # news

    def _pixels_changed(self) -> None:
        self.update()
        self._tell_when_settled()

    def _tell_when_settled(self) -> None:
        self._settling.soon()

    def _settle(self) -> None:
        if self.stage.is_sharp:
            self.settled.emit()

    def _problem(self, _side: Side, error: TopazdeskError) -> None:
        self.problem.emit(error)

    def _divider_moved(self) -> None:
        self._furniture.place_labels()
        self.update()

    def _arranged(self) -> None:
        self._furniture.place()
        self.update()

    def _looked(self) -> None:
        self._furniture.place_map()
        self.update()
        if self.stage.pointer_at is not None:  # it rests, and something else lies under it now
            self.pointed.emit()

    # events

    def focus_shape(self) -> tuple[QRectF, float]:
        """The ring of the keyboard focus lies inside, where no neighbour covers it."""
        inset = px(5)
        return QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Surround, pictures, and the cross that marks the pointer's place in the other pane."""
        self.render_on(self)

    def render_on(self, device: QPaintDevice) -> None:
        """Paint the pictures on another device of the same size, without labels and other furniture."""
        cross, stage = self._cross() if device is self else None, self.stage
        scene = Scene(stage.pairs.shown, stage.panes(), stage.viewport, cross, stage.pairs.is_loading)
        paint_scene(stage, scene, device)

    def visible_labels(self) -> list[QWidget]:
        """The labels that say what is seen, for an export."""
        return self._furniture.visible_labels()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the place; what was fitted stays fitted."""
        self.stage.refit()
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
        self.point(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._hands.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit or 100 % at this place."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.stage.toggle_zoom(event.position())

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
            self.stage.refit()
            self._arranged()
        return handled

    def closeEvent(self, event: QCloseEvent) -> None:
        """As a window of its own it ends its threads."""
        self.stop()
        super().closeEvent(event)

    @property
    def pointer_part(self) -> tuple[float, float] | None:
        """The place of the frame under the pointer; None beside the picture."""
        at = self.stage.pointer_at
        return self.stage.part_under(at) if at is not None and not self._hands.is_dragging else None

    def point(self, at: QPointF | None) -> None:
        """The pointer is there, or has left."""
        before = self._cross()
        self.stage.pointer_at = at
        for point in (before, self._cross()):
            if point is not None:
                self.update(cross_rect(point))
        self.pointed.emit()

    def _cross(self) -> QPointF | None:
        """Where the other pane marks the pointer's place, in the widget's own pixels."""
        stage, at = self.stage, self.stage.pointer_at
        if at is None or not stage.mode.is_in_two_views or stage.viewport is None:
            return None
        sides = stage.panes()
        if len(sides) < 2 or self._hands.is_dragging:
            return None
        point = (at * stage.ratio).toPoint()
        for here, there in ((sides[0], sides[1]), (sides[1], sides[0])):
            if here.clip.contains(point):
                return at + QPointF(there.area.topLeft() - here.area.topLeft()) / stage.ratio
        return None
