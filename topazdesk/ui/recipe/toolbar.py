"""The tools in the header of the recipe: undo, redo and presets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from topazdesk.ui.controls import Button, IconButton
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px

if TYPE_CHECKING:
    from topazdesk.ui.models.recipe import RecipeState


class RecipeTools(QWidget):
    """Buttons that follow the state of a recipe. `presets_wanted` asks for the menu below `presets`."""

    undo_wanted = Signal()
    redo_wanted = Signal()
    presets_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.undo = IconButton("undo", tr("Undo"))
        self.redo = IconButton("redo", tr("Redo"))
        self.presets = Button(tr("Presets"), "quiet", icon="presets", size="panel", caret=True)
        self.presets.setAccessibleDescription(tr("Save the settings under a name, or take saved ones"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(4))
        for button in (self.undo, self.redo, self.presets):
            row.addWidget(button)
        self.undo.clicked.connect(self.undo_wanted)
        self.redo.clicked.connect(self.redo_wanted)
        self.presets.clicked.connect(self._open)
        for button in (self.undo, self.redo, self.presets):  # until there is a recipe
            button.setEnabled(False)

    def show_state(self, state: RecipeState) -> None:
        """Enable undo and redo as far as they are possible now."""
        self.undo.setEnabled(state.history.can_undo)
        self.redo.setEnabled(state.history.can_redo)
        self.presets.setEnabled(True)

    def _open(self) -> None:
        self.presets_wanted.emit()
