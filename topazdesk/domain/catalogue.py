"""The catalogue of models: the records, and the look-up by name. Models are data, one JSON file each."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.network import Network
from topazdesk.domain.params import ParameterSet
from topazdesk.domain.pricing import PriceRule
from topazdesk.domain.services import ServiceName
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.errors import Code, UseError
from topazdesk.language import say


class Tier(StrEnum):
    """How much a model may change a picture."""

    PRECISE = "precise"  # keeps what is there
    GENERATIVE = "generative"  # rebuilds detail
    CREATIVE = "creative"  # invents detail


class ModelStatus(StrEnum):
    """Whether a model is still offered by its service."""

    CURRENT = "current"
    DEPRECATED = "deprecated"  # still available, will be switched off
    UNVERIFIED = "unverified"  # its API name or endpoint does not come from the service's own documentation
    LEGACY = "legacy"  # superseded or never documented: listed only on request


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """The largest input and output of a model in megapixels; None where it is not documented, never a guess."""

    input_mp: float | None
    output_mp: float | None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue. `api_models[0]` is sent; the others are names the service takes for the same model.

    `needs_check`: it may be offered only after the service's own estimate has accepted it. `order` sorts listings,
    lowest first. `min_scale` and `max_scale` limit the enlargement; None where no limit is documented. `keeps_aspect`:
    the result always has the shape of the source. `size_by_factor`: the service takes one factor for both sides
    instead of a width and a height. `makes_alpha`: the result is transparent although the source is not.
    """

    service: ServiceName
    name: str
    api_models: tuple[str, ...]
    aliases: tuple[str, ...]
    endpoint: str
    category: str
    tier: Tier
    tasks: tuple[str, ...]
    purpose: str
    caution: str
    standing: ModelStatus
    standing_note: str
    retires: str
    replacement: str
    limits: ModelLimits
    takes_size: bool
    keeps_alpha: bool
    formats: tuple[FileFormat, ...]
    price: PriceRule
    parameters: ParameterSet
    hint: str = ""
    sources: tuple[str, ...] = field(default=())
    needs_check: bool = False
    min_scale: float | None = None
    max_scale: float | None = None
    keeps_aspect: bool = False
    makes_alpha: bool = False
    order: int = 1000
    size_by_factor: bool = False
    networks: tuple[Network, ...] = ()  # what a service on this computer runs, the smallest scale first
    policy: UsagePolicy = field(default_factory=UsagePolicy)  # what this computer's organisation allows

    @property
    def slug(self) -> str:
        """The stable short name, such as "low-resolution-2"."""
        return slugify(self.name)

    @property
    def api_model(self) -> str:
        """The name that is sent to the service."""
        return self.api_models[0]

    @property
    def is_generative(self) -> bool:
        """Whether the service estimates it with its call for generative models."""
        return self.endpoint.endswith("-gen")

    @property
    def check_sentence(self) -> str:
        """Why the model is not offered until the service's estimate has accepted it; "" if that is not needed."""
        if not self.needs_check:
            return ""
        if not self.price.is_known:
            return say(
                "The price of {name} is not published. It can be used once {service} names one.",
                name=self.name,
                service=self.service.label,
            )
        return say(
            "It is not certain that {service} still takes {name} under this name. Asking for an estimate settles it "
            "and costs nothing.",
            service=self.service.label,
            name=self.name,
        )

    def limit_problem(self, source: Size, target: Size) -> str | None:
        """Return a sentence if a picture is beyond the model's limits, or None. Unknown limits forbid nothing."""
        most_in, most_out = self.limits.input_mp, self.limits.output_mp
        if most_in is not None and source.pixels > most_in * 1_000_000:
            return say(
                "{name} takes pictures up to {most_in:g} MP. This one has {megapixels:.1f} MP.",
                name=self.name,
                most_in=most_in,
                megapixels=source.megapixels,
            )
        if most_out is not None and target.pixels > most_out * 1_000_000:
            return say(
                "{name} makes results up to {most_out:g} MP. This would be {megapixels:.1f} MP.",
                name=self.name,
                most_out=most_out,
                megapixels=target.megapixels,
            )
        if not target.fits_sides():
            return say(
                "No side of a result may be longer than 32,000 pixels. This would be {width} × {height}.",
                width=target.width,
                height=target.height,
            )
        if self.max_scale is not None and _outgrows(target, source, self.max_scale):
            factor = max(target.width / source.width, target.height / source.height)
            return say(
                "{name} enlarges up to {max_scale:g}×. This would be {factor:.1f}×.",
                name=self.name,
                max_scale=self.max_scale,
                factor=factor,
            )
        return None

    def shape_problem(self, source: Size, target: Size) -> str | None:
        """Return a sentence if the model cannot make a result this small or of this shape, or None."""
        if self.min_scale is not None and _outgrows(source, target, 1 / self.min_scale):
            if self.min_scale == 1:
                return say("{name} does not make a picture smaller.", name=self.name)
            least = f"{self.min_scale:g}"
            return say("{name} does not make a picture smaller than {least}×.", name=self.name, least=least)
        if self.keeps_aspect and not _same_shape(source, target):
            return say("{name} keeps the shape of the picture. Set the width or the height, not both.", name=self.name)
        return None


