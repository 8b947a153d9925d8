"""Absence is proven, never assumed: lies of lists and lines, each with the right value."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Entry, Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemotePage
from topazdesk.engine.events import JobChanged
from topazdesk.engine.policy import Policy

_S = JobState


def told(desk: EngineDesk, job: Job) -> list[str]:
    """The codes of what was said of a job, repeats left out."""
    codes: list[str] = []
    for event in desk.events:
        trouble = event.job.trouble if isinstance(event, JobChanged) and event.job.id == job.id else None
        if trouble is not None and trouble.code not in codes[-1:]:
            codes.append(trouble.code)
    return codes


def ask(desk: EngineDesk, job: Job) -> str:
    """The details of the question that the user was asked."""
    now = desk.job(job)
    assert now.state is _S.DOUBTFUL, (now.state, now.trouble)
    assert now.trouble is not None
    assert now.trouble.code == "service.undecided"
    assert "twice" in now.trouble.hint
    return f"{now.trouble.hint} {now.trouble.details}"


@pytest.mark.parametrize("is_taken", [True, False])
def test_the_first_submit_of_a_profile(desk: EngineDesk, is_taken: bool) -> None:
    """The list shows uploads under another name than the one sent: 1 click became 2 charges. An empty list looks no better."""

    def rename(entry: Entry) -> None:
        entry.file_name = "upload-17.png"

    async def test() -> None:
        desk.service.after_take = rename
        desk.service.plan("submit", Fault.LOSE_ANSWER if is_taken else Fault.LOSE_REQUEST)
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        said = ask(desk, job)
        assert ("upload-17.png" in said) is is_taken
        assert ("another name" in said) is is_taken
        assert desk.service.taken == is_taken
        assert desk.service.calls["submit"] == 1

    desk.run(test)


def test_names_that_are_changed_from_now_on(desk: EngineDesk) -> None:
    """Jobs of yesterday stand under their names, the new one does not: the unknown job that is like it is a suspect."""

    def rename(entry: Entry) -> None:
        entry.file_name = "upload-17.png"

    async def test() -> None:
        engine = await desk.open()
        await desk.witness()
        desk.service.after_take = rename
        desk.service.plan("submit", Fault.LOSE_ANSWER)
        job = await desk.start_one()
        await engine.idle()
        assert "upload-17.png" in ask(desk, job)
        assert desk.service.calls["submit"] == 1

    desk.run(test)


def test_a_strangers_job_that_is_not_like_it_asks_nobody(desk: EngineDesk) -> None:
    def rename(entry: Entry) -> None:
        if entry.request.model.name != "Standard 2":
            entry.file_name = "somebody.png"

    async def test() -> None:
        engine = await desk.open()
        await desk.witness()
        desk.service.after_take = rename
        await engine.enqueue([desk.draft(desk.picture("other.png"), model="High Fidelity 2")])
        await engine.idle()
        [stranger] = [e for e in desk.service.entries.values() if e.file_name == "somebody.png"]
        # As if it were of another program: this profile has never heard of it.
        assert desk.store is not None
        await desk.store._write(lambda c: c.execute("DELETE FROM jobs WHERE remote_id = ?", (stranger.remote_id,)))
        await desk.crash()
        engine = await desk.open()
        desk.service.plan("submit", Fault.LOSE_REQUEST)
        job = await desk.start_one()
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert len(desk.service.by_token(job.token)) == 1

    desk.run(test)


def test_a_list_with_entries_that_cannot_be_read_proves_presence_only(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        await desk.witness()
        whole = desk.service.list_jobs

        async def odd(cursor: str = "") -> RemotePage:
            return replace(await whole(cursor), unreadable=1)

        desk.service.list_jobs = odd  # type: ignore[method-assign]
        desk.service.plan("submit", Fault.LOSE_REQUEST)
        lost = await desk.start_one("lost.png")
        await engine.idle()
        assert "could not be read" in ask(desk, lost)
        desk.service.plan("submit", Fault.LOSE_ANSWER)
        found = await desk.start_one("found.png")
        await engine.idle()
        assert desk.job(found).state is _S.DONE
        assert len(desk.service.by_token(lost.token)) == 0

    desk.run(test)


def test_the_proof_that_was_missing_comes_with_another_job(desk: EngineDesk) -> None:
    """The user was asked because nothing of ours was listed; a later job shows that names are kept, and nobody need decide."""

    async def test() -> None:
        desk.service.plan("submit", Fault.LOSE_REQUEST)
        engine = await desk.open()
        first = await desk.start_one("first.png")
        await engine.idle()
        assert "no job of this profile" in ask(desk, first)
        await desk.start_one("second.png")
        await engine.idle()
        assert desk.job(first).state is _S.DONE
        assert desk.job(first).trouble is None
        assert desk.service.taken == 2

    desk.run(test)


@pytest.mark.parametrize("late_s", [150.0, 200.0, 350.0])
def test_what_arrives_long_after_the_connection_broke(desk: EngineDesk, late_s: float) -> None:
    """Something between kept the upload and delivered it after the reset, or the list lagged: 2 submits."""

    async def test() -> None:
        desk.policy = Policy(patience_local=None)  # as for a real service
        desk.service.late_s = late_s
        engine = await desk.open()
        await desk.witness()
        desk.service.plan("submit", Fault.ARRIVE_LATE)
        job = await desk.start_one()
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert desk.service.calls["submit"] == 1
        assert len(desk.service.by_token(job.token)) == 1

    desk.run(test)


def test_what_arrives_after_the_user_was_asked_is_adopted_all_the_same(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.policy = Policy(patience_local=None)
        desk.service.late_s = 450.0
        desk.service.plan("submit", Fault.ARRIVE_LATE)
        await desk.open()
        job = await desk.start_one()
        await desk.until(lambda: "service.undecided" in told(desk, job))
        await desk.finished(job)
        assert desk.job(job).state is _S.DONE
        assert desk.service.calls["submit"] == 1

    desk.run(test)


def test_what_has_turned_up_when_the_user_says_send_again_is_not_paid_twice(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.policy = Policy(patience_local=None, undecided_again=1e9)
        desk.service.late_s = 450.0
        desk.service.plan("submit", Fault.ARRIVE_LATE)
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        ask(desk, job)
        desk.service_clock.jump(450.0)
        await engine.resolve(job.id, resend=True)
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert desk.service.calls["submit"] == 1

    desk.run(test)


@pytest.mark.parametrize(("fault", "handed_over"), [(Fault.CUT_SHORT, False), (Fault.LOSE_REQUEST, True)])
def test_a_body_that_was_cut_short_needs_no_long_patience(desk: EngineDesk, fault: Fault, handed_over: bool) -> None:
    async def test() -> None:
        desk.policy = Policy(patience_local=None)
        engine = await desk.open()
        await desk.witness()
        desk.service.plan("submit", fault)
        job = await desk.start_one()
        doubtful = await desk.until_state(job, _S.DOUBTFUL)
        assert doubtful.handed_over is handed_over
        await engine.idle()
        done = desk.job(job)
        assert (done.state, done.resends, done.handed_over) == (_S.DONE, 1, True)
        resent = next(e.job for e in desk.events if isinstance(e, JobChanged) and e.job.resends == 1)
        waited = resent.changed_at - doubtful.changed_at
        assert waited >= desk.policy.absence_after(job.recipe.service, handed_over=handed_over)
        assert (waited < desk.policy.patience) is not handed_over

    desk.run(test)


def test_a_second_doubt_of_one_job_has_a_patience_of_its_own(desk: EngineDesk) -> None:
    """The user had it sent again in the middle of the first patience; its end says nothing of the second submit."""

    async def test() -> None:
        desk.policy = Policy(patience_local=None, ask_after=60.0)
        desk.service.late_s = 1500.0
        desk.service.plan("submit", Fault.LOSE_REQUEST, Fault.ARRIVE_LATE)
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        await desk.clock.sleep(800.0)
        await engine.resolve(job.id, resend=True)
        await desk.start_one("witness.png")
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert len(desk.service.by_token(job.token)) == 1

    desk.run(test)


def test_a_list_that_is_none_lets_the_user_decide_in_the_end(desk: EngineDesk) -> None:
    """A service that answers every request for its list with nonsense: the question used to stay open for ever."""

    async def test() -> None:
        desk.service.plan("submit", Fault.LOSE_ANSWER)
        desk.service.plan("list_jobs", *[Fault.SERVER] * 50)
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        assert "has trouble" in ask(desk, job)
        await engine.resolve(job.id, resend=False)
        assert desk.job(job).state is _S.CANCELLED

    desk.run(test)


def test_doubts_do_not_hold_the_queue_up_for_the_whole_patience(desk: EngineDesk) -> None:
    """Six unanswered submits took all places at the service for two minutes; with half an hour each a night would be over."""

    async def test() -> None:
        desk.policy = Policy(patience_local=None)
        desk.service.plan("submit", *[Fault.LOSE_REQUEST] * 6)
        engine = await desk.open()
        jobs = await engine.enqueue([desk.draft(desk.picture(f"{n}.png")) for n in range(10)])
        await engine.idle()
        changes = [e.job for e in desk.events if isinstance(e, JobChanged)]
        taken = [n for n, job in enumerate(changes) if job.state is _S.RUNNING]
        resent = [n for n, job in enumerate(changes) if job.state is _S.QUEUED and job.resends]
        assert taken[3] < resent[0]  # the four others went on before the first patience was over
        assert {desk.job(j).state for j in jobs} == {_S.DONE}
        assert desk.service.taken == 10

    desk.run(test)
