"""The left side of the gallery: filters by what a model is for and by how much it may change a picture."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.domain.catalogue import Tier
from topazdesk.ui.controls import CheckBox, PaintedButton, ScrollArea, Surface, Switch, Text, badge_word
from topazdesk.ui.controls.paint import box, paint_icon, painter_for
from topazdesk.ui.gallery.filter import ALL, FAVOURITES, RECENT
from topazdesk.ui.models.tasks import TASKS
from topazdesk.ui.texts import ntr, number, tr, translated
from topazdesk.ui.theme import font, px, tokens


class SectionRow(PaintedButton):
    """A row with icon, title and count; one row is on at a time, and the arrow keys move between them."""

    def __init__(self, icon: str, title: str) -> None:
        super().__init__()
        self._icon = icon
        self._title = title
        self._count = 0
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_count(0)

    def set_count(self, count: int) -> None:
        """Set the number of models in the section."""
        self._count = count
        self.setAccessibleName(
            ntr("{section}, 1 model", "{section}, {n} models", count).format(section=self._title, n=number(count))
        )
        self.update()

    def count(self) -> int:
        """Return the number of models in the section."""
        return self._count

    def sizeHint(self) -> QSize:
        """Return a height of 32 design pixels."""
        return QSize(px(180), px(32))

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the whole row."""
        return QRectF(self.rect()), px(6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the background for the state, then icon, title and count."""
        t = tokens()
        painter = painter_for(self)
        rect = QRectF(self.rect())
        if self.isChecked():
            box(painter, rect, px(6), t.sel, None if t.tinted else t.edge, width=t.outline)
        elif self.hovered:
            box(painter, rect, px(6), t.hover)
        side = px(16)
        paint_icon(painter, QRectF(px(10), (rect.height() - side) / 2, side, side), self._icon, t.text)
        painter.setPen(t.text)
        painter.setFont(font("base", 600 if self.isChecked() else None))
        words = rect.adjusted(px(36), 0, -px(10), 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._title)
        painter.setPen(t.text2)
        painter.setFont(font("small", tabular=True))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number(self._count))
        painter.end()


class GallerySide(Surface):
    """The filters. Emits `changed` when a section, tier or switch changes."""

    changed = Signal()

    def __init__(self, tasks: list[str], tiers: list[Tier], *, has_outdated: bool, has_older: bool = False) -> None:
        super().__init__("panel", lines=("right",))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(px(12), px(12), px(12), px(16))
        column.setSpacing(px(2))
        self.rows: dict[str, SectionRow] = {}
        for key, icon, title in (
            (FAVOURITES, "favourite", tr("Favourites")),
            (RECENT, "queued", tr("Recent")),
            (ALL, "models", tr("All models")),
        ):
            self._add(column, key, icon, title)
        column.addSpacing(px(10))
        column.addWidget(self._head(tr("What it does")))
        for task in tasks:
            icon, title, _line = TASKS.get(task, ("models", task.capitalize(), ""))
            self._add(column, task, icon, translated(title))
        column.addSpacing(px(10))
        column.addWidget(self._head(tr("How far it may go")))
        self.tiers: dict[Tier, CheckBox] = {}
        for tier in tiers:
            tick = CheckBox(badge_word(tier.value), _MEANINGS[tier]())
            tick.setChecked(True)
            tick.toggled.connect(self.changed)
            room = QHBoxLayout()
            room.setContentsMargins(px(10), 0, 0, 0)
            room.addWidget(tick)
            room.addStretch(1)
            column.addLayout(room)
            self.tiers[tier] = tick
        column.addStretch(1)
        self.outdated = self._switch(column, tr("Retiring models"), on=True) if has_outdated else None
        if self.outdated is not None:
            self.outdated.setToolTip(tr("Models to be switched off, with their replacements"))
        self.older = self._switch(column, tr("Legacy models"), on=False) if has_older else None
        if self.older is not None:
            self.older.setToolTip(tr("Older models that may still work"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 1, 0)
        whole.addWidget(ScrollArea(inside))  # for windows that are not high enough
        self.setFixedWidth(max(px(216), inside.minimumSizeHint().width() + px(12)))  # as wide as its longest word
        self.rows[ALL].setChecked(True)

    @property
    def section(self) -> str:
        """The key of the section that is on."""
        return next((key for key, row in self.rows.items() if row.isChecked()), ALL)

    def chosen_tiers(self) -> frozenset[Tier]:
        """Return the tiers that are ticked."""
        return frozenset(tier for tier, tick in self.tiers.items() if tick.isChecked())

    def set_counts(self, counts: dict[str, int]) -> None:
        """Set how many models each section has for the current search."""
        for key, row in self.rows.items():
            row.set_count(counts.get(key, 0))

    def _add(self, column: QVBoxLayout, key: str, icon: str, title: str) -> None:
        row = SectionRow(icon, title)
        row.toggled.connect(lambda on: self.changed.emit() if on else None)
        column.addWidget(row)
        self.rows[key] = row

    def _switch(self, column: QVBoxLayout, words: str, *, on: bool) -> Switch:
        switch = Switch(words)
        switch.setChecked(on)
        switch.toggled.connect(self.changed)
        room = QHBoxLayout()
        room.setContentsMargins(px(10), px(2), 0, px(2))
        room.addWidget(switch)
        room.addStretch(1)
        column.addLayout(room)
        return switch

    def _head(self, words: str) -> Text:
        head = Text(words, "small", "text2", weight=600, wrap=True)
        head.setContentsMargins(px(10), 0, 0, px(4))
        return head


_MEANINGS = {
    Tier.PRECISE: lambda: tr("Keeps what is there"),
    Tier.GENERATIVE: lambda: tr("Rebuilds detail"),
    Tier.CREATIVE: lambda: tr("Invents detail"),
}
