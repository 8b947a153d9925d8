"""Amounts of money and how they are written. Amounts are whole numbers of a unit, so that sums are exact.

Topaz and the sandbox count in credits. Runflow counts in US dollars; its amounts are kept in millionths of a dollar, so
that every price it publishes ("$0.08" is 80,000) is exact.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import StrEnum

from topazdesk.language import nsay, say

MICRO_USD = 1_000_000


class Unit(StrEnum):
    """The unit of a service's prices; the value is the word in catalogue files and `--json`."""

    CREDIT = "credit"
    USD = "usd"
    NONE = "none"  # of a service without prices


def amount_text(amount: int, unit: Unit = Unit.CREDIT) -> str:
    """Return an amount in words: "1 credit", "1,024 credits", "$0.08", "free"."""
    if unit is Unit.NONE:
        return say("free")
    if unit is Unit.CREDIT:
        return nsay("1 credit", "{n} credits", amount)
    return dollars_text(amount)


def dollars_text(micro_usd: int) -> str:
    """Return millionths of a dollar as text: "$0.08", "-$1,200.00", "$0.0125". Two decimals, more only if needed."""
    value = Decimal(abs(micro_usd)) / MICRO_USD
    text = f"{value:,.6f}".rstrip("0")
    whole, _, part = text.partition(".")
    usd = f"{whole}.{part:0<2}"
    return say("-${usd:number}", usd=usd) if micro_usd < 0 else say("${usd:number}", usd=usd)


def micro_usd(text: str | float) -> int:
    """Return millionths of a dollar from "0.08". Raises ValueError unless it is a finite number up to a billion."""
    try:
        value = Decimal(str(text).strip())
    except InvalidOperation:
        raise ValueError(f"not an amount of dollars: {text!r}") from None
    if not value.is_finite() or value.copy_abs() > MICRO_USD * 1000:  # `abs` rounds, and may overflow
        raise ValueError(f"not an amount of dollars: {text!r}")
    return int((value * MICRO_USD).to_integral_value())
