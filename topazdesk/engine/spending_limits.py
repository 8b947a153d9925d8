"""Whether jobs may be started under limits for an hour and a day; asked where they are written, in one transaction.

Whoever asks before may be overtaken by another program, or die in between. What is queued counts as spent, so what is
allowed here stays within the limits whenever it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from topazdesk.domain.charges import to_be_spent
from topazdesk.domain.job import Job
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.spending_limit import SpendingLimit
from topazdesk.engine import job_queries, ledger
from topazdesk.engine.migrations import OPEN
from topazdesk.errors import BudgetError, Code
from topazdesk.language import say

if TYPE_CHECKING:
    from topazdesk.engine.sql import SqlConnection


def room(
    connection: SqlConnection, limits: Sequence[SpendingLimit], unit: Unit, *, is_play: bool, now: float
) -> tuple[int, SpendingLimit] | None:
    """Return the whole units that the limits leave (below zero where they are exceeded), and which of them is nearest.

    None without a limit.
    """
    if not limits:
        return None
    queued = to_be_spent(job_queries.jobs(connection, OPEN)[0], unit, is_play=is_play)
    lefts = [
        (limit.amount - queued - ledger.spent_since(connection, unit, limit.start(now), is_play=is_play), number)
        for number, limit in enumerate(limits)
    ]
    left, number = min(lefts)
    return left, limits[number]


def check(connection: SqlConnection, jobs: Sequence[Job], limits: Sequence[SpendingLimit], now: float) -> None:
    """Raise BudgetError unless all that new jobs will cost is within the limits."""
    new = [job for job in jobs if job.is_unsent]
    if not limits or not new:
        return
    if any(not job.estimate.is_known for job in new):
        raise BudgetError(
            "A limit cannot be kept where the price is not known",
            "No price is published for this size. Choose a smaller one, or leave the limit out. Nothing was sent.",
            code=Code.BUDGET_RUN,
        )
    for unit, is_play in {(job.estimate.unit, job.recipe.service.traits.is_free) for job in new}:
        found = room(connection, limits, unit, is_play=is_play, now=now)
        cost = to_be_spent(new, unit, is_play=is_play)
        if found is not None and cost > found[0]:
            left, limit = found
            raise BudgetError(
                say("The limit for {limit:text} is reached", limit=limit.text),
                say(
                    "This would cost {cost:text}; {left:text} of {amount:text} are left. Nothing was started.",
                    cost=amount_text(cost, unit),
                    left=amount_text(max(0, left), unit),
                    amount=amount_text(limit.amount, unit),
                ),
                code=Code.BUDGET_LIMIT,
            )
