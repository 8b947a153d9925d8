"""What one recipe costs for pictures of any size: each size is worked out once, so 10,000 pictures cost a few look-ups."""

from __future__ import annotations

from dataclasses import dataclass

from topazdesk.domain.catalogue import Model
from topazdesk.domain.draft import draft, recipe_problems
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.recipe import Recipe
from topazdesk.errors import InputError, TopazdeskError, UseError


@dataclass(frozen=True, slots=True)
class Price:
    """For one picture size: the result's size and its estimate, or the reason why there is none."""

    target: Size | None
    estimate: Estimate | None
    refusal: TopazdeskError | None = None

    @property
    def credits(self) -> int:
        """Whole credits; 0 for a refused picture."""
        return self.estimate.credits if self.estimate else 0


class Prices:
    """Prices of one recipe by upright picture size. `fault`: what is wrong with the recipe whatever the picture."""

    def __init__(self, model: Model, recipe: Recipe, before: Prices | None = None) -> None:
        """`before`: prices of the recipe of a moment ago; what a moved control cannot have changed is taken over."""
        self.model = model
        self.recipe = recipe
        problems = recipe_problems(model, recipe)
        self.fault: UseError | None = problems[0] if problems else None
        self._known: dict[Size, Price] = {} if before is None else before.taken_over_by(self)

    def of(self, info: ImageInfo, size: Size | None = None) -> Price:
        """The price for a picture; `size` is `info.size` where the caller has it at hand."""
        key = size or info.size
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._work_out(info)
        return known

    def confirm(self, size: Size, estimate: Estimate) -> None:
        """The service's own number for pictures of `size` takes the place of the local one."""
        known = self._known.get(size)
        if known is not None and known.estimate is not None:
            self._known[size] = Price(known.target, estimate)

    def taken_over_by(self, other: Prices) -> dict[Size, Price]:
        """The local prices, where `other` has the same model and output size; what the service said of other values is not."""
        same = self.model is other.model and self.recipe.output.size == other.recipe.output.size
        if not same or self.fault is not None or other.fault is not None:
            return {}
        return {size: self._local(price) for size, price in self._known.items()}

    def _work_out(self, info: ImageInfo) -> Price:
        try:
            made = draft(info, self.model, self.recipe)
        except (InputError, UseError) as error:
            return Price(None, None, error)
        return Price(made.target, made.estimate)

    def _local(self, price: Price) -> Price:
        """A price without what the service said about other values."""
        if price.target is None or price.estimate is None or not price.estimate.is_confirmed:
            return price
        return Price(price.target, self.model.price.estimate(price.target))
