"""What the main button would do: which pictures, for how much, and why some are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Bill, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.errors import CreditError, TopazdeskError, UseError
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.prices import Price, Prices

OwnPrice = Callable[[Recipe, ImageInfo, Size | None], Price]


@dataclass(frozen=True, slots=True)
class Plan:
    """The pictures that would be started (`ids`, in the order of the list) and their price in whole `unit`s.

    `reading` pictures are not counted yet; `refused` ones cannot be started and `reason` is the first one's. `allowed` is how
    many of `ids`, in order, the user's own limits let through, for `allowed_credits`; None for all. `short`: why nothing is
    started, where the `available` credits do not cover all of that. `unknown` of them have no published price: `credits`
    holds what is set aside for those, too, `known` does not. `is_published`: all prices are the service's published.
    `samples` has one picture of each of `sizes`, for whoever asks the service for its own price;
    `own_ids` are those with a recipe of their own.
    """

    ids: tuple[int, ...] = ()
    credits: int = 0
    known: int = 0
    is_confirmed: bool = False
    reading: int = 0
    refused: int = 0
    reason: TopazdeskError | None = None
    narrowed: bool = False
    available: int | None = None
    allowed: int | None = None
    allowed_credits: int = 0
    short: CreditError | None = None
    fault: UseError | None = None
    sizes: tuple[Size, ...] = ()
    unit: Unit = Unit.CREDIT
    unknown: int = 0
    is_published: bool = False
    samples: tuple[ImageInfo, ...] = ()
    own_ids: tuple[int, ...] = ()

    @property
    def left(self) -> int | None:
        """Credits left afterwards, or None where unknown or not enough."""
        return None if self.available is None or self.credits > self.available else self.available - self.credits

    @property
    def startable(self) -> tuple[int, ...]:
        """What the button starts: all of `ids`, or as many of them as the limits let through; nothing where credits are short."""
        return () if self.short is not None else self.ids[: self.allowed]

    @property
    def is_part(self) -> bool:
        """Whether the limits let a part of it through, and not all."""
        return self.allowed is not None and 0 < self.allowed < len(self.ids)

    @property
    def bill(self) -> Bill:
        """What a press of the button would cost."""
        if self.is_part:
            return Bill(self.allowed_credits, self.allowed_credits, 0, self.unit)
        return Bill(self.known, self.credits, self.unknown, self.unit)


def make_plan(
    pictures: Iterable[Picture],
    prices: Prices,
    *,
    available: int | None,
    narrowed: bool,
    own: OwnPrice | None = None,
) -> Plan:
    """The plan for `pictures` (those that the button means). `available`: credits that can be spent.

    `own` gives the price of a picture that has a recipe of its own; without it no picture has.

    Every single picture is only counted and listed; its price is looked up once a size, so that this may be asked often.
    """
    everyone = list(pictures)
    known = [p for p in everyone if p.info is not None]
    costs = _Costs(known, prices, own)
    priced: list[Picture] = known
    refused: list[Picture] = []
    if costs.has_refusals:
        priced = [p for p in known if costs.of(p).estimate is not None]
        refused = [p for p in known if costs.of(p).estimate is None]
    total = sure = confirmed = published = unknown = 0
    samples: dict[Size, ImageInfo] = {}
    for price, count, info, price_is_own in costs.groups():
        if not price_is_own and (price.estimate is not None or prices.is_asked(price)):
            samples[info.size] = info
        if price.estimate is None:
            continue
        total += price.estimate.credits * count
        sure += price.estimate.credits * count if price.estimate.is_known else 0
        confirmed += count if price.estimate.is_confirmed else 0
        published += count if price.estimate.source is EstimateSource.TABLE else 0
        unknown += 0 if price.estimate.is_known else count
    return Plan(
        ids=tuple([p.id for p in priced]),
        credits=total,
        known=sure,
        is_confirmed=bool(priced) and confirmed == len(priced),
        reading=len(everyone) - len(known),
        refused=len(refused),
        reason=costs.of(refused[0]).refusal if refused else None,
        narrowed=narrowed,
        available=available,
        fault=prices.fault if costs.has_common or not known else None,
        sizes=tuple(samples),
        unit=prices.model.price.unit,
        unknown=unknown,
        is_published=bool(priced) and published == len(priced),
        samples=tuple(samples.values()),
        own_ids=costs.own_ids,
    )


class _Costs:
    """Prices of pictures whose headers are read, by size; a file that is too heavy to be sent, or has its own recipe, has one of its own."""

    def __init__(self, known: Sequence[Picture], prices: Prices, own: OwnPrice | None) -> None:
        heavy = [p for p in known if p.info is not None and p.info.bytes_on_disk > prices.most_bytes]
        self._heavy = {p.id: prices.of(p.info) for p in heavy if p.info is not None and p.recipe is None}
        self._own: dict[int, Price] = {}
        if own is not None:
            apart = [p for p in known if p.recipe is not None]
            heavy = [p for p in heavy if p.recipe is None] + apart
            self._own = {
                p.id: own(p.recipe, p.info, p.size) for p in apart if p.recipe is not None and p.info is not None
            }
            self._heavy |= self._own
        self.own_ids = tuple(self._own)
        self.has_common = len(self._own) < len(known)
        light = [p for p in known if p.id not in self._heavy] if heavy else known
        # Sizes are shared objects: two of the same size that are not only cost a second look-up.
        self._counts = Counter([id(p.size) for p in light])
        self._infos = {id(p.size): p.info for p in light}
        self._prices = {key: prices.of(info) for key, info in self._infos.items() if info is not None}
        every = (*self._prices.values(), *self._heavy.values())
        self.has_refusals = any(price.estimate is None for price in every)
        self._heavy_infos = {p.id: p.info for p in heavy}

    def of(self, picture: Picture) -> Price:
        """The price of one of the pictures."""
        return self._heavy.get(picture.id) or self._prices[id(picture.size)]

    def groups(self) -> Iterator[tuple[Price, int, ImageInfo, bool]]:
        """Price, number of pictures, one of them, and whether the price is by a recipe of their own."""
        for key, price in self._prices.items():
            info = self._infos[key]
            if info is not None:
                yield price, self._counts[key], info, False
        for key, price in self._heavy.items():
            info = self._heavy_infos[key]
            if info is not None:
                yield price, 1, info, key in self._own
