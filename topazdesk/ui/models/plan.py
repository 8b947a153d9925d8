"""What the main button would do: which pictures it would start, for how much, and why some are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Bill, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.run_duration import AT_ONCE, RunDuration, run_duration
from topazdesk.domain.usage_rights import Reservation, in_order
from topazdesk.errors import CreditError, TopazdeskError, UseError
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.prices import Price, Prices
from topazdesk.ui.models.scope import ALL_PICTURES, Scope

OwnPrice = Callable[[Recipe, ImageInfo, Size | None], Price]


@dataclass(frozen=True, slots=True)
class Plan:
    """The pictures that would be started (`ids`, in the order of the list), and their price in whole `unit`s.

    - `credits`, `known`, `unknown`: for `unknown` of the pictures no price is published. `credits` includes what is set
      aside for them, `known` does not.
    - `is_confirmed`, `is_published`: whether all prices were named by the service, or come from its published table.
    - `reading`, `refused`, `reason`: how many pictures are still being read, and not counted yet; how many cannot be
      started, and why the first of them cannot.
    - `scope`: which pictures are meant, and why these. `name`: the name of the picture if it is only one.
    - `fault`: what is wrong with the recipe.
    - `allowed`, `allowed_credits`: how many of `ids`, from the first, the user's own limits let through, and for how
      much; None for all of them.
    - `account`: the name of the account that pays, where the service has several.
    - `available`, `short`: the credits there are, and why nothing is started if they do not cover all that is allowed.
    - `earlier`: what pictures will cost that are started and not sent yet; the account does not know of them.
    - `sizes`, `samples`: the sizes, with one picture of each, whose price the service can be asked for.
    - `own_ids`: the pictures with a recipe of their own.
    - `reserved`: how many of `ids` do not allow use by AI or data mining; `reservations` says which uses. Both are of
      pictures that leave this computer only.
    - `duration`: how long all of it takes by the service's figures, None while it has named none.
    """

    ids: tuple[int, ...] = ()
    credits: int = 0
    known: int = 0
    is_confirmed: bool = False
    reading: int = 0
    refused: int = 0
    reason: TopazdeskError | None = None
    scope: Scope = ALL_PICTURES
    name: str = ""
    available: int | None = None
    account: str = ""
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
    reserved: int = 0
    reservations: tuple[Reservation, ...] = ()
    duration: RunDuration | None = None
    at_once: int = AT_ONCE
    earlier: int = 0

    @property
    def left(self) -> int | None:
        """The credits left afterwards, or None if that is unknown or there are not enough."""
        if self.available is None or self.credits + self.earlier > self.available:
            return None
        return self.available - self.credits - self.earlier

    @property
    def startable(self) -> tuple[int, ...]:
        """What the button starts: as many of `ids` as the limits let through; nothing if credits are short."""
        return () if self.short is not None else self.ids[: self.allowed]

    @property
    def is_part(self) -> bool:
        """Whether the limits let some of it through, but not all."""
        return self.allowed is not None and 0 < self.allowed < len(self.ids)

    @property
    def bill(self) -> Bill:
        """What a click on the button would cost."""
        if self.is_part:
            return Bill(self.allowed_credits, self.allowed_credits, 0, self.unit)
        return Bill(self.known, self.credits, self.unknown, self.unit)


def make_plan(
    pictures: Iterable[Picture],
    prices: Prices,
    *,
    available: int | None,
    account: str = "",
    scope: Scope = ALL_PICTURES,
    own: OwnPrice | None = None,
) -> Plan:
    """Make the plan for `pictures`, the ones that the button would enhance.

    `available` are the credits that can be spent, None if unknown; `account` whose they are, where there are several.
    `scope` says why these are meant. `own` returns the price of a picture with a recipe of its own; without it, there
    are none.

    Each picture is only counted and listed, and prices are looked up once per size, so that this can be called often.
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
    times: list[tuple[float | None, int]] = []
    for price, count, info, price_is_own in costs.groups():
        if not price_is_own and (price.estimate is not None or prices.is_asked(price)):
            samples[info.size] = info
        if price.estimate is None:
            continue
        total += price.estimate.credits * count
        times.append((price.estimate.duration_s, count))
        sure += price.estimate.credits * count if price.estimate.is_known else 0
        confirmed += count if price.estimate.is_confirmed else 0
        published += count if price.estimate.source is EstimateSource.TABLE else 0
        unknown += 0 if price.estimate.is_known else count
    reserving = [p for p in priced if p.info is not None and p.info.reservations]
    sent_away = [p for p in reserving if not (p.recipe or prices.recipe).service.traits.is_local]
    reserved = [p.info.reservations for p in sent_away if p.info is not None]
    return Plan(
        ids=tuple([p.id for p in priced]),
        credits=total,
        known=sure,
        is_confirmed=bool(priced) and confirmed == len(priced),
        reading=len(everyone) - len(known),
        refused=len(refused),
        reason=costs.of(refused[0]).refusal if refused else None,
        scope=scope,
        name=priced[0].name if len(priced) == 1 else "",
        available=available,
        account=account,
        fault=prices.fault if costs.has_common or not known else None,
        sizes=tuple(samples),
        unit=prices.model.price.unit,
        unknown=unknown,
        is_published=bool(priced) and published == len(priced),
        samples=tuple(samples.values()),
        own_ids=costs.own_ids,
        reserved=len(reserved),
        reservations=in_order(kind for kinds in reserved for kind in kinds),
        duration=run_duration(times, prices.model.service.traits.at_once),
        at_once=prices.model.service.traits.at_once,
    )


class _Costs:
    """The prices of pictures whose headers have been read.

    There is one price per size. Files that are heavy enough to be looked at singly, and pictures with a recipe of their
    own, have a price each.
    """

    def __init__(self, known: Sequence[Picture], prices: Prices, own: OwnPrice | None) -> None:
        heavy = [p for p in known if p.info is not None and prices.is_apart(p.info)]
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
        # Equal sizes are usually one shared object; where they are not, it only costs a second look-up.
        self._counts = Counter([id(p.size) for p in light])
        self._infos = {id(p.size): p.info for p in light}
        self._prices = {key: prices.of(info) for key, info in self._infos.items() if info is not None}
        every = (*self._prices.values(), *self._heavy.values())
        self.has_refusals = any(price.estimate is None for price in every)
        self._heavy_infos = {p.id: p.info for p in heavy}

    def of(self, picture: Picture) -> Price:
        """Return the price of one of the pictures."""
        return self._heavy.get(picture.id) or self._prices[id(picture.size)]

    def groups(self) -> Iterator[tuple[Price, int, ImageInfo, bool]]:
        """Yield each price, its number of pictures, one of these, and whether it is for a picture's own recipe."""
        for key, price in self._prices.items():
            info = self._infos[key]
            if info is not None:
                yield price, self._counts[key], info, False
        for key, price in self._heavy.items():
            info = self._heavy_infos[key]
            if info is not None:
                yield price, 1, info, key in self._own
