"""The control for the result's size: four factors with their prices, or a custom size."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import MAX_SIDE_PX, OutputSize, Size, SizeMode
from topazdesk.domain.money import Unit
from topazdesk.language import say
from topazdesk.ui.controls import Choice, NumberField, Option, Segmented, Text
from topazdesk.ui.recipe.box_fields import BoxFields
from topazdesk.ui.recipe.print_fields import PrintFields, print_like
from topazdesk.ui.texts import money_text, number, tr, translated
from topazdesk.ui.theme import px

FACTORS = (1.0, 2.0, 4.0, 6.0)
_CUSTOM = "custom"
_MODES: tuple[tuple[SizeMode, str, str, float, float], ...] = (  # mode, label, unit, least, most
    (SizeMode.SCALE, say("Scale"), "×", 0.1, 32.0),
    (SizeMode.WIDTH, say("Width"), "px", 1.0, float(MAX_SIDE_PX)),
    (SizeMode.HEIGHT, say("Height"), "px", 1.0, float(MAX_SIDE_PX)),
    (SizeMode.LONG_EDGE, say("Longest side"), "px", 1.0, float(MAX_SIDE_PX)),
    (SizeMode.MEGAPIXELS, say("Megapixels"), "MP", 0.1, 1024.0),
)


class SizeControl(QWidget):
    """Lets the user choose the result's size. `edited` carries the chosen `OutputSize`; `show_size` never emits it."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._source: Size | None = None
        self._size = OutputSize.scale(2.0)
        self._edited = self._size  # the last size set by the user in this control
        self._custom_wanted = False
        self.factors = Segmented(name=tr("Size of the result"), two_lines=True, stretch=True)
        ways: list[tuple[object, str]] = [(mode, translated(label)) for mode, label, *_rest in _MODES]
        ways += [(SizeMode.BOX, tr("Width × height")), (SizeMode.PRINT, tr("Print size"))]
        self.mode = Choice(ways, name=tr("Own size by"))
        self.paper = PrintFields()
        self.box = BoxFields()
        self._several: dict[SizeMode, PrintFields | BoxFields] = {SizeMode.PRINT: self.paper, SizeMode.BOX: self.box}
        self.fields = {mode: _field(mode, least, most) for mode, _label, _unit, least, most in _MODES}
        self.unit = Text("×", "small", "text2")
        self.problem = Text("", "small", "err", wrap=True)
        self._custom = QWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        column.addWidget(self.factors)
        column.addWidget(self._custom)
        row = QHBoxLayout(self._custom)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self.mode, 1)
        for mode, field in self.fields.items():
            row.addWidget(field)
            field.setVisible(mode is SizeMode.SCALE)
            field.edited.connect(self._number_typed)
        row.addWidget(self.unit)
        row.addWidget(self.paper.resolution)
        for fields in self._several.values():
            column.addWidget(fields)
            fields.hide()
            fields.edited.connect(self._emit)
            fields.wrong.connect(self._tell_typed)
        column.addWidget(self.problem)
        self.problem.hide()
        self.factors.chosen.connect(self._factor_chosen)
        self.mode.chosen.connect(self._mode_chosen)

    def show_size(self, size: OutputSize, model: Model, source: Size | None) -> None:
        """Show a size setting, with prices for a picture of size `source` if there is one."""
        is_from_elsewhere = size not in (self._size, self._edited)
        self._size = size
        self._source = source
        preset = size.mode is SizeMode.SCALE and size.value in FACTORS
        if not preset:
            self._custom_wanted = True
        elif is_from_elsewhere:  # a preset or an undo: the user is not about to type here
            self._custom_wanted = False
        self.factors.set_options(
            [
                *(Option(factor, f"{factor:g}×", second=_price(model, source, factor)) for factor in FACTORS),
                Option(_CUSTOM, tr("Custom"), second="…"),
            ]
        )
        self.factors.set_value(_CUSTOM if self._custom_wanted else size.value)
        self._custom.setVisible(self._custom_wanted)
        self._show_several()
        if self._custom_wanted:
            self._show_custom()

    def show_factors(self) -> None:
        """Prepare for another recipe: the next `show_size` shows the custom fields only if its size is not a factor."""
        self._custom_wanted = False

    @property
    def field(self) -> NumberField:
        """The number field of the current size mode."""
        return self.fields[self._mode()]

    def _show_several(self) -> None:
        for mode, fields in self._several.items():
            fields.setVisible(self._custom_wanted and self._size.mode is mode)
        self.paper.resolution.setVisible(self._size.mode is SizeMode.PRINT)

    def _mode(self) -> SizeMode:
        return self._size.mode if self._size.mode in self.fields else SizeMode.SCALE

    def _show_custom(self) -> None:
        several = self._several.get(self._size.mode)
        self._show_several()
        self.unit.setVisible(several is None)
        if several is not None:
            self.mode.set_value(self._size.mode)
            for field in self.fields.values():
                field.hide()
            several.show_size(self._size)
            return
        mode = self._mode()
        self.mode.set_value(mode)
        self.unit.setText(next(unit for each, _label, unit, *_rest in _MODES if each is mode))
        for each, field in self.fields.items():
            field.setVisible(each is mode)
        if not self.field.problem():
            self.field.set_number(self._size.value)

    def _factor_chosen(self, value: object) -> None:
        self._custom_wanted = value == _CUSTOM
        self._custom.setVisible(self._custom_wanted)
        self._show_several()
        self._tell_problem("")
        if isinstance(value, float):
            self._emit(OutputSize.scale(value))
        elif self._custom_wanted:
            self._show_custom()
            several = self._several.get(self._size.mode)
            first = several.width_field if several is not None else self.field
            first.setFocus(Qt.FocusReason.OtherFocusReason)
            first.selectAll()

    def _mode_chosen(self, mode: object) -> None:
        if isinstance(mode, SizeMode) and mode is not self._size.mode:  # else what was typed would be worked out anew
            self._tell_problem("")
            self._emit(self._like(mode))

    def _number_typed(self, number: object) -> None:
        mode = self._mode()
        least, most = next((low, high) for each, _label, _unit, low, high in _MODES if each is mode)
        if not isinstance(number, float) or not math.isfinite(number):
            self._tell_problem(tr("A number is needed here."))
        elif not least <= number <= most:
            self._tell_problem(tr("Between {low} and {high}.").format(low=f"{least:g}", high=f"{most:g}"))
        else:
            self._tell_problem("")
            whole = mode not in (SizeMode.SCALE, SizeMode.MEGAPIXELS)
            self._emit(OutputSize(mode, float(round(number)) if whole else number))

    def _emit(self, size: OutputSize) -> None:
        self._edited = size
        self.edited.emit(size)

    def _tell_problem(self, sentence: str) -> None:
        """Show a problem with the typed text. The text stays as it is, and the last valid size stays in force."""
        for field in self.fields.values():
            field.set_problem(sentence if field is self.field else "")
        for fields in self._several.values():
            fields.settle()
        self._tell_typed(sentence)

    def _tell_typed(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _like(self, mode: SizeMode) -> OutputSize:
        """Return the present size, said in another way."""
        target = self._size.resolve(self._source) if self._source is not None else None
        if mode is SizeMode.PRINT:
            return print_like(target)
        if mode is SizeMode.BOX:
            return OutputSize(mode, float(target.width), target.height) if target else OutputSize(mode, 3000.0, 2000)
        return OutputSize(mode, self._same_size_as(mode))

    def _same_size_as(self, mode: SizeMode) -> float:
        """Express the current size in another mode, so that changing the mode changes nothing else."""
        if self._source is None:
            return 2.0 if mode is SizeMode.SCALE else 24.0 if mode is SizeMode.MEGAPIXELS else 4000.0
        target = self._size.resolve(self._source)
        match mode:
            case SizeMode.WIDTH:
                return float(target.width)
            case SizeMode.HEIGHT:
                return float(target.height)
            case SizeMode.LONG_EDGE:
                return float(target.long_edge)
            case SizeMode.MEGAPIXELS:
                return max(0.1, round(target.megapixels, 1))
            case _:
                return max(0.1, round(target.long_edge / self._source.long_edge, 2))


def _field(mode: SizeMode, least: float, most: float) -> NumberField:
    step = 0.1 if mode in (SizeMode.SCALE, SizeMode.MEGAPIXELS) else 1.0
    return NumberField(least, most, step, name=tr("Own size"), width=72)


def _price(model: Model, source: Size | None, factor: float) -> str:
    """Return the text under a factor, such as "6 cr" or "too large"; blank without a picture or a published price."""
    if source is None:
        return " "
    target = source.scaled(factor)
    if model.limit_problem(source, target):
        most = model.max_scale
        return tr("max. {most}×").format(most=number(most)) if most is not None and factor > most else tr("too large")
    if not model.price.is_known:
        return " "  # the service is asked for a price of the chosen size only, not of every factor
    estimate = model.price.estimate(target)
    if not estimate.is_known:
        return tr("no price")
    if estimate.unit is not Unit.CREDIT:
        return money_text(estimate.credits, estimate.unit)
    return tr("{n} cr").format(n=estimate.credits)
