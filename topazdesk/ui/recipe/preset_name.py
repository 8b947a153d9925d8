"""The sheet that asks for the name of a preset."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtWidgets import QWidget

from topazdesk.app.presets import LONGEST_NAME
from topazdesk.ui.controls.name_sheet import NameSheet
from topazdesk.ui.texts import tr


class PresetName(NameSheet):
    """Asks for the name of a preset.

    `replaces`: whether a name in use may be chosen (the sheet then says that the old preset will be replaced).
    """

    help_page = "models#auto"

    def __init__(
        self, parent: QWidget, title: str, button: str, taken: Collection[str], *, name: str = "", replaces: bool
    ) -> None:
        self._replaces = replaces
        super().__init__(
            parent,
            title,
            button,
            taken,
            name=name,
            longest=LONGEST_NAME,
            what=tr("Name of the preset"),
            example=tr("For example: old scans for print"),
        )

    def _said(self, *, is_taken: bool) -> tuple[str, str]:
        if is_taken and self._replaces:
            return tr("Replaces the preset of this name"), ""
        if is_taken:
            return tr("This name is taken"), tr("This name is taken")
        return " ", "" if self.name else tr("A preset needs a name")
