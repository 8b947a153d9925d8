"""The question before much is spent on models that change the picture: price, effect, and an offer to try one first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.domain.catalogue import Model, Tier
from topazdesk.domain.geometry import Size
from topazdesk.domain.money import Unit
from topazdesk.domain.services import ServiceName
from topazdesk.language import sentences
from topazdesk.ui.controls import Badge, Button, Sheet, Surface, Text
from topazdesk.ui.controls.mark import marked
from topazdesk.ui.controls.paint import paint_thumbnail, painter_for
from topazdesk.ui.models.spending_limits import SpendingLimits
from topazdesk.ui.texts import (
    balance_text,
    bill_text,
    money_text,
    ntr,
    number,
    pictures_text,
    results_of_text,
    tr,
    translated,
)
from topazdesk.ui.theme import px

#: What was confirmed for a number of pictures is not asked again for up to so many, or twice the number.
MANY = 10

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Spending:
    """What the button would spend. `first`: the price of the first result; `each`: of any, if all cost the same.

    `count`: how many results are made; `pictures`: of how many pictures, 0 for one of each.
    """

    count: int
    credits: int
    first: int
    each: int | None
    available: int | None
    model: Model
    size: str
    saved: str
    thumbnails: tuple[QImage | None, ...]
    unknown: int = 0  # pictures without a published price
    limits: SpendingLimits = field(default_factory=SpendingLimits)
    left_out: str = ""  # why some pictures are left out: a limit, or the balance
    rights: str = ""  # what the pictures' owners do not allow
    account: str = ""  # who pays, where the service has several
    pictures: int = 0

    @property
    def what(self) -> str:
        """What is made, in words: "3 pictures", or "8 results of 2 pictures"."""
        if self.pictures in (0, self.count):
            return pictures_text(self.count)
        return results_of_text(self.count, self.pictures)

    @property
    def unit(self) -> Unit:
        """The unit of money."""
        return self.model.price.unit

    @property
    def price(self) -> str:
        """The whole price in words."""
        return bill_text(self.credits, self.unknown, self.unit)


def asks(
    service: ServiceName, model: Model, count: int, unknown: int = 0, reserved: int = 0, *, confirmed: int = 0
) -> bool:
    """Tell whether spending has to be confirmed.

    It never has at a free service. It has once for a batch with a model that does not keep what is there: `confirmed`
    is the largest batch with it so far, and one that is far larger is asked about again. It always has when the price
    of some pictures (`unknown`) is not published, or what is planned for some (`reserved`) is what their owners do not
    allow.
    """
    if service.traits.is_free:
        return False
    if unknown > 0 or reserved > 0:
        return True
    covered = max(MANY, 2 * confirmed) if confirmed else 1
    return model.tier is not Tier.PRECISE and count > covered


class ConfirmSpending(Sheet):
    """Asks for a confirmation: await `answered()`. If accepted, `one_first` tells whether to send only one picture."""

    help_page = "money"

    def __init__(self, parent: QWidget, spending: Spending) -> None:
        super().__init__(parent, "", width=600)
        self.one_first = False
        self.spending = spending
        self._inside: QWidget | None = None
        cancel = Button(tr("Cancel"), "quiet")
        cancel.clicked.connect(self.reject)
        self.one = Button("")
        self.all = Button("", "primary")
        self.one.clicked.connect(self._only_one)
        self.all.clicked.connect(self.accept)
        self.footer.addWidget(cancel)
        self.footer.addStretch(1)
        self.footer.addWidget(self.one)
        self.footer.addWidget(self.all)
        for button in (self.one, self.all):
            button.set_cost("money")  # nobody is asked where it is free
            button.installEventFilter(self)
        self.show_spending(spending)
        (self.one if spending.count > 1 else cancel).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_spending(self, spending: Spending) -> None:
        """Show other numbers, when a price or a balance arrives while the dialog is open."""
        self.spending = spending
        price, pictures = spending.price, spending.what
        title = tr("Enhance {pictures} for {price}?").format(pictures=pictures, price=price)
        if spending.unknown:
            title = tr("Enhance {pictures} without knowing the price?").format(pictures=pictures)
        self.one.setVisible(spending.count > 1)
        self.heading.setText(title)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        one = tr("Enhance one first · {price}").format(price=money_text(spending.first, spending.unit))
        self.one.setText(tr("Enhance one first") if spending.unknown else one)
        self.all.setText(tr("Enhance {pictures} · {price}").format(pictures=pictures, price=price))
        old, self._inside = self._inside, self._content(spending)
        if old is not None:
            self.body.removeWidget(old)
            old.hide()  # it is deleted in a later turn of the loop, and must not show through until then
            old.deleteLater()
        self.body.addWidget(self._inside)
        self._inside.show()
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ignore Return, as it may have been meant for the dialog before: nothing is spent by it. Space presses."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        return super().eventFilter(watched, event)

    def _only_one(self) -> None:
        self.one_first = True
        self.accept()

    def _content(self, spending: Spending) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, px(4), 0, 0)
        column.setSpacing(px(12))
        if spending.unknown:
            column.addWidget(_no_price(spending))
        if spending.model.tier is not Tier.PRECISE:
            column.addWidget(_warning(spending.model))
        column.addLayout(_strip(spending))
        column.addLayout(_table(facts_of(spending)))
        if spending.left_out:
            column.addLayout(marked("warning", "warn", spending.left_out))
        if spending.rights:
            column.addLayout(marked("warning", "warn", spending.rights))
        if spending.count > 1:
            words = tr("You are charged picture by picture. Stopping early saves what has not been sent.")
            column.addLayout(marked("info", "text2", words))
        return page


def facts_of(spending: Spending) -> list[tuple[str, str]]:
    """Return the facts to show, as name and value: price, size, what is left, where the results go."""
    price = spending.price
    if spending.each is not None and not spending.unknown and spending.count > 1:
        price = f"{number(spending.count)} × {balance_text(spending.each, spending.unit)} = {price}"
    found = [(tr("Price"), price), (tr("Result size"), spending.size)]
    if spending.account:
        found.insert(1, (tr("Account"), translated(spending.account)))
    if spending.available is not None and not spending.unknown:
        left = tr("{n} of {credits}").format(
            n=balance_text(spending.available - spending.credits - spending.limits.earlier, spending.unit),
            credits=money_text(spending.available, spending.unit),
        )
        name = tr("Left after this and the queue") if spending.limits.earlier else tr("Left afterwards")
        found.append((name, left))
    limits = spending.limits
    if limits.day is not None:
        today = tr("{n} of {all} after this").format(
            n=balance_text(limits.used + spending.credits, limits.unit), all=money_text(limits.day, limits.unit)
        )
        found.append((tr("{whose} for today").format(whose=limits.whose_day), today))
    if limits.run is not None:
        found.append((tr("{whose} per run").format(whose=limits.whose_run), money_text(limits.run, limits.unit)))
    found.append((tr("Saved as"), spending.saved))
    return [(name, value) for name, value in found if value]


def _warning(model: Model) -> Surface:
    panel = Surface("infobg" if model.tier is Tier.GENERATIVE else "warnbg", radius=6)
    row = QHBoxLayout(panel)
    row.setContentsMargins(px(12), px(10), px(12), px(12))
    row.setSpacing(px(16))
    row.addWidget(Badge(model.tier.value), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(px(2))
    title = tr("{model} rebuilds detail") if model.tier is Tier.GENERATIVE else tr("{model} invents detail")
    words.addWidget(Text(title.format(model=model.name), "base", weight=600))
    caution = translated(model.caution) or tr("Faces, lettering and fine patterns may differ from the originals.")
    look = tr("Look at one result before you pay for all.")
    words.addWidget(Text(sentences(caution, look), "base", "text2", wrap=True))
    row.addLayout(words, 1)
    return panel


def _no_price(spending: Spending) -> Surface:
    panel = Surface("warnbg", radius=6)
    column = QVBoxLayout(panel)
    column.setContentsMargins(px(12), px(10), px(12), px(12))
    column.setSpacing(px(2))
    rule, service = spending.model.price, translated(spending.model.service.label)
    title, words = tr("{service} publishes no price for this size"), ""
    if rule.known_to_mp is not None and rule.is_known:
        title = tr("{service} publishes no price above {mp} MP")
        known = money_text(rule.credits_for(Size(1, 1)), rule.unit)
        words = tr("Up to there a picture costs {price}: with a smaller size you know it beforehand.").format(
            price=known
        )
    after = tr("What was charged is shown afterwards.")
    column.addWidget(
        Text(title.format(service=service, mp=f"{rule.known_to_mp:g}" if rule.known_to_mp else ""), "base", weight=600)
    )
    column.addWidget(Text(sentences(after, words), "base", "text2", wrap=True))
    return panel


def _strip(spending: Spending) -> QHBoxLayout:
    strip = QHBoxLayout()
    strip.setSpacing(px(8))
    shown = spending.thumbnails[:_SHOWN]
    for image in shown:
        strip.addWidget(_Thumbnail(image))
    more = spending.count - len(shown)
    if more > 0:
        strip.addWidget(Text(ntr("+ {n} more", "+ {n} more", more).format(n=number(more)), "base", "text2"))
    strip.addStretch(1)
    return strip


def _table(facts: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(px(5))
    grid.setColumnStretch(1, 1)
    for number_, (name, value) in enumerate(facts):
        line = Surface("line")
        line.setFixedHeight(1)
        grid.addWidget(line, 2 * number_, 0, 1, 2)
        grid.addWidget(Text(name, "base", "text2"), 2 * number_ + 1, 0, Qt.AlignmentFlag.AlignTop)
        shown = Text(value, "base", weight=600 if number_ == 0 else None, wrap=True, tabular=True)
        shown.setAlignment(Qt.AlignmentFlag.AlignRight)
        grid.addWidget(shown, 2 * number_ + 1, 1)
    return grid


class _Thumbnail(QWidget):
    """A small picture."""

    def __init__(self, image: QImage | None) -> None:
        super().__init__()
        self._image = image
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size that thumbnails have in the list."""
        return QSize(px(64), px(43))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture, cropped to the frame."""
        painter: QPainter = painter_for(self)
        paint_thumbnail(painter, QRectF(self.rect()), self._image)
        painter.end()
