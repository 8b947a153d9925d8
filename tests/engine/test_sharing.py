"""Several jobs from one upload: who sends the picture, who waits, and what happens when something breaks in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemoteJob
from topazdesk.domain.trial import TrialOf
from topazdesk.engine.attention import is_undecided

_S = JobState
MODELS = ("Standard 2", "High Fidelity 2", "Low Resolution 2", "Art & CGI")


async def start(harness: EngineHarness, models: Sequence[str] = MODELS, *, trial: bool = False) -> tuple[Job, ...]:
    assert harness.engine is not None
    path = harness.root / "pictures" / "a.png"
    if not path.exists():
        harness.picture()
    drafts = [harness.draft(path, model=name) for name in models]
    if trial:
        drafts = [replace(d, trial=TrialOf(path, None, d.recipe)) for d in drafts]
    return await harness.engine.enqueue(drafts)


def states(harness: EngineHarness, jobs: Sequence[Job]) -> list[JobState]:
    return [harness.job(job).state for job in jobs]


def test_four_models_send_the_picture_once_and_hold_nobody_else_up(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.HOLD)
        jobs = await start(harness)
        await harness.until_sent()
        other = await harness.start_one("b.png")
        await harness.finished(other)
        assert states(harness, jobs) == [_S.SUBMITTING, _S.QUEUED, _S.QUEUED, _S.QUEUED]
        harness.service.release.set()
        await engine.idle()
        assert states(harness, jobs) == [_S.DONE] * 4
        assert (harness.service.uploads, harness.service.taken) == (2, 5)
        assert [harness.job(job).by_source for job in jobs] == [False, True, True, True]
        assert len({harness.job(job).source_id for job in jobs}) == 1
        (sent,) = {harness.job(job).sent for job in jobs}
        assert sent is not None, "all of them say what the first one sent"
        assert sent.name.startswith(harness.job(jobs[0]).token)
        assert len(await engine.ledger()) == 5

    harness.run(test)


@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.OFFLINE, Fault.BUSY])
def test_when_the_first_gets_nowhere_the_next_sends_the_picture(harness: EngineHarness, fault: Fault) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", fault)
        jobs = await start(harness)
        await engine.idle()
        first = _S.FAILED if fault is Fault.REJECTED else _S.DONE
        assert states(harness, jobs) == [first, _S.DONE, _S.DONE, _S.DONE]
        assert harness.service.uploads == 1

    harness.run(test)


def test_a_doubtful_first_is_waited_for_and_its_upload_is_used(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        jobs = await start(harness)
        await engine.idle()
        assert states(harness, jobs) == [_S.DONE] * 4
        assert (harness.service.uploads, harness.service.taken) == (1, 4)

    harness.run(test)


def test_when_the_first_is_left_to_the_user_the_others_go_on(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.keeps_names = False
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        await harness.start_one("known.png")  # shows that the service does not keep names
        await harness.until_sent()
        jobs = await start(harness)
        await engine.idle()
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        later = await start(harness)
        await engine.idle()
        assert states(harness, later) == [_S.DOUBTFUL, _S.DONE, _S.DONE, _S.DONE]
        assert states(harness, jobs) == [_S.DONE] * 4

    harness.run(test)


@pytest.mark.parametrize(
    ("fault", "taken"), [(Fault.LOSE_ANSWER, 4), (Fault.LOSE_REQUEST, 4), (Fault.ARRIVE_LATE, 4), (Fault.CRASH, 4)]
)
def test_a_lost_answer_on_a_shared_upload_is_never_paid_twice(harness: EngineHarness, fault: Fault, taken: int) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("share", fault, fault)
        jobs = await start(harness)
        await engine.idle()
        assert states(harness, jobs) == [_S.DONE] * 4
        assert (harness.service.uploads, harness.service.taken) == (1, taken)
        by_id = {harness.job(job).remote_id: harness.job(job).recipe.model for job in jobs}
        assert by_id == {e.remote_id: e.request.model.slug for e in harness.service.entries.values()}

    harness.run(test)


def test_two_settings_that_the_service_does_not_tell_apart_are_left_to_the_user(harness: EngineHarness) -> None:
    """Both answers are lost, one arrived: adopting it for either would be a guess, sending again might pay twice."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.echoes = False
        path = harness.picture()
        harness.service.plan("share", Fault.LOSE_ANSWER, Fault.LOSE_REQUEST)
        # Both are on their way before the service is asked about either: one alone could be told.
        harness.service.may_list.clear()
        harness.service.on_submit = lambda _: harness.service.calls["submit"] == 3 and harness.service.may_list.set()
        drafts = [harness.draft(path), *(harness.draft(path, values={"denoise": v}) for v in (0.2, 0.8))]
        jobs = await engine.enqueue(drafts)
        await engine.idle()
        assert states(harness, jobs) == [_S.DONE, _S.DOUBTFUL, _S.DOUBTFUL]
        assert harness.service.taken == 2
        troubles = [harness.job(job).trouble for job in jobs[1:]]
        assert [t.code for t in troubles if t] == ["service.undecided"] * 2

    harness.run(test)


