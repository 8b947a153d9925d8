"""What the footer says about a plan: price, hint, button. Pure: a plan in, texts out."""

from __future__ import annotations

from dataclasses import dataclass

from topazdesk.domain.money import Unit
from topazdesk.domain.run_duration import RunDuration
from topazdesk.domain.usage_rights import reservations_text
from topazdesk.errors import Code
from topazdesk.language import titled
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.prices import PRICE_ASKED
from topazdesk.ui.models.scope import Scope, ScopeKind
from topazdesk.ui.models.spending_limits import Held, Holds
from topazdesk.ui.texts import (
    balance_text,
    bill_text,
    money_text,
    ntr,
    number,
    pictures_text,
    results_text,
    sentences,
    small,
    time_left_text,
    tr,
    translated,
)

#: The longest file name on a button, in characters.
_NAME = 24


@dataclass(frozen=True, slots=True)
class Said:
    """An emphasised part, a lighter one after it, and a tool tip."""

    strong: str = ""
    light: str = ""
    tip: str = ""


def price_text(plan: Plan) -> Said:
    """Return for instance "18 credits for 3 pictures" and "· 480 left · quoted"."""
    if not plan.ids:
        left = "" if plan.available is None else tr("{n} left").format(n=money_text(plan.available, plan.unit))
        return Said("", " · ".join(part for part in (left, translated(plan.account)) if part))
    if plan.unit is Unit.NONE:
        return _free_text(plan)
    price = bill_text(plan.credits, plan.unknown, plan.unit)
    price = tr("{price} for {pictures}").format(price=price, pictures=_count_text(plan, len(plan.ids)))
    if plan.is_confirmed:
        mark, tip = tr("quoted"), tr("The service quoted this price.")
    elif plan.unknown:
        price = f"{price[:1].upper()}{price[1:]}"
        mark, tip = "", tr("No price is published for a result of this size. What was charged is shown afterwards.")
    elif plan.unit is not Unit.CREDIT and plan.is_published:
        mark, tip = tr("published price"), tr("The service has one price for every picture and names none beforehand.")
    else:
        price = tr("about {price}").format(price=price)
        mark, tip = "", tr("Worked out from the published prices. The service's own number follows.")
    parts = [tr("{n} left").format(n=balance_text(plan.available, plan.unit))] if plan.available is not None else []
    parts += [part for part in (translated(plan.account), mark) if part]
    if plan.duration is not None and not plan.is_part:
        parts.append(time_left_text(plan.duration.seconds))
        tip = f"{tip}\n{time_text(plan.duration, plan.at_once)}"
    return Said(price, "· " + " · ".join(parts) if parts else "", tip)


def _free_text(plan: Plan) -> Said:
    price = tr("Free for {pictures}").format(pictures=pictures_text(len(plan.ids)))
    if plan.is_part:
        return Said(price)
    if plan.duration is None:
        if not plan.is_confirmed:
            return Said(price, "· " + tr("measuring the time…"), tr("It is measured once how fast this computer is."))
        tip = tr("It could not be measured how fast this computer is. The first picture shows it.")
        return Said(price, "· " + tr("time not known yet"), tip)
    return Said(price, f"· {time_left_text(plan.duration.seconds)}", time_text(plan.duration, plan.at_once))


def time_text(duration: RunDuration, at_once: int) -> str:
    """Return the sentence about how long all of it takes, as the estimate that it is."""
    if at_once == 1:
        text = tr("Estimated: {time} on this computer, as measured here.")
    else:
        text = tr("Estimated: {time} at the service, {n} at a time. Sending and fetching come on top.")
    text = text.format(time=time_left_text(duration.seconds), n=at_once)
    if duration.unknown:
        more = ntr(
            "Not verified: the service names no time for 1 of them.",
            "Not verified: the service names no time for {n} of them.",
            duration.unknown,
        )
        text = sentences(text, more.format(n=number(duration.unknown)))
    return text


