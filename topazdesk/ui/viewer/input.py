"""Mouse, wheel, touch pad and keys on the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent

from topazdesk.ui.theme import px
from topazdesk.ui.viewer.difference_paint import area_rect
from topazdesk.ui.viewer.keys import press
from topazdesk.ui.viewer.loader import Side

if TYPE_CHECKING:
    from topazdesk.ui.viewer.compare import CompareView

#: One notch of the wheel.
_WHEEL_FACTOR = 1.25
_RELEASE_MS = 20
#: Space let go within this time was a tap.
TAP_MS = 250


class Hands:
    """What the user does to one `CompareView`."""

    def __init__(self, view: CompareView) -> None:
        self._view = view
        self._drag: QPointF | None = None
        self._start = QPointF()
        self._one_side: Side | None = None
        self._held = QElapsedTimer()
        self._was_tap = False
        # Some X servers repeat a held key as releases and presses that look real: a release counts when no press follows.
        self._let_go = QTimer(view)
        self._let_go.setSingleShot(True)
        self._let_go.setInterval(_RELEASE_MS)
        self._let_go.timeout.connect(self._space_over)

    @property
    def is_dragging(self) -> bool:
        """Whether the picture is held."""
        return self._drag is not None

    def press(self, event: QMouseEvent) -> None:
        """Take hold of the picture; with Shift of one side."""
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            event.ignore()
            return
        view = self._view
        view.setFocus(Qt.FocusReason.MouseFocusReason)
        self._drag = self._start = event.position()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        pane = view.pane_at(event.position())
        self._one_side = pane.side if shift and view.can_compare and pane is not None else None
        view.setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, event: QMouseEvent) -> None:
        """Pan while held; else note the pointer."""
        view = self._view
        if self._drag is not None and view.viewport is not None:
            way = (event.position() - self._drag) * view.devicePixelRatioF()
            self._drag = event.position()
            if self._one_side is None:
                view.pan_by(way.x(), way.y())
            else:
                sign = 1 if self._one_side is Side.BEFORE else -1
                if self._one_side is Side.AFTER:
                    view.pan_by(way.x(), way.y(), free=True)
                view.offsets.nudge(sign * way.x(), sign * way.y())
        view.point(event.position())

    def release(self, event: QMouseEvent) -> None:
        """Let go; what was hardly moved was a click."""
        if self._drag is not None and (event.position() - self._start).manhattanLength() < px(4):
            self._clicked(event.position())
        self._drag = self._one_side = None
        self._view.unsetCursor()

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom to the pointer; 100 % is never jumped over."""
        view = self._view
        notches = event.angleDelta().y() / 120
        if not notches or view.viewport is None:
            event.ignore()
            return
        percent = view.percent * _WHEEL_FACTOR**notches
        if (view.percent - 100) * (percent - 100) < -1e-7:
            percent = 100.0
        view.zoom_to(percent, event.position())
        event.accept()

    def pinch(self, event: QNativeGestureEvent) -> bool:
        """Pinching on a touch pad zooms."""
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._view.zoom_to(self._view.percent * (1 + event.value()), event.position())
        return True

    def key_press(self, event: QKeyEvent) -> None:
        """The keys of the viewer; all others go on to the window."""
        if event.key() == Qt.Key.Key_Space:
            self._let_go.stop()
            if not self._view.holds_source:
                self._held.start()
                self._view.hold_source(True)
            return
        if not press(self._view, Qt.Key(event.key()), event.modifiers()):
            event.ignore()

    def key_release(self, event: QKeyEvent) -> bool:
        """Space let go: after a tap the sides stay swapped, after holding the view is as before."""
        if event.key() != Qt.Key.Key_Space:
            return False
        if not event.isAutoRepeat() and self._view.holds_source:
            self._was_tap = self._held.elapsed() < TAP_MS
            self._let_go.start()
        return True

    def focus_lost(self) -> None:
        """A key that is released elsewhere is not held."""
        self._let_go.stop()
        self._view.hold_source(False)

    def _space_over(self) -> None:
        if self._was_tap and self._view.can_compare:
            self._view.tap()
        else:
            self._view.hold_source(False)

    def _clicked(self, at: QPointF) -> None:
        view = self._view
        if not view.mode.shows_changes or not view.compares_now:
            return
        pane = view.panes()[0]
        for area in view.differences.areas:
            if area_rect(view, pane, area, view.devicePixelRatioF()).contains(at):
                view.differences.choose(area)
                return