def _outgrows(one: Size, other: Size, factor: float) -> bool:
    """Return whether `one` is more than `factor` times `other`, beyond the pixel that rounding may add."""
    return one.width > other.width * factor + 1 or one.height > other.height * factor + 1


def _same_shape(one: Size, other: Size) -> bool:
    """Return whether `other` has the aspect ratio of `one`, within a pixel of `other`."""
    gap = abs(one.width * other.height - one.height * other.width)
    return gap <= one.long_edge


@lru_cache(maxsize=1024)  # lists of models ask for the same fifty again and again
def slugify(name: str) -> str:
    """Return the name as lower-case letters and digits, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class Catalogue:
    """All models of all services, with look-up by display name, API name or alias in any case."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models: dict[tuple[ServiceName, str], Model] = {(m.service, m.slug): m for m in models}

    def under(self, policy: UsagePolicy) -> Catalogue:
        """Return the same models, for use under a policy."""
        return Catalogue([replace(model, policy=policy) for model in self])

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __len__(self) -> int:
        return len(self._models)

    def of(self, service: ServiceName, *, with_legacy: bool = False) -> list[Model]:
        """Return the models that `service` offers, in catalogue order.

        `with_legacy` adds superseded models and those without a known price.
        """
        found = sorted((m for m in self if m.service is service.catalogue), key=lambda m: m.order)
        return [m for m in found if with_legacy or (m.standing is not ModelStatus.LEGACY and m.price.is_known)]

    def find(self, service: ServiceName, name: str) -> Model:
        """Return the model called `name`: display name, else API name or alias, in any case; superseded ones too.

        Raises UseError with the nearest names if there is none, and with all of them if several models share an API
        name (there are two "Strong": one sharpens, one removes noise).
        """
        wanted = slugify(name)
        models = self.of(service, with_legacy=True)
        for model in models:
            if wanted == model.slug:
                return model
        found = [m for m in models if wanted in {slugify(n) for n in (*m.api_models, *m.aliases)}]
        if len(found) == 1:
            return found[0]
        if found:
            raise UseError(
                say("“{name}” is the name of {found} models", name=name, found=len(found)),
                say("Choose one: {found}", found=", ".join(m.name for m in found)),
                code=Code.USE_AMBIGUOUS_MODEL,
            )
        raise self._unknown(name, models)

    @staticmethod
    def _unknown(name: str, models: list[Model]) -> UseError:
        names = {n.lower(): m.name for m in models for n in (m.name, *m.api_models, *m.aliases)}
        close = difflib.get_close_matches(name.lower(), names, n=6, cutoff=0.4)
        nearest = list(dict.fromkeys(names[c] for c in close))[:3] or [m.name for m in models][:3]
        return UseError(
            say("There is no model called “{name}”", name=name),
            say("Nearest names: {nearest}. All names: topazdesk models --all", nearest=", ".join(nearest)),
            code=Code.USE_UNKNOWN_MODEL,
        )

    def by_slug(self, service: ServiceName, slug: str) -> Model | None:
        """Return the model with this slug, or None (a recipe may name a model that is gone)."""
        return self._models.get((service.catalogue, slug))

    def name_of(self, service: ServiceName, slug: str) -> str:
        """Return the name of a model for people; the slug of one that is gone."""
        model = self.by_slug(service, slug)
        return model.name if model is not None else slug
