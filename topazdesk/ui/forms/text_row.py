"""The rows for text: a box with a character count, and a line for a web address."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.domain.params import Parameter
from topazdesk.ui.controls import LineField, Text, TextBox
from topazdesk.ui.controls.paint import font, px
from topazdesk.ui.forms.row import SIDE, FormRow
from topazdesk.ui.forms.state import RowState
from topazdesk.ui.texts import plain_tip, tr, translated

_LINES = 3


class TextRow(FormRow):
    """A text box as wide as the column. The label is hidden if the group has the same name (`hide_label`)."""

    def __init__(self, parameter: Parameter, service: str, label_width: int, parent: QWidget | None = None) -> None:
        super().__init__(parameter, service, label_width, parent)
        self.box = TextBox()
        self.box.setTabChangesFocus(True)
        self.box.setAccessibleName(translated(parameter.label))
        self.box.setPlaceholderText(translated(parameter.placeholder))
        self.box.textChanged.connect(self._changed)
        self.count = Text("", "caption", "text3", tabular=True)
        self._column.addWidget(self.box)
        below = QHBoxLayout()
        below.setContentsMargins(0, px(2), 0, px(4))
        below.setSpacing(px(8))
        self._words = Text("", "caption", "text3", wrap=True)
        below.addWidget(self._words, 1)
        below.addWidget(self.count)
        self._column.addLayout(below)
        self._dress()

    def hide_label(self) -> None:
        """Hide the label, because the group's header says the same."""
        self.label.hide()

    def show_state(self, state: RowState) -> None:
        """Show the text, its length, and what is wrong or why it is disabled."""
        super().show_state(state)
        self._hint.hide()  # the line below the box says it
        text = str(state.value or "")
        if self.box.toPlainText() != text:
            self.box.blockSignals(True)
            self.box.setPlainText(text)
            self.box.blockSignals(False)
        self.box.setEnabled(not state.reason)
        self.box.setToolTip(plain_tip(translated(state.reason)))
        self.label.set_colour("off" if state.reason else "text")
        self.box.set_invalid(bool(state.problem))
        line = translated(state.problem) or translated(state.reason) or translated(self.parameter.advice)
        colour = "err" if state.problem else "text3"
        self._words.setText(line)
        self._words.set_colour(colour)
        self.count.set_colour("off" if state.reason else colour)
        longest = self.parameter.max_length
        locale = QLocale()
        self.count.setText(
            f"{locale.toString(len(text))} / {locale.toString(longest)}" if longest else locale.toString(len(text))
        )
        said = [translated(self.parameter.description), line]
        if longest:
            said.append(tr("{n} of {most} characters.").format(n=len(text), most=longest))
        self.box.setAccessibleDescription(" ".join(part for part in said if part))

    def hint_text(self) -> str:
        """Return the text of the line below the box."""
        return self._words.text()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "box"):
            self._dress()

    def _dress(self) -> None:
        wanted = font("small")
        if self.box.font() != wanted:
            self.box.setFont(wanted)
        self.box.document().setDocumentMargin(px(6))
        self.box.setFixedHeight(self.box.fontMetrics().lineSpacing() * _LINES + px(16))

    def _place(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(SIDE), 1, px(SIDE), 1)
        self._column.setSpacing(px(2))
        self._column.addWidget(self.label)
        for unused in (self.slot_button, self._hint):
            unused.setParent(self)
            unused.hide()

    def _changed(self) -> None:
        text = self.box.toPlainText()
        if text:
            self.edited.emit(text)
        else:
            self.returned.emit()

    def _ask_back(self) -> None:
        """Do nothing: a text has no Auto, and an empty one is not sent."""


class UriRow(FormRow):
    """A line for a web address. A new one is checked when the user leaves the line; a faulty one, with every key."""

    def __init__(self, parameter: Parameter, service: str, label_width: int, parent: QWidget | None = None) -> None:
        super().__init__(parameter, service, label_width, parent)
        self.line = LineField()
        self.line.setAccessibleName(translated(parameter.label))
        self.line.setPlaceholderText(translated(parameter.placeholder))
        self.line.textEdited.connect(self._changed)
        self.line.editingFinished.connect(lambda: self.show_state(self.state))
        self.controls.addWidget(self.line, 1)

    def show_state(self, state: RowState) -> None:
        """Show the address and, once the line is left, what is wrong with it."""
        super().show_state(state)
        self.label.set_colour("off" if state.reason else "text")
        text = str(state.value or "")
        if self.line.text() != text:
            self.line.setText(text)
        self.line.setEnabled(not state.reason)
        self.line.setToolTip(plain_tip(translated(state.reason)))
        writing = self.line.hasFocus() and not self.line.is_invalid and self.line.isModified()
        shown = state.problem if not writing else ""
        if not shown and state.problem:
            self._hint.hide()
        self.line.set_invalid(bool(shown))
        parts = (
            translated(self.parameter.description),
            translated(state.problem),
            translated(state.reason),
        )
        self.line.setAccessibleDescription(" ".join(part for part in parts if part))

    def _changed(self, text: str) -> None:
        if text.strip():
            self.edited.emit(text.strip())
        else:
            self.returned.emit()
