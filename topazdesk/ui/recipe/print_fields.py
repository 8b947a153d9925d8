"""The fields for the size of a print: paper, unit and resolution."""

from __future__ import annotations

import math

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from topazdesk.domain.geometry import (
    DEFAULT_DPI,
    LEAST_DPI,
    MOST_DPI,
    OutputSize,
    Paper,
    PaperUnit,
    Size,
    print_problem,
)
from topazdesk.ui.controls import Choice, NumberField, Text
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.theme import px

_MOST = 1000.0


class PrintFields(QWidget):
    """Shows the size of a print. `edited` has the `OutputSize` that the user set; `wrong` why what is typed is none.

    `resolution` is a part of it with a place of its own, which whoever lays this out gives it.
    """

    edited = Signal(object)
    wrong = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.width_field = NumberField(0.1, _MOST, 0.1, name=tr("Width of the print"), width=56)
        self.height_field = NumberField(0.1, _MOST, 0.1, name=tr("Height of the print"), width=56)
        self._unit: object = PaperUnit.CM  # of the numbers that are shown
        self.unit = Choice([(PaperUnit.CM, tr("cm")), (PaperUnit.INCH, tr("in"))], name=tr("Unit of the print"))
        self.dpi = NumberField(LEAST_DPI, MOST_DPI, 1.0, name=tr("Dots per inch"), width=48)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(6))
        row.addWidget(self.width_field)
        row.addWidget(Text("×", "small", "text2"))
        row.addWidget(self.height_field)
        row.addWidget(self.unit)
        row.addSpacing(px(2))
        row.addWidget(Text(tr("Fits either way up, uncropped"), "small", "text2", wrap=True), 1)
        self.unit.setFixedWidth(px(60))
        self.resolution = QWidget()
        at = QHBoxLayout(self.resolution)
        at.setContentsMargins(0, 0, 0, 0)
        at.setSpacing(px(6))
        at.addWidget(Text(tr("at"), "small", "text2"))
        at.addWidget(self.dpi)
        at.addWidget(Text(tr("dpi"), "small", "text2"))
        for field in self.fields:
            field.edited.connect(self._edited)
        self.unit.chosen.connect(self._unit_chosen)

    @property
    def fields(self) -> tuple[NumberField, NumberField, NumberField]:
        """The fields for numbers."""
        return self.width_field, self.height_field, self.dpi

    def show_size(self, size: OutputSize) -> None:
        """Show the size of a print; what is typed and wrong stays as it is."""
        paper = size.paper
        if paper is None or any(field.problem() for field in self.fields):
            return
        self._unit = paper.unit
        self.unit.set_value(paper.unit)
        for field, number in zip(self.fields, (paper.width, paper.height, size.value), strict=True):
            field.set_number(float(number))

    def settle(self) -> None:
        """Forget what is wrong."""
        for field in self.fields:
            field.set_problem("")

    def _unit_chosen(self, unit: object) -> None:
        """Say the same paper in the other unit: a change of the unit is not to change the result.

        The unit that was there may be chosen once more, which changes nothing.
        """
        if unit is self._unit:
            return
        self._unit = unit
        numbers = [field.number() for field in self.fields[:2]]
        factor = 1 / 2.54 if unit is PaperUnit.INCH else 2.54
        for field, number in zip(self.fields[:2], numbers, strict=True):
            if number is not None:
                field.set_number(round(number * factor, 2))
        self._edited()

    def _edited(self, _number: object = None) -> None:
        numbers = [field.number() for field in self.fields]
        unit = self.unit.value()
        for field, number in zip(self.fields, numbers, strict=True):
            field.set_problem(tr("A number is needed here.") if number is None or not math.isfinite(number) else "")
        problem = next((field.problem() for field in self.fields if field.problem()), "")
        width, height, dpi = numbers
        if problem or width is None or height is None or dpi is None or not isinstance(unit, PaperUnit):
            self.wrong.emit(problem)
            return
        paper = Paper(width, height, unit)
        problem = translated(print_problem(paper, dpi) or "")
        if problem:
            for field in self.fields:
                field.set_problem(problem)
        self.wrong.emit(problem)
        if not problem:
            self.edited.emit(OutputSize.print(paper, dpi))


def print_like(target: Size | None) -> OutputSize:
    """Return the print that a result makes as it is, in the unit of this place; a usual one without a picture.

    It is never larger than the result: to choose another way to say the size must not raise the price.
    """
    is_metric = QLocale().measurementSystem() is QLocale.MeasurementSystem.MetricSystem
    unit = PaperUnit.CM if is_metric else PaperUnit.INCH
    if target is None:
        return OutputSize.print(Paper(30, 20, unit) if is_metric else Paper(12, 8, unit), DEFAULT_DPI)
    width, height = (
        max(0.1, math.floor(100 * side / DEFAULT_DPI / float(unit.inches)) / 100)
        for side in (target.width, target.height)
    )
    return OutputSize.print(Paper(width, height, unit), DEFAULT_DPI)
