"""What one recipe costs for pictures of any size: each size is worked out once, so 10,000 pictures cost a few look-ups."""

from __future__ import annotations

from dataclasses import dataclass

from topazdesk.domain.catalogue import Model
from topazdesk.domain.draft import draft, recipe_problems
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.uploads import accepted, upload_problem
from topazdesk.errors import InputError, TopazdeskError, UseError
from topazdesk.ui.texts import bill_text


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

    @property
    def text(self) -> str:
        """ "6 credits", "$0.08", "price not published"; "" for a refused picture."""
        if self.estimate is None:
            return ""
        return bill_text(self.estimate.credits, 0 if self.estimate.is_known else 1, self.estimate.unit)


class Prices:
    """Prices of one recipe by upright picture size. `fault`: what is wrong with the recipe whatever the picture;
    `most_bytes`: a heavier file is looked at by itself.
    """

    def __init__(self, model: Model, recipe: Recipe, before: Prices | None = None) -> None:
        """`before`: prices of the recipe of a moment ago; what a moved control cannot have changed is taken over."""
        self.model = model
        self.recipe = recipe
        self.most_bytes = accepted(model)[1]
        problems = recipe_problems(model, recipe)
        self.fault: UseError | None = problems[0] if problems else None
        self._known: dict[Size, Price] = {} if before is None else before.taken_over_by(self)

    def of(self, info: ImageInfo, size: Size | None = None) -> Price:
        """The price for a picture; `size` is `info.size` where the caller has it at hand."""
        key = size or info.size
        if info.bytes_on_disk > self.most_bytes:  # its size alone does not tell
            heavy = upload_problem(info, self.model)
            if heavy is not None:
                return Price(None, None, heavy)
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
