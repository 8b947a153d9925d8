"""The sheet that asks for a name: a field, a line of help below it, and a button that is off until the name will do."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtWidgets import QWidget

from topazdesk.ui.controls.button import Button
from topazdesk.ui.controls.label import Text
from topazdesk.ui.controls.line_field import LineField
from topazdesk.ui.controls.sheet import Sheet
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr


class NameSheet(Sheet):
    """Asks for a name: await `answered()`, then read `name` if the sheet was accepted.

    `taken`: names in use, compared without regard to case. `what` and `example` are for the empty field, `longest` is
    in characters. A subclass says in `_said` what is thought of a name.
    """

    def __init__(
        self,
        parent: QWidget,
        title: str,
        button: str,
        taken: Collection[str],
        *,
        name: str,
        longest: int,
        what: str,
        example: str,
    ) -> None:
        super().__init__(parent, title, width=420)
        self._taken = {each.casefold() for each in taken}
        self.field = LineField(name)
        self.field.setMaxLength(longest)
        self.field.setAccessibleName(what)
        self.field.setPlaceholderText(example)
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

    def _said(self, *, is_taken: bool) -> tuple[str, str]:
        """Return the words below the field, and why the button is off, or ""."""
        raise NotImplementedError

    def _typed(self) -> None:
        words, reason = self._said(is_taken=self.name.casefold() in self._taken)
        self.hint.setText(words)
        self.save.set_reason(reason)
