"""The title of the right column, with undo, redo, presets and help."""

from __future__ import annotations

from topazdesk.ui.controls import ElidedLabel, IconButton
from topazdesk.ui.controls.header import Header
from topazdesk.ui.recipe.toolbar import RecipeTools
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px


class RecipeHeading(Header):
    """The title row of the column."""

    def __init__(self) -> None:
        tools = RecipeTools()
        super().__init__(tools.presets)
        self.tools = tools
        self.help_button = IconButton("help", tr("Help"))
        self.row.setContentsMargins(px(16), 0, px(12), px(1))  # as what is below it
        self.title = ElidedLabel(tr("Adjustments"), "title")
        self.row.addWidget(self.title, 1)
        self.row.addWidget(self.tools)
        self.row.addWidget(self.help_button)
