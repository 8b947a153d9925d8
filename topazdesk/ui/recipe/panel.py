"""The right column: model on top, parameters below it, output at the bottom; task cards while the window is empty."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from topazdesk.domain.appraisal import Suggestion
from topazdesk.ui.controls import Button, ScrollArea, Surface, Text
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.forms import ParameterForm
from topazdesk.ui.models.names_watch import MOST
from topazdesk.ui.recipe.heading import RecipeHeading
from topazdesk.ui.recipe.model_card import ModelCard
from topazdesk.ui.recipe.output import OutputPanel
from topazdesk.ui.recipe.scope_line import ScopeLine
from topazdesk.ui.recipe.sending_line import SendingLine
from topazdesk.ui.recipe.tasks import TaskCards
from topazdesk.ui.recipe.terms_line import TermsLine
from topazdesk.ui.texts import plain_tip, tr, translated
from topazdesk.ui.theme import px

#: Below this height of the column, in design pixels, the output folds to one line with size and price.
_LOW = 600
#: Below this height the output shows one file name instead of three.
_LOWISH = 720
#: Least height of the parameters in design pixels: one row of them. The output needs the rest in a low window.
_FORM = 44


class RecipePanel(Surface):
    """The right column; blank until `RecipeBinding` fills it. `change_wanted`: the user wants another model."""

    change_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("panel")
        self._was_low = False
        self.setAccessibleName(tr("Adjustments"))
        self.header = RecipeHeading()
        self.title, self.tools, self.help_button = self.header.title, self.header.tools, self.header.help_button
        self.card = ModelCard()
        self.carried = Text("", "small", "text2", wrap=True)
        self.carried.hide()
        self.suggestion = SuggestionLine()
        self.suggestion.hide()
        self.scope = ScopeLine()
        self.form = ParameterForm()
        self.output = OutputPanel()
        self.terms = TermsLine()
        self.sending = SendingLine()
        self.tasks = TaskCards()
        # Where hints stand: those about the model, and those about the button, which is below this column.
        self.below_card, self.above_button = QVBoxLayout(), QVBoxLayout()
        self._stack = QStackedWidget()
        self._own_index = 0
        self._page: QWidget | None = None
        # A low window folds the output; the height of the unfolded output must not keep the window from shrinking.
        self._stack.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._lay_out()
        self.card.change_wanted.connect(self.change_wanted)

    def _lay_out(self) -> None:
        top = QVBoxLayout()
        top.setContentsMargins(px(16), px(12), px(16), px(8))
        top.setSpacing(px(6))
        top.addWidget(self.scope, 0, Qt.AlignmentFlag.AlignLeft)
        top.addWidget(self.card)
        top.addLayout(self.below_card)
        top.addWidget(self.carried)
        top.addWidget(self.suggestion)
        recipe = QWidget()
        column = QVBoxLayout(recipe)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        form = ScrollArea(self.form, padded=True)
        form.setMinimumHeight(px(_FORM))
        column.addWidget(form, 1)
        column.addWidget(self.output)
        column.addWidget(self.terms)
        column.addWidget(self.sending)
        column.addLayout(self.above_button)
        for page in (QWidget(), ScrollArea(self.tasks, padded=True), recipe):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self._stack, 1)

    def offer_tasks(self, offered: bool) -> None:
        """Show the task cards instead of the recipe, or the recipe again."""
        self._show_index(1 if offered else 2)

    def show_page(self, page: QWidget | None, title: str) -> None:
        """Show another page with its title in place of the recipe; None shows the recipe again."""
        self._page = page
        self.title.setText(title if page is not None else tr("Adjustments"))
        if page is not None and self._stack.indexOf(page) < 0:
            self._stack.addWidget(page)
        self._show_index(self._own_index)

    def _show_index(self, index: int) -> None:
        self._own_index = index
        if self._page is not None:
            self._stack.setCurrentWidget(self._page)
        else:
            self._stack.setCurrentIndex(index)

    @property
    def is_replaced(self) -> bool:
        """Whether another page, such as the trials, stands in place of the recipe."""
        return self._page is not None

    @property
    def offers_tasks(self) -> bool:
        """Whether the task cards are shown."""
        return self._own_index == 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the output when the window becomes low, and open it when it is no longer; the user may toggle it."""
        super().resizeEvent(event)
        self.output.show_most_names(MOST if self.height() >= px(_LOWISH) else 1)
        low = self.height() < px(_LOW)
        if low != self._was_low:
            self._was_low = low
            self.output.set_close(low)
            self.output.head.set_open(not low)


class SuggestionLine(QWidget):
    """Says which model fits the picture, and why; the `take` button uses it."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Text("", "small", "text2", wrap=True)
        self.take = Button(tr("Apply"), size="small")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(Mark("advice", "text2", 14), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.words, 1)
        row.addWidget(self.take, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_suggestion(self, found: Suggestion | None) -> None:
        """Show a suggestion, or hide the line if there is none."""
        self.setVisible(found is not None)
        if found is not None:
            self.words.setText(f"{translated(found.reason)} – {tr('try {model}').format(model=found.model.name)}")
            self.take.setAccessibleName(tr("Use {model}").format(model=found.model.name))
            self.take.setToolTip(plain_tip(translated(found.model.purpose)))
