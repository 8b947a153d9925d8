"""An answer names what was asked, or it is nonsense; a number that another job has is a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.engine.attention import is_undecided
from topazdesk.engine.events import EngineError, JobChanged

_S = JobState


def each_has_its_own(harness: EngineHarness, jobs: tuple[Job, ...] | list[Job]) -> None:
    """Done, once at the service each, and with the remote job that came of its own upload."""
    for job in jobs:
        now = harness.job(job)
        assert now.state is _S.DONE, (now.state, now.trouble)
        [entry] = harness.service.by_token(job.token)
        assert now.remote_id == entry.remote_id
        assert now.source_id == entry.source_id
    assert len({harness.job(job).result for job in jobs}) == len(jobs)


def doubted(harness: EngineHarness) -> set[str]:
    return {e.job.id for e in harness.events if isinstance(e, JobChanged) and e.job.state is _S.DOUBTFUL}


@pytest.mark.parametrize("state", ["running", "done", "cleared"])
def test_a_submit_answered_with_the_number_of_another_job(harness: EngineHarness, state: str) -> None:
    """2 paid, both "done" with one picture, one result lost."""

    async def test() -> None:
        harness.service.work_s = 300.0 if state == "running" else 10.0
        engine = await harness.open()
        first = await harness.start_one("first.png")
        if state == "running":
            await harness.until_state(first, _S.RUNNING)
        else:
            await engine.idle()
        if state == "cleared":
            await engine.forget([first.id])
        harness.service.plan("submit", Fault.KNOWN_ID)
        second = await harness.start_one("second.png")
        await engine.idle()
        each_has_its_own(harness, [second] if state == "cleared" else [first, second])
        assert doubted(harness) == {second.id}
        numbers = {e.job.remote_id for e in harness.events if isinstance(e, JobChanged) and e.job.id == second.id}
        [entry] = harness.service.by_token(second.token)
        assert numbers == {"", entry.remote_id}  # not for a moment the other's
        assert harness.service.taken == 2

    harness.run(test)


def test_two_submits_answered_with_each_others_numbers(harness: EngineHarness) -> None:
    """Both numbers are new, so no table of ours tells; the names under which the service has them do."""

    async def test() -> None:
        engine = await harness.open()
        before = await harness.witness()
        harness.service.plan("submit", Fault.SWAPPED, Fault.SWAPPED)
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await engine.idle()
        each_has_its_own(harness, [before, *jobs])
        assert doubted(harness) == {job.id for job in jobs}
        assert harness.service.taken == 3

    harness.run(test)


def test_the_status_of_a_job_answered_with_anothers(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        before = await harness.witness()
        harness.service.work_s = 200.0
        harness.service.plan("status", *[Fault.OTHER_JOB] * 4)
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        assert harness.job(job).percent < 100
        await engine.idle()
        each_has_its_own(harness, [before, job])
        assert doubted(harness) == set()
        assert any(isinstance(e, EngineError) and e.error.code == "service.other_job" for e in harness.events)

    harness.run(test)


def test_what_a_cancel_would_cost_is_not_read_from_anothers_answer(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 5000.0
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await harness.until(lambda: all(harness.job(j).state is _S.RUNNING for j in jobs))
        harness.service.plan("cancel", Fault.OFFLINE)
        harness.service.plan("status", *[Fault.OTHER_JOB] * 3)
        await engine.cancel(jobs[0].id)
        await harness.until_state(jobs[0], _S.CANCELLED)
        assert harness.job(jobs[1]).state is _S.RUNNING
        assert [e.cancelled_at is not None for e in harness.service.by_token(jobs[0].token)] == [True]
        await engine.cancel(jobs[1].id)
        await engine.idle()

    harness.run(test)


def on_one_upload(harness: EngineHarness, *models: str) -> list[Draft]:
    """Drafts that share an upload."""
    picture = harness.picture()
    return [harness.draft(picture, model=model) for model in models]


def made_as_asked(harness: EngineHarness, jobs: Sequence[Job]) -> None:
    """Done, each with a result of its own model, though one upload's name tells none of them from another."""
    for job in jobs:
        now = harness.job(job)
        assert now.state is _S.DONE, (now.state, now.trouble)
        request = harness.service.entries[now.remote_id].request
        assert request.model.slug == job.recipe.model
    assert len({harness.job(job).remote_id for job in jobs}) == len(jobs)


