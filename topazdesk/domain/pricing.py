"""What a result costs: whole credits by output megapixels, at least one.

`ceil(MP / n)` with a minimum of 1 reproduces every price table that Topaz publishes, up to 100 MP; above the published
table a local price is a projection and must be confirmed by the service's own estimate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from topazdesk.domain.geometry import Size


class EstimateSource(StrEnum):
    """Where a number of credits comes from."""

    TABLE = "table"  # local rule, within the published table
    PROJECTION = "projection"  # local rule beyond the published table, or a price no page states
    SERVICE = "service"  # the service's own estimate call


@dataclass(frozen=True, slots=True)
class Estimate:
    """Credits one result will cost; `duration_s` only from the service."""

    credits: int
    source: EstimateSource
    duration_s: float | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether the service itself said so."""
        return self.source is EstimateSource.SERVICE


@dataclass(frozen=True, slots=True)
class PriceRule:
    """`ceil(MP / megapixels_per_credit)`, at least 1 credit.

    `table` holds the published cells (output MP → credits); `proven_to_mp` is the largest of them.
    `is_published` is False where the rule comes from the family's rate, not from a table of the model itself.
    """

    megapixels_per_credit: float
    table: Mapping[float, int]
    proven_to_mp: float
    is_published: bool
    source: str

    def credits_for(self, size: Size) -> int:
        """Whole credits for a result of `size`. Exact at the steps: 24,000,000 px at 24 MP a credit is 1."""
        step_px = round(self.megapixels_per_credit * 1_000_000)
        return max(1, -(-size.pixels // step_px))

    def estimate(self, size: Size) -> Estimate:
        """Local estimate for a result of `size`, marked as table or projection."""
        proven = self.is_published and size.pixels <= self.proven_to_mp * 1_000_000
        return Estimate(self.credits_for(size), EstimateSource.TABLE if proven else EstimateSource.PROJECTION)

    def step_above(self, size: Size) -> float:
        """Megapixels up to which the present price holds."""
        return self.credits_for(size) * self.megapixels_per_credit

    def table_mismatches(self) -> list[tuple[float, int, int]]:
        """Published cells that the rule does not reproduce: (MP, published, computed)."""
        found = []
        for megapixels, published in self.table.items():
            computed = max(1, math.ceil(megapixels / self.megapixels_per_credit))
            if computed != published:
                found.append((megapixels, published, computed))
        return found
