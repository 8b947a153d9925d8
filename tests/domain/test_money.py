"""Amounts are whole numbers of their unit; dollars are exact to a millionth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.geometry import Size
from topazdesk.domain.money import Unit, amount_text, micro_usd
from topazdesk.domain.pricing import EstimateSource, PriceRule

RUNFLOW = PriceRule(24, {24: 80_000}, 24, True, "", unit=Unit.USD, step_amount=80_000, known_to_mp=24)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "$0.00"), (80_000, "$0.08"), (12_500, "$0.0125"), (-80_000, "-$0.08"), (1_234_500_000, "$1,234.50")],
)
def test_dollars(amount, text):
    assert amount_text(amount, Unit.USD) == text


def test_credits():
    assert [amount_text(n) for n in (0, 1, 1024)] == ["0 credits", "1 credit", "1,024 credits"]


@given(st.integers(-(10**12), 10**12))
def test_dollar_texts_are_read_back_exactly(amount):
    assert micro_usd(amount_text(amount, Unit.USD).replace("$", "").replace(",", "")) == amount


@pytest.mark.parametrize("text", ["", "free", "nan", "inf", "1e99", "10E999999", "-10E999999", "8 cents"])
def test_what_is_no_amount(text):
    with pytest.raises(ValueError, match="dollars"):
        micro_usd(text)


def test_a_price_that_nobody_publishes_is_unknown_and_not_a_number():
    known, unknown = RUNFLOW.estimate(Size(6000, 4000)), RUNFLOW.estimate(Size(6001, 4000))
    assert (known.credits, known.source, known.text) == (80_000, EstimateSource.TABLE, "$0.08")
    assert unknown.source is EstimateSource.UNKNOWN
    assert "$" not in unknown.text
    assert "not published" in unknown.text
    assert unknown.credits == 160_000  # set aside, never shown
    assert RUNFLOW.step_above(Size(100, 100)) == 24
