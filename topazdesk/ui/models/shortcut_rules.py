"""The rules for shortcuts that the user chooses: which ones can be used, and which action has them already."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from topazdesk.app.action_specs import SPECS
from topazdesk.ui.models.action_keys import PORTABLE, ActionKeys
from topazdesk.ui.texts import tr

_NONE = Qt.KeyboardModifier.NoModifier
_SHIFT, _CONTROL, _ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_PAGES = (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
#: What works the controls of every window.
_OPERATES = {
    QKeyCombination(modifier, key)
    for modifier, key in product(
        (_NONE, _SHIFT), (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape, Qt.Key.Key_Space, *_ARROWS, *_PAGES)
    )
} | {QKeyCombination(_NONE, key) for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)}
#: What the viewer and the trials do with keys that belong to no action.
_VIEWER = (
    {QKeyCombination(_NONE, Qt.Key(code)) for code in range(Qt.Key.Key_0, Qt.Key.Key_4 + 1)}
    | {QKeyCombination(_CONTROL, Qt.Key(code)) for code in (Qt.Key.Key_0, Qt.Key.Key_1)}
    | {QKeyCombination(_ALT, key) for key in _ARROWS}
    | {QKeyCombination(_SHIFT, Qt.Key.Key_N), QKeyCombination(_NONE, Qt.Key.Key_M)}
)
_ONLY_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


def combination(keys: str) -> QKeyCombination | None:
    """Return what a shortcut in Qt's portable format stands for; None if it is not exactly one key with modifiers."""
    sequence = QKeySequence(keys, PORTABLE)
    if sequence.count() != 1:
        return None
    found: QKeyCombination = sequence[0]  # type: ignore[index]  # the stub lacks it
    return None if found.key() in (Qt.Key.Key_unknown, *_ONLY_MODIFIERS) else found


def why_not(keys: str) -> str:
    """Return why a shortcut cannot be given to any action, as a sentence, or ""."""
    found = combination(keys)
    if found is None:
        return tr("This is no key that can be used. Try it with Ctrl or Alt.")
    if found in _OPERATES:
        return tr("This key works the controls of the window: it cannot be used for anything else.")
    if found in _VIEWER:
        return tr("The viewer needs this key. Try it with Ctrl or Alt.")
    return ""


def usable(changes: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return those changes of a settings file that name an action and keys that it can have.

    Of two actions with the same keys the later one in the file goes without, and a default gives way to a choice: Qt
    runs neither of two actions with the same keys.
    """
    known = {spec.name for spec in SPECS}
    kept: dict[str, tuple[str, ...]] = {}
    taken: set[QKeyCombination] = set()
    for name, keys in changes.items():
        found = [combination(key) for key in keys]
        if name in known and not any(why_not(key) for key in keys) and taken.isdisjoint(found):
            kept[name] = keys
            taken |= {one for one in found if one is not None}
    for spec in SPECS:
        left = tuple(key for key in spec.keys if combination(key) not in taken)
        if spec.name not in kept and left != spec.keys:
            kept[spec.name] = left
    return kept


def holder(actions: ActionKeys, keys: str, other_than: str) -> str | None:
    """Return the name of the other action that has this shortcut."""
    wanted = combination(keys)
    names = (spec.name for spec in SPECS if spec.name != other_than)
    return next((name for name in names if wanted in map(combination, actions.of(name))), None)


def given(actions: ActionKeys, name: str, keys: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return all changes once an action has these keys and no others; whoever had them has them no more."""
    changes = actions.changes
    wanted = [combination(key) for key in keys]
    for spec in SPECS:
        had = actions.of(spec.name)
        left = tuple(key for key in had if combination(key) not in wanted)
        if left != had:
            changes[spec.name] = left
    changes[name] = keys
    return changes


def freed(actions: ActionKeys) -> frozenset[QKeyCombination]:
    """Return the default keys that no action has any more: a viewer that handles keys itself must leave them alone."""
    if not actions.changes:
        return frozenset()
    found = (combination(key) for name in actions.changes for key in actions.default(name))
    kept = {combination(key) for spec in SPECS for key in actions.of(spec.name)}
    return frozenset(one for one in found if one is not None and one not in kept)
