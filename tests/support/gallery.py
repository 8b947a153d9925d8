"""Models and picture sizes for tests of the gallery: the packaged catalogue, and models with every standing and tier."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.support.catalogue import packaged_catalogue
from topazdesk.domain.catalogue import Limits, Model, ServiceName, Standing, Tier
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.recipe import Output, Recipe
from topazdesk.ui.dialogs.quotes import Group


def varied_models() -> list[Model]:
    """The packaged models, and one each that is creative, not verified, outdated."""
    models = packaged_catalogue().of(ServiceName.TOPAZ)
    recover = next(model for model in models if model.name == "Recover 3")
    standard = next(model for model in models if model.name == "Standard 2")
    none = Limits(None, None)
    return [
        *models,
        replace(
            recover,
            name="Bloom 2",
            api_models=("Bloom 2",),
            aliases=(),
            tier=Tier.CREATIVE,
            purpose="Invents rich new detail.",
            caution="Not for documents or evidence.",
            limits=Limits(None, 256),
        ),
        replace(
            standard,
            name="Wonder 4",
            api_models=("Wonder 4",),
            aliases=(),
            standing=Standing.UNVERIFIED,
            purpose="Newest of its family.",
            price=replace(standard.price, is_published=False),
        ),
        replace(
            standard,
            name="Standard V1",
            api_models=("Standard",),
            aliases=("old standard",),
            standing=Standing.DEPRECATED,
            replacement="Standard 2",
            retires="2027-01-31",
            limits=none,
            purpose="Earlier version, kept so that old recipes still work.",
        ),
    ]


def info_of(width: int, height: int, name: str = "a.jpg") -> ImageInfo:
    """Facts of a JPEG of this size."""
    size = Size(width, height)
    return ImageInfo(Path(name), FileFormat.JPEG, size, 1, 8, 3, False, False, 1, 1000, 0)


def group(width: int, height: int, count: int = 1) -> Group:
    """`count` pictures of one size."""
    info = info_of(width, height)
    return Group(info, info.size, count)


def recipe_for(model: Model, factor: float = 4.0) -> Recipe:
    """An enlarging recipe."""
    return Recipe.of(ServiceName.SANDBOX, model.slug, {}, Output(OutputSize.scale(factor)))
