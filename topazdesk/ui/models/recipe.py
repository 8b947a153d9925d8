"""The window's recipe: one frozen value, which the panels replace and never modify."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import fields, replace

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.catalogue import Catalogue, Model, ModelStatus
from topazdesk.domain.draft import output_with_default
from topazdesk.domain.params import Values, carry_over
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError
from topazdesk.ui.models.history import History

#: Models to start with when nothing has been chosen yet: they preserve pixels and are the services' own defaults.
FIRST_CHOICES = ("standard-2", "low-resolution-2")


class RecipeState(QObject):
    """The present recipe and its model.

    `changed` is emitted after every change, preceded by `model_changed` when the model is a different one. Its argument
    `by_user` is True for a change made in the window, and False when a recipe was restored or shown. The user can undo
    every change; each `subject` (the common recipe, or a picture with its own) has its own history. Pass `held` while
    a control is held down: all changes until `seal` are then one step.
    """

    changed = Signal(bool)
    model_changed = Signal()

    def __init__(self, catalogue: Catalogue, service: ServiceName, parent: QObject | None = None) -> None:
        """Start with the first model of the service. Raises UseError if the catalogue has none for it."""
        super().__init__(parent)
        self.catalogue = catalogue
        self._model = first_model(catalogue, service)
        self._recipe = fresh_recipe(service, self._model)
        self.kept = 0
        self.returned = 0
        self._subject = 0
        # By the service whose catalogue it is, as another one has other models, and by subject.
        self._histories: dict[tuple[ServiceName, int], History[Recipe]] = {}

    @property
    def recipe(self) -> Recipe:
        """The present recipe."""
        return self._recipe

    @property
    def model(self) -> Model:
        """The model of the present recipe."""
        return self._model

    @property
    def subject(self) -> int:
        """Whose recipe it is: 0 for the common one, otherwise the id of the picture that it belongs to."""
        return self._subject

    @property
    def history(self) -> History[Recipe]:
        """The undo history of the present subject; each catalogue of models has its own."""
        return self._histories.setdefault((self._recipe.service.catalogue, self._subject), History())

    # changes by the user

    def set_model(self, model: Model) -> None:
        """Change the model. Values with the same meaning stay, the others return to Auto.

        `kept` and `returned` say how many did which.
        """
        if model is self._model:
            return
        self.history.record(self._recipe, "model")
        self.history.seal()
        self._set_model(model)
        self.model_changed.emit()
        self.changed.emit(True)

    def set_values(self, values: Values, *, held: bool = False) -> None:
        """Replace the values that the user has set."""
        before = self._recipe.settings
        names = {name for name in {*before, *values} if before.get(name) != values.get(name)}
        recipe = Recipe.of(self._recipe.service, self._recipe.model, values, self._recipe.output)
        self._put(recipe, frozenset(names), held=held)

    def set_output(self, output: OutputOptions, *, held: bool = False) -> None:
        """Replace the output settings."""
        before = self._recipe.output
        names = {
            field.name for field in fields(OutputOptions) if getattr(before, field.name) != getattr(output, field.name)
        }
        self._put(replace(self._recipe, output=output), frozenset(names), held=held)

    def reset(self) -> None:
        """Return all values to Auto."""
        self.history.seal()
        self.apply(replace(self._recipe, values=()))

    def apply(self, recipe: Recipe) -> bool:
        """Adopt a whole recipe (preset, pasted settings) as one step. Return False if its model is not offered."""
        fitted = self._fitted(recipe)
        if fitted is None:
            return False
        if fitted[1] != self._recipe:
            self.history.record(self._recipe, "whole")
            self.history.seal()
            self._become(*fitted, by_user=True)
        return True

    def undo(self) -> None:
        """Go back one step."""
        self._step(self.history.undo(self._recipe))

    def way_back(self, before: Recipe) -> Callable[[], None]:
        """Return the action behind the "Undo" of a notice about the present recipe.

        It goes back to `before`, whatever was changed or undone since, and does nothing while the recipe of another
        subject is shown.
        """
        after, subject = self._recipe, self._subject

        def back() -> None:
            if self._subject != subject:
                return
            if self._recipe == after:
                self.undo()
            else:
                self.apply(replace(before, service=self._recipe.service))

        return back

    def redo(self) -> None:
        """Redo the step that was undone last."""
        self._step(self.history.redo(self._recipe))

    def seal(self) -> None:
        """Close the step, as a control was released: the next change starts a new one."""
        self.history.seal()

    # changes of other kinds

    def load(self, recipe: Recipe) -> bool:
        """Show a stored recipe. Return False, and change nothing, if its model is no longer offered."""
        return self.show(recipe, self._subject)

    def show(self, recipe: Recipe, subject: int) -> bool:
        """Show the recipe of `subject` (0: the common one). Return False, and show nothing, without its model.

        This is not a step to undo, as the user has changed nothing.
        """
        fitted = self._fitted(recipe)
        if fitted is None:
            return False
        self.history.seal()
        self._subject = subject
        self._become(*fitted, by_user=False)
        return True

    def _put(self, recipe: Recipe, thing: Hashable, *, held: bool) -> None:
        if recipe != self._recipe:
            self.history.record(self._recipe, thing, held=held)
            self._recipe = recipe
            self.changed.emit(True)

    def _step(self, found: Recipe | None) -> None:
        if found is None:
            return
        fitted = self._fitted(replace(found, service=self._recipe.service))
        if fitted is not None:
            self._become(*fitted, by_user=True)

    def _set_model(self, model: Model) -> None:
        moved = with_model(self._recipe, self._model, model)
        self.kept = len(moved.values)
        self.returned = len(self._recipe.values) - len(moved.values)
        self._model = model
        self._recipe = moved

    def _fitted(self, recipe: Recipe) -> tuple[Model, Recipe] | None:
        model = self.catalogue.by_slug(recipe.service, recipe.model)
        if model is None:
            return None
        known = {name: value for name, value in recipe.values if model.parameters.get(name) is not None}
        output = output_with_default(recipe.output, recipe.service, model)
        return model, Recipe.of(recipe.service, model.slug, known, output)

    def _become(self, model: Model, recipe: Recipe, *, by_user: bool) -> None:
        another = model is not self._model
        self._model = model
        self._recipe = recipe
        self.kept = self.returned = 0
        if another or not by_user:
            self.model_changed.emit()
        self.changed.emit(by_user)


def with_model(recipe: Recipe, old: Model, model: Model) -> Recipe:
    """Return `recipe` for another model.

    Values with the same meaning stay; output settings stay as far as the model supports them.
    """
    kept = carry_over(recipe.settings, old.parameters, model.parameters)
    output = output_with_default(recipe.output, recipe.service, model)
    if output.format is not None and output.format not in model.formats:
        output = replace(output, format=None)
    return Recipe.of(recipe.service, model.slug, kept, output)


def first_model(catalogue: Catalogue, service: ServiceName) -> Model:
    """Return the model to start with. Raises UseError if the service has none."""
    models = catalogue.of(service)
    for slug in FIRST_CHOICES:
        for model in models:
            if model.slug == slug:
                return model
    current = [model for model in models if model.standing is ModelStatus.CURRENT]
    if not (current or models):
        raise UseError(
            "The catalogue has no models.", "Install topazdesk again, or mend the files in its catalogue folder."
        )
    return (current or models)[0]


def fresh_recipe(service: ServiceName, model: Model) -> Recipe:
    """Return a recipe with everything in Auto and the documented default for the output size."""
    return Recipe.of(service, model.slug, {}, output_with_default(OutputOptions(), service, model))
