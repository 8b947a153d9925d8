"""Prices of many pictures: the same as the domain's drafts, each size worked out once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogue import packaged_catalogue
from tests.support.fake_context import info_of
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Bill, Estimate, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.run_duration import RunDuration
from topazdesk.domain.services import ServiceName
from topazdesk.errors import InputError
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.plan import make_plan
from topazdesk.ui.models.plan_texts import price_text
from topazdesk.ui.models.prices import Prices
from topazdesk.ui.models.recipe import fresh_recipe

_CATALOGUE = packaged_catalogue()
_RECOVER = _CATALOGUE.find(ServiceName.TOPAZ, "Recover 3")


def _recipe(factor: float = 4.0, **values: int) -> Recipe:
    plain = fresh_recipe(ServiceName.SANDBOX, _RECOVER)
    return Recipe.of(ServiceName.SANDBOX, _RECOVER.slug, values, replace(plain.output, size=OutputSize.scale(factor)))


def _picture(number: int, width: int, height: int) -> Picture:
    info = info_of(Path(f"/in/{number}.jpg"), width, height)
    return Picture(number, info.path, info=info, size=info.size)


@given(st.integers(1, 12_000), st.integers(1, 12_000), st.sampled_from([1.0, 2.0, 4.0, 6.0, 1.7]))
def test_a_price_is_what_the_draft_says(width: int, height: int, factor: float) -> None:
    info, recipe = info_of(Path("/in/a.jpg"), width, height), _recipe(factor)
    price = Prices(_RECOVER, recipe).of(info)
    if price.refusal is not None:
        with pytest.raises(InputError) as refused:
            draft(info, _RECOVER, recipe)
        assert price.refusal.hint == refused.value.hint
        assert price.estimate is None
        return
    expected = draft(info, _RECOVER, recipe)
    assert price.target == expected.target
    assert price.estimate == expected.estimate


def test_a_moved_control_takes_the_prices_over_but_not_what_the_service_said() -> None:
    info = info_of(Path("/in/a.jpg"))
    first = Prices(_RECOVER, _recipe(creativity=3))
    first.of(info)
    first.confirm(info.size, Estimate(9, EstimateSource.SERVICE))
    assert first.of(info).credits == 9
    second = Prices(_RECOVER, _recipe(creativity=4), first)
    assert second.of(info).credits == 6
    assert Prices(_RECOVER, _recipe(2.0, creativity=4), second).of(info).credits == 2


def test_a_value_out_of_range_is_a_fault_of_the_whole_plan() -> None:
    prices = Prices(_RECOVER, _recipe(creativity=99))
    assert prices.fault is not None
    plan = make_plan([_picture(1, 100, 100)], prices, available=None)
    assert plan.fault is prices.fault
    assert plan.ids == ()


def test_the_plan_counts_what_can_go_and_names_what_cannot() -> None:
    unread = Picture(9, Path("/in/9.jpg"))
    pictures = [_picture(1, 1500, 1000), _picture(2, 6000, 5000), unread, _picture(3, 1500, 1000)]
    plan = make_plan(pictures, Prices(_RECOVER, _recipe()), available=10)
    assert plan.ids == (1, 3)
    assert (plan.credits, plan.reading, plan.refused) == (12, 1, 1)
    assert plan.reason is not None
    assert (plan.bill, plan.left) == (Bill(12, 12, 0, Unit.CREDIT), None)
    assert plan.sizes == (Size(1500, 1000),)
    rich = make_plan(pictures, Prices(_RECOVER, _recipe()), available=100)
    assert (rich.startable, rich.left) == ((1, 3), 88)


def test_the_time_of_all_of_it_is_said_as_an_estimate_once_the_service_has_named_times() -> None:
    pictures = [_picture(number, 1500, 1000) for number in range(7)] + [_picture(7, 600, 400)]
    prices = Prices(_RECOVER, _recipe())
    assert make_plan(pictures, prices, available=None).duration is None
    prices.confirm(Size(1500, 1000), Estimate(6, EstimateSource.SERVICE, 90.0))
    plan = make_plan(pictures, prices, available=None)
    assert plan.duration == RunDuration(180.0, 1), "two rounds of six at a time"
    said = price_text(plan)
    assert said.light.endswith("about 3 min")
    assert said.tip.endswith(
        "Estimated: about 3 min at the service, 6 at a time. Sending and fetching come on top. "
        "Not verified: the service names no time for 1 of them."
    )