def hint_text(plan: Plan, *, problem: str, held: Held | None = None) -> tuple[str, str]:
    """Return the line below the price, and its colour.

    It says what is in the way, what is left out, or what is left afterwards. `problem` is what is wrong with the form;
    `held` is the plan under the user's own limits.
    """
    if problem:
        return problem, "err"
    if plan.fault is not None:
        return translated(plan.fault.title), "warn" if plan.fault.code == Code.USE_NOT_VERIFIED else "err"
    if plan.short is not None:
        return translated(plan.short.title), "warn"
    if held is not None and held.holds is not Holds.NOTHING:
        return held.line, "warn"
    if plan.refused and plan.reason is not None and plan.reason.code == PRICE_ASKED:
        return translated(plan.reason.title), "text2"
    if plan.refused:
        title = translated(plan.reason.title) if plan.reason is not None else ""
        text = ntr("1 picture skipped", "{n} pictures skipped", plan.refused)
        if plan.scope.kind is ScopeKind.RESULTS:
            text = ntr("1 result left out", "{n} results left out", plan.refused)
        text = text.format(n=number(plan.refused))
        return f"{text}: {small(title)}" if title else text, "warn"
    if plan.reading:
        text = ntr("Reading 1 picture…", "Reading {n} pictures…", plan.reading)
        return text.format(n=number(plan.reading)), "text2"
    if plan.reserved:
        return rights_text(plan), "warn"
    if held is not None and held.line and plan.ids:
        return held.line, "text2"
    if plan.left is not None and plan.ids and not plan.unknown:
        return left_text(money_text(plan.left, plan.unit), plan), "text2"
    return "", "text2"


def left_text(left: str, plan: Plan) -> str:
    """Return what is left afterwards, and of what: pictures in the queue are paid before."""
    return (tr("{n} left after this and the queue") if plan.earlier else tr("{n} left afterwards")).format(n=left)


def rights_text(plan: Plan) -> str:
    """Return what pictures do not allow that would be sent away, "" if all of them say nothing."""
    if not plan.reserved:
        return ""
    text = ntr("1 picture says in its rights: {rights}", "{n} pictures say in their rights: {rights}", plan.reserved)
    return text.format(n=number(plan.reserved), rights=translated(reservations_text(plan.reservations)))


def button_text(
    plan: Plan, *, ready: bool, problem: str, is_empty: bool = False, held: Held | None = None
) -> tuple[str, str]:
    """Return the button's text, and why it cannot be pressed, or "". `is_empty`: there are no pictures at all.

    A text without a price is that of a button that spends nothing.
    """
    if not plan.ids:
        if plan.scope.kind is ScopeKind.RUNNING:
            return _running_text(plan.scope)
        if plan.scope.kind is ScopeKind.AGAIN:
            return _again_text(plan.scope), ""
        if plan.reading:
            return tr("Reading pictures…"), tr("The pictures are still being read")
        if plan.refused and plan.reason is not None and plan.reason.code == PRICE_ASKED:
            return tr("Waiting for the price…"), translated(plan.reason.hint)
        if plan.refused:
            title = translated(plan.reason.title) if plan.reason is not None else ""
            return tr("Nothing can be enhanced"), title or tr("No picture fits these settings")
        if is_empty:
            return tr("Add pictures to enhance"), tr("No pictures yet")
        if plan.scope.kind is ScopeKind.SHOWN:
            hidden = ntr(
                "The filter hides 1 picture to enhance", "The filter hides {n} pictures to enhance", plan.scope.waiting
            )
            return tr("Nothing to enhance is shown"), hidden.format(n=number(plan.scope.waiting))
        if plan.scope.in_progress:
            return tr("Nothing else to enhance"), tr("What was started is in the queue")
        return tr("All done"), tr("Add pictures, change the settings, or enhance a finished picture again")
    words = tr("Enhance {what} · {price}")
    if plan.scope.kind is ScopeKind.RESULTS:
        words = tr("Make {what} · {price}")
    text = words.format(what=_meant(plan), price=_price(plan))
    return text, _in_the_way(plan, ready=ready, problem=problem, held=held)


def _running_text(scope: Scope) -> tuple[str, str]:
    name = short_name(scope.name)
    if scope.is_queued:
        one = tr("This picture is in the queue") if scope.is_viewed else tr("{name} is in the queue")
        text = (
            one
            if scope.chosen == 1
            else ntr("{n} selected is in the queue", "{n} selected are in the queue", scope.chosen)
        )
        return text.format(n=number(scope.chosen), name=name), tr("The selection has been started and waits its turn")
    one = tr("Enhancing this picture…") if scope.is_viewed else tr("Enhancing {name}…")
    text = one if scope.chosen == 1 else ntr("Enhancing {n} selected…", "Enhancing {n} selected…", scope.chosen)
    return text.format(n=number(scope.chosen), name=name), tr("The selection is being enhanced")


