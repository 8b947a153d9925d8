"""Absence is proven, never assumed: lies of lists and lines, each with the right value."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Entry, Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemotePage
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.engine.events import JobChanged
from topazdesk.engine.policy import Policy

_S = JobState


def told(harness: EngineHarness, job: Job) -> list[str]:
    """The codes of what was said of a job, repeats left out."""
    codes: list[str] = []
    for event in harness.events:
        trouble = event.job.trouble if isinstance(event, JobChanged) and event.job.id == job.id else None
        if trouble is not None and trouble.code not in codes[-1:]:
            codes.append(trouble.code)
    return codes


def ask(harness: EngineHarness, job: Job) -> str:
    """The details of the question that the user was asked."""
    now = harness.job(job)
    assert now.state is _S.DOUBTFUL, (now.state, now.trouble)
    assert now.trouble is not None
    assert now.trouble.code == "service.undecided"
    assert "twice" in now.trouble.hint
    return f"{now.trouble.hint} {now.trouble.details}"


@pytest.mark.parametrize("is_taken", [True, False])
def test_the_first_submit_of_a_profile(harness: EngineHarness, is_taken: bool) -> None:
    """The list shows uploads under another name than the one sent: 1 click became 2 charges. An empty list looks no better."""

    def rename(entry: Entry) -> None:
        entry.file_name = "upload-17.png"

    async def test() -> None:
        harness.service.after_take = rename
        harness.service.plan("submit", Fault.LOSE_ANSWER if is_taken else Fault.LOSE_REQUEST)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        said = ask(harness, job)
        assert ("upload-17.png" in said) is is_taken
        assert ("another name" in said) is is_taken
        assert harness.service.taken == is_taken
        assert harness.service.calls["submit"] == 1

    harness.run(test)


def test_names_that_are_changed_from_now_on(harness: EngineHarness) -> None:
    """Jobs of yesterday stand under their names, the new one does not: the unknown job that is like it is a suspect."""

    def rename(entry: Entry) -> None:
        entry.file_name = "upload-17.png"

    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        harness.service.after_take = rename
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        job = await harness.start_one()
        await engine.idle()
        assert "upload-17.png" in ask(harness, job)
        assert harness.service.calls["submit"] == 1

    harness.run(test)


def test_a_strangers_job_that_is_not_like_it_asks_nobody(harness: EngineHarness) -> None:
    def rename(entry: Entry) -> None:
        if entry.request.model.name != "Standard 2":
            entry.file_name = "somebody.png"

    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        harness.service.after_take = rename
        await engine.enqueue([harness.draft(harness.picture("other.png"), model="High Fidelity 2")])
        await engine.idle()
        [stranger] = [e for e in harness.service.entries.values() if e.file_name == "somebody.png"]
        # As if it were of another program: this profile has never heard of it.
        assert harness.store is not None
        await harness.store._write(lambda c: c.execute("DELETE FROM jobs WHERE remote_id = ?", (stranger.remote_id,)))
        await harness.crash()
        engine = await harness.open()
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        job = await harness.start_one()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert len(harness.service.by_token(job.token)) == 1

    harness.run(test)


def test_a_list_with_entries_that_cannot_be_read_proves_presence_only(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        whole = harness.service.list_jobs

        async def odd(cursor: str = "") -> RemotePage:
            return replace(await whole(cursor), unreadable=1)

        harness.service.list_jobs = odd  # type: ignore[method-assign]
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        lost = await harness.start_one("lost.png")
        await engine.idle()
        assert "could not be read" in ask(harness, lost)
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        found = await harness.start_one("found.png")
        await engine.idle()
        assert harness.job(found).state is _S.DONE
        assert len(harness.service.by_token(lost.token)) == 0

    harness.run(test)


def test_the_proof_that_was_missing_comes_with_another_job(harness: EngineHarness) -> None:
    """The user was asked because nothing of ours was listed; a later job shows that names are kept, and nobody need decide."""

    async def test() -> None:
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        engine = await harness.open()
        first = await harness.start_one("first.png")
        await engine.idle()
        assert "no job of this profile" in ask(harness, first)
        await harness.start_one("second.png")
        await engine.idle()
        assert harness.job(first).state is _S.DONE
        assert harness.job(first).trouble is None
        assert harness.service.taken == 2

    harness.run(test)


def test_a_question_that_time_answers_is_taken_back_after_a_restart(harness: EngineHarness) -> None:
    """Another job had brought the proof meanwhile: it was looked for, and still said to be for the user to decide."""

    async def test() -> None:
        harness.policy = Policy(sent_upload_wait_local_s=None, news_recheck_s=1e9, undecided_recheck_s=1e9)
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        engine = await harness.open()
        first = await harness.start_one("first.png")
        await engine.idle()
        ask(harness, first)
        await harness.finished(await harness.start_one("second.png"))
        ask(harness, first)
        await harness.crash()
        harness.events.clear()
        engine = await harness.open()
        await harness.until(lambda: "service.doubtful" in told(harness, first))
        await engine.idle()
        assert harness.job(first).state is _S.DONE
        assert harness.service.taken == 2

    harness.run(test)


@pytest.mark.parametrize("late_s", [150.0, 200.0, 350.0])
def test_what_arrives_long_after_the_connection_broke(harness: EngineHarness, late_s: float) -> None:
    """Something between kept the upload and delivered it after the reset, or the list lagged: 2 submits."""

    async def test() -> None:
        harness.policy = Policy(sent_upload_wait_local_s=None)  # as for a real service
        harness.service.late_s = late_s
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", Fault.ARRIVE_LATE)
        job = await harness.start_one()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.service.calls["submit"] == 1
        assert len(harness.service.by_token(job.token)) == 1

    harness.run(test)


def test_what_arrives_after_the_user_was_asked_is_adopted_all_the_same(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.policy = Policy(sent_upload_wait_local_s=None)
        harness.service.late_s = 450.0
        harness.service.plan("submit", Fault.ARRIVE_LATE)
        await harness.open()
        job = await harness.start_one()
        await harness.until(lambda: "service.undecided" in told(harness, job))
        await harness.finished(job)
        assert harness.job(job).state is _S.DONE
        assert harness.service.calls["submit"] == 1

    harness.run(test)


def test_what_has_turned_up_when_the_user_says_send_again_is_not_paid_twice(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.policy = Policy(sent_upload_wait_local_s=None, undecided_recheck_s=1e9)
        harness.service.late_s = 450.0
        harness.service.plan("submit", Fault.ARRIVE_LATE)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        ask(harness, job)
        harness.service_clock.jump(450.0)
        await engine.resolve(job.id, resend=True)
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.service.calls["submit"] == 1

    harness.run(test)


@pytest.mark.parametrize(("fault", "handed_over"), [(Fault.CUT_SHORT, False), (Fault.LOSE_REQUEST, True)])
def test_a_body_that_was_cut_short_needs_no_long_patience(
    harness: EngineHarness, fault: Fault, handed_over: bool
) -> None:
    async def test() -> None:
        harness.policy = Policy(sent_upload_wait_local_s=None)
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", fault)
        job = await harness.start_one()
        doubtful = await harness.until_state(job, _S.DOUBTFUL)
        assert doubtful.handed_over is handed_over
        await engine.idle()
        done = harness.job(job)
        assert (done.state, done.resends, done.handed_over) == (_S.DONE, 1, True)
        resent = next(e.job for e in harness.events if isinstance(e, JobChanged) and e.job.resends == 1)
        waited = resent.changed_at - doubtful.changed_at
        assert waited >= harness.policy.absence_after(job.recipe.service, handed_over=handed_over)
        assert (waited < harness.policy.sent_upload_wait_s) is not handed_over

    harness.run(test)


def test_who_asks_in_between_does_not_wait_longer_for_it(harness: EngineHarness) -> None:
    """ "Ask now" began the half hour anew, each time it was pressed."""

    async def test() -> None:
        harness.policy = Policy(sent_upload_wait_local_s=None)
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        job = await harness.start_one()
        doubtful = await harness.until_state(job, _S.DOUBTFUL)
        await harness.until(lambda: harness.job(job).not_before > 0)
        until = harness.job(job).not_before
        patience = harness.policy.sent_upload_wait_s
        assert patience <= until - doubtful.changed_at < patience + 60.0, "told for as long as it is waited for"
        await harness.clock.sleep(0.9 * patience)
        assert (await engine.retry(job.id)).state is _S.DOUBTFUL
        await engine.idle()
        resent = next(e.job for e in harness.events if isinstance(e, JobChanged) and e.job.resends == 1)
        assert patience <= resent.changed_at - doubtful.changed_at < 1.1 * patience
        assert harness.job(job).state is _S.DONE

    harness.run(test)


def test_a_second_doubt_of_one_job_has_a_patience_of_its_own(harness: EngineHarness) -> None:
    """The user had it sent again in the middle of the first patience; its end says nothing of the second submit."""

    async def test() -> None:
        harness.policy = Policy(sent_upload_wait_local_s=None, ask_after_s=60.0)
        harness.service.late_s = 1500.0
        harness.service.plan("submit", Fault.LOSE_REQUEST, Fault.ARRIVE_LATE)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        await harness.clock.sleep(800.0)
        await engine.resolve(job.id, resend=True)
        await harness.start_one("witness.png")
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert len(harness.service.by_token(job.token)) == 1

    harness.run(test)


def test_a_list_that_is_none_lets_the_user_decide_in_the_end(harness: EngineHarness) -> None:
    """A service that answers every request for its list with nonsense: the question used to stay open for ever."""

    async def test() -> None:
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        harness.service.plan("list_jobs", *[Fault.SERVER] * 50)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        assert "has trouble" in ask(harness, job)
        await engine.resolve(job.id, resend=False)
        assert harness.job(job).state is _S.CANCELLED

    harness.run(test)


def test_doubts_do_not_hold_the_queue_up_for_the_whole_patience(harness: EngineHarness) -> None:
    """Six unanswered submits took all places at the service for two minutes; with half an hour each a night would be over."""

    async def test() -> None:
        harness.policy = Policy(sent_upload_wait_local_s=None)
        harness.service.plan("submit", *[Fault.LOSE_REQUEST] * 6)
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(10)])
        await engine.idle()
        changes = [e.job for e in harness.events if isinstance(e, JobChanged)]
        taken = [n for n, job in enumerate(changes) if job.state is _S.RUNNING]
        resent = [n for n, job in enumerate(changes) if job.state is _S.QUEUED and job.resends]
        assert taken[3] < resent[0]  # the four others went on before the first patience was over
        assert {harness.job(j).state for j in jobs} == {_S.DONE}
        assert harness.service.taken == 10

    harness.run(test)


def test_a_service_that_knows_a_token_twice_is_simply_asked_again(
    harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On this computer a repeated submit is the same job: nobody is asked about a kill in the first submit of a profile."""
    traits = replace(ServiceName.SANDBOX.traits, repeats_safely=True)
    monkeypatch.setitem(SERVICES._traits, ServiceName.SANDBOX, traits)

    async def test() -> None:
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.service.calls["submit"] == 2
        assert "service.undecided" not in told(harness, job)

    harness.run(test)
