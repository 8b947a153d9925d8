"""The rules of an organisation: each is known by its word, and what is not a rule is an error."""

from __future__ import annotations

import pytest

from topazdesk.domain.image import FileFormat
from topazdesk.domain.money import Unit
from topazdesk.domain.usage_policy import UsagePolicy


@pytest.mark.parametrize(
    "data",
    [
        {"forbid_tier": ["creative"]},
        {"forbid_tiers": ["Creative"]},
        {"forbid_tiers": "creative"},
        {"forbid_services": ["topas"]},
        {"forbid_formats": ["jpg"]},
        {"day_cap": 0},
        {"day_cap": -1},
        {"day_cap": True},
        {"day_cap": "10"},
        {"run_cap": 1.5},
        {"day_cap_usd": float("nan")},
        {"sidecars": 1},
        {"fault": None},
    ],
)
def test_what_is_no_rule_is_an_error_and_never_passed_over(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="“"):
        UsagePolicy.parse(data)


def test_only_what_is_named_is_forbidden() -> None:
    policy = UsagePolicy.parse({"forbid_tiers": ["creative"], "forbid_formats": ["jpeg"], "contact": "Ann, room 3"})
    assert policy.problem("topaz", "precise", FileFormat.PNG) is None
    assert policy.problem("topaz", "creative", None) is not None
    refused = policy.problem("topaz", "precise", FileFormat.JPEG)
    assert refused is not None
    assert refused.hint == "Choose another format. Nothing was sent. Questions: Ann, room 3"


def test_the_lower_cap_holds_and_none_is_no_cap() -> None:
    policy = UsagePolicy.parse({"day_cap": 50, "run_cap_usd": 1.5})
    assert policy.caps(Unit.CREDIT, 10, 100) == (10, 50)
    assert policy.caps(Unit.CREDIT, None, 20) == (None, 20)
    assert policy.caps(Unit.USD, None, None) == (1_500_000, None)


def test_a_cap_that_holds_is_told_apart_from_the_users_own() -> None:
    policy = UsagePolicy(run_cap=5, day_cap_usd=1.0)
    assert policy.sets(Unit.CREDIT, None, 10) == (True, False)
    assert policy.sets(Unit.CREDIT, 4, None) == (False, False), "the user's own is lower"
    assert policy.sets(Unit.CREDIT, 5, None) == (False, False), "the user can change it, and gains nothing"
    assert policy.sets(Unit.USD, None, 2_000_000) == (False, True)
    assert UsagePolicy().sets(Unit.CREDIT, None, None) == (False, False)
