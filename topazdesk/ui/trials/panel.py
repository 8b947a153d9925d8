"""The right column while trials are open: the chosen candidate, its settings, facts, and the one button that spends."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.ui.controls import Badge, Button, ElidedLabel, IconButton, KeyCap, ScrollArea, Surface, Text
from topazdesk.ui.controls.help_place import set_help
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.forms import ParameterForm
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px


class TrialsPanel(QWidget):
    """The right column. Its owner fills it and connects its buttons, which are public."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Trials"))
        set_help(self, "compare#trials")
        self.card = ChosenCard()
        self.form = ParameterForm()
        self.settings_of = Text("", "base", weight=600)
        self.again = Button("", icon="retry", size="panel")
        self.again.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.vary = Button(tr("Duplicate"), "quiet", icon="copy", size="panel")
        self.vary.setToolTip(tr("Adds a copy whose settings you can change"))
        self.vary.setAccessibleDescription(tr("Adds a copy whose settings you can change"))
        self.remove = IconButton("delete", tr("Remove from the comparison"))
        self.facts = FactList(tr("Area"))
        self.candidates = FactList(tr("Models to compare"))
        self.add = Button(tr("Add"), "quiet", icon="add", size="small")
        self.add.setAccessibleDescription(tr("Choose a model to try"))
        self.candidates.head.addWidget(self.add)
        self.hint = Text("", "small", "text2", wrap=True)
        self.start = Button("", "primary", size="main")
        self.start.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._guard = _NoReturn(self)
        for button in (self.start, self.again):
            button.installEventFilter(self._guard)
        self._settings = self._settings_box()
        self._lay_out()

    def event(self, event: QEvent) -> bool:
        """Leave out the word "Duplicate" where the price beside it needs the room."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            row = self._buttons
            margins = row.contentsMargins()
            buttons = self.again.full_width() + self.vary.full_width() + self.remove.sizeHint().width()
            self.vary.set_short(self.width() < buttons + 2 * row.spacing() + margins.left() + margins.right())
        return super().event(event)

    def show_settings(self, title: str) -> None:
        """Show a title above the form; "" hides both, as the original has no settings."""
        self.settings_of.setText(title)
        self._settings.setVisible(bool(title))

    def _settings_box(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(10), px(16), px(10))
        head.addWidget(self.settings_of)
        column.addWidget(_rule())
        column.addLayout(head)
        column.addWidget(self.form)
        buttons = self._buttons = QHBoxLayout()
        buttons.setContentsMargins(px(16), px(8), px(12), px(10))
        buttons.setSpacing(px(4))
        buttons.addWidget(self.again, 1)
        buttons.addWidget(self.vary)
        buttons.addWidget(self.remove)
        column.addLayout(buttons)
        return box

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, px(12), 0, px(8))
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(px(16), 0, px(16), px(12))
        top.addWidget(self.card)
        column.addLayout(top)
        column.addWidget(self._settings)
        for facts in (self.facts, self.candidates):
            column.addWidget(_rule())
            column.addWidget(facts)
        column.addStretch(1)
        foot = Surface("panel", lines=("top",))
        below = QVBoxLayout(foot)
        below.setContentsMargins(px(16), px(9), px(16), px(10))
        below.setSpacing(px(6))
        below.addWidget(self.hint)
        below.addWidget(self.start)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(ScrollArea(inside, padded=True), 1)
        whole.addWidget(foot)


class ChosenCard(Surface):
    """The candidate in the viewer, and the button that uses its settings, which never spends."""

    def __init__(self) -> None:
        super().__init__("raised", edge="line", radius=8)
        self._number = "0"
        self._cap: KeyCap | None = None
        self.name = ElidedLabel("", "title", weight=600)  # cut only where a line of its own is too short for it
        self.badge = Badge("precise")
        self.words = Text("", "small", "text2", wrap=True)
        self.use = Button(tr("Use this one"), "primary", icon="done", size="main")
        self.use.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.after = Text("", "small", "text2", wrap=True)
        self.after.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(10), px(12), px(12))
        column.setSpacing(px(6))
        self._top = QHBoxLayout()
        self._top.setSpacing(px(8))
        self._top.addWidget(self.name, 0)
        self._top.addWidget(self.badge)
        self._top.addStretch(1)
        column.addLayout(self._top)
        self._below = QHBoxLayout()  # where the badge goes if there is no room beside the name
        column.addLayout(self._below)
        column.addWidget(self.words)
        column.addSpacing(px(2))
        column.addWidget(self.use)
        column.addWidget(self.after)

    def show_candidate(self, number: int, name: str, tier: str, words: str) -> None:
        """Show what is in the viewer; `tier` is "" for the original."""
        if self._cap is None or str(number) != self._number:
            old = self._cap
            self._cap = KeyCap(str(number))
            self._number = str(number)
            self._top.insertWidget(0, self._cap)
            if old is not None:
                self._top.removeWidget(old)
                old.hide()
                old.deleteLater()
        self.name.setText(name)
        self.badge.setVisible(bool(tier))
        if tier:
            self.badge.set_kind(tier)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the badge below the name if there is no room beside it."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 2 * px(12)
        name = self.name.fontMetrics().horizontalAdvance(self.name.text())
        cap = self._cap.sizeHint().width() + px(8) if self._cap is not None else 0
        is_below = self._below.count() > 0
        if (cap + name + px(8) + self.badge.sizeHint().width() > room) is not is_below:
            here, there = (self._below, self._top) if is_below else (self._top, self._below)
            here.removeWidget(self.badge)
            # After number and name, or at the left of its own line.
            there.insertWidget(2 if is_below else 0, self.badge, 0, Qt.AlignmentFlag.AlignLeft)

    def show_use(self, reason: str, after: str) -> None:
        """Show why the candidate cannot be used ("" if it can), and what using it means."""
        self.use.set_reason(reason)
        self.after.setText(after)
        self.after.setVisible(bool(after))


class FactList(QWidget):
    """A title with a value on the right, and lines with icons below."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = Text(title, "base", weight=600, wrap=True)
        self.value = Text("", "small", "text2", tabular=True)
        self.head = QHBoxLayout()
        self.head.setSpacing(px(8))
        self.head.addWidget(self.title, 1)
        self.head.addWidget(self.value)
        self._lines: list[QWidget] = []
        self._shown: tuple[tuple[str, str], ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(16), px(8), px(16), px(10))
        self._column.setSpacing(px(5))
        self._column.addLayout(self.head)

    def show_facts(self, title: str, value: str, lines: Sequence[tuple[str, str]]) -> None:
        """Show other texts; each line is an icon and a sentence."""
        self.title.setText(title)
        self.value.setText(value)
        if tuple(lines) == self._shown:
            return
        self._shown = tuple(lines)
        for old in self._lines:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._lines = []
        for icon, words in lines:
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(px(8))
            row.addWidget(Mark(icon, "text2", 14), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(Text(words, "small", "text2", wrap=True, tabular=True), 1)
            self._column.addWidget(line)
            self._lines.append(line)


class _NoReturn(QObject):
    """Keeps Return from spending: only Space and the pointer press these buttons."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Swallow Return and Enter."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        return super().eventFilter(watched, event)


def _rule() -> Surface:
    rule = Surface("line")
    rule.setFixedHeight(1)
    return rule
