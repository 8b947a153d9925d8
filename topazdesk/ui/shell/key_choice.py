"""The sheet in which the user presses the keys that an action is to have."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit, QWidget

from topazdesk.app.action_specs import SPECS
from topazdesk.ui.controls import Button, Sheet, Text, dress
from topazdesk.ui.models.action_keys import NATIVE, PORTABLE, action_keys
from topazdesk.ui.models.shortcut_rules import given, holder, why_not
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.theme import px


class KeyChoice(Sheet):
    """Asks for the keys of one action, and says whose they are before they are taken from another.

    `chosen` is emitted with all changed shortcuts, as `ActionKeys.put` takes them.
    """

    help_page = "keyboard"

    chosen = Signal(dict)

    def __init__(self, parent: QWidget, name: str) -> None:
        actions = action_keys()
        action = _words(name)
        super().__init__(parent, tr("Shortcut of “{action}”").format(action=action), width=480)
        self._name = name
        keys = actions.of(name)
        self.field = _KeysField(keys[0] if keys else "")
        self.field.setAccessibleName(tr("New shortcut"))
        self.field.keySequenceChanged.connect(self._judge)
        self.verdict = Text("", "small", "text2", wrap=True)
        self.verdict.setMinimumHeight(px(36))
        self.body.addWidget(Text(tr("Press the keys, for example Ctrl+Shift+T.")))
        self.body.addWidget(self.field)
        self.body.addWidget(self.verdict)
        self.remove = Button(tr("Remove shortcut"), "quiet")
        self.remove.clicked.connect(lambda: self._choose(given(actions, name, ())))
        self.remove.setVisible(bool(keys))
        self.default = Button(tr("Default"), "quiet", icon="reset")
        self.default.clicked.connect(lambda: self._choose(given(actions, name, actions.default(name))))
        self.default.setVisible(name in actions.changes)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.use = Button(tr("Use"), "primary")
        self.use.clicked.connect(lambda: self._choose(given(actions, name, (self._keys(),))))
        self.footer.addWidget(self.remove)
        self.footer.addWidget(self.default)
        self.footer.addStretch(1)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.use)
        self._judge()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keys(self) -> str:
        return self.field.keySequence().toString(PORTABLE)

    def _judge(self) -> None:
        """Say what would become of the keys in the field."""
        keys = self._keys()
        if not keys or keys in action_keys().of(self._name):
            self._show("", tr("Press other keys first."))
            return
        if reason := why_not(keys):
            self._show(reason, reason)
            return
        other = holder(action_keys(), keys, self._name)
        if other is None:
            self._show(tr("Nothing else has these keys."), "")
            return
        shown = self.field.keySequence().toString(NATIVE)
        words = tr("{keys} now means “{action}”, which would be left without it.")
        self._show(words.format(keys=shown, action=_words(other)), "")

    def _show(self, verdict: str, obstacle: str) -> None:
        self.verdict.setText(verdict)
        self.field.setAccessibleDescription(verdict)
        self.use.set_reason(obstacle)
        self.fit()

    def _choose(self, changes: dict[str, tuple[str, ...]]) -> None:
        self.chosen.emit(changes)
        self.accept()


def _words(name: str) -> str:
    return translated(next(spec.text for spec in SPECS if spec.name == name)).rstrip("…")


class _KeysField(QKeySequenceEdit):
    """Records one key with its modifiers. Tab and Escape keep their meaning, so that nobody is caught here."""

    def __init__(self, keys: str) -> None:
        super().__init__(QKeySequence(keys, PORTABLE))
        self.setMaximumSequenceLength(1)
        dress(self, "keys")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Record the key, but for Escape, which closes the sheet."""
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            event.ignore()
        else:
            super().keyPressEvent(event)
