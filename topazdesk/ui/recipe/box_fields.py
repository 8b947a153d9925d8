"""The fields for a width and a height in pixels, and what happens to a picture of another shape."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from topazdesk.domain.geometry import MAX_SIDE_PX, OutputSize, SizeMode
from topazdesk.ui.controls import CheckBox, NumberField, Text
from topazdesk.ui.texts import plain_tip, tr
from topazdesk.ui.theme import px


class BoxFields(QWidget):
    """Shows both sides. `edited` has the `OutputSize` that the user set, `wrong` why what is typed is none.

    `crop_chosen`: whether a picture of another shape is cropped; else bars are added.
    """

    edited = Signal(object)
    wrong = Signal(str)
    crop_chosen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        most = float(MAX_SIDE_PX)
        self.width_field = NumberField(1.0, most, 1.0, name=tr("Width in pixels"), width=64)
        self.height_field = NumberField(1.0, most, 1.0, name=tr("Height in pixels"), width=64)
        self.crop = CheckBox(tr("Crop to fill"))
        about = tr("A picture of another shape is cropped to this size; without it, bars are added")
        self.crop.setToolTip(plain_tip(about))
        self.crop.setAccessibleDescription(about)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(6))
        row.addWidget(self.width_field)
        row.addWidget(Text("×", "small", "text2"))
        row.addWidget(self.height_field)
        row.addWidget(Text("px", "small", "text2"))
        row.addStretch(1)
        row.addWidget(self.crop)
        for field in self.fields:
            field.edited.connect(self._edited)
        self.crop.toggled.connect(self.crop_chosen)

    @property
    def fields(self) -> tuple[NumberField, NumberField]:
        """The fields for numbers."""
        return self.width_field, self.height_field

    def show_size(self, size: OutputSize) -> None:
        """Show both sides; what is typed and wrong stays as it is."""
        if not any(field.problem() for field in self.fields):
            self.width_field.set_number(float(size.value))
            self.height_field.set_number(float(size.height_px))

    def show_crop(self, crops: bool) -> None:
        """Show whether a picture of another shape is cropped."""
        self.crop.blockSignals(True)
        self.crop.setChecked(crops)
        self.crop.blockSignals(False)

    def settle(self) -> None:
        """Forget what is wrong."""
        for field in self.fields:
            field.set_problem("")

    def _edited(self, _number: object = None) -> None:
        sides: list[int] = []
        for field in self.fields:
            number = field.number()
            good = number is not None and math.isfinite(number) and 1 <= number <= MAX_SIDE_PX
            field.set_problem("" if good else tr("Between 1 and {most} pixels.").format(most=f"{MAX_SIDE_PX:,}"))
            if good and number is not None:
                sides.append(round(number))
        self.wrong.emit(next((field.problem() for field in self.fields if field.problem()), ""))
        if len(sides) == len(self.fields):
            self.edited.emit(OutputSize(SizeMode.BOX, float(sides[0]), sides[1]))
