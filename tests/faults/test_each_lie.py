"""Each lie by itself, in a whole run against the real sandbox: what the service, the network and the boxes between may say.

Three things hold whatever is said: no more submits than clicks by the sandbox's own books, every charged result on disk with the
service's bytes or waiting for the user, originals as they were. `lies.py` says what each lie is.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import lies
from tests.support.lied_run import LiedRun
from tests.support.lying_proxy import Lie
from topazdesk.domain.job import JobState

_S = JobState


def named(*each: Lie) -> Any:
    return pytest.mark.parametrize("lie", each, ids=[lie.name for lie in each])


def all_done(run: LiedRun) -> None:
    found = [(job.state, job.trouble) for job in run.jobs() if job.state is not _S.DONE]
    assert not found
    assert len(run.taken()) == run.clicks
    run.check()


# -- the paid call ------------------------------------------------------------------------------------------------------


@named(
    lies.ANSWER_LOST,
    lies.NEVER_ARRIVES,
    lies.CUT_IN_MID_UPLOAD,
    lies.TAKEN_BUT_504,
    lies.TAKEN_BUT_A_PAGE,
    lies.ETA_OF_400_DIGITS,
    lies.interim_answers(3),
    lies.retry_after("5", 429, lies.Call.SUBMIT),
    *(lies.odd_submit(name, data) for name, data in lies.ODD_SUBMITS[:-1]),
    *lies.ODD_ETAS,
)
def test_a_lie_about_a_submit(lied: LiedRun, lie: Lie) -> None:
    """The second of three submits: the list can be trusted by the first. While it is told nothing is paid twice; then all is home."""

    async def work() -> None:
        await lied.open()
        await lied.click()
        await lied.idle()
        lied.liar.plan(lie)
        await lied.click(2)
        await lied.idle()
        assert lied.liar.told[lie.name] == 1
        lied.check_money()
        await lied.come_to_rest()
        all_done(lied)

    lied.run(work)


def test_an_early_refusal_fails_the_picture_alone_and_costs_nothing(lied: LiedRun) -> None:
    async def work() -> None:
        await lied.open()
        lied.liar.plan(lies.EARLY_REFUSAL)
        await lied.click(2)
        await lied.idle()
        assert sorted(job.state for job in lied.engine.jobs()) == [_S.DONE, _S.FAILED]
        assert len(lied.taken()) == 1
        lied.check()

    lied.run(work)
