"""What a result costs: a fixed amount for each started step of output megapixels, at least one step.

`ceil(MP / n)` credits with a minimum of 1 reproduces every price table that Topaz publishes, up to 100 MP. Above the
published table a local price is a projection, which the service's own estimate must confirm. Runflow publishes one
price in dollars for one step and none above it; beyond that step the price is shown as unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from topazdesk.domain.geometry import Size
from topazdesk.domain.money import Unit, amount_text
from topazdesk.errors import Code, UseError
from topazdesk.language import nsay, say


class EstimateSource(StrEnum):
    """Where an estimated price comes from."""

    TABLE = "table"  # the local rule, within the published table
    PROJECTION = "projection"  # the local rule, beyond the published table or where none is published for the model
    SERVICE = "service"  # the service's own estimate call
    UNKNOWN = "unknown"  # no price is published for this size, and the service has no estimate call


#: Shown in place of a price that is not published.
UNKNOWN_PRICE = say("price not published for this size")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one result will cost, as a whole number of `unit`s (credits, or millionths of a dollar).

    If the price is not known, `credits` is the amount set aside for it, which must not be shown as the price.
    `duration_s` is known only from the service.
    """

    credits: int
    source: EstimateSource
    duration_s: float | None = None
    unit: Unit = Unit.CREDIT

    @property
    def is_confirmed(self) -> bool:
        """Whether the service itself gave this price."""
        return self.source is EstimateSource.SERVICE

    @property
    def is_known(self) -> bool:
        """Whether the price is known at all."""
        return self.source is not EstimateSource.UNKNOWN

    @property
    def text(self) -> str:
        """The price in words: "6 credits", "$0.08", or the words for an unknown price."""
        return amount_text(self.credits, self.unit) if self.is_known else UNKNOWN_PRICE


@dataclass(frozen=True, slots=True)
class Bill:
    """What several results cost together.

    `known` is the sum of the known prices, in whole `unit`s; `unknown` is how many results have no published price.
    `set_aside` is what all of them may cost, the unknown ones projected: for caps and balances, not for showing.
    """

    known: int
    set_aside: int
    unknown: int
    unit: Unit

    @classmethod
    def of(cls, estimates: Iterable[Estimate], unit: Unit) -> Bill:
        """Return the sum of estimates that are all in `unit`."""
        known = set_aside = unknown = 0
        for one in estimates:
            set_aside += one.credits
            if one.is_known:
                known += one.credits
            else:
                unknown += 1
        return cls(known, set_aside, unknown, unit)

    @property
    def text(self) -> str:
        """The sum in words: "18 credits", "$0.16", "$0.08 and 2 prices that are not published"."""
        if not self.unknown:
            return amount_text(self.known, self.unit)
        some = nsay("a price that is not published", "{n} prices that are not published", self.unknown)
        return (
            say("{known:text} and {some:text}", known=amount_text(self.known, self.unit), some=some)
            if self.known
            else some
        )


@dataclass(frozen=True, slots=True)
class PriceRule:
    """The price of a model: `ceil(MP / megapixels_per_credit)` steps, at least 1, of `step_amount` each.

    A step of Topaz is 1 credit. `megapixels_per_credit` is None where no price is published; then only the service can
    give one (`is_known`). `table` holds the published cells (output MP → amount), `proven_to_mp` is the largest output
    MP in it. `is_published` is False where the rate is that of the model family, not from a table of the model itself.
    Above `known_to_mp` no price is published and the service cannot be asked; None where it can be asked.
    """

    megapixels_per_credit: float | None
    table: Mapping[float, int]
    proven_to_mp: float
    is_published: bool
    source: str
    unit: Unit = Unit.CREDIT
    step_amount: int = 1
    known_to_mp: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether a local price can be given at all."""
        return self.megapixels_per_credit is not None

    @property
    def is_free(self) -> bool:
        """Whether nothing ever costs anything."""
        return self.step_amount == 0

    def credits_for(self, size: Size) -> int:
        """Return the price of a result of `size` in whole units. Exact at steps: 24,000,000 px at 24 MP/credit cost 1.

        Raises UseError if the price is not known.
        """
        return self._steps(size) * self.step_amount

    def estimate(self, size: Size) -> Estimate:
        """Return the local estimate for a result of `size`, marked as table, projection or unknown."""
        if self.known_to_mp is not None and size.pixels > self.known_to_mp * 1_000_000:
            source = EstimateSource.UNKNOWN
        elif self.is_published and size.pixels <= self.proven_to_mp * 1_000_000:
            source = EstimateSource.TABLE
        else:
            source = EstimateSource.PROJECTION
        return Estimate(self.credits_for(size), source, unit=self.unit)

    def step_above(self, size: Size) -> float:
        """Return the megapixels up to which a result costs the same as one of `size`."""
        return self._steps(size) * self._rate()

    def table_mismatches(self) -> list[tuple[float, int, int]]:
        """Return the published cells that the rule does not reproduce, as (MP, published, computed)."""
        computed = {mp: max(1, math.ceil(mp / self._rate())) * self.step_amount for mp in self.table}
        return [(mp, published, computed[mp]) for mp, published in self.table.items() if computed[mp] != published]

    def _steps(self, size: Size) -> int:
        return max(1, -(-size.pixels // round(self._rate() * 1_000_000)))

    def _rate(self) -> float:
        if self.megapixels_per_credit is None:
            raise UseError(
                "The price of this model is not published",
                "Choose another model, or ask the service for an estimate.",
                code=Code.USE_PRICE_UNKNOWN,
            )
        return self.megapixels_per_credit


#: The rule of a service without prices.
FREE = PriceRule(1_000_000.0, {}, 1_000_000.0, is_published=True, source="", unit=Unit.NONE, step_amount=0)
