"""What a change of the service would do to the settings: as they were left there, or as far as they fit there.

Nothing is changed in silence: a model that is not offered there is a question (`asks`), and what is different there is
told. Services with the same catalogue share their settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from topazdesk.app.presets import Preset
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError
from topazdesk.ui.models.recipe import first_model, with_model

ModelOf = Callable[[Recipe], Model]


@dataclass(frozen=True, slots=True)
class KeptSettings:
    """The settings as they were left at a service: the common ones, and by picture id those of its own, if any."""

    common: Recipe
    own: Mapping[int, Recipe | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceMove:
    """The settings before a change of the service and after it.

    - `was_there`: whether they are as they were left there.
    - `missing`: the model in use, if it is not offered there.
    - `lost`: the pictures with settings of their own whose model is not offered there; they would use the common ones.
    - `returned`: how many of the common values cannot be used there and return to Auto.
    """

    service: ServiceName
    before: KeptSettings
    after: KeptSettings
    model: Model
    was_there: bool = False
    missing: Model | None = None
    lost: tuple[int, ...] = ()
    lost_models: tuple[Model, ...] = ()
    returned: int = 0

    @property
    def asks(self) -> bool:
        """Whether the user has to be asked: a model in use is not offered there."""
        return self.missing is not None or bool(self.lost)

    @property
    def left(self) -> ServiceName:
        """The service that is left."""
        return self.before.common.service

    @property
    def is_another_catalogue(self) -> bool:
        """Whether the models there are others, so that settings may differ."""
        return self.service.catalogue is not self.left.catalogue


def service_move(
    catalogue: Catalogue, service: ServiceName, before: KeptSettings, kept: KeptSettings | None, model_of: ModelOf
) -> ServiceMove:
    """Work out a change to `service`, where the settings were left as `kept`, or which is new (None).

    Raises UseError if the catalogue has no model at all for it.
    """
    if service.catalogue is before.common.service.catalogue:
        own = {each: replace(recipe, service=service) if recipe else None for each, recipe in before.own.items()}
        after = KeptSettings(replace(before.common, service=service), own)
        return ServiceMove(service, before, after, model_of(after.common))
    common = _there(catalogue, _as_left(kept, before) if kept is not None else before.common, service, model_of)
    missing = None
    if common is None:
        old, new = model_of(before.common), first_model(catalogue, service)
        missing = old
        common = with_model(replace(before.common, service=service), old, new)
    own = {}
    lost: dict[int, Model] = {}
    for each, recipe in before.own.items():
        wanted = kept.own[each] if kept is not None and each in kept.own else recipe
        own[each] = _there(catalogue, wanted, service, model_of) if wanted is not None else None
        if wanted is not None and own[each] is None:
            lost[each] = model_of(wanted)
    was_there = kept is not None and missing is None
    return ServiceMove(
        service,
        before,
        KeptSettings(common, own),
        model_of(common),
        was_there=was_there,
        missing=missing,
        lost=tuple(lost),
        lost_models=tuple({model.slug: model for model in lost.values()}.values()),
        returned=0 if was_there or missing is not None else len(before.common.values) - len(common.values),
    )


def _as_left(kept: KeptSettings, before: KeptSettings) -> Recipe:
    """Return the common settings as they were left, but for where files go: that is this computer's matter."""
    here, there = before.common.output, kept.common.output
    output = replace(here, size=there.size, format=there.format, crop_to_fill=there.crop_to_fill)
    return replace(kept.common, output=output)


def _there(catalogue: Catalogue, recipe: Recipe, service: ServiceName, model_of: ModelOf) -> Recipe | None:
    """Return a recipe with the same model for `service`, with the values that can be used there, or None."""
    if recipe.service is service:
        return recipe if catalogue.by_slug(service, recipe.model) is not None else None
    new = catalogue.by_slug(service, recipe.model)
    if new is None:
        return None
    try:
        return Preset("", recipe).recipe_for(catalogue, service, recipe.output.folder)[1]
    except UseError:  # a value is out of range there
        return with_model(replace(recipe, service=service), model_of(recipe), new)
