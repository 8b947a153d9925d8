"""Several jobs from one upload: who sends the picture, who waits, and what happens when something breaks in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemoteJob
from topazdesk.domain.trial import TrialOf

_S = JobState
MODELS = ("Standard 2", "High Fidelity 2", "Low Resolution 2", "Art & CGI")


async def start(desk: EngineDesk, models: Sequence[str] = MODELS, *, trial: bool = False) -> tuple[Job, ...]:
    assert desk.engine is not None
    path = desk.root / "pictures" / "a.png"
    if not path.exists():
        desk.picture()
    drafts = [desk.draft(path, model=name) for name in models]
    if trial:
        drafts = [replace(d, trial=TrialOf(path, None, d.recipe)) for d in drafts]
    return await desk.engine.enqueue(drafts)


def states(desk: EngineDesk, jobs: Sequence[Job]) -> list[JobState]:
    return [desk.job(job).state for job in jobs]


def test_four_models_send_the_picture_once_and_hold_nobody_else_up(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        desk.service.plan("submit", Fault.HOLD)
        jobs = await start(desk)
        other = await desk.start_one("b.png")
        await desk.finished(other)
        assert states(desk, jobs) == [_S.SUBMITTING, _S.QUEUED, _S.QUEUED, _S.QUEUED]
        desk.service.release.set()
        await engine.idle()
        assert states(desk, jobs) == [_S.DONE] * 4
        assert (desk.service.uploads, desk.service.taken) == (2, 5)
        assert [desk.job(job).by_source for job in jobs] == [False, True, True, True]
        assert len({desk.job(job).source_id for job in jobs}) == 1
        assert len(await engine.ledger()) == 5

    desk.run(test)


@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.OFFLINE, Fault.BUSY])
def test_when_the_first_gets_nowhere_the_next_sends_the_picture(desk: EngineDesk, fault: Fault) -> None:
    async def test() -> None:
        engine = await desk.open()
        desk.service.plan("submit", fault)
        jobs = await start(desk)
        await engine.idle()
        first = _S.FAILED if fault is Fault.REJECTED else _S.DONE
        assert states(desk, jobs) == [first, _S.DONE, _S.DONE, _S.DONE]
        assert desk.service.uploads == 1

    desk.run(test)


def test_a_doubtful_first_is_waited_for_and_its_upload_is_used(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        desk.service.plan("submit", Fault.LOSE_ANSWER)
        jobs = await start(desk)
        await engine.idle()
        assert states(desk, jobs) == [_S.DONE] * 4
        assert (desk.service.uploads, desk.service.taken) == (1, 4)

    desk.run(test)


def test_when_the_first_is_left_to_the_user_the_others_go_on(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        desk.service.keeps_names = False
        desk.service.plan("submit", Fault.LOSE_REQUEST)
        await desk.start_one("known.png")  # shows that the service does not keep names
        jobs = await start(desk)
        await engine.idle()
        desk.service.plan("submit", Fault.LOSE_REQUEST)
        later = await start(desk)
        await engine.idle()
        assert states(desk, later) == [_S.DOUBTFUL, _S.DONE, _S.DONE, _S.DONE]
        assert states(desk, jobs) == [_S.DONE] * 4

    desk.run(test)


@pytest.mark.parametrize(
    ("fault", "taken"), [(Fault.LOSE_ANSWER, 4), (Fault.LOSE_REQUEST, 4), (Fault.ARRIVE_LATE, 4), (Fault.CRASH, 4)]
)
def test_a_lost_answer_on_a_shared_upload_is_never_paid_twice(desk: EngineDesk, fault: Fault, taken: int) -> None:
    async def test() -> None:
        engine = await desk.open()
        desk.service.plan("share", fault, fault)
        jobs = await start(desk)
        await engine.idle()
        assert states(desk, jobs) == [_S.DONE] * 4
        assert (desk.service.uploads, desk.service.taken) == (1, taken)
        by_id = {desk.job(job).remote_id: desk.job(job).recipe.model for job in jobs}
        assert by_id == {e.remote_id: e.request.model.slug for e in desk.service.entries.values()}

    desk.run(test)


def test_two_settings_that_the_service_does_not_tell_apart_are_left_to_the_user(desk: EngineDesk) -> None:
    """Both answers are lost, one arrived: adopting it for either would be a guess, sending again might pay twice."""

    async def test() -> None:
        engine = await desk.open()
        desk.service.echoes = False
        path = desk.picture()
        desk.service.plan("share", Fault.LOSE_ANSWER, Fault.LOSE_REQUEST)
        drafts = [desk.draft(path), *(desk.draft(path, values={"denoise": v}) for v in (0.2, 0.8))]
        jobs = await engine.enqueue(drafts)
        await engine.idle()
        assert states(desk, jobs) == [_S.DONE, _S.DOUBTFUL, _S.DOUBTFUL]
        assert desk.service.taken == 2
        troubles = [desk.job(job).trouble for job in jobs[1:]]
        assert [t.code for t in troubles if t] == ["service.undecided"] * 2

    desk.run(test)


def test_without_uploads_in_the_list_a_lost_answer_proves_nothing(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        desk.service.tells_sources = False
        desk.service.plan("share", Fault.LOSE_ANSWER)
        jobs = await start(desk, MODELS[:2])
        await engine.idle()
        assert states(desk, jobs) == [_S.DONE, _S.DOUBTFUL]
        assert desk.service.taken == 2

    desk.run(test)


def test_an_upload_that_expired_is_sent_once_more_for_all(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        first = await start(desk, MODELS[:1], trial=True)
        await engine.idle()
        desk.service.sources.clear()
        jobs = await start(desk, trial=True)
        await engine.idle()
        assert states(desk, jobs) == [_S.DONE] * 4
        assert (desk.service.uploads, desk.service.taken) == (2, 5)
        assert desk.job(first[0]).state is _S.DONE
        third = await start(desk, MODELS[:2], trial=True)  # and the new one serves from then on
        await engine.idle()
        assert states(desk, third) == [_S.DONE] * 2
        assert (desk.service.uploads, desk.service.taken) == (2, 7)

    desk.run(test)


def test_an_old_upload_is_not_even_named(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        await start(desk, MODELS[:1], trial=True)
        await engine.idle()
        desk.pass_time(6.5 * 86_400)
        calls = desk.service.calls["submit"]
        (job,) = await start(desk, MODELS[:1], trial=True)
        await engine.idle()
        assert not desk.job(job).by_source
        assert (desk.service.uploads, desk.service.calls["submit"] - calls) == (2, 1)

    desk.run(test)


def test_a_service_that_forgets_every_upload_ends_in_a_sentence_not_in_a_loop(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        desk.service.plan("share", *[Fault.SOURCE_GONE] * 50)
        jobs = await start(desk)
        await engine.idle()
        found = [desk.job(job) for job in jobs]
        done = [job for job in found if job.state is _S.DONE]
        failed = [job for job in found if job.state is _S.FAILED]
        assert (len(done), len(failed)) == (2, 2)
        assert all(job.trouble and job.trouble.code == "service.bad_request" for job in failed)
        assert (desk.service.uploads, desk.service.taken) == (2, 2)
        assert desk.service.calls["submit"] <= 8
        assert sum(line.reserved for line in await engine.ledger()) == 0
        desk.service.faults["share"].clear()
        again = await engine.retry(failed[0].id)
        await engine.idle()
        assert desk.job(again).state is _S.DONE

    desk.run(test)


@pytest.mark.parametrize("at", range(1, 9))
def test_a_kill_in_mid_group_costs_no_second_upload(desk: EngineDesk, at: int) -> None:
    """The engine ends at its n-th change of state; the next one goes on from the disk."""

    async def test() -> None:
        await desk.open()
        seen = 0
        jobs = await start(desk)

        def counted() -> bool:
            nonlocal seen
            seen += 1
            return seen > at * 2

        await desk.until(counted)
        await desk.crash()
        engine = await desk.open()
        await engine.idle()
        assert states(desk, jobs) == [_S.DONE] * 4
        assert (desk.service.uploads, desk.service.taken) == (1, 4)

    desk.run(test)


def test_a_picture_that_changed_in_between_is_sent_itself(desk: EngineDesk) -> None:
    """The handle stands for the bytes that were sent, not for the name of a file."""

    async def test() -> None:
        engine = await desk.open()
        await start(desk, MODELS[:1], trial=True)
        await engine.idle()
        desk.picture()  # other noise under the same name, of the same size
        jobs = await start(desk, MODELS[:2], trial=True)
        await engine.idle()
        assert states(desk, jobs) == [_S.DONE] * 2
        assert desk.service.uploads == 2
        digests = {desk.job(job).source_id: desk.job(job).source_digest for job in engine.jobs()}
        assert len(digests) == len(set(digests.values())) == 2

    desk.run(test)


def test_a_list_of_other_uploads_does_not_prove_itself(desk: EngineDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it showed once was taken for what the uploads were called: then nothing was missed in it, and one was sent again."""

    async def test() -> None:
        engine = await desk.open()
        service = desk.service
        service.shows = lambda job: replace(job, source_id=f"copy-of-{job.source_id}")
        picture = desk.picture()
        status = service.status

        async def told(remote_id: str) -> RemoteJob:
            return service.shows(await status(remote_id))

        monkeypatch.setattr(service, "status", told)
        models = ("Standard 2", "High Fidelity 2", "Low Resolution 2")
        service.plan("share", Fault.LOSE_ANSWER)
        jobs = await engine.enqueue([desk.draft(picture, model=model) for model in models])
        await engine.idle()
        (doubt,) = [job for each in jobs if (job := desk.job(each)).state is JobState.DOUBTFUL]
        await engine.retry(doubt.id)
        await engine.idle()
        assert (service.taken, desk.job(doubt).state) == (len(jobs), JobState.DOUBTFUL)
        service.shows = lambda job: job
        await engine.retry(doubt.id)
        await engine.idle()
        assert (service.taken, desk.job(doubt).state) == (len(jobs), JobState.DONE)

    desk.run(test)
