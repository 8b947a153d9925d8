"""What a result costs: so much for each begun step of output megapixels, at least one step.

`ceil(MP / n)` credits with a minimum of 1 reproduces every price table that Topaz publishes, up to 100 MP; above the
published table a local price is a projection and must be confirmed by the service's own estimate. Runflow publishes one
price in dollars for one step, and none above it: that price is unknown, and said to be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from topazdesk.domain.geometry import Size
from topazdesk.domain.money import Unit, amount_text
from topazdesk.errors import UseError


class EstimateSource(StrEnum):
    """Where a number of credits comes from."""

    TABLE = "table"  # local rule, within the published table
    PROJECTION = "projection"  # local rule beyond the published table, or a price no page states
    SERVICE = "service"  # the service's own estimate call
    UNKNOWN = "unknown"  # no page states a price for this size, and the service has no estimate call


#: Said in place of a price that nobody publishes.
UNKNOWN_PRICE = "price not published for this size"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one result will cost, in whole `unit`s (credits, or millionths of a dollar); `duration_s` only from the service.

    Where the price is not known, `credits` is what is set aside for it and must not be shown as the price.
    """

    credits: int
    source: EstimateSource
    duration_s: float | None = None
    unit: Unit = Unit.CREDIT

    @property
    def is_confirmed(self) -> bool:
        """Whether the service itself said so."""
        return self.source is EstimateSource.SERVICE

    @property
    def is_known(self) -> bool:
        """Whether there is a price at all."""
        return self.source is not EstimateSource.UNKNOWN

    @property
    def text(self) -> str:
        """ "6 credits", "$0.08", or the sentence for an unknown price."""
        return amount_text(self.credits, self.unit) if self.is_known else UNKNOWN_PRICE


@dataclass(frozen=True, slots=True)
class Bill:
    """What several results cost together: `known` in whole `unit`s, and how many have no published price (`unknown`).

    `set_aside` is what all of them may take, the unknown ones by projection: for caps and balances, not for showing.
    """

    known: int
    set_aside: int
    unknown: int
    unit: Unit

    @classmethod
    def of(cls, estimates: Iterable[Estimate], unit: Unit) -> Bill:
        """The sum of estimates in one unit."""
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
        """ "18 credits", "$0.16", "$0.08 and 2 prices that are not published"."""
        if not self.unknown:
            return amount_text(self.known, self.unit)
        some = (
            "a price that is not published" if self.unknown == 1 else f"{self.unknown:,} prices that are not published"
        )
        return f"{amount_text(self.known, self.unit)} and {some}" if self.known else some


@dataclass(frozen=True, slots=True)
class PriceRule:
    """`ceil(MP / megapixels_per_credit)` steps, at least 1, of `step_amount` each; a step of Topaz is 1 credit.

    `megapixels_per_credit` is None where no source states a price: only the service can name one then (`is_known`).
    `table` holds the published cells (output MP → amount); `proven_to_mp` is the largest of them.
    `is_published` is False where the rule comes from the family's rate, not from a table of the model itself.
    `known_to_mp`: above it nobody states a price, and the service cannot be asked; None where it can.
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
        """Whether a local number can be given at all."""
        return self.megapixels_per_credit is not None

    def credits_for(self, size: Size) -> int:
        """Whole units for a result of `size`. Exact at the steps: 24,000,000 px at 24 MP a credit is 1.

        Raises UseError where the price is not known.
        """
        return self._steps(size) * self.step_amount

    def estimate(self, size: Size) -> Estimate:
        """Local estimate for a result of `size`, marked as table, projection or unknown."""
        if self.known_to_mp is not None and size.pixels > self.known_to_mp * 1_000_000:
            source = EstimateSource.UNKNOWN
        elif self.is_published and size.pixels <= self.proven_to_mp * 1_000_000:
            source = EstimateSource.TABLE
        else:
            source = EstimateSource.PROJECTION
        return Estimate(self.credits_for(size), source, unit=self.unit)

    def step_above(self, size: Size) -> float:
        """Megapixels up to which the present price holds."""
        return self._steps(size) * self._rate()

    def table_mismatches(self) -> list[tuple[float, int, int]]:
        """Published cells that the rule does not reproduce: (MP, published, computed)."""
        computed = {mp: max(1, math.ceil(mp / self._rate())) * self.step_amount for mp in self.table}
        return [(mp, published, computed[mp]) for mp, published in self.table.items() if computed[mp] != published]

    def _steps(self, size: Size) -> int:
        return max(1, -(-size.pixels // round(self._rate() * 1_000_000)))

    def _rate(self) -> float:
        if self.megapixels_per_credit is None:
            raise UseError(
                "The price of this model is not published.",
                "Choose another model, or ask the service for an estimate.",
                code="use.price_unknown",
            )
        return self.megapixels_per_credit
