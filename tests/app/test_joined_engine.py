"""The engine of a second program: it has no way to write to the job list that another one has."""

from __future__ import annotations

import inspect

from topazdesk.app.joined_engine import JoinedEngine
from topazdesk.engine.engine import Engine

#: What only reads, from the disk or the service. Everything else is done by the owner, or refused.
READS = {
    "before",
    "cap_account",
    "cap_day",
    "cap_run",
    "day_cap",
    "day_limits",
    "digests",
    "draft_again",
    "had",
    "history",
    "jobs_on",
    "last_results",
    "ledger",
    "over",
    "page",
    "pages",
    "past",
    "pause_reason",
    "paused_on",
    "places",
    "preview",
    "recover",
    "refresh_balance",
    "refunds",
    "results_among",
    "results_of",
    "room",
    "spent_today",
    "stopped",
    "tried_since",
    "twins",
}


def test_no_new_method_of_the_engine_writes_from_a_second_program() -> None:
    """A store that claimed nothing may write: a method that is only inherited would go past the owner."""
    public = {name for name, _ in inspect.getmembers(Engine) if not name.startswith("_")}
    own = {name for name in vars(JoinedEngine) if not name.startswith("_")}
    assert public - own == READS
