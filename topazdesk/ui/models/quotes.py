"""What each model would cost for the pictures at hand.

Pure functions: models, recipe and picture sizes in, numbers and texts out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from topazdesk.domain.catalogue import Model, ModelStatus
from topazdesk.domain.draft import output_with_default
from topazdesk.domain.geometry import OutputSize, Size, SizeMode
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import EstimateRequest
from topazdesk.domain.pricing import EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.language import comma
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.texts import money_text, number, pictures_text, short_number, size_text, tr


@dataclass(frozen=True, slots=True)
class QuoteGroup:
    """Pictures of one upright size; `info` is that of one of them and stands for all `count`."""

    info: ImageInfo
    size: Size
    count: int


@dataclass(frozen=True, slots=True)
class TriedOn:
    """What another model would be tried on: the picture, or a patch of it, as it is sent, and the recipe for that."""

    info: ImageInfo
    recipe: Recipe
    is_patch: bool

    @property
    def words(self) -> str:
        """What it is called in a sentence, for instance "a trial on the area"."""
        return tr("a trial on the area") if self.is_patch else tr("a trial on the whole picture")


@dataclass(frozen=True, slots=True)
class Quote:
    """What a model costs for the `fitting` ones of `total` pictures, in whole units of the service.

    `is_certain`: every known price comes from a published table. `unknown`: how many have no published price.
    """

    credits: int = 0
    fitting: int = 0
    total: int = 0
    is_certain: bool = True
    unknown: int = 0

    @property
    def too_large(self) -> int:
        """How many pictures exceed a limit of the model."""
        return self.total - self.fitting

    @property
    def is_unknown(self) -> bool:
        """Whether no price can be named at all."""
        return self.unknown > 0 and self.unknown == self.fitting


def groups_of(pictures: Iterable[Picture]) -> tuple[QuoteGroup, ...]:
    """Group pictures by size, in the order they come; those that are still being read are left out."""
    counts: dict[Size, int] = {}
    infos: dict[Size, ImageInfo] = {}
    for picture in pictures:
        if picture.info is not None and picture.size is not None:
            counts[picture.size] = counts.get(picture.size, 0) + 1
            infos.setdefault(picture.size, picture.info)
    return tuple(QuoteGroup(infos[size], size, count) for size, count in counts.items())


def quotes_for(models: Iterable[Model], recipe: Recipe, groups: Sequence[QuoteGroup]) -> dict[str, Quote]:
    """Return a quote for each model, by slug. For any thread: with thousands of picture sizes it takes a while."""
    targets: dict[OutputSize, list[Size | None]] = {}
    return {model.slug: quote(model, recipe, groups, targets) for model in models}


def quote(
    model: Model,
    recipe: Recipe,
    groups: Sequence[QuoteGroup],
    targets: dict[OutputSize, list[Size | None]] | None = None,
) -> Quote:
    """Return the price with `model` in place of the recipe's own, at the same output size if the model takes one.

    `targets` caches the result sizes by output size, for use with the next model.
    """
    output = output_with_default(recipe.output, recipe.service, model)
    known = targets if targets is not None else {}
    if output.size not in known:
        known[output.size] = [_resolved(output.size, group.size) for group in groups]
    credits = fitting = total = unknown = 0
    certain = True
    for group, target in zip(groups, known[output.size], strict=True):
        total += group.count
        if target is None or model.limit_problem(group.size, target) is not None:
            continue
        fitting += group.count
        estimate = model.price.estimate(target) if model.price.is_known else None
        if estimate is None or not estimate.is_known:
            unknown += group.count
            continue
        credits += estimate.credits * group.count
        certain = certain and estimate.source is not EstimateSource.PROJECTION
    return Quote(credits, fitting, total, certain, unknown)


def speed_questions(
    models: Iterable[Model], recipe: Recipe, groups: Sequence[QuoteGroup]
) -> dict[str, EstimateRequest]:
    """Return the estimates to request to learn how long each model takes for the first picture, by slug.

    Empty without pictures, or if the service gives no estimates.
    """
    if not groups or not recipe.service.traits.has_estimates:
        return {}
    info, size = groups[0].info, groups[0].size
    found: dict[str, EstimateRequest] = {}
    for model in models:
        target = _resolved(output_with_default(recipe.output, recipe.service, model).size, size)
        if model.standing is ModelStatus.LEGACY or target is None or model.limit_problem(size, target) is not None:
            continue
        format_ = recipe.output.format_for(info.format, model.formats)
        found[model.slug] = EstimateRequest(model, size, target if model.takes_size else None, format_, {})
    return found


def _resolved(output: OutputSize, source: Size) -> Size | None:
    try:
        return output.resolve(source)
    except ValueError:
        return None


def price_text(model: Model, found: Quote | None) -> str:
    """Return the price in words, for instance "18 credits" or "about $0.16".

    It is "from 1 credit" while there is no picture, "" if none fits, and "…" while it is being worked out (None).
    """
    unit = model.price.unit
    if found is None:
        return "…"
    if found.is_unknown or not model.price.is_known:
        return tr("price not published")
    if model.price.is_free:
        return tr("free") if found.fitting or not found.total else ""
    if not found.total:
        return tr("from {price}").format(price=money_text(model.price.credits_for(Size(1, 1)), unit))
    if not found.fitting:
        return ""
    price = money_text(found.credits, unit)
    if found.unknown:
        return tr("over {price}").format(price=price)
    return price if found.is_certain else tr("about {price}").format(price=price)


def too_large_text(found: Quote | None) -> str:
    """Return for instance "Too large for 2 of 3 pictures", or "" if all fit."""
    if found is None or not found.too_large:
        return ""
    if found.too_large == found.total:
        if found.total == 1:
            return tr("Too large for this picture")
        if found.total == 2:
            return tr("Too large for both pictures")
        return tr("Too large for all {pictures}").format(pictures=pictures_text(found.total))
    return tr("Too large for {n} of {pictures}").format(n=number(found.too_large), pictures=pictures_text(found.total))


def limits_text(model: Model) -> str:
    """Return for instance "24 MP in, 384 MP out"; limits that are not published are left out."""
    limits = model.limits
    parts = []
    if limits.input_mp is not None:
        parts.append(tr("{mp} MP in").format(mp=short_number(limits.input_mp)))
    if limits.output_mp is not None:
        parts.append(tr("{mp} MP out").format(mp=short_number(limits.output_mp)))
    nothing = tr("any size") if model.service.traits.runs_networks else tr("limits not published")
    return comma().join(parts) or nothing


def basis_text(output: OutputSize, groups: Sequence[QuoteGroup]) -> tuple[str, str]:
    """Return what the prices are for, as a strong part and the rest.

    For instance "3 pictures at 4×" and "(6000 × 4000 · 24 MP each)".
    """
    count = sum(group.count for group in groups)
    if not count:
        return "", ""
    at = _size_words(output)
    strong = pictures_text(count) + (f" {at}" if at else "")
    if len(groups) > 1:
        return strong, ""
    try:
        target = output.resolve(groups[0].size)
    except ValueError:
        return strong, ""
    each = tr("({size} each)") if count > 1 else "({size})"
    return strong, each.format(size=size_text(target))


def _size_words(output: OutputSize) -> str:
    value = short_number(output.value)
    match output.mode:
        case SizeMode.SCALE:
            return tr("at {factor}×").format(factor=value)
        case SizeMode.WIDTH:
            return tr("at {n} pixels width").format(n=value)
        case SizeMode.HEIGHT:
            return tr("at {n} pixels height").format(n=value)
        case SizeMode.LONG_EDGE:
            return tr("at {n} pixels on the longest side").format(n=value)
        case SizeMode.MEGAPIXELS:
            return tr("at {mp} MP").format(mp=value)
        case SizeMode.BOX:
            return tr("at {width} × {height}").format(width=value, height=output.height_px)
        case SizeMode.PRINT:
            return tr("on {paper} at {dpi} dpi").format(paper=output.paper, dpi=value)
    return ""
