"""Money on the command line: texts, JSON fields, and the budget as people write it."""

from __future__ import annotations

from typing import Any

from topazdesk.app.recipe_words import most_amount
from topazdesk.domain.money import MICRO_USD, Unit, micro_usd
from topazdesk.domain.pricing import Bill, Estimate
from topazdesk.errors import Code, UseError
from topazdesk.language import say


def money_fields(amount: int | None, unit: Unit) -> dict[str, Any]:
    """Return the JSON fields of an amount, null where it is unknown (None).

    `{"credits": 6}`, or `{"credits": null, "usd": 0.08}` for a service that counts in dollars.
    """
    if unit is not Unit.USD:
        return {"credits": amount}
    return {"credits": None, "usd": None if amount is None else plain(amount, unit)}


def plain(amount: int, unit: Unit) -> int | float:
    """Return an amount as a number for users' scripts: credits, or dollars."""
    return amount / MICRO_USD if unit is Unit.USD else amount


def estimate_fields(estimate: Estimate) -> dict[str, Any]:
    """Return the JSON fields of one estimate; an unknown price is null."""
    return money_fields(estimate.credits if estimate.is_known else None, estimate.unit)


def bill_fields(bill: Bill) -> dict[str, Any]:
    """Return the JSON fields of a bill: the sum of its known prices, and how many are unknown if any are."""
    found = money_fields(bill.known, bill.unit)
    return {**found, "unknown_prices": bill.unknown} if bill.unknown else found


def budget_option(amount: int, unit: Unit) -> str:
    """Return the option as it would be typed: "--budget 6", "--budget 0.08"."""
    if unit is not Unit.USD:
        return f"--budget {amount}"
    dollars, _, cents = f"{amount / MICRO_USD:.6f}".rstrip("0").partition(".")
    return f"--budget {dollars}.{cents:0<2}"


def read_day_cap(text: str, unit: Unit) -> int:
    """Return the most that a day may cost, in credits or millionths of a dollar. Raises UseError.

    It is at least 1: a limit of 0 could be taken for "no limit".
    """
    try:
        amount = micro_usd(text.removeprefix("$")) if unit is Unit.USD else int(text)
    except ValueError:
        amount = 0
    if not 0 < amount < most_amount(unit):
        kind = say("dollars above 0, for example 1.50") if unit is Unit.USD else say("credits above 0")
        raise UseError(
            say("{text} cannot be a limit.", text=text),
            say("Write a number of {kind:text}, or none.", kind=kind),
            code=Code.USE_CAP,
        )
    return amount
