"""The last check before money is spent: the price is said, and budget, balance and the user must agree to it.

Nothing is sent here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, assert_never

from topazdesk.app.app_context import AppContext
from topazdesk.cli.asking import agree_to_pay, has_person
from topazdesk.cli.live import duration_text
from topazdesk.cli.moments import moment_text
from topazdesk.cli.money import bill_fields, budget_option, money_fields, plain
from topazdesk.cli.output import EventPrinter, results_text
from topazdesk.cli.waiting import hours_fields
from topazdesk.domain.affordable import too_little, unsent_price
from topazdesk.domain.day_limit import DayLimit, Whose
from topazdesk.domain.job import Job
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.ports import Balance
from topazdesk.domain.pricing import Bill
from topazdesk.domain.run_duration import RunDuration
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError, BudgetError, Code, NetworkError, ServiceError
from topazdesk.language import nsay, say

#: How long a plan waits for the balance, which it can do without.
_ASK_S = 5.0


@dataclass(frozen=True, slots=True)
class Note:
    """What is said beside a price: `text` for people, `fields` for programs."""

    text: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    def __add__(self, other: Note) -> Note:
        return Note(self.text + other.text, self.fields | other.fields)


async def check_limits(context: AppContext, bill: Bill, budget: int | None, service: ServiceName) -> Note:
    """Check that `budget` and all limits cover a price, without asking anybody.

    Return a note that says what a daily limit holds back.

    Raises BudgetError where a limit is too small, or cannot be kept because a price is not known.
    """
    run_cap, _ = context.caps(bill.unit)
    days = await context.engine.day_limits(context.account(service), await _unsent(context))
    if bill.unknown and (days or any(limit is not None for limit in (budget, run_cap))):
        raise BudgetError(
            "A budget cannot be kept where the price is not known.",
            say(
                "This run costs {bill:text}. Choose a smaller size, or leave the limit out. Nothing was sent.",
                bill=bill.text,
            ),
            code=Code.BUDGET_RUN,
        )
    if budget is not None and bill.known > budget:
        raise BudgetError(
            say(
                "This run costs {bill:text}, the budget is {budget:text}.",
                bill=bill.text,
                budget=amount_text(budget, bill.unit),
            ),
            "Raise --budget, choose fewer pictures or a smaller size. Nothing was sent.",
            code=Code.BUDGET_RUN,
        )
    run_is_set, _ = context.sets_caps(bill.unit)
    if run_cap is not None and bill.known > run_cap:
        whose = say("your organisation's limit") if run_is_set else say("your limit")
        raise BudgetError(
            say(
                "This run costs {bill:text}, {whose:text} for a run is {limit:text}.",
                bill=bill.text,
                whose=whose,
                limit=amount_text(run_cap, bill.unit),
            ),
            say("Choose fewer pictures or a smaller size. Nothing was sent.")
            if run_is_set
            else say("Choose fewer pictures or a smaller size, or raise the limit in the settings. Nothing was sent."),
            code=Code.BUDGET_RUN,
        )
    nearest = next(iter(days), None)
    if nearest is None or bill.known <= nearest.left:
        return Note()
    return _held_back(nearest, bill.unit)


def _held_back(limit: DayLimit, unit: Unit) -> Note:
    """Return the note that a limit for today lets only part of a run through."""
    left = {"left": amount_text(limit.left, unit)}
    match limit.whose:
        case Whose.USER:
            text = say("Your daily limit leaves {left:text} today: what is over it waits.", **left)
        case Whose.ORGANISATION:
            text = say("Your organisation's daily limit leaves {left:text} today: what is over it waits.", **left)
        case Whose.ACCOUNT:
            text = say("The daily limit of this account leaves {left:text} today: what is over it waits.", **left)
        case Whose.TEAM:
            text = say("Your team's daily limit leaves {left:text} today: what is over it waits.", **left)
        case _:
            assert_never(limit.whose)
    return Note(f"\n  {text}", {"left_today": plain(limit.left, unit), "limit_of": limit.whose.value})


async def foretell_credits(context: AppContext, bill: Bill, service: ServiceName) -> None:
    """Raise CreditError, for a plan, when the account does not cover the run and the balance can be asked for.

    Without a key or a connection, a plan is made all the same, and no sandbox is started for it.
    """
    if service.traits.is_practice and await context.sandbox.running() is None:
        return
    try:
        async with asyncio.timeout(_ASK_S):
            balance = await _balance(context, service)
    except (TimeoutError, AccountError, NetworkError, ServiceError):
        return
    earlier, _ = await _earlier(context, service)
    short = too_little(bill, None if balance is None else balance.available, earlier)
    if short is not None:
        raise short


async def check_money(
    context: AppContext,
    output: EventPrinter,
    service: ServiceName,
    bill: Bill,
    what: str,
    remark: Note | None = None,
    /,
    *,
    budget: int | None,
    yes: bool,
    **counts: int,
) -> None:
    """Say the price of `what` ("2 pictures"), with `remark` below; `counts` go into the event for programs.

    Raises BudgetError and CreditError when limits or credits do not cover it, UseError when nobody agrees to the price.
    """
    note = await check_limits(context, bill, budget, service) + (remark or Note())
    earlier, waiting = await _earlier(context, service)
    balance = await _balance(context, service)
    fields: dict[str, Any] = {**counts, **bill_fields(bill)}
    text = say("{bill:text} for {what:text}", bill=bill.text, what=what)
    needed = bill.set_aside + earlier
    if balance is not None and bill.unit is not Unit.NONE:
        left = balance.available - needed
        before = _left(balance.available, bill.unit)
        if left >= 0:
            said = say("{before:text} left before, {after:text} after", before=before, after=_left(left, bill.unit))
        else:
            said = say("{before:text} left before", before=before)
        text = f"{text} · {said}"
        fields["available"] = money_fields(balance.available, bill.unit).get("usd", balance.available)
    note += waiting
    # Practice credits need no --yes, so that every --yes was meant for real money. A script that is rehearsed is told
    # what it will need for a paid service.
    is_play = service.traits.is_free
    if service.traits.is_practice and not yes and budget is None and not has_person(output):
        note += Note(
            "\n  " + say("Practice credits: a paid service would need --yes or --budget here."), {"needs_yes": True}
        )
    output.event("price", text + note.text, **fields, **note.fields)
    short = too_little(bill, None if balance is None else balance.available, earlier)
    if short is not None:
        raise short
    way = "" if bill.unknown else budget_option(bill.known, bill.unit)
    question = say("Spend {bill:text} at {service}?", bill=bill.text, service=service.label)
    agree_to_pay(bill.text, question, output, yes=yes or is_play, budget=budget is not None, way=way)


async def _earlier(context: AppContext, service: ServiceName) -> tuple[int, Note]:
    """Return what pictures of earlier runs will cost that go on with this run at the service, and a note about them.

    They were agreed to when they were started, and are not sent yet.
    """
    jobs = [job for job in await _unsent(context) if job.recipe.service is service]
    if not jobs:
        return 0, Note()
    price = unsent_price(jobs, service)
    night = sum(job.waits_for_hours(context.clock.now()) for job in jobs)
    more = {"what": results_text(len({job.key for job in jobs}), len(jobs)), "price": amount_text(price, service.unit)}
    if night == len(jobs):
        text = nsay(
            "{what:text} of earlier waits for its hours: {price:text} more, agreed to then.",
            "{what:text} of earlier wait for their hours: {price:text} more, agreed to then.",
            len(jobs),
            **more,
        )
    elif night:
        text = say(
            "{what:text} of earlier go on with it, {night:,} of them at their hours: {price:text} more, agreed to "
            "then.",
            night=night,
            **more,
        )
    else:
        text = nsay(
            "{what:text} of earlier goes on with it: {price:text} more, agreed to then.",
            "{what:text} of earlier go on with it: {price:text} more, agreed to then.",
            len(jobs),
            **more,
        )
    text = f"\n  {text}"
    return price, Note(text, {"earlier": len(jobs), "earlier_price": plain(price, service.unit)})


async def earlier_note(context: AppContext, service: ServiceName) -> Note:
    """Return the note, for a plan, about pictures of earlier runs that go on with this one, and their price."""
    return (await _earlier(context, service))[1]


def hours_note(hours: SendingHours | None, now: float) -> Note:
    """Return the note about the hours at which a run may send."""
    if hours is None:
        return Note()
    opens = hours.opens_at(now)
    text = say("Sent {hours:text} only.", hours=hours.text)
    if opens > now:
        text = say("Sent {hours:text} only: not before {time:text}.", hours=hours.text, time=moment_text(opens, now))
    text = f"\n  {text}"
    return Note(text, {"hours": hours_fields(hours), "opens_at": opens})


def time_note(found: RunDuration | None, service: ServiceName) -> Note:
    """Return the note, for a plan, about how long all of it takes, as the estimate that it is."""
    if found is None and service.traits.runs_networks:
        return Note("\n  " + say("How long it takes here could not be measured now: the first picture shows it."))
    if found is None:
        return Note()
    time = duration_text(found.seconds)
    if service.traits.runs_networks:
        text = say("Estimated time: about {time:text} on this computer, measured here.", time=time)
    else:
        text = say(
            "Estimated time: about {time:text} at the service, {at_once:d} at a time; sending and fetching come on "
            "top.",
            time=time,
            at_once=service.traits.at_once,
        )
    if found.unknown:
        unsure = nsay(
            "Not verified for 1 result: no time is named for it.",
            "Not verified for {n} results: no time is named for them.",
            found.unknown,
        )
        text = f"{text} {unsure}"
    text = f"\n  {text}"
    fields = {"duration_s": round(found.seconds, 1), "duration_unknown": found.unknown}
    return Note(text, fields)


async def _balance(context: AppContext, service: ServiceName) -> Balance | None:
    """Return the balance, or None where the key may not ask for it and is good for everything else."""
    client = await context.services.get(context.account(service))
    try:
        return await client.balance()
    except AccountError as error:
        if error.code != Code.ACCOUNT_FORBIDDEN:
            raise
        return None


async def tell_unsent(context: AppContext, output: EventPrinter) -> None:
    """Say, before the engine is started, what it will pay for pictures of earlier runs.

    That was agreed to when they were started.
    """
    units: dict[Unit, list[Job]] = {}
    for job in await _unsent(context):
        units.setdefault(job.estimate.unit, []).append(job)
    for unit, jobs in units.items():
        bill = Bill.of((job.estimate for job in jobs), unit)
        what = results_text(len({job.key for job in jobs}), len(jobs))
        text = nsay(
            "{bill:text} for {what:text} not sent yet, agreed to when it was started",
            "{bill:text} for {what:text} not sent yet, agreed to when they were started",
            len(jobs),
            bill=bill.text,
            what=what,
        )
        output.event("price", text, results=len(jobs), **bill_fields(bill))


async def _unsent(context: AppContext) -> list[Job]:
    """Return the jobs of earlier runs that the engine, which is not started yet, will send."""
    return [job for job in await context.unfinished_jobs() if job.is_unsent]


def _left(amount: int, unit: Unit) -> str:
    return f"{amount:,}" if unit is Unit.CREDIT else amount_text(amount, unit)
