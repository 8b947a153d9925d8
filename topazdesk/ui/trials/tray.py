"""The tray under the viewer: the original and up to four candidates side by side, and what they have cost so far."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from topazdesk.ui.controls import Button, IconButton, KeyCap, Option, Segmented, SteppedLabel, Surface, Text, thin_bars
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px
from topazdesk.ui.trials.card import AddCard, CardWords, TrialCard

#: Below this height of the column, in design pixels, the cards are low.
_LOW = 640
#: Below this width the keys are left out.
_KEYS_FROM = 860
#: Below this width the two places are shown as icons.
_WORDS_FROM = 560
#: Room around the cards for the focus ring.
_RING = 6
#: Between the cards.
_GAP = 8


class TrialTray(Surface):
    """The tray with its cards and the head above them.

    `chosen` is emitted with a candidate's number, 0 for the original; `resized` when the cards' pictures need another
    size.
    """

    chosen = Signal(int)
    removed = Signal(int)
    spaced = Signal(object)  # QKeyEvent: Space on a card
    add_wanted = Signal()
    whole_chosen = Signal(bool)
    back_wanted = Signal()
    close_wanted = Signal()
    resized = Signal()

    def __init__(self) -> None:
        super().__init__("panel", lines=("top",))
        self.setAccessibleName(tr("Trials"))
        self.title = Text(tr("Trials"), "base", weight=600)
        self.where = Segmented(_places(words=True), name=tr("What is tried"), compact=True)
        self.facts = SteppedLabel("", "small", "text2")
        self.back = Button(tr("Back to the tried area"), "quiet", icon="undo", size="small")
        self.back.setAccessibleDescription(tr("Moves the frame back to the last results"))
        self.back.hide()
        self.close_button = IconButton("close", tr("Close the trials (Esc)"))
        self.add = AddCard()
        self.cards: list[TrialCard] = []
        self._chosen = -1
        self._keys: list[QWidget] = []
        self._head = QHBoxLayout()
        self._head.setSpacing(px(8))
        for widget in (self.title, self.where):
            self._head.addWidget(widget)
        self._head.addWidget(self.back)
        self._head.addWidget(self.facts, 1)
        for key in ("0", "–", "4"):
            self._add_key(KeyCap(key) if key != "–" else Text(key, "caption", "text2"))
        self._add_key(Text(tr("show"), "caption", "text2"))
        self._add_key(KeyCap(tr("Space")))
        self._add_key(Text(tr("hold: original"), "caption", "text2"))
        self._head.addWidget(self.close_button)
        self._cards = QWidget()
        self._row = QHBoxLayout(self._cards)
        self._row.setContentsMargins(px(_RING), px(_RING), px(_RING), px(_RING))
        self._row.setSpacing(px(_GAP))
        self._row.addWidget(self.add, 1)
        self._row.addStretch(0)
        self._area = QScrollArea()  # in a narrow window the cards would otherwise be too narrow to read
        self._area.setWidget(self._cards)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.viewport().setAutoFillBackground(False)
        thin_bars(self._area)
        self._cards.setAutoFillBackground(False)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(px(12 - _RING), px(7), px(12 - _RING), px(12 - _RING))
        inside.setSpacing(px(8 - _RING))
        self._head.setContentsMargins(px(_RING), 0, px(_RING), 0)
        inside.addLayout(self._head)
        inside.addWidget(self._area)
        self._resizing = Debounce(0, self.resized, self)  # once for all cards that are laid out again
        self.where.chosen.connect(lambda value: self.whole_chosen.emit(bool(value)))
        self.add.clicked.connect(self.add_wanted)
        self.close_button.clicked.connect(self.close_wanted)
        self.back.clicked.connect(self.back_wanted)

    def show_cards(self, words: Sequence[CardWords], chosen: int, *, full: bool) -> None:
        """Show the cards in order, the original first; `full`: no further candidate fits."""
        had_focus = next((n for n, card in enumerate(self.cards) if card.hasFocus()), None)
        while len(self.cards) > len(words):
            card = self.cards.pop()
            self._row.removeWidget(card)
            card.hide()
            card.deleteLater()
        for place in range(len(self.cards), len(words)):
            self._make(place, words[place])
        for card, each in zip(self.cards, words, strict=True):
            if card.words != each:
                card.show_words(each)
            card.setChecked(each.number == chosen)
        self.add.setVisible(not full)
        self._fit()
        if chosen != self._chosen and chosen < len(self.cards):
            self._chosen = chosen
            self._area.ensureWidgetVisible(self.cards[chosen], px(_RING), 0)
        if had_focus is not None and had_focus >= len(self.cards):
            self.cards[-1].setFocus(Qt.FocusReason.OtherFocusReason)

    def show_image(self, number: int, image: QImage | None) -> None:
        """Show the pixels of a card."""
        if number < len(self.cards):
            self.cards[number].show_image(image)

    def picture_size(self) -> QSize:
        """Return the size of the picture of a card."""
        return self.cards[0].picture_size() if self.cards else QSize()

    def minimumSizeHint(self) -> QSize:
        """Return a size as narrow as the viewer may be."""
        return QSize(px(240), super().minimumSizeHint().height())

    def tab_parts(self) -> list[QWidget]:
        """Return the widgets in tab order: the cards come before the button that closes them; see `focus_order`."""
        return [self.where, self.back, self._area, self.close_button]

    def set_column_height(self, height: int) -> None:
        """Adapt to the height of the column that holds the tray."""
        low = height < px(_LOW)
        self.add.set_low(low)
        for card in self.cards:
            card.set_low(low)
        self._fit()

    def _fit(self) -> None:
        """Fit the height to the cards, with a scroll bar if they do not fit side by side."""
        count = len(self.cards) + (0 if self.add.isHidden() else 1)
        least = self.add.minimumSizeHint()
        needed = count * least.width() + (count - 1) * px(_GAP) + 2 * px(_RING)
        self._cards.setMinimumWidth(needed)
        bar = self._area.horizontalScrollBar().sizeHint().height() if needed > self.width() - 2 * px(12 - _RING) else 0
        self._area.setFixedHeight(least.height() + 2 * px(_RING) + bar)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the keys only if there is room."""
        super().resizeEvent(event)
        for widget in self._keys:
            widget.setVisible(self.width() >= px(_KEYS_FROM))
        self.where.set_options(_places(words=self.width() >= px(_WORDS_FROM)))
        for option in _places(words=True):
            segment = self.where.segment(option.value)
            if segment is not None:
                segment.setAccessibleName(option.text)
        self._fit()
        self._resizing.start()

    def _make(self, place: int, words: CardWords) -> None:
        card = TrialCard(words, self._cards)
        card.set_low(self.add.is_low)
        card.clicked.connect(lambda: self.chosen.emit(place))
        card.spaced.connect(self.spaced)
        card.removed.connect(lambda: self.removed.emit(place))
        self.cards.append(card)
        self._row.insertWidget(place, card, 1)
        self._resizing.start()

    def _add_key(self, widget: QWidget) -> None:
        self._keys.append(widget)
        self._head.addWidget(widget)


def _places(*, words: bool) -> tuple[Option, ...]:
    patch, whole = (tr("On an area"), tr("On the whole picture")) if words else ("", "")
    return (
        Option(False, patch, "patch", hint=tr("On an area: cheap, and only that part is uploaded")),
        Option(True, whole, "sample", hint=tr("On the whole picture: each result is a full one")),
    )
