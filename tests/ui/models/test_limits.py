"""A plan under the user's own limits: what fits goes, and what holds the rest back is said."""

from __future__ import annotations

from dataclasses import replace

from topazdesk.domain.day_limit import Whose
from topazdesk.domain.money import Unit
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.plan_texts import button_text, hint_text, only_text
from topazdesk.ui.models.spending_limits import Holds, SpendingLimits, under

FOUR = Plan(is_published=True, ids=(1, 2, 3, 4), credits=24, known=24, available=480)


def _six(_picture: int) -> int:
    return 6


def test_without_limits_nothing_changes() -> None:
    assert under(FOUR, SpendingLimits(), _six).plan is FOUR


def test_a_limit_that_is_not_reached_says_where_the_day_stands_after_the_click() -> None:
    held = under(FOUR, SpendingLimits(day=300, used=228), _six)
    assert held.plan is FOUR
    assert hint_text(held.plan, problem="", held=held) == (
        "Your limit for today: 252 of 300 credits after this",
        "text2",
    )


def test_the_days_limit_lets_a_part_through() -> None:
    held = under(FOUR, SpendingLimits(run=100, day=300, used=287), _six)
    assert (held.holds, held.plan.startable, held.plan.allowed_credits) == (Holds.DAY, (1, 2), 12)
    assert hint_text(held.plan, problem="", held=held) == ("Your limit for today is enough for 2 of 4 pictures", "warn")
    assert button_text(held.plan, ready=True, problem="", held=held) == ("Enhance 2 of 4 pictures · 12 credits", "")


def test_a_days_limit_that_is_used_up_names_itself_and_where_it_is_changed() -> None:
    held = under(FOUR, SpendingLimits(day=300, used=300), _six)
    text, reason = button_text(held.plan, ready=True, problem="", held=held)
    assert text == "Enhance 4 pictures · 24 credits"
    assert reason == "Your limit for today is reached: 300 of 300 credits. You can change it in the settings"


def test_the_limit_per_click() -> None:
    held = under(FOUR, SpendingLimits(run=20), _six)
    assert (held.holds, held.plan.startable) == (Holds.RUN, (1, 2, 3))
    assert held.line == "Your limit of 20 credits per run is enough for 3 of 4 pictures"
    assert (
        under(FOUR, SpendingLimits(run=5), _six).line
        == "Your limit of 5 credits per run is below the price of a picture"
    )


def test_what_the_credits_do_not_cover_is_refused_as_a_whole_with_the_sentence_of_the_command_line() -> None:
    """The window started what the credits covered, the first of the list, where the command line began nothing."""
    poor = replace(FOUR, available=23)
    held = under(poor, SpendingLimits(run=30, day=100), _six)
    assert held.plan.startable == ()
    title = "This needs 24 credits; the account has 23 credits"
    assert held.plan.short is not None
    assert (held.plan.short.title, held.plan.short.code) == (title, "credit.too_little")
    assert hint_text(held.plan, problem="", held=held) == (title, "warn")
    text, reason = button_text(held.plan, ready=True, problem="", held=held)
    assert text == "Enhance 4 pictures · 24 credits"
    assert reason == f"{title}. Top up, or choose fewer pictures. Nothing is sent until all of it is covered."
    enough = under(replace(FOUR, available=24), SpendingLimits(), _six)
    assert (enough.plan.short, enough.plan.startable) == (None, (1, 2, 3, 4))
    assert under(replace(FOUR, available=None), SpendingLimits(), _six).plan.startable == (1, 2, 3, 4)  # nobody knows


def test_what_earlier_pictures_will_take_is_counted_with_it() -> None:
    held = under(replace(FOUR, available=30), SpendingLimits(earlier=7), _six)
    assert held.plan.short is not None
    assert (
        held.plan.short.title == "This needs 24 credits and 7 credits for earlier pictures; the account has 30 credits"
    )
    assert under(replace(FOUR, available=31), SpendingLimits(earlier=7), _six).plan.short is None


def test_credits_have_to_cover_what_a_limit_lets_through() -> None:
    held = under(replace(FOUR, available=12), SpendingLimits(run=12), _six)
    assert (held.holds, held.plan.startable, held.plan.short) == (Holds.RUN, (1, 2), None)
    short = under(replace(FOUR, available=11), SpendingLimits(run=12), _six)
    assert short.plan.short is not None
    assert short.plan.short.title == "This needs 12 credits; the account has 11 credits"


def test_no_limit_can_be_kept_for_a_price_that_nobody_published() -> None:
    dollars = Plan(ids=(1,), credits=80_000, unit=Unit.USD, unknown=1)
    held = under(dollars, SpendingLimits(day=1_000_000, unit=Unit.USD), lambda _id: 80_000)
    assert held.plan.startable == ()
    assert held.line == "A limit of yours cannot be kept: the price is not published"


def test_a_limit_that_the_organisation_set_is_named_as_such() -> None:
    assert under(FOUR, SpendingLimits(run=20, run_is_set=True), _six).line.startswith("Your organisation's limit of ")
    day = SpendingLimits(run=100, day=300, used=287, whose=Whose.ORGANISATION)
    assert under(FOUR, day, _six).line.startswith("Your organisation's limit for today is enough for 2 of ")


def test_what_is_left_afterwards_counts_the_pictures_in_the_queue() -> None:
    """It said "456 left afterwards" while 100 credits more were to go for pictures that were not sent yet."""
    held = under(FOUR, SpendingLimits(earlier=100), _six)
    assert held.plan.left == 480 - 24 - 100
    assert hint_text(held.plan, problem="", held=held) == ("356 credits left after this and the queue", "text2")
    assert hint_text(FOUR, problem="") == ("456 credits left afterwards", "text2")
    assert under(FOUR, SpendingLimits(earlier=457), _six).plan.left is None


def test_nothing_is_about_free() -> None:
    """While the time was being measured, the button for all said "All 35 · about free"."""
    free = Plan(ids=(1, 2), unit=Unit.NONE)
    assert not free.is_confirmed
    assert only_text(free) == "Enhance only these 2 · free"
