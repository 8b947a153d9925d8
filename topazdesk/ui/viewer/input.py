"""Mouse, wheel, touchpad and keyboard input on the viewer."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QKeyCombination, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent

from topazdesk.ui.controls.pull import is_pull
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.models.shortcut_rules import freed
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.difference_paint import area_rect
from topazdesk.ui.viewer.loupe import Loupe
from topazdesk.ui.viewer.modes import FADE, GRID, SIDE_BY_SIDE, SPLIT
from topazdesk.ui.viewer.side import CELLS, Side
from topazdesk.ui.viewer.stage import Stage

#: Zoom factor of one notch of the wheel.
_WHEEL_FACTOR = 1.25
_RELEASE_MS = 20
#: A button held still for this time (in milliseconds) shows the original in a cell of the 2 × 2.
PRESS_MS = 250
#: Releasing Space within this time (in milliseconds) counts as a tap.
TAP_MS = 250


#: Shift and an arrow key pan by this fraction of the view.
_PAN = 0.1
_ARROWS = {
    Qt.Key.Key_Left: (_PAN, 0.0),
    Qt.Key.Key_Right: (-_PAN, 0.0),
    Qt.Key.Key_Up: (0.0, _PAN),
    Qt.Key.Key_Down: (0.0, -_PAN),
}
#: Where a bare arrow key moves the loupe.
_WAYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
#: Keys that move the divider, or fade, by this part of the way.
_SLIDES = {
    Qt.Key.Key_Home: -1.0,
    Qt.Key.Key_PageUp: -0.1,
    Qt.Key.Key_PageDown: 0.1,
    Qt.Key.Key_End: 1.0,
}
#: The keys of the cells in the 2 × 2.
_CELLS = dict(zip((Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4), CELLS, strict=True))
_NONE, _SHIFT, _CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


class ViewInput:
    """Translates user input on a stage's surface into calls on the stage."""

    def __init__(self, stage: Stage, loupe: Loupe) -> None:
        self._stage = stage
        self._loupe = loupe
        self._view = stage.surface
        self._drag: QPointF | None = None
        self._can_carry = False
        self._start = QPointF()
        self._one_side: Side | None = None
        self._held = QElapsedTimer()
        self._pressed_at_ms = 0
        self._was_tap = False
        self._press_stays = Debounce(PRESS_MS, self._hold_pressed, stage)
        # Some X servers report a held key as real releases and presses. A release therefore counts only
        # when no press follows it.
        self._let_go = Debounce(_RELEASE_MS, self._space_over, stage)

    @property
    def is_dragging(self) -> bool:
        """Whether the picture is being dragged."""
        return self._drag is not None

    def press(self, event: QMouseEvent) -> None:
        """Start a drag of the picture, or with Shift of one side only."""
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            event.ignore()
            return
        view, stage = self._view, self._stage
        view.setFocus(Qt.FocusReason.MouseFocusReason)
        self._drag = self._start = event.position()
        if (cell := stage.cell_at(event.position())) is not None:
            stage.cells.choose(cell)
            if event.button() == Qt.MouseButton.LeftButton:
                self._press_stays.start()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        pane = stage.pane_at(event.position())
        self._one_side = pane.side if shift and stage.can_compare and pane is not None and cell is None else None
        # A picture that is in view as a whole has nowhere to be moved to: it can be dragged to another program instead.
        is_whole = stage.viewport is not None and stage.viewport.is_fitted
        self._can_carry = is_whole and not shift and event.button() == Qt.MouseButton.LeftButton and pane is not None
        view.setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, event: QMouseEvent) -> bool:
        """Pan during a drag. Return whether the picture was handed over to another program instead."""
        stage = self._stage
        if self._drag is not None and is_pull((event.position() - self._start).toPoint()):
            self._press_stays.stop()
            stage.cells.hold(None)
        if self._can_carry and self._drag is not None:
            if stage.cells.dragged is not None or is_pull((event.position() - self._start).toPoint()):
                return self._pull(event.position())
        elif self._drag is not None and stage.viewport is not None:
            way = (event.position() - self._drag) * stage.ratio
            self._drag = event.position()
            if self._one_side is None:
                stage.pan_by(way.x(), way.y())
            else:
                sign = 1 if self._one_side is Side.BEFORE else -1
                if self._one_side is Side.AFTER:
                    stage.pan_by(way.x(), way.y(), free=True)
                stage.offsets.nudge(sign * way.x(), sign * way.y())
        return False

    def _pull(self, at: QPointF) -> bool:
        """Drag a cell over another one; what is pulled off the view is handed over to other programs."""
        cells, cell = self._stage.cells, self._stage.cell_at(self._start)
        if cell is not None and self._view.rect().contains(at.toPoint()):
            cells.drag(cell, self._stage.cell_at(at))
            return False
        cells.drag(None)
        self._carry()
        return True

    def _carry(self) -> None:
        """Hand the picture under the pointer over, to be dragged out. The release will be another program's."""
        pane = self._stage.pane_at(self._start)
        path = self._stage.pairs.shown.paths.get(pane.side) if pane is not None else None
        self._drag = self._one_side = None
        self._view.unsetCursor()
        if path is not None:
            self._stage.carried.emit(path)

    def release(self, event: QMouseEvent) -> None:
        """End the drag; one that hardly moved was a click."""
        self._press_stays.stop()
        self._stage.cells.hold(None)
        self._stage.cells.drop()
        if self._drag is not None and (event.position() - self._start).manhattanLength() < px(4):
            self._clicked(event.position())
        self._drag = self._one_side = None
        self._view.unsetCursor()

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, always stopping at 100 % on the way past it."""
        stage = self._stage
        notches = event.angleDelta().y() / 120
        if not notches or stage.viewport is None:
            event.ignore()
            return
        percent = stage.percent * _WHEEL_FACTOR**notches
        if (stage.percent - 100) * (percent - 100) < -1e-7:
            percent = 100.0
        stage.zoom_to(percent, event.position())
        event.accept()

    def pinch(self, event: QNativeGestureEvent) -> bool:
        """Zoom on a touchpad pinch; return False for any other gesture."""
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._stage.zoom_to(self._stage.percent * (1 + event.value()), event.position())
        return True

    def key_press(self, event: QKeyEvent) -> None:
        """Handle the viewer's own keys; all others go on to the window."""
        if event.key() == Qt.Key.Key_Space:
            self._let_go.stop()
            if self._stage.mode.is_grid:
                self._stage.cells.hold(self._cell_meant())
            elif not self._stage.holds_source:
                self._held.start()
                self._pressed_at_ms = event.timestamp()
                self._stage.hold_source(True)
            return
        if self._loupe.is_on and event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == _NONE:
            if event.key() == Qt.Key.Key_Escape:
                self._loupe.toggle()
                return
            if (way := _WAYS.get(Qt.Key(event.key()))) is not None:
                self._loupe.step(*way)
                return
        if not _pressed(self._stage, Qt.Key(event.key()), event.modifiers()):
            event.ignore()

    def key_release(self, event: QKeyEvent) -> bool:
        """Handle the release of Space: a tap leaves the sides swapped, a longer hold restores the view.

        Return False for any other key.
        """
        if event.key() != Qt.Key.Key_Space:
            return False
        if not event.isAutoRepeat() and (self._stage.holds_source or self._stage.cells.held is not None):
            self._was_tap = self._stage.holds_source and self._held_ms(event) < TAP_MS
            self._let_go.start()
        return True

    def _held_ms(self, released: QKeyEvent) -> int:
        """Return how long Space was down: by the times that the system tells, or else by when it was heard of.

        A window that is busy hears of both late, and of the release later: a tap must not become a hold by that.
        """
        if self._pressed_at_ms and released.timestamp():
            return released.timestamp() - self._pressed_at_ms
        return self._held.elapsed()

    def focus_lost(self) -> None:
        """Treat held keys as released, because their release will arrive elsewhere."""
        self._let_go.stop()
        self._press_stays.stop()
        self._stage.cells.hold(None)
        self._stage.cells.drag(None)
        self._stage.hold_source(False)

    def _cell_meant(self) -> Side:
        """Return the cell under the pointer, or else the chosen one."""
        pointer = self._stage.pointer
        under = self._stage.cell_at(pointer) if pointer is not None else None
        return under or self._stage.cells.chosen

    def _hold_pressed(self) -> None:
        """Show the original in the cell that the button is held on, for as long as it is."""
        if self._stage.mode.is_grid:
            self._stage.cells.hold(self._stage.cell_at(self._start))

    def _space_over(self) -> None:
        self._stage.cells.hold(None)
        if self._was_tap and self._stage.can_compare:
            self._stage.tap()
        else:
            self._stage.hold_source(False)

    def _clicked(self, at: QPointF) -> None:
        stage = self._stage
        if not stage.mode.shows_changes or not stage.compares_now:
            return
        pane = stage.panes()[0]
        for area in stage.differences.areas:
            if area_rect(stage, pane, area, stage.ratio).contains(at):
                stage.differences.choose(area)
                return


