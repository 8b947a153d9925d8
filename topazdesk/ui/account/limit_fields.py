"""The fields for the user's own spending limits, per run and per day, in each unit of money that is in use."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from topazdesk.app.settings import Settings
from topazdesk.domain.money import Unit
from topazdesk.ui.controls import LineField, Text
from topazdesk.ui.texts import number, tr
from topazdesk.ui.theme import px

_MOST = 10**8
_NAMES = {Unit.CREDIT: ("run_cap", "day_cap"), Unit.USD: ("run_cap_usd", "day_cap_usd")}


class LimitFields(QWidget):
    """The fields for the limits. `changed(name, value)` is emitted with the name of a setting; empty means no limit.

    It is emitted once a field is left with a valid amount.
    """

    changed = Signal(str, object)

    def __init__(self, settings: Settings, units: Sequence[Unit]) -> None:
        super().__init__()
        self.fields: dict[str, LineField] = {}
        self.told = Text("", "small", "text2", wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(6))
        for row in range(2):  # row by row, as Tab follows
            for column, unit in enumerate(units):
                name = _NAMES[unit][row]
                amount = getattr(settings, name)
                field = limit_field(amount_in_field(amount, unit))
                what = tr("Most per run, in {unit}") if row == 0 else tr("Most per day, in {unit}")
                field.setAccessibleName(what.format(unit=unit_word(unit)))
                field.textChanged.connect(lambda _text, n=name, u=unit: self._check(n, u))
                field.editingFinished.connect(lambda n=name, u=unit: self._take(n, u))
                self.fields[name] = field
                grid.addWidget(field, row, 1 + 2 * column)
                word = Text(unit_word(unit), "base", "text2")
                word.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
                grid.addWidget(word, row, 2 + 2 * column)
        for row, words in enumerate((tr("Most per run"), tr("Most per day"))):
            grid.addWidget(Text(words, "base"), row, 0)
        grid.setColumnStretch(1 + 2 * len(units), 1)
        grid.addWidget(self.told, 2, 0, 1, 6)
        self._tell("")

    def settle(self) -> None:
        """Take over what is in the fields, as leaving them would."""
        for unit, names in _NAMES.items():
            for name in names:
                if name in self.fields:
                    self._take(name, unit)

    def _check(self, name: str, unit: Unit) -> None:
        field = self.fields[name]
        good = amount_of_field(field.text(), unit) is not None
        field.set_invalid(not good)
        self._tell("" if good else tr("Enter an amount above 0, or leave it empty."))

    def _take(self, name: str, unit: Unit) -> None:
        amount = amount_of_field(self.fields[name].text(), unit)
        if amount is not None:
            self.changed.emit(name, int(amount) if unit is Unit.CREDIT else amount)

    def _tell(self, problem: str) -> None:
        self.told.set_colour("err" if problem else "text2")
        self.told.setText(
            problem
            or tr(
                "Shown before you press the button. When the day's limit is reached, the queue waits; nothing is lost."
            )
        )


def limit_field(text: str) -> LineField:
    """Return a field for a limit; empty it says that there is none."""
    field = LineField(text)
    field.setPlaceholderText(tr("No limit"))
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.setFixedWidth(max(px(96), field.fontMetrics().horizontalAdvance(tr("No limit")) + 2 * px(12)))
    return field


def amount_in_field(amount: float, unit: Unit) -> str:
    """Return an amount as it is written in a field: "300", "2.50", "" for none."""
    if amount <= 0:
        return ""
    return number(amount) if unit is Unit.CREDIT else number(float(amount), 2)


def amount_of_field(text: str, unit: Unit) -> float | None:
    """Return the amount in a field: 0 for an empty one, None for what is not an amount."""
    text = text.strip().removeprefix("$").strip()
    if not text:
        return 0.0
    value, good = QLocale().toDouble(text)
    if not good:
        value, good = QLocale.c().toDouble(text)
    whole = unit is Unit.CREDIT
    if not good or not 0 < value < _MOST or (whole and value != int(value)):
        return None
    return round(value, 2) or None


def unit_word(unit: Unit) -> str:
    """Return the unit of a field for people: "credits"."""
    return tr("credits") if unit is Unit.CREDIT else tr("dollars")
