"""A submit whose answer is lost, and a list that lies about it: each such pair in a run of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.support import lies
from tests.support.lied_run import LiedRun, all_done
from tests.support.lying_proxy import Lie
from topazdesk.domain.job import JobState

#: An upload that is kept, and a list that lags, for longer than the grace of a body that was cut short (1 s here).
KEPT_S, LAG_S = 1.25, 1.7


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """What is told about a submit and about the list, in a profile that had so many jobs before."""

    submit: Lie
    about_list: Lie
    before: int

    def __str__(self) -> str:
        return f"{self.submit}, {self.about_list}, {'second' if self.before else 'first of a profile'}"


def about_submits() -> tuple[Lie, ...]:
    return lies.ANSWER_LOST, lies.upload_kept(KEPT_S), lies.upload_kept(KEPT_S, is_silent=True)


def about_lists() -> tuple[Lie, ...]:
    """Made anew for each run, as some count from their first telling."""
    return (
        lies.OTHER_NAMES,
        lies.NO_NAMES,
        lies.OTHER_SOURCES,
        lies.EMPTY_LIST,
        lies.for_a_while(lies.HALF_A_LIST, LAG_S),
        lies.for_a_while(lies.LIST_WITHOUT_THE_NEWEST, LAG_S),
        lies.lagging_list(LAG_S),
        lies.LIST_WITHOUT_END,
        lies.LIST_WITH_A_DEAD_END,
        lies.LIST_WITHOUT_PAGING,
        lies.STRANGERS,
        lies.A_PAGE,
    )


def product() -> list[LostAnswer]:
    """All with all."""
    return [
        LostAnswer(submit, about_list, before)
        for before in (0, 1)
        for submit in about_submits()
        for about_list in about_lists()
    ]


def covering(number: int) -> list[LostAnswer]:
    """Every lie about the list with the lie about a submit of this number.

    Over all numbers each of either meets each of the other, and each a profile with and without jobs.
    """
    submit = about_submits()[number]
    return [LostAnswer(submit, one, (place + number) % 2) for place, one in enumerate(about_lists())]


async def story(lied: LiedRun, row: LostAnswer) -> None:
    """No list proves that a job is not there, unless one of ours is seen in it under its name; and not before late ones had time."""
    await lied.open()
    if row.before:
        await lied.click(row.before)
        await lied.idle()
    lied.liar.always(row.about_list)
    lied.liar.plan(row.submit)
    jobs = await lied.click(1)
    await lied.until_state(jobs[0], JobState.DOUBTFUL, JobState.DONE)
    # A list that cannot be read is read on and on: two graces and a kept upload are long enough.
    try:
        async with asyncio.timeout(4 * LAG_S):
            await lied.engine.idle()
    except TimeoutError:
        assert lied.liar.told[row.about_list.name]
    lied.check_money()
    await lied.come_to_rest()
    assert len(lied.taken()) <= lied.clicks
    all_done(lied)
