"""The actions of a window. Those that no feature provides stay hidden."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from topazdesk.app.action_specs import PALETTE, SPECS, SPENDING
from topazdesk.ui.host.typed_ahead import TypedAhead
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.texts import translated
from topazdesk.ui.theme.icons import icon


def named_by(keys: QKeySequence, allowed: Collection[str]) -> list[str]:
    """Return the names of those among `allowed` actions that have these keys."""
    return [
        spec.name
        for spec in SPECS
        if spec.name in allowed and keys in [QKeySequence(each) for each in action_keys().of(spec.name)]
    ]


class Actions(QObject):
    """All actions of a window. An action has no menu entry, shortcut or button until a feature calls `provide`.

    `provided` is emitted with the name of an action that has just become available, so that its buttons can appear.
    Shortcuts are those that `action_keys` has, now and after each change.
    """

    provided = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._made: dict[str, QAction] = {}
        self._awaited: list[str] = []
        for spec in SPECS:
            action = QAction(translated(spec.text), self)
            action.setObjectName(spec.name)
            action.setVisible(False)
            action.setEnabled(False)
            action.setAutoRepeat(spec.name not in SPENDING)
            if spec.icon:
                action.setIcon(icon(spec.icon))
            self._made[spec.name] = action
        action_keys().changed.connect(self._take_keys)

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def has(self, name: str) -> bool:
        """Return whether a feature provides the action."""
        return self._made[name].isVisible()

    def provide(self, name: str, run: Callable[[], object], within: QWidget | None = None) -> QAction:
        """Set what an action does and make it available; replaces an earlier callback.

        `within`: the shortcut works only inside this widget.
        """
        action = self._made[name]
        if action.isVisible():
            action.triggered.disconnect()
        else:
            action.setVisible(True)
            self._take_keys(name)
            action.setEnabled(True)
            if within is not None:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            (within or self._window).addAction(action)
        action.triggered.connect(lambda: run())
        self.provided.emit(name)
        if name in self._awaited:
            self._awaited.remove(name)
            QTimer.singleShot(0, action.trigger)
        return action

    def run(self, name: str) -> None:
        """Trigger an action as if its shortcut were pressed."""
        self._made[name].trigger()

    def _take_keys(self, name: str) -> None:
        action = self._made[name]
        if action.isVisible():
            action.setShortcuts([QKeySequence(key) for key in action_keys().of(name)])

    def run_soon(self, name: str) -> None:
        """Trigger an action now, or once a feature provides it: for what is wanted while the window opens."""
        if self.has(name):
            self.run(name)
        elif name not in self._awaited:
            self._awaited.append(name)

    def press(self, keys: QKeySequence, allowed: Collection[str]) -> None:
        """Trigger the action of a shortcut soon, if it is one of `allowed`."""
        for name in named_by(keys, allowed):
            if name == PALETTE and not self.has(name):
                TypedAhead.begin()
            self.run_soon(name)

    def groups(self) -> list[tuple[str, list[QAction]]]:
        """Return the available actions by heading, in English, for the menu and the shortcut list."""
        found: dict[str, list[QAction]] = {}
        for spec in SPECS:
            if self.has(spec.name):
                found.setdefault(spec.group, []).append(self._made[spec.name])
        return list(found.items())
