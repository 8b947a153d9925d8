"""Apply the spending limits to a plan: what fits is started, and what does not is said before the click."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from topazdesk.domain.affordable import too_little
from topazdesk.domain.day_limit import Whose
from topazdesk.domain.money import Unit
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.scope import ScopeKind
from topazdesk.ui.texts import balance_text, money_text, number, pictures_text, results_text, tr


class Holds(StrEnum):
    """Which limit lets only part of a plan through."""

    NOTHING = ""
    RUN = "run"
    DAY = "day"
    UNKNOWN = "unknown"  # no limit can be enforced when the price is not known


@dataclass(frozen=True, slots=True)
class SpendingLimits:
    """Limits in whole units of the service in use.

    At most `run` may be spent per run and `day` per day (None: no limit); `used` was spent today. `earlier` is what
    pictures that are started but not sent yet will cost. `run_is_set`: the organisation set it.
    `whose`: the limit of the day.
    """

    run: int | None = None
    day: int | None = None
    used: int = 0
    unit: Unit = Unit.CREDIT
    earlier: int = 0
    run_is_set: bool = False
    whose: Whose = Whose.USER

    @property
    def whose_run(self) -> str:
        """Whose limit per run it is: the beginning of a text."""
        return _WHOSE[Whose.ORGANISATION if self.run_is_set else Whose.USER]()

    @property
    def whose_day(self) -> str:
        """Whose limit for today it is: the beginning of a text."""
        return _WHOSE[self.whose]()

    @property
    def left(self) -> int | None:
        """What is left of the daily limit, or None if there is none."""
        return None if self.day is None else max(0, self.day - self.used)

    @property
    def room(self) -> int | None:
        """What one run may cost now, or None for any amount."""
        return min((cap for cap in (self.run, self.left) if cap is not None), default=None)


@dataclass(frozen=True, slots=True)
class Held:
    """A plan as the limits allow it, the limit that restricts it, and the line below the price ("" for none)."""

    plan: Plan
    holds: Holds = Holds.NOTHING
    line: str = ""


def under(plan: Plan, limits: SpendingLimits, price_of: Callable[[int], int]) -> Held:
    """Return the plan as the limits allow it; its `short` says so if the credits do not cover that much.

    `price_of` returns the price of a picture of the plan, by its id.
    """
    held = _limited(plan if plan.earlier == limits.earlier else replace(plan, earlier=limits.earlier), limits, price_of)
    if held.plan.ids and held.plan.allowed != 0:
        short = too_little(held.plan.bill, plan.available, limits.earlier)
        if short is not None:
            return replace(held, plan=replace(held.plan, short=short))
    return held


def _limited(plan: Plan, limits: SpendingLimits, price_of: Callable[[int], int]) -> Held:
    room = limits.room
    if room is None or not plan.ids:
        return Held(plan)
    if plan.unknown:
        is_set = limits.run_is_set or limits.whose is Whose.ORGANISATION
        line = tr("A limit of your organisation cannot be kept") if is_set else tr("A limit of yours cannot be kept")
        line = tr("{limit}: the price is not published").format(limit=line)
        return Held(replace(plan, allowed=0, allowed_credits=0), Holds.UNKNOWN, line)
    if plan.credits <= room:
        return Held(plan, line=day_line(limits, plan.credits))
    count = spent = 0
    for picture_id in plan.ids:
        price = price_of(picture_id)
        if spent + price > room:
            break
        count, spent = count + 1, spent + price
    holds = Holds.DAY if limits.left is not None and limits.left == room else Holds.RUN
    of_results = plan.scope.kind is ScopeKind.RESULTS
    smaller = replace(plan, allowed=count, allowed_credits=spent)
    return Held(smaller, holds, held_line(limits, holds, count, len(plan.ids), of_results=of_results))


def day_line(limits: SpendingLimits, spent: int) -> str:
    """Return for instance "Your limit for today: 252 of 300 credits after this", or "" without a daily limit."""
    if limits.day is None:
        return ""
    return tr("{whose} for today: {n} of {all} after this").format(
        whose=limits.whose_day,
        n=balance_text(limits.used + spent, limits.unit),
        all=money_text(limits.day, limits.unit),
    )


def held_line(limits: SpendingLimits, holds: Holds, count: int, wanted: int, *, of_results: bool = False) -> str:
    """Return which limit is in the way, and how many pictures, or results of them, it is enough for."""
    all_text = results_text(wanted) if of_results else pictures_text(wanted)
    if holds is Holds.DAY:
        if count:
            text = tr("{whose} for today is enough for {n} of {pictures}")
            return text.format(whose=limits.whose_day, n=number(count), pictures=all_text)
        return tr("{whose} for today is reached: {n} of {all}").format(
            whose=limits.whose_day,
            n=balance_text(limits.used, limits.unit),
            all=money_text(limits.day or 0, limits.unit),
        )
    if count:
        text = tr("{whose} of {price} per run is enough for {n} of {pictures}")
        price = money_text(limits.run or 0, limits.unit)
        return text.format(whose=limits.whose_run, price=price, n=number(count), pictures=all_text)
    return tr("{whose} of {price} per run is below the price of a picture").format(
        whose=limits.whose_run, price=money_text(limits.run or 0, limits.unit)
    )


_WHOSE: Mapping[Whose, Callable[[], str]] = {
    Whose.USER: lambda: tr("Your limit"),
    Whose.ORGANISATION: lambda: tr("Your organisation's limit"),
    Whose.ACCOUNT: lambda: tr("This account's limit"),
    Whose.TEAM: lambda: tr("Your team's limit"),
}