def _pressed(stage: Stage, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
    """Do what a key stands for; return False if it means nothing here and belongs to the window.

    + and − zoom, Z toggles between fit and 100 %, Ctrl+0 fits, Ctrl+1 is 100 %. Shift and an arrow key pan, Alt and an
    arrow key move one side. Y is side by side, Shift+Y is split, F fades, \\ swaps, D turns the difference on and off.
    Home, End, Page Up and Page Down move the divider, or fade. N and Shift+N step through the most changed areas. Bare
    arrow keys go on to the window (previous and next picture). G is the 2 × 2; in it 1 to 4 choose a cell, and M opens
    its menu.
    """
    held = modifiers & ~Qt.KeyboardModifier.KeypadModifier
    if QKeyCombination(held, key) in freed(action_keys()):
        return False  # the user has given what it does another key
    if key in _ARROWS and held == _SHIFT:
        stage.pan(*_ARROWS[key])
    elif key in _ARROWS and held == Qt.KeyboardModifier.AltModifier and stage.can_compare:
        across, down = _ARROWS[key]
        stage.offsets.nudge(-across * 10, -down * 10)
    elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and held in (_NONE, _SHIFT, _CONTROL):
        stage.zoom_in()
    elif key == Qt.Key.Key_Minus and held in (_NONE, _CONTROL):
        stage.zoom_out()
    elif key == Qt.Key.Key_Z and held == _NONE:
        stage.toggle_zoom(stage.pointer)
    elif key == Qt.Key.Key_0 and held == _CONTROL:
        stage.zoom_fit()
    elif key == Qt.Key.Key_1 and held == _CONTROL:
        stage.zoom_to(100)
    else:
        return _compare(stage, key, held)
    return True


def _in_cells(stage: Stage, key: Qt.Key) -> bool:
    cells, rects = stage.cells, stage.cell_rects()
    if key == Qt.Key.Key_M:
        rect = rects.get(cells.chosen)
        if rect is not None:
            corner = QPointF(rect.topLeft()) / stage.ratio + QPointF(px(8), px(40))
            cells.menu_wanted.emit(cells.chosen, stage.surface.mapToGlobal(corner.toPoint()))
    elif _CELLS[key] in rects:
        cells.choose(_CELLS[key])
    return True


def _compare(stage: Stage, key: Qt.Key, held: Qt.KeyboardModifier) -> bool:
    if key == Qt.Key.Key_Y and held in (_NONE, _SHIFT):
        stage.set_mode(SPLIT if held == _SHIFT else SIDE_BY_SIDE)
    elif key == Qt.Key.Key_Backslash:  # whatever modifiers a keyboard layout needs for it
        stage.swap()
    elif key == Qt.Key.Key_D and held == _NONE:
        stage.toggle_difference()
    elif key == Qt.Key.Key_F and held == _NONE:
        stage.choose(FADE)
    elif key == Qt.Key.Key_G and held == _NONE:
        stage.choose(GRID)
    elif stage.mode.is_grid and held == _NONE and key in (*_CELLS, Qt.Key.Key_M):
        return _in_cells(stage, key)
    elif key in _SLIDES and held == _NONE and stage.compares_now:
        stage.slide(_SLIDES[key])
    elif key == Qt.Key.Key_N and held in (_NONE, _SHIFT):
        stage.next_area(-1 if held == _SHIFT else 1)
    else:
        return False
    return True
