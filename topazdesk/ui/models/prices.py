"""What one recipe costs, by picture size: each size is worked out once, so 10,000 pictures cost only a few look-ups.

If no price is published, only the service can name one: until it has answered, such a picture cannot be started.
"""

from __future__ import annotations

from dataclasses import dataclass

from topazdesk.domain.catalogue import Model
from topazdesk.domain.draft import draft, format_problem, recipe_problems
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.uploads import accepted, upload_problem
from topazdesk.errors import Code, InputError, TopazdeskError, UseError
from topazdesk.language import titled
from topazdesk.ui.texts import bill_text, sentences, tr, translated

#: The code of a refusal that goes away by itself once the service has named its price.
PRICE_ASKED = Code.USE_PRICE_ASKED
_SILENT, _REFUSED = Code.USE_PRICE_UNKNOWN, Code.USE_PRICE_REFUSED
_NOT_ASKED = Estimate(0, EstimateSource.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Price:
    """The price for one picture size: the size of the result and its estimate, or why there is none."""

    target: Size | None
    estimate: Estimate | None
    refusal: TopazdeskError | None = None

    @property
    def credits(self) -> int:
        """Whole units of the service's money; 0 for a refused picture."""
        return self.estimate.credits if self.estimate else 0

    @property
    def text(self) -> str:
        """The price in words ("6 credits", "$0.08", "price not published"), or "" for a refused picture."""
        if self.estimate is None:
            return ""
        return bill_text(self.estimate.credits, 0 if self.estimate.is_known else 1, self.estimate.unit)


class Prices:
    """The prices of one recipe, by upright picture size.

    `fault` is what is wrong with the recipe, whatever the picture. Some pictures are checked singly: see `is_apart`.
    """

    def __init__(self, model: Model, recipe: Recipe, before: Prices | None = None) -> None:
        """Start with those prices of the previous recipe (`before`) that the change cannot have affected."""
        self.model = model
        self.recipe = recipe
        self.most_bytes = accepted(model)[1]
        problems = recipe_problems(model, recipe)
        self.fault: UseError | None = problems[0] if problems else None
        self._known: dict[Size, Price] = {} if before is None else before.taken_over_by(self)

    def of(self, info: ImageInfo, size: Size | None = None) -> Price:
        """Return the price for a picture. `size` is `info.size`, if the caller has it at hand."""
        key = size or info.size
        if self.is_apart(info):
            problem = upload_problem(info, self.model) or format_problem(info, self.model, self.recipe)
            if problem is not None:
                return Price(None, None, problem)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._work_out(info)
        return known

    def is_apart(self, info: ImageInfo) -> bool:
        """Return whether a picture is looked at singly, as its size in pixels alone does not decide."""
        return info.bytes_on_disk > self.most_bytes or bool(self.model.policy.forbid_formats)

    def confirm(self, size: Size, estimate: Estimate) -> None:
        """Replace the local price for pictures of `size` by the service's own."""
        known = self._known.get(size)
        if known is not None and known.target is not None:
            self._known[size] = Price(known.target, estimate)

    def no_answer(self, size: Size, error: TopazdeskError, *, lasts: bool) -> None:
        """Note that the service named no price for pictures of `size`.

        Without a published price they cannot be started. `lasts`: asking again would not help.
        """
        known = self._known.get(size)
        if known is None or known.target is None or known.estimate is not None:
            return
        names = {"service": translated(self.recipe.service.label), "model": self.model.name}
        if lasts:
            title = tr("{service} names no price for {model}").format(**names)
            hint = tr("Nothing starts without a price. Choose another model or size.")
        else:
            title = tr("{service} could not be asked for the price").format(**names)
            hint = sentences(titled(error.title, error.hint), tr("Asking again in a moment."))
        refusal = UseError(title, hint, details=error.details, code=_REFUSED if lasts else _SILENT)
        self._known[size] = Price(known.target, None, refusal)

    def is_asked(self, price: Price) -> bool:
        """Return whether to ask the service about a price, as it has neither confirmed nor refused to name one yet."""
        if price.target is None:
            return False
        if price.estimate is None:
            return price.refusal is not None and price.refusal.code == PRICE_ASKED
        return not price.estimate.is_confirmed

    def ask_again(self) -> bool:
        """Reopen the prices that the service could not be asked for. Return whether there were any."""
        failed = [s for s, p in self._known.items() if p.refusal is not None and p.refusal.code == _SILENT]
        for size in failed:
            self._known[size] = Price(self._known[size].target, None, self._asking())
        return bool(failed)

    def taken_over_by(self, other: Prices) -> dict[Size, Price]:
        """Return the prices that hold for `other` too: the local ones, if it has the same model and output size.

        What the service said does not carry over, as it was about other values.
        """
        same = self.model is other.model and self.recipe.output.size == other.recipe.output.size
        if not same or self.fault is not None or other.fault is not None:
            return {}
        return {size: self._local(price) for size, price in self._known.items()}

    def _work_out(self, info: ImageInfo) -> Price:
        is_known = self.model.price.is_known
        try:
            made = draft(info, self.model, self.recipe, confirmed=None if is_known else _NOT_ASKED)
        except (InputError, UseError) as error:
            return Price(None, None, error)
        return Price(made.target, made.estimate) if is_known else Price(made.target, None, self._asking())

    def _asking(self) -> UseError:
        """Return the refusal that stands until the service has named its price."""
        return UseError(
            tr("Asking {service} for the price…").format(service=translated(self.recipe.service.label)),
            tr("No price is published for {model}. It can be started once {service} has named one.").format(
                model=self.model.name, service=translated(self.recipe.service.label)
            ),
            code=PRICE_ASKED,
        )

    def _local(self, price: Price) -> Price:
        """Return a price without what the service said, which was about other values."""
        if price.target is not None and not self.model.price.is_known:
            return Price(price.target, None, self._asking())
        if price.target is None or price.estimate is None or not price.estimate.is_confirmed:
            return price
        return Price(price.target, self.model.price.estimate(price.target))
