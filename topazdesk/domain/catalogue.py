"""The catalogue: models are data. One JSON file a model; this module holds the records and the look-up by name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.params import ParameterSet
from topazdesk.domain.pricing import PriceRule
from topazdesk.errors import UseError


class ServiceName(StrEnum):
    """The services; the value is the word of `--service`."""

    TOPAZ = "topaz"
    RUNFLOW = "runflow"
    SANDBOX = "sandbox"

    @property
    def catalogue(self) -> ServiceName:
        """Whose catalogue it uses: the sandbox speaks the Topaz contract, so there is one catalogue, not two."""
        return ServiceName.TOPAZ if self is ServiceName.SANDBOX else self

    @property
    def label(self) -> str:
        """Name for people."""
        return self.value.capitalize()


class Tier(StrEnum):
    """What a model may do to a picture."""

    PRECISE = "precise"  # keeps pixels
    GENERATIVE = "generative"  # rebuilds
    CREATIVE = "creative"  # invents


class Standing(StrEnum):
    """Whether a model can be offered."""

    CURRENT = "current"
    DEPRECATED = "deprecated"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Limits:
    """Largest input and output in megapixels; None where no page states it (never invented)."""

    input_mp: float | None
    output_mp: float | None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue. `api_models[0]` is sent; the others are names the service takes for the same model."""

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
    standing: Standing
    standing_note: str
    retires: str
    replacement: str
    limits: Limits
    takes_size: bool
    keeps_alpha: bool
    formats: tuple[FileFormat, ...]
    price: PriceRule
    parameters: ParameterSet
    hint: str = ""
    sources: tuple[str, ...] = field(default=())

    @property
    def slug(self) -> str:
        """Stable short name: "low-resolution-2"."""
        return slugify(self.name)

    @property
    def api_model(self) -> str:
        """The name that is sent."""
        return self.api_models[0]

    @property
    def is_generative(self) -> bool:
        """Whether the generative estimate call is the right one."""
        return self.endpoint.endswith("-gen")

    def limit_problem(self, source: Size, target: Size) -> str | None:
        """A sentence when a picture is over the model's limits, or None. Unknown limits forbid nothing."""
        if self.limits.input_mp is not None and source.pixels > self.limits.input_mp * 1_000_000:
            return f"{self.name} takes pictures up to {self.limits.input_mp:g} MP. This one has {source.megapixels:.1f} MP."
        if self.limits.output_mp is not None and target.pixels > self.limits.output_mp * 1_000_000:
            return f"{self.name} makes results up to {self.limits.output_mp:g} MP. This would be {target.megapixels:.1f} MP."
        if not target.fits_sides():
            return (
                f"No side of a result may be longer than 32,000 pixels. This would be {target.width} × {target.height}."
            )
        return None


def slugify(name: str) -> str:
    """Lower case letters and digits, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class Catalogue:
    """All models of all services, with look-up by display name, API name or alias in any case."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models: dict[tuple[ServiceName, str], Model] = {(m.service, m.slug): m for m in models}

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __len__(self) -> int:
        return len(self._models)

    def of(self, service: ServiceName) -> list[Model]:
        """Models that `service` offers, in catalogue order."""
        return [m for m in self if m.service is service.catalogue]

    def find(self, service: ServiceName, name: str) -> Model:
        """The model called `name`: display name, API name, alias or slug, in any case.

        Raises UseError with the nearest names when there is none.
        """
        wanted = slugify(name)
        models = self.of(service)
        for key in (lambda m: (m.name,), lambda m: m.api_models, lambda m: m.aliases):
            for model in models:
                if wanted in {slugify(n) for n in key(model)}:
                    return model
        names = {n.lower(): m.name for m in models for n in (m.name, *m.api_models, *m.aliases)}
        close = difflib.get_close_matches(name.lower(), names, n=6, cutoff=0.4)
        nearest = list(dict.fromkeys(names[c] for c in close))[:3] or [m.name for m in models][:3]
        raise UseError(
            f"There is no model called “{name}”.",
            f"Nearest names: {', '.join(nearest)}. All names: topazdesk models",
            code="use.unknown_model",
        )

    def by_slug(self, service: ServiceName, slug: str) -> Model | None:
        """The model with this slug, or None (a recipe may name a model that is gone)."""
        return self._models.get((service.catalogue, slug))