def _again_text(scope: Scope) -> str:
    """Return which pictures would be put back in line: only the one in view needs no name."""
    if len(scope.again) > 1:
        return tr("Enhance {n} pictures again…").format(n=number(len(scope.again)))
    # With others beside it that are being enhanced, "again" alone would mean them, too.
    if scope.chosen == 1 and scope.is_viewed:
        return tr("Enhance again…")
    return tr("Enhance {name} again…").format(name=short_name(scope.name))


def all_button_text(plan: Plan, *, ready: bool, problem: str, held: Held | None = None) -> tuple[str, str]:
    """Return the text of the button beside the main one, for instance "All 36 · 137 credits", and why it is off."""
    if not plan.ids:
        return "", ""
    count = number(len(plan.ids))
    if plan.is_part:
        text = tr("{n} of all {count}").format(n=number(plan.allowed or 0), count=count)
    elif len(plan.ids) == 1:
        text = tr("Enhance {what}").format(what=short_name(plan.name))  # a name alone would say nothing
    elif plan.scope.kind is ScopeKind.SHOWN:
        text = ntr("{n} shown", "{n} shown", len(plan.ids)).format(n=count)
    else:
        text = tr("Both") if len(plan.ids) == 2 else tr("All {count}").format(count=count)
    text = f"{text} · {_price(plan)}"
    return text, _in_the_way(plan, ready=ready, problem=problem, held=held)


def all_hint_text(held: Held | None) -> str:
    """Return why the button beside the main one is off, for the line below the price; "" if that says it already."""
    if held is None or held.plan.startable:
        return ""
    if held.plan.short is None:
        return held.line
    if held.plan.scope.kind is ScopeKind.SHOWN:
        return tr("Not enough credits for the {n} shown").format(n=number(len(held.plan.ids)))
    if len(held.plan.ids) == 2:
        return tr("Not enough credits for both")
    return tr("Not enough credits for all {n}").format(n=number(len(held.plan.ids)))


def only_text(plan: Plan) -> str:
    """Return the entry of the context menu that starts what is selected: "Enhance only this · 1 credit"."""
    count = len(plan.startable)
    text = ntr("Enhance only this · {price}", "Enhance only these {n} · {price}", count)
    return text.format(n=number(count), price=_price(plan))


def _price(plan: Plan) -> str:
    price = bill_text(plan.bill.set_aside, plan.unknown, plan.unit)
    if not (plan.is_confirmed or plan.is_published or plan.unknown or plan.unit is Unit.NONE):
        price = tr("about {price}").format(price=price)  # beyond the published table, or a model without one
    return price


def _meant(plan: Plan) -> str:
    """Return which pictures are meant, in words: "this picture", its name, "3 selected", "2 of 3 pictures"."""
    count, scope = len(plan.ids), plan.scope
    if scope.kind is ScopeKind.RESULTS:
        what = results_text(count)
        return tr("{n} of {what}").format(n=number(plan.allowed or 0), what=what) if plan.is_part else what
    if count == 1 and not plan.is_part:
        is_in_view = scope.is_viewed and scope.kind is ScopeKind.SELECTED
        return tr("this picture") if is_in_view else short_name(plan.name)
    if scope.kind is ScopeKind.SELECTED and scope.chosen < scope.waiting:
        what = ntr("{n} selected", "{n} selected", count)
    elif scope.kind is ScopeKind.SHOWN:
        what = ntr("{n} shown", "{n} shown", count)
    else:
        what = ntr("1 picture", "{n} pictures", count)
    what = what.format(n=number(count))
    return tr("{n} of {what}").format(n=number(plan.allowed or 0), what=what) if plan.is_part else what


def _count_text(plan: Plan, count: int) -> str:
    return results_text(count) if plan.scope.kind is ScopeKind.RESULTS else pictures_text(count)


def short_name(name: str) -> str:
    """Return a name short enough for a button: the middle is left out, as names differ at their ends."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 10]}…{name[-9:]}"


def _in_the_way(plan: Plan, *, ready: bool, problem: str, held: Held | None) -> str:
    """Return why a button that shows the plan cannot be pressed, or ""."""
    if not ready:
        return tr("Getting ready…")
    if problem:
        return problem
    if plan.fault is not None:
        return translated(plan.fault.title)
    if plan.short is not None:
        return titled(plan.short.title, plan.short.hint)
    if plan.allowed == 0 and held is not None:
        return tr("{line}. You can change it in the settings").format(line=held.line)
    return ""
