"""Where the price rises: a model's price steps for one picture, and what a slightly smaller result would save.

A price step is the range of result sizes that cost the same. Its largest size keeps the picture's shape as every size
setting does: the long edge is a whole number of pixels and the short one follows, rounded. So one setting (`LONG_EDGE`)
selects the largest size of a step, and its result is never beyond the step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import MAX_SIDE_PX, OutputSize, Size, SizeMode
from topazdesk.domain.pricing import Estimate

#: A cheaper size is suggested only if its sides are at least this share of the chosen ones.
NEAR = 0.97


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One price step of a model for one picture.

    `number` counts from 1. `up_to` is the largest result that costs `estimate` and that the model can make; `up_to_px`
    is the number of pixels above which the price rises. `limited` tells whether a limit of the model ends the step
    early.
    """

    number: int
    up_to: Size
    up_to_px: int
    estimate: Estimate
    limited: bool

    @property
    def setting(self) -> OutputSize:
        """The output size setting that results in `up_to`."""
        return OutputSize(SizeMode.LONG_EDGE, float(self.up_to.long_edge))


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice about one size: its own price step, and the step below if that is close enough to be worth suggesting.

    `percent` is the size of the cheaper result in percent of the chosen one, rounded down: by the side that shrinks
    more, as rounding can leave the other one as it is.
    """

    target: Size
    estimate: Estimate
    step: PriceStep | None
    cheaper: PriceStep | None = None
    percent: int = 0


def step_pixels(model: Model, number: int) -> int | None:
    """Return the most pixels of step `number`; None where no price is published for it."""
    rate = model.price.megapixels_per_credit
    if rate is None or number < 1:
        return None
    end = number * round(rate * 1_000_000)
    known_to = model.price.known_to_mp
    if known_to is not None and end > round(known_to * 1_000_000):
        return None
    return end


def step_number(model: Model, target: Size) -> int:
    """Return the number of the step that a result of `target` is in. Raises UseError if the price is not known."""
    return model.price.credits_for(target) // model.price.step_amount


def largest_size(model: Model, source: Size, most_px: int) -> Size | None:
    """Return the largest size of up to `most_px` pixels that the model can make, in the shape of `source`, or None."""

    def fits(size: Size) -> bool:
        # If a factor is sent, the service rounds the sides itself: one pixel more on each must fit too.
        spare = 1 if model.size_by_factor else 0
        within = (size.width + spare) * (size.height + spare) <= most_px
        return within and model.limit_problem(source, size) is None

    edge = _last(lambda edge: fits(_by_edge(source, edge)), MAX_SIDE_PX)
    if edge == 0:
        return None
    found = _by_edge(source, edge)
    return found if model.shape_problem(source, found) is None else None


def step(model: Model, source: Size, number: int) -> PriceStep | None:
    """Return step `number` for a picture, or None if the model cannot make any result in it."""
    if not model.takes_size or not model.price.is_known or model.price.is_free:
        return None
    most = step_pixels(model, number)
    if most is None:
        return None
    found = largest_size(model, source, most)
    if found is None or step_number(model, found) != number:
        return None
    wider = _by_edge(source, found.long_edge + 1)
    limited = wider.pixels <= most and not model.size_by_factor
    return PriceStep(number, found, most, model.price.estimate(found), limited)


def steps(model: Model, source: Size, first: int, count: int) -> tuple[PriceStep, ...]:
    """Return up to `count` steps from number `first` on; fewer where the model's limits end them."""
    found = (step(model, source, number) for number in range(max(1, first), max(1, first) + count))
    return tuple(each for each in found if each is not None)


def advise(model: Model, source: Size, target: Size) -> Advice | None:
    """Return the advice about a result of `target`; None if the model keeps the size or its price is not known."""
    if not model.takes_size or not model.price.is_known or model.price.is_free:
        return None
    estimate = model.price.estimate(target)
    number = step_number(model, target)
    here = step(model, source, number)
    below = step(model, source, number - 1)
    if not estimate.is_known:
        # No price is published: the largest size that has one is what helps, however much smaller it is.
        below = _last_known(model, source)
        return Advice(target, estimate, here, below, _percent(below.up_to, target) if below is not None else 0)
    if below is None or below.up_to.long_edge < NEAR * target.long_edge:
        return Advice(target, estimate, here)
    if below.up_to.pixels >= target.pixels:  # a box of another shape
        return Advice(target, estimate, here)
    return Advice(target, estimate, here, below, _percent(below.up_to, target))


def _percent(size: Size, of: Size) -> int:
    return min(100 * size.width // of.width, 100 * size.height // of.height)


def _last_known(model: Model, source: Size) -> PriceStep | None:
    """Return the last step that has a published price."""
    rate, known_to = model.price.megapixels_per_credit, model.price.known_to_mp
    return step(model, source, int(known_to // rate)) if rate and known_to else None


def _by_edge(source: Size, edge: int) -> Size:
    return OutputSize(SizeMode.LONG_EDGE, float(edge)).resolve(source)


def _last(holds: Callable[[int], bool], most: int) -> int:
    """Return the largest number from 1 to `most` for which `holds` is true, or 0.

    `holds` must be true up to some number and false from there on: this is a binary search.
    """
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
