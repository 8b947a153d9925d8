"""Keeps the right column and the recipe in sync: shows every change of the recipe and stores the user's edits."""

from __future__ import annotations

from PySide6.QtCore import QObject

from topazdesk.domain.catalogue import Model
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.params import Value
from topazdesk.domain.recipe import OutputOptions
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls.help_place import help_at, set_help
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.pricing import Pricing
from topazdesk.ui.recipe.panel import RecipePanel
from topazdesk.ui.recipe.saving_words import metadata_text
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import ntr, number


class RecipeBinding(Feature):
    """Binds the recipe of an opened profile to the right column, which offers tasks while the list is empty."""

    def __init__(self, panel: RecipePanel, library: Library, pricing: Pricing, parent: QObject) -> None:
        super().__init__(parent)
        self._panel = panel
        self._library = library
        self._pricing = pricing
        self._state = pricing.recipe
        self._info: ImageInfo | None = None
        self._service: ServiceName | None = None  # the service that decides settings in Auto; the form names it
        self._task_was_chosen = False
        state = self._state
        state.changed.connect(self._recipe_changed)
        library.current_changed.connect(self._show_picture)
        pricing.plan_changed.connect(self._plan_changed)
        panel.form.changed.connect(self._values_changed)
        panel.form.released.connect(state.seal)
        panel.output.edited.connect(self._output_edited)
        panel.output.steps.begun.connect(state.seal)
        panel.tasks.model_wanted.connect(self._task_chosen)
        bind(self._model_changed, state.model_changed)
        bind(lambda: panel.output.show_names(pricing.names.names), pricing.names.changed)
        self._show_output()
        self._plan_changed()
        bind(self._counted, library.pictures.counted)

    # from the recipe to the column

    def _counted(self) -> None:
        self._panel.offer_tasks(len(self._library.pictures) == 0 and not self._task_was_chosen)
        self._show_picture()

    def _show_picture(self) -> None:
        """Show size, price and file name of the current picture's result in the output section."""
        picture = self._library.picture
        info = picture.info if picture is not None else None
        if info is not self._info:
            self._info = info
            self._show_output()

    def _model_changed(self) -> None:
        panel, state = self._panel, self._state
        self._show_values()
        panel.card.show_model(state.model)
        set_help(panel.form, help_at(panel.card))
        panel.tasks.show_models(state.catalogue.of(state.recipe.service))
        line = carried_text(state.kept, state.returned)
        panel.carried.setText(line)
        panel.carried.setVisible(bool(line))
        self._pricing.set_form_problem("")

    def _show_values(self) -> None:
        recipe = self._state.recipe
        self._service = recipe.service
        self._panel.form.set_model(self._state.model, recipe.settings, recipe.service)

    def _recipe_changed(self, by_user: bool) -> None:
        panel, recipe = self._panel, self._state.recipe
        # The service matters too: it decides the settings left in Auto.
        fresh = panel.form.values() == recipe.settings and self._service is recipe.service
        if not by_user:
            panel.output.sizes.show_factors()
        if not by_user or not fresh:
            self._show_values()
        self._show_output()

    def _show_output(self) -> None:
        self._panel.output.show_recipe(self._state.recipe, self._state.model, self._info)

    def _plan_changed(self) -> None:
        self._panel.card.show_offer(*self._pricing.offer_note())
        self._panel.output.steps.set_many(len(self._pricing.held_all.plan.ids) > 1)
        self._panel.output.show_kept(metadata_text(self._pricing.settings))

    # from the column to the recipe

    def _values_changed(self, values: dict[str, Value]) -> None:
        form = self._panel.form
        problems = form.problems()
        self._state.set_values(values, held=form.is_dragging())
        self._pricing.set_form_problem(problems[0][1] if problems else "")

    def _output_edited(self, output: OutputOptions) -> None:
        self._state.set_output(output, held=self._panel.form.is_dragging())

    def _task_chosen(self, model: Model) -> None:
        self._state.set_model(model)
        self._task_was_chosen = True
        self._panel.offer_tasks(False)


def carried_text(kept: int, returned: int) -> str:
    """Return a line such as "3 settings kept, 2 returned to Auto", or an empty one if no settings were carried over."""
    if not kept and not returned:
        return ""
    first = ntr("1 setting kept", "{n} settings kept", kept).format(n=kept)
    return (
        ntr("{kept}, {n} returned to Auto", "{kept}, {n} returned to Auto", returned).format(
            kept=first, n=number(returned)
        )
        if returned
        else first
    )