def test_what_the_user_sent_again_and_arrived_both_times_comes_home(harness: EngineHarness) -> None:
    """Of two results for one job nobody could explain one: neither was taken, and a third was offered for money."""

    async def test() -> None:
        harness.service.late_s = 2.0
        harness.service.plan("share", Fault.ARRIVE_LATE, Fault.ARRIVE_LATE)
        engine = await harness.open()
        jobs = await start(harness, MODELS[:2])
        while harness.job(jobs[1]).state is not _S.DOUBTFUL:
            await harness.clock.sleep(0.02)
        await engine.resolve(jobs[1].id, resend=True)
        await engine.idle()
        assert states(harness, jobs) == [_S.DONE, _S.DONE]
        assert harness.service.taken == 3, "the user chose that"

    harness.run(test)


def test_without_uploads_in_the_list_a_lost_answer_proves_nothing(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.tells_sources = False
        harness.service.plan("share", Fault.LOSE_ANSWER)
        jobs = await start(harness, MODELS[:2])
        await engine.idle()
        assert states(harness, jobs) == [_S.DONE, _S.DOUBTFUL]
        assert harness.service.taken == 2

    harness.run(test)


def test_an_upload_that_expired_is_sent_once_more_for_all(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        first = await start(harness, MODELS[:1], trial=True)
        await engine.idle()
        harness.service.sources.clear()
        jobs = await start(harness, trial=True)
        await engine.idle()
        assert states(harness, jobs) == [_S.DONE] * 4
        assert (harness.service.uploads, harness.service.taken) == (2, 5)
        assert harness.job(first[0]).state is _S.DONE
        third = await start(harness, MODELS[:2], trial=True)  # and the new one serves from then on
        await engine.idle()
        assert states(harness, third) == [_S.DONE] * 2
        assert (harness.service.uploads, harness.service.taken) == (2, 7)

    harness.run(test)


def test_an_old_upload_is_not_even_named(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await start(harness, MODELS[:1], trial=True)
        await engine.idle()
        harness.pass_time(6.5 * 86_400)
        calls = harness.service.calls["submit"]
        (job,) = await start(harness, MODELS[:1], trial=True)
        await engine.idle()
        assert not harness.job(job).by_source
        assert (harness.service.uploads, harness.service.calls["submit"] - calls) == (2, 1)

    harness.run(test)


def test_a_service_that_forgets_every_upload_ends_in_a_sentence_not_in_a_loop(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("share", *[Fault.SOURCE_GONE] * 50)
        jobs = await start(harness)
        await engine.idle()
        found = [harness.job(job) for job in jobs]
        done = [job for job in found if job.state is _S.DONE]
        failed = [job for job in found if job.state is _S.FAILED]
        assert (len(done), len(failed)) == (2, 2)
        assert all(job.trouble and job.trouble.code == "service.bad_request" for job in failed)
        assert (harness.service.uploads, harness.service.taken) == (2, 2)
        assert harness.service.calls["submit"] <= 8
        assert sum(line.reserved for line in await engine.ledger()) == 0
        harness.service.faults["share"].clear()
        again = await engine.retry(failed[0].id)
        await engine.idle()
        assert harness.job(again).state is _S.DONE

    harness.run(test)


@pytest.mark.parametrize("at", range(1, 9))
def test_a_kill_in_mid_group_costs_no_second_upload(harness: EngineHarness, at: int) -> None:
    """The engine ends at its n-th change of state; the next one goes on from the disk."""

    async def test() -> None:
        await harness.open()
        seen = 0
        jobs = await start(harness)

        def counted() -> bool:
            nonlocal seen
            seen += 1
            return seen > at * 2

        await harness.until(counted)
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        assert states(harness, jobs) == [_S.DONE] * 4
        assert (harness.service.uploads, harness.service.taken) == (1, 4)

    harness.run(test)


def test_a_picture_that_changed_in_between_is_sent_itself(harness: EngineHarness) -> None:
    """The handle stands for the bytes that were sent, not for the name of a file."""

    async def test() -> None:
        engine = await harness.open()
        await start(harness, MODELS[:1], trial=True)
        await engine.idle()
        harness.picture()  # other noise under the same name, of the same size
        jobs = await start(harness, MODELS[:2], trial=True)
        await engine.idle()
        assert states(harness, jobs) == [_S.DONE] * 2
        assert harness.service.uploads == 2
        digests = {harness.job(job).source_id: harness.job(job).source_digest for job in engine.jobs()}
        assert len(digests) == len(set(digests.values())) == 2

    harness.run(test)


def test_a_list_of_other_uploads_does_not_prove_itself(harness: EngineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it showed once was taken for what the uploads were called: then nothing was missed in it, and one was sent again."""

    async def test() -> None:
        engine = await harness.open()
        service = harness.service
        service.shows = lambda job: replace(job, source_id=f"copy-of-{job.source_id}")
        picture = harness.picture()
        status = service.status

        async def told(remote_id: str) -> RemoteJob:
            return service.shows(await status(remote_id))

        monkeypatch.setattr(service, "status", told)
        models = ("Standard 2", "High Fidelity 2", "Low Resolution 2")
        service.plan("share", Fault.LOSE_ANSWER)
        jobs = await engine.enqueue([harness.draft(picture, model=model) for model in models])
        await engine.idle()
        (doubt,) = [job for each in jobs if (job := harness.job(each)).state is JobState.DOUBTFUL]
        await engine.retry(doubt.id)
        await engine.idle()
        assert (service.taken, harness.job(doubt).state) == (len(jobs), JobState.DOUBTFUL)
        service.shows = lambda job: job
        await engine.retry(doubt.id)
        await engine.idle()
        assert (service.taken, harness.job(doubt).state) == (len(jobs), JobState.DONE)

    harness.run(test)


@pytest.mark.parametrize("is_same", [True, False])
def test_what_came_twice_of_one_serves_the_other_whose_submit_was_lost(harness: EngineHarness, is_same: bool) -> None:
    """Two of one picture were lost, and the user sent one again, which then turned up twice. The second result is right for the
    other, if it asked for the same; it was left in doubt for ever, as the spare one might have been it."""

    async def test() -> None:
        engine = await harness.open()
        service = harness.service
        service.plan("submit", Fault.LOSE_REQUEST, Fault.LOSE_ANSWER)
        service.hides = lambda _: True
        drafts = [harness.draft(harness.picture()), harness.draft(harness.root / "pictures" / "a.png")]
        if not is_same:
            drafts[0] = harness.draft(harness.root / "pictures" / "a.png", model="Low Resolution 2")
        lost, twice = await engine.enqueue(drafts)
        await engine.idle()
        assert states(harness, [lost, twice]) == [_S.DOUBTFUL] * 2
        await engine.resolve(twice.id, resend=True)
        await engine.idle()
        assert states(harness, [lost, twice]) == [_S.DOUBTFUL, _S.DONE]
        service.hides = lambda _: False
        await engine.retry(lost.id)
        await engine.idle()
        assert states(harness, [lost, twice]) == [_S.DONE] * 2
        assert service.taken == (2 if is_same else 3)
        assert {harness.job(job).remote_id for job in (lost, twice)} <= set(service.entries)
        made = [service.entries[harness.job(job).remote_id].request.model.slug for job in (lost, twice)]
        assert made == [job.recipe.model for job in (lost, twice)]

    harness.run(test)


def test_what_came_twice_and_was_fetched_is_the_users_to_judge(harness: EngineHarness) -> None:
    """The spare result is in the list of jobs as one that nobody knew: it is not taken from there, nor is the list read without end."""

    async def test() -> None:
        engine = await harness.open()
        service = harness.service
        service.plan("submit", Fault.LOSE_REQUEST, Fault.LOSE_ANSWER)
        service.hides = lambda _: True
        picture = harness.picture()
        lost, twice = await engine.enqueue([harness.draft(picture), harness.draft(picture)])
        await engine.idle()
        await engine.resolve(twice.id, resend=True)
        await engine.idle()
        service.hides = lambda _: False
        (spare,) = await engine.recover(lost.account)
        await engine.fetch(lost.account, [spare], harness.root / "recovered")
        await engine.retry(lost.id)
        await engine.idle()
        before = service.calls["list_jobs"]
        service.plan("submit", Fault.LOSE_REQUEST)  # while this one is looked for, too
        other = await harness.start_one("other.png")
        await engine.idle()
        assert states(harness, [lost, twice, other]) == [_S.DOUBTFUL, _S.DONE, _S.DONE]
        assert is_undecided(harness.job(lost))
        assert service.taken == 3
        assert service.calls["list_jobs"] - before < 20

    harness.run(test)
