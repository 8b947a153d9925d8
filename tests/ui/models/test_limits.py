"""A plan under the user's own limits: what fits goes, and what holds the rest back is said."""

from __future__ import annotations

from topazdesk.domain.money import Unit
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.plan_texts import button_text, hint_text
from topazdesk.ui.models.spending_limits import Holds, Limits, under

FOUR = Plan(is_published=True, ids=(1, 2, 3, 4), credits=24, available=480, affordable=4, affordable_credits=24)


def _six(_picture: int) -> int:
    return 6


def test_without_limits_nothing_changes() -> None:
    assert under(FOUR, Limits(), _six).plan is FOUR


def test_a_limit_that_is_not_reached_says_where_the_day_stands_after_the_click() -> None:
    held = under(FOUR, Limits(day=300, used=228), _six)
    assert held.plan is FOUR
    assert hint_text(held.plan, problem="", held=held) == (
        "Your limit for today: 252 of 300 credits after this",
        "text2",
    )


def test_the_days_limit_lets_a_part_through() -> None:
    held = under(FOUR, Limits(run=100, day=300, used=287), _six)
    assert (held.holds, held.plan.startable, held.plan.affordable_credits) == (Holds.DAY, (1, 2), 12)
    assert hint_text(held.plan, problem="", held=held) == ("Your limit for today is enough for 2 of 4 pictures", "warn")
    assert button_text(held.plan, ready=True, problem="", held=held) == ("Enhance 2 of 4 pictures · 12 credits", "")


def test_a_days_limit_that_is_used_up_names_itself_and_where_it_is_changed() -> None:
    held = under(FOUR, Limits(day=300, used=300), _six)
    text, reason = button_text(held.plan, ready=True, problem="", held=held)
    assert text == "Enhance 4 pictures · 24 credits"
    assert reason == "Your limit for today is reached: 300 of 300 credits. You can change it in the settings"


def test_the_limit_per_click() -> None:
    held = under(FOUR, Limits(run=20), _six)
    assert (held.holds, held.plan.startable) == (Holds.RUN, (1, 2, 3))
    assert held.line == "Your limit of 20 credits a click is enough for 3 of 4 pictures"
    assert under(FOUR, Limits(run=5), _six).line == "Your limit of 5 credits a click is below the price of a picture"


def test_the_balance_may_be_what_holds() -> None:
    poor = Plan(ids=(1, 2, 3, 4), credits=24, available=8, affordable=1, affordable_credits=6)
    held = under(poor, Limits(run=20, day=100), _six)
    assert (held.holds, held.plan.startable) == (Holds.NOTHING, (1,))
    assert hint_text(held.plan, problem="", held=held)[0] == "Credits are enough for 1 of 4 pictures"


def test_no_limit_can_be_kept_for_a_price_that_nobody_published() -> None:
    dollars = Plan(ids=(1,), credits=80_000, unit=Unit.USD, unknown=1)
    held = under(dollars, Limits(day=1_000_000, unit=Unit.USD), lambda _id: 80_000)
    assert held.plan.startable == ()
    assert held.line == "A limit of yours cannot be kept: the price is not published"
