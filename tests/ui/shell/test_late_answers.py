"""Answers that come late, or in another order than they were asked for, into a window that is about something else."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.support.fake_context import known
from tests.ui.shell.conftest import Stage
from topazdesk.domain.account import Account
from topazdesk.domain.ports import Balance
from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError, Code


def _taken(stage: Stage, name: str) -> Coroutine[Any, Any, Any]:
    """Take the oldest work of this name out of what waits, to be run when the test says so."""
    found = next(each for each in stage.spawned.waiting if each[0] == name)
    stage.spawned.waiting.remove(found)
    return found[1]


@pytest.mark.parametrize("later_has_key", [True, False])
def test_whether_there_is_a_key_is_told_by_the_latest_question(stage: Stage, later_has_key: bool) -> None:
    """A key ring that took its time said that there was none, after one had been added: the button stayed "Add your
    key", and nothing asked again."""
    pricing, engine = stage.session.pricing, stage.context.engine
    known(stage.session, (1500, 1000))
    has_key = True

    async def asked(_account: Account) -> Balance:
        if not has_key:
            raise AccountError("No key", "Add one.", code=Code.ACCOUNT_NO_KEY)
        return Balance(480, 0)

    engine.refresh_balance = asked  # type: ignore[method-assign]
    stage.spawned.drop()
    pricing.set_service(ServiceName.TOPAZ)
    pricing.ask_balance()
    earlier, later = _taken(stage, "balance"), _taken(stage, "balance")
    for work, has in ((later, later_has_key), (earlier, not later_has_key)):
        has_key = has
        if has or work is earlier:  # what the earlier one says is nobody's news any more
            asyncio.run(work)
        else:
            with pytest.raises(AccountError):
                asyncio.run(work)
    assert pricing.lacks_key is not later_has_key
    assert (pricing.available is not None) is later_has_key
