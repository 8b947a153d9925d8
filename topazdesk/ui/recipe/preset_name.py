"""The sheet that asks for the name of a preset."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtWidgets import QWidget

from topazdesk.app.presets import LONGEST_NAME
from topazdesk.ui.controls import Button, LineField, Sheet, Text
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr


class PresetName(Sheet):
    """Asks for a name: await `answered()`, then read `name` if the sheet was accepted.

    `taken`: names in use, compared without regard to case. `replaces`: whether a name in use may be chosen (the sheet
    then says that the old preset will be replaced).
    """

    help_page = "models#auto"

    def __init__(
        self, parent: QWidget, title: str, button: str, taken: Collection[str], *, name: str = "", replaces: bool
    ) -> None:
        super().__init__(parent, title, width=420)
        self._taken = {each.casefold() for each in taken}
        self._replaces = replaces
        self.field = LineField(name)
        self.field.setMaxLength(LONGEST_NAME)
        self.field.setAccessibleName(tr("Name of the preset"))
        self.field.setPlaceholderText(tr("For example: old scans for print"))
        self.hint = Text(" ", "small", "text2", wrap=True)
        self.body.addWidget(self.field)
        self.body.addWidget(self.hint)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.save = Button(button, "primary")
        self.save.clicked.connect(self.accept)
        self.footer.addStretch(1)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.save)
        self.field.returnPressed.connect(self.save.click)
        self.field.selectAll()
        self.field.setFocus()
        bind(self._typed, self.field.textChanged)

    @property
    def name(self) -> str:
        """The typed name, without surrounding spaces and with single spaces inside."""
        return " ".join(self.field.text().split())

    def _typed(self) -> None:
        known = self.name.casefold() in self._taken
        if known and self._replaces:
            words, reason = tr("Replaces the preset of this name"), ""
        elif known:
            words = reason = tr("This name is taken")
        else:
            words, reason = " ", "" if self.name else tr("A preset needs a name")
        self.hint.setText(words)
        self.save.set_reason(reason)
