"""The card of the chosen model at the top of the right column: its purpose, price and limits."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout

from topazdesk.domain.catalogue import Model, ModelLimits, ModelStatus
from topazdesk.domain.geometry import Size
from topazdesk.language import comma
from topazdesk.ui.controls import Badge, Button, Surface, Text
from topazdesk.ui.controls.help_place import set_help
from topazdesk.ui.texts import money_text, tr, translated
from topazdesk.ui.theme import px


class ModelCard(Surface):
    """Shows name, tier, purpose, price and limits; `change_wanted` is emitted when the user wants another model."""

    change_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("raised", edge="line", radius=8)
        self.name = Text("", "title", weight=600, wrap=True)
        self.badge = Badge("precise")
        self.change = Button(tr("Change"), size="panel", caret=True)
        self.change.setAccessibleDescription(tr("Choose another model"))
        self.change.clicked.connect(self.change_wanted)
        self.purpose = Text("", "small", "text2", wrap=True)
        self.price = Text("", "small", weight=600)
        self.limits = Text("", "small", "text2", wrap=True)
        self.note = Text("", "small", "warn", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(8), px(12), px(10))
        column.setSpacing(px(4))
        top = self._top = QHBoxLayout()
        top.setSpacing(px(8))
        self.name.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self.name, 1)  # no alignment in the layout: that would keep it from growing with its lines
        top.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self.change, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(top)
        self._below = QHBoxLayout()  # where the badge goes if there is no room beside the name
        column.addLayout(self._below)
        column.addWidget(self.purpose)
        facts = self._facts = QHBoxLayout()
        facts.setSpacing(px(4))
        self._limits = ""
        for label in (self.price, self.limits):
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        facts.addWidget(self.price)
        facts.addWidget(self.limits, 1)
        column.addLayout(facts)
        column.addWidget(self.note)

    def show_model(self, model: Model) -> None:
        """Show a model."""
        set_help(self, f"{model.service.value}/{model.slug}")
        self.name.setText(model.name)
        self.badge.set_kind(model.tier.value)
        self.purpose.setText(translated(model.purpose))
        self.price.setText(from_text(model))
        self._limits = limits_text(model.limits)
        self.note.setText(standing_text(model))
        self.note.set_colour("warn")
        self.note.setVisible(bool(self.note.text()))
        self._fit()
        self.setAccessibleName(
            f"{tr('Model')}: {model.name}, {self.badge.accessibleName()}. {translated(model.purpose)}"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put onto lines of their own what has no room beside its neighbour."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 2 * px(12)
        words = self.name.fontMetrics().horizontalAdvance(self.name.text())
        needed = words + self.badge.sizeHint().width() + self.change.sizeHint().width() + 2 * px(8)
        is_below = self._below.count() > 0
        if (needed > room) is not is_below:
            here, there = (self._below, self._top) if is_below else (self._top, self._below)
            here.removeWidget(self.badge)
            # Before the button again, or at the left of its own line.
            there.insertWidget(1 if is_below else 0, self.badge, 0, Qt.AlignmentFlag.AlignLeft)
        metrics = self.limits.fontMetrics()
        beside = f"· {self._limits}" if self._limits else ""
        fits = self.price.sizeHint().width() + px(4) + metrics.horizontalAdvance(beside) <= room
        self._facts.setDirection(QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom)
        self.limits.setText(beside if fits else self._limits[:1].upper() + self._limits[1:])
        self.limits.setVisible(bool(self._limits))

    def show_offer(self, note: str, colour: str) -> None:
        """Replace the note by what the service said about an unverified model; an empty `note` changes nothing."""
        if note and note != self.note.text():
            self.note.setText(note)
            self.note.set_colour(colour)
            self.note.show()


def from_text(model: Model) -> str:
    """Return the lowest price, as in "from 1 credit", or say that none is published."""
    if not model.price.is_known:
        return tr("price not published")
    if model.price.is_free:
        return tr("Free")
    return tr("from {price}").format(price=money_text(model.price.credits_for(Size(1, 1)), model.price.unit))


def limits_text(limits: ModelLimits) -> str:
    """Return limits, as in "up to 24 MP in, 384 MP out"; unpublished ones are left out."""
    parts = []
    if limits.input_mp is not None:
        parts.append(tr("{mp} MP in").format(mp=f"{limits.input_mp:g}"))
    if limits.output_mp is not None:
        parts.append(tr("{mp} MP out").format(mp=f"{limits.output_mp:g}"))
    return tr("up to {limits}").format(limits=comma().join(parts)) if parts else ""


def standing_text(model: Model) -> str:
    """Return a line for a model that is outdated, older or not verified; empty for current ones."""
    if model.standing is ModelStatus.CURRENT:
        return ""
    words = {ModelStatus.DEPRECATED: tr("Outdated"), ModelStatus.LEGACY: tr("Older model")}
    word = words.get(model.standing, tr("Not verified"))
    parts = [word]
    if model.retires:
        parts.append(tr("may be switched off from {day}").format(day=model.retires))
    if model.replacement:
        parts.append(tr("use {model} instead").format(model=model.replacement))
    elif model.standing_note:
        parts.append(translated(model.standing_note))
    return " · ".join(parts)
