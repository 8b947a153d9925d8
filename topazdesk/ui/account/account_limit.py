"""The sheet that asks for the most that one account may spend a day."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from topazdesk.domain.money import MICRO_USD, Unit
from topazdesk.ui.account.limit_fields import amount_in_field, amount_of_field, limit_field, unit_word
from topazdesk.ui.controls import Button, Sheet, Text
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px


class AccountLimit(Sheet):
    """Asks for a daily limit: await `answered()`, then read `day_cap` if the sheet was accepted.

    `day_cap` is in whole units of the account's money, 0 for no limit of its own.
    """

    help_page = "money#limits"

    def __init__(self, parent: QWidget, name: str, unit: Unit, day_cap: int) -> None:
        super().__init__(parent, tr("Daily limit of {name}").format(name=name), width=440)
        self._unit = unit
        self.field = limit_field(amount_in_field(day_cap / MICRO_USD if unit is Unit.USD else day_cap, unit))
        self.field.setAccessibleName(tr("Most per day, in {unit}").format(unit=unit_word(unit)))
        word = Text(unit_word(unit), "base", "text2")
        word.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        across = QHBoxLayout()
        across.setSpacing(px(8))
        across.addWidget(Text(tr("Most per day"), "base"))
        across.addStretch(1)
        across.addWidget(self.field)
        across.addWidget(word)
        self.body.addLayout(across)
        self.told = Text(" ", "small", "text2", wrap=True)
        self.body.addWidget(self.told)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.save = Button(tr("Save"), "primary")
        self.save.clicked.connect(self.accept)
        self.footer.addStretch(1)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.save)
        self.field.returnPressed.connect(self.save.click)
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        bind(self._typed, self.field.textChanged)

    @property
    def day_cap(self) -> int:
        """The limit in the field, 0 for an empty one or what is not an amount."""
        amount = amount_of_field(self.field.text(), self._unit) or 0
        return round(amount * MICRO_USD) if self._unit is Unit.USD else int(amount)

    def _typed(self) -> None:
        good = amount_of_field(self.field.text(), self._unit) is not None
        problem = "" if good else tr("Enter an amount above 0, or leave it empty.")
        self.field.set_invalid(not good)
        self.told.set_colour("text2" if good else "err")
        self.told.setText(
            problem
            or tr(
                "It holds for this account alone, within the limits in the settings. When it is reached, the account's "
                "pictures wait; nothing is lost."
            )
        )
        self.save.set_reason(problem)
