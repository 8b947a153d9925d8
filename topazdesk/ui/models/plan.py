"""What the main button would do: which pictures, for how much, and why some are left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from topazdesk.domain.geometry import Size
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import EstimateSource
from topazdesk.errors import TopazdeskError, UseError
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.prices import Prices


@dataclass(frozen=True, slots=True)
class Plan:
    """The pictures that would be started (`ids`, in the order of the list) and their price in whole `unit`s.

    `reading` pictures are not counted yet; `refused` ones cannot be started and `reason` is the first one's. `affordable`
    is how many of `ids`, in order, the available credits pay for; None while the balance is unknown. `unknown` of them have
    no published price: `credits` holds what is set aside for those. `is_published`: all prices are the service's published.
    """

    ids: tuple[int, ...] = ()
    credits: int = 0
    is_confirmed: bool = False
    reading: int = 0
    refused: int = 0
    reason: TopazdeskError | None = None
    narrowed: bool = False
    available: int | None = None
    affordable: int | None = None
    affordable_credits: int = 0
    fault: UseError | None = None
    sizes: tuple[Size, ...] = ()
    unit: Unit = Unit.CREDIT
    unknown: int = 0
    is_published: bool = False

    @property
    def left(self) -> int | None:
        """Credits left afterwards, or None where unknown or not enough."""
        return None if self.available is None or self.credits > self.available else self.available - self.credits

    @property
    def startable(self) -> tuple[int, ...]:
        """What the button starts: all of `ids`, or as many of them as the credits pay for."""
        return self.ids if self.affordable is None else self.ids[: self.affordable]


def make_plan(pictures: Iterable[Picture], prices: Prices, *, available: int | None, narrowed: bool) -> Plan:
    """The plan for `pictures` (those that the button means). `available`: credits that can be spent."""
    ids: list[int] = []
    sizes: dict[Size, None] = {}
    total = reading = refused = unknown = 0
    affordable = affordable_credits = 0
    confirmed = published = True
    reason: TopazdeskError | None = None
    for picture in pictures:
        if picture.info is None or picture.size is None:
            reading += 1
            continue
        price = prices.of(picture.info, picture.size)
        if price.estimate is None:
            refused += 1
            reason = reason or price.refusal
            continue
        ids.append(picture.id)
        sizes[picture.size] = None
        total += price.estimate.credits
        confirmed = confirmed and price.estimate.is_confirmed
        published = published and price.estimate.source is EstimateSource.TABLE
        unknown += not price.estimate.is_known
        if available is not None and total <= available:
            affordable, affordable_credits = len(ids), total
    return Plan(
        ids=tuple(ids),
        credits=total,
        is_confirmed=confirmed and bool(ids),
        reading=reading,
        refused=refused,
        reason=reason,
        narrowed=narrowed,
        available=available,
        affordable=None if available is None else affordable,
        affordable_credits=affordable_credits,
        fault=prices.fault,
        sizes=tuple(sizes),
        unit=prices.model.price.unit,
        unknown=unknown,
        is_published=published and bool(ids),
    )
