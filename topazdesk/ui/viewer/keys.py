"""The keys of the viewer while it has the focus; the window may offer the same actions everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from topazdesk.ui.viewer.modes import SIDE_BY_SIDE, SPLIT

if TYPE_CHECKING:
    from topazdesk.ui.viewer.compare import CompareView

#: Shift and an arrow key move the picture by this part of the view.
_PAN = 0.1
_ARROWS = {
    Qt.Key.Key_Left: (_PAN, 0.0),
    Qt.Key.Key_Right: (-_PAN, 0.0),
    Qt.Key.Key_Up: (0.0, _PAN),
    Qt.Key.Key_Down: (0.0, -_PAN),
}
_NONE, _SHIFT, _CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def press(view: CompareView, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
    """Do what a key means; False when it means nothing here and belongs to the window.

    + and − zoom, Z goes between fit and 100 %, Ctrl+0 fits, Ctrl+1 is 100 %, Shift and the arrows pan, Alt and the arrows move
    one side; Y is side by side, Shift+Y split, \\ swaps, D is difference (again: back), N and Shift+N go through the places
    that changed most. Bare arrows go on to the window (previous and next picture).
    """
    held = modifiers & ~Qt.KeyboardModifier.KeypadModifier
    if key in _ARROWS and held == _SHIFT:
        view.pan(*_ARROWS[key])
    elif key in _ARROWS and held == Qt.KeyboardModifier.AltModifier and view.can_compare:
        across, down = _ARROWS[key]
        view.offsets.nudge(-across * 10, -down * 10)
    elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and held in (_NONE, _SHIFT, _CONTROL):
        view.zoom_in()
    elif key == Qt.Key.Key_Minus and held in (_NONE, _CONTROL):
        view.zoom_out()
    elif key == Qt.Key.Key_Z and held == _NONE:
        view.toggle_zoom(view.pointer)
    elif key == Qt.Key.Key_0 and held == _CONTROL:
        view.zoom_fit()
    elif key == Qt.Key.Key_1 and held == _CONTROL:
        view.zoom_to(100)
    else:
        return _compare(view, key, held)
    return True


def _compare(view: CompareView, key: Qt.Key, held: Qt.KeyboardModifier) -> bool:
    if key == Qt.Key.Key_Y and held in (_NONE, _SHIFT):
        view.set_mode(SPLIT if held == _SHIFT else SIDE_BY_SIDE)
    elif key == Qt.Key.Key_Backslash:  # wherever a keyboard has it
        view.swap()
    elif key == Qt.Key.Key_D and held == _NONE:
        view.toggle_difference()
    elif key == Qt.Key.Key_N and held in (_NONE, _SHIFT):
        view.next_area(-1 if held == _SHIFT else 1)
    else:
        return False
    return True
