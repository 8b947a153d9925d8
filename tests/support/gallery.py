"""Models and picture sizes for tests of the gallery."""

from __future__ import annotations

from pathlib import Path

from tests.support.catalogue import packaged_catalogue
from topazdesk.domain.catalogue import Model, ModelStatus, Tier
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.quotes import QuoteGroup


def varied_models() -> list[Model]:
    """The packaged models: of every tier, some not verified, some outdated."""
    models = packaged_catalogue().of(ServiceName.TOPAZ)
    assert {m.tier for m in models} == set(Tier)
    assert {m.standing for m in models} == {ModelStatus.CURRENT, ModelStatus.UNVERIFIED, ModelStatus.DEPRECATED}
    return models


def info_of(width: int, height: int, name: str = "a.jpg") -> ImageInfo:
    """Facts of a JPEG of this size."""
    size = Size(width, height)
    return ImageInfo(Path(name), FileFormat.JPEG, size, 1, 8, 3, False, False, 1, 1000, 0)


def group(width: int, height: int, count: int = 1) -> QuoteGroup:
    """`count` pictures of one size."""
    info = info_of(width, height)
    return QuoteGroup(info, info.size, count)


def recipe_for(model: Model, factor: float = 4.0) -> Recipe:
    """An enlarging recipe."""
    return Recipe.of(ServiceName.SANDBOX, model.slug, {}, OutputOptions(OutputSize.scale(factor)))
