"""The shortcuts of the window's actions: the defaults, but for those that the user has changed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from topazdesk.app.action_specs import SPECS
from topazdesk.ui.texts import tr

PORTABLE = QKeySequence.SequenceFormat.PortableText
NATIVE = QKeySequence.SequenceFormat.NativeText
_DEFAULTS = {spec.name: spec.keys for spec in SPECS}


class ActionKeys(QObject):
    """Which keys run which action, in Qt's portable format. One per process; `action_keys()` returns it."""

    changed = Signal(str)  # the name of an action that has other keys now

    def __init__(self) -> None:
        super().__init__()
        self._changes: dict[str, tuple[str, ...]] = {}

    def of(self, name: str) -> tuple[str, ...]:
        """Return the keys of an action."""
        return self._changes.get(name, _DEFAULTS[name])

    def default(self, name: str) -> tuple[str, ...]:
        """Return the keys that an action has unless the user changes them."""
        return _DEFAULTS[name]

    @property
    def changes(self) -> dict[str, tuple[str, ...]]:
        """The keys that differ from the defaults, by the action's name."""
        return dict(self._changes)

    def put(self, changes: Mapping[str, tuple[str, ...]]) -> None:
        """Give these actions these keys and all others their defaults."""
        before = {name: self.of(name) for name in _DEFAULTS}
        self._changes = {n: keys for n, keys in changes.items() if n in _DEFAULTS and keys != _DEFAULTS[n]}
        for name, had in before.items():
            if self.of(name) != had:
                self.changed.emit(name)

    def text(self, name: str) -> str:
        """Return the first shortcut of an action as the system writes it, or ""."""
        keys = self.of(name)
        return QKeySequence(keys[0], PORTABLE).toString(NATIVE) if keys else ""

    def parts(self, name: str) -> list[str]:
        """Return the keys of an action's first shortcut one by one, as the system writes them, or none.

        A plus that is itself the key is kept.
        """
        text = self.text(name)
        if text.endswith("+"):
            return [*text[:-2].split("+"), "+"] if len(text) > 1 else ["+"]
        return text.split("+") if text else []

    def told(self, words: str, name: str) -> str:
        """Return words for an action with its shortcut, as in "Loupe (L)"."""
        text = self.text(name)
        return tr("{words} ({keys})").format(words=words, keys=text) if text else words


_current: list[ActionKeys] = []


def action_keys() -> ActionKeys:
    """Return the shortcuts of the process: the defaults until a profile is opened that has others."""
    if not _current:
        _current.append(ActionKeys())
    return _current[0]