def test_what_another_upload_was_answered_with_is_not_taken_from_who_looks_for_it(harness: EngineHarness) -> None:
    """Nine submits for eight clicks: a number counted as another picture's, which had been told it by mistake and not yet been
    looked at there, so the job that it belonged to was nowhere to be seen, "proven" absent, and sent again."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.work_s = 60.0
        before = await harness.start_one("before.png")
        await harness.until_state(before, _S.RUNNING)
        harness.service.may_list.clear()
        harness.service.plan("share", Fault.LOSE_ANSWER)
        pair = await engine.enqueue(on_one_upload(harness, "Standard 2", "Low Resolution 2"))
        await harness.until_state(pair[1], _S.DOUBTFUL)
        harness.service.plan("submit", Fault.KNOWN_ID)
        other = await harness.start_one("other.png")
        await harness.until_state(other, _S.RUNNING)
        harness.service.plan("status", *[Fault.OFFLINE] * 6)  # so nobody notices for a while whose number it is
        harness.service.may_list.set()
        await engine.idle()
        assert harness.service.taken == 4
        made_as_asked(harness, [before, *pair, other])
        [entry] = harness.service.by_token(other.token)
        assert harness.job(other).remote_id == entry.remote_id

    harness.run(test)


def test_a_number_of_another_job_on_the_same_upload(harness: EngineHarness) -> None:
    """The name is the upload's, so it tells nothing: what was made does. The result of one model came home as another's."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("share", Fault.LOSE_ANSWER, Fault.KNOWN_ID)
        jobs = await engine.enqueue(on_one_upload(harness, "Standard 2", "High Fidelity 2", "Low Resolution 2"))
        await engine.idle()
        assert harness.service.taken == 3
        made_as_asked(harness, jobs)

    harness.run(test)


def test_two_on_one_upload_answered_with_each_others_numbers(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("share", Fault.SWAPPED, Fault.SWAPPED)
        jobs = await engine.enqueue(on_one_upload(harness, "Standard 2", "High Fidelity 2", "Low Resolution 2"))
        await engine.idle()
        assert harness.service.taken == 3
        made_as_asked(harness, jobs)

    harness.run(test)


@pytest.mark.parametrize("is_fetched", [False, True])
def test_a_job_on_an_upload_answered_with_the_number_of_another_upload(
    harness: EngineHarness, is_fetched: bool
) -> None:
    """What it named stays its upload, whatever upload the answer to something else names. And what was fetched meanwhile, as a
    result that nobody knew, may be this job: the list without it proves nothing."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.work_s = 300.0
        harness.service.plan("submit", Fault.HOLD)
        pair = await engine.enqueue(on_one_upload(harness, "Standard 2", "Low Resolution 2"))
        await harness.until_sent()
        harness.service.may_list.clear()
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        other = await harness.start_one("other.png")
        await harness.until_state(other, _S.DOUBTFUL)
        harness.service.plan("share", Fault.KNOWN_ID)
        harness.service.plan("status", *[Fault.OFFLINE] * 4)
        harness.service.release.set()
        await harness.until_state(pair[1], _S.RUNNING)
        harness.service.may_list.set()
        if is_fetched:
            account = other.account
            found = await engine.recover(account)
            assert [each.source_id for each in found] == [harness.job(pair[0]).source_id]
            await engine.fetch(account, found, harness.root / "recovered")
        await engine.idle()
        assert harness.service.taken == 3
        made_as_asked(harness, [pair[0], other, *[pair[1]] * (not is_fetched)])
        [entry] = harness.service.by_token(other.token)
        assert harness.job(other).remote_id == entry.remote_id
        assert harness.job(pair[0]).source_id == harness.job(pair[1]).source_id
        if is_fetched:
            assert is_undecided(harness.job(pair[1])), "the user knows whether it is what was fetched"

    harness.run(test)


def test_a_number_of_what_was_sent_again_and_had_arrived(harness: EngineHarness) -> None:
    """The first try of a picture that the user sent again arrived later, and its number was told to another job of that picture."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.ARRIVE_LATE)
        jobs = await engine.enqueue(on_one_upload(harness, "Standard 2", "Low Resolution 2"))
        await harness.until_state(jobs[0], _S.DOUBTFUL)
        harness.service.plan("submit", Fault.HOLD)
        await engine.resolve(jobs[0].id, resend=True)
        await harness.until_sent(2)
        await harness.clock.sleep(2 * harness.service.late_s)
        assert harness.service.taken == 2
        harness.service.plan("share", Fault.KNOWN_ID)
        harness.service.release.set()
        await engine.idle()
        assert harness.service.taken == 3
        made_as_asked(harness, jobs)

    harness.run(test)


def test_a_service_that_takes_another_model_than_it_was_asked_for_is_no_mix_up(harness: EngineHarness) -> None:
    """Nothing else of ours explains the answer, so it is what it is: a paid result that comes home."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.shows = lambda remote: replace(remote, model="Something Else")
        told = harness.service._seen
        harness.service._seen = lambda entry: replace(told(entry), model="Something Else")  # type: ignore[method-assign]
        jobs = await engine.enqueue(on_one_upload(harness, "Standard 2", "Low Resolution 2"))
        await engine.idle()
        assert harness.service.taken == 2
        made_as_asked(harness, jobs)
        assert doubted(harness) == set()

    harness.run(test)
