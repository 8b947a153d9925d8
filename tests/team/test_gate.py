"""What stops one machine of a team, and what stops all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from topazdesk.domain.account import Account
from topazdesk.domain.services import ServiceName
from topazdesk.engine.clock import SystemClock
from topazdesk.engine.events import EventHub
from topazdesk.engine.policy import Policy
from topazdesk.engine.sql import SqlConnection
from topazdesk.errors import AccountError, BudgetError, Code, CreditError
from topazdesk.team.team_gate import TeamGate

ACCOUNT = Account(ServiceName.TOPAZ)


@pytest.mark.parametrize(
    ("error", "stops_all", "blocks_calls"),
    [
        (CreditError("No credits", "Buy some.", code=Code.ACCOUNT_CREDITS), True, False),
        (BudgetError("The team's limit", "Raise it.", code=Code.ACCOUNT_TEAM_CAP), True, False),
        (BudgetError("This machine's limit", "Raise it.", code=Code.ACCOUNT_DAY_CAP), False, False),
        (BudgetError("This machine's limit of the account", "Raise it.", code=Code.ACCOUNT_OWN_CAP), False, False),
        (AccountError("The key was refused", "Change it.", code=Code.ACCOUNT_KEY_REFUSED), False, True),
    ],
    ids=lambda value: value.code if isinstance(value, AccountError) else None,
)
def test_a_limit_of_one_machine_does_not_stop_the_team(
    error: AccountError, stops_all: bool, blocks_calls: bool
) -> None:
    gate = TeamGate(EventHub(), SystemClock(), Policy())
    shared: list[Callable[[SqlConnection], None]] = []
    gate.share = shared.append
    gate.stop(error, ACCOUNT)
    assert bool(shared) is stops_all
    assert (ACCOUNT in gate.refused) is not stops_all
    assert gate.is_blocked(ACCOUNT) is blocks_calls
