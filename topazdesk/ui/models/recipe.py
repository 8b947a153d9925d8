"""The window's recipe: one frozen value that the panels replace, never change."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.catalogue import Catalogue, Model, ServiceName, Standing
from topazdesk.domain.draft import output_with_default
from topazdesk.domain.params import Values, carry_over
from topazdesk.domain.recipe import Output, Recipe
from topazdesk.errors import UseError

#: Models that are offered first when nothing was chosen yet: they keep pixels and are the services' own defaults.
FIRST_CHOICES = ("standard-2", "low-resolution-2")


class RecipeState(QObject):
    """Recipe and its model. `changed` follows every change, `model_changed` before it when the model is another one.

    `by_user` in `changed` tells a change made in the window from one that was restored.
    """

    changed = Signal(bool)
    model_changed = Signal()

    def __init__(self, catalogue: Catalogue, service: ServiceName, parent: QObject | None = None) -> None:
        """Starts with the first model of the service. Raises UseError when the catalogue has none for it."""
        super().__init__(parent)
        self.catalogue = catalogue
        self._model = first_model(catalogue, service)
        self._recipe = fresh_recipe(service, self._model)
        self.kept = 0
        self.returned = 0

    @property
    def recipe(self) -> Recipe:
        """The present recipe."""
        return self._recipe

    @property
    def model(self) -> Model:
        """Its model."""
        return self._model

    def set_model(self, model: Model) -> None:
        """Change the model; values of the same meaning stay (`kept`), the others return to Auto (`returned`)."""
        if model is self._model:
            return
        values = self._recipe.settings
        kept = carry_over(values, self._model.parameters, model.parameters)
        self.kept, self.returned = len(kept), len(values) - len(kept)
        output = output_with_default(self._recipe.output, self._recipe.service, model)
        if output.format is not None and output.format not in model.formats:
            output = replace(output, format=None)
        self._model = model
        self._recipe = Recipe.of(self._recipe.service, model.slug, kept, output)
        self.model_changed.emit()
        self.changed.emit(True)

    def set_values(self, values: Values) -> None:
        """Replace the values that the user has set."""
        self._put(Recipe.of(self._recipe.service, self._recipe.model, values, self._recipe.output))

    def set_output(self, output: Output) -> None:
        """Replace the output settings."""
        self._put(replace(self._recipe, output=output))

    def set_service(self, service: ServiceName) -> None:
        """Change the service; the model stays where the service has it."""
        if service is self._recipe.service:
            return
        if service.catalogue is not self._recipe.service.catalogue:
            model = self.catalogue.by_slug(service, self._model.slug) or first_model(self.catalogue, service)
            self.set_model(model)
        self._put(replace(self._recipe, service=service))

    def load(self, recipe: Recipe) -> bool:
        """Take over a stored recipe; False when its model is no longer offered (nothing changes then)."""
        model = self.catalogue.by_slug(recipe.service, recipe.model)
        if model is None or not model.price.is_known:
            return False
        known = {name: value for name, value in recipe.values if model.parameters.get(name) is not None}
        output = output_with_default(recipe.output, recipe.service, model)
        self._model = model
        self._recipe = Recipe.of(recipe.service, model.slug, known, output)
        self.kept = self.returned = 0
        self.model_changed.emit()
        self.changed.emit(False)
        return True

    def _put(self, recipe: Recipe) -> None:
        if recipe != self._recipe:
            self._recipe = recipe
            self.changed.emit(True)


def first_model(catalogue: Catalogue, service: ServiceName) -> Model:
    """The model to start with. Raises UseError when the service has none."""
    models = catalogue.of(service)
    for slug in FIRST_CHOICES:
        for model in models:
            if model.slug == slug:
                return model
    current = [model for model in models if model.standing is Standing.CURRENT]
    if not (current or models):
        raise UseError(
            "The catalogue has no models.", "Install topazdesk again, or mend the files in its catalogue folder."
        )
    return (current or models)[0]


def fresh_recipe(service: ServiceName, model: Model) -> Recipe:
    """A recipe in which everything is Auto and the output size is the documented default."""
    return Recipe.of(service, model.slug, {}, output_with_default(Output(), service, model))
