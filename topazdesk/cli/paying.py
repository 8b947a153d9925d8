"""The last look before money is spent: the price is said, and budget, balance and the user must agree. Nothing is sent here."""

from __future__ import annotations

from typing import Any

from topazdesk.app.desk import Desk
from topazdesk.cli.asking import agree_to_pay, has_person
from topazdesk.cli.money import bill_fields, budget_option, money_fields
from topazdesk.cli.output import Output
from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.ports import Balance
from topazdesk.domain.pricing import Bill
from topazdesk.errors import AccountError, BudgetError, CreditError


async def check_money(
    desk: Desk,
    output: Output,
    service: ServiceName,
    bill: Bill,
    what: str,
    *,
    budget: int | None,
    yes: bool,
    **counts: int,
) -> None:
    """Says the price of `what` ("2 pictures"); `counts` go into the event for programs.

    Raises BudgetError and CreditError when budget or credits do not cover it, UseError when nobody agrees to the price.
    """
    _check_budget(bill, budget)
    balance = await _balance(desk, service)
    fields: dict[str, Any] = {**counts, **bill_fields(bill)}
    text = f"{bill.text} for {what}"
    if balance is not None:
        left = balance.available - bill.set_aside
        text += f" · {_left(balance.available, bill.unit)} left before"
        text += f", {_left(left, bill.unit)} after" if left >= 0 else ""
        fields["available"] = money_fields(balance.available, bill.unit).get("usd", balance.available)
    # Play money needs no yes, so that a --yes was said to real money. A rehearsed script is told what the real one needs.
    is_play = service is ServiceName.SANDBOX
    if is_play and not yes and budget is None and not has_person(output):
        text += "\n  Practice credits: a paid service would need --yes or --budget here."
        fields["needs_yes"] = True
    output.event("price", text, **fields)
    if balance is not None and balance.available < bill.set_aside:
        raise CreditError(
            f"This needs {bill.text}; the account has {amount_text(balance.available, bill.unit)}.",
            "Top up, or choose fewer pictures. Nothing was sent.",
            code="credit.too_little",
        )
    way = "" if bill.unknown else budget_option(bill.known, bill.unit)
    question = f"Spend {bill.text} at {service.label}?"
    agree_to_pay(bill.text, question, output, yes=yes or is_play, budget=budget is not None, way=way)


def _check_budget(bill: Bill, budget: int | None) -> None:
    if budget is None:
        return
    if bill.unknown:
        raise BudgetError(
            "A budget cannot be kept where the price is not known.",
            f"This run costs {bill.text}. Choose a smaller size, or leave --budget out. Nothing was sent.",
            code="budget.run",
        )
    if bill.known > budget:
        raise BudgetError(
            f"This run costs {bill.text}, the budget is {amount_text(budget, bill.unit)}.",
            "Raise --budget, choose fewer pictures or a smaller size. Nothing was sent.",
            code="budget.run",
        )


async def _balance(desk: Desk, service: ServiceName) -> Balance | None:
    """The balance; None where the key may do everything but ask for it."""
    client = await desk.services.get(service)
    try:
        return await client.balance()
    except AccountError as error:
        if error.code != "account.forbidden":
            raise
        return None


def _left(amount: int, unit: Unit) -> str:
    return f"{amount:,}" if unit is Unit.CREDIT else amount_text(amount, unit)
