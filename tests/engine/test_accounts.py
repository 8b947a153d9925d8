"""Several accounts at a service: a job's money and its calls are those of the account it was admitted with, for good."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tests.engine.test_previous_schema import as_before
from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import FakeService, Fault
from topazdesk.domain.account import Account
from topazdesk.domain.day_limit import DayLimit, Whose
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Service
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import TrialOf
from topazdesk.engine.events import QueuePaused
from topazdesk.errors import AccountError, Code

_S = JobState
OWN = Account(ServiceName.SANDBOX)
STUDIO = Account(ServiceName.SANDBOX, "studio")
#: The last schema before there were several accounts.
BEFORE_ACCOUNTS = 14
#: The last one that does not know which key a job was sent with.
BEFORE_KEY_MARKS = 15


class TwoAccounts:
    """A ServiceSource with two accounts; one whose key is gone raises what the program raises."""

    def __init__(self, own: FakeService, studio: FakeService) -> None:
        self.services = {OWN: own, STUDIO: studio}
        self.gone: set[Account] = set()

    async def get(self, account: Account) -> Service:
        if account in self.gone:
            raise AccountError("There is no key", "Add it.", code=Code.ACCOUNT_NO_KEY)
        return self.services[account]


@pytest.fixture
def studio(harness: EngineHarness) -> FakeService:
    """The service as the studio's key sees it; with the profile's own key one sees `harness.service`."""
    made = FakeService(harness.service_clock)
    made._numbers = itertools.count(1000)  # no two jobs of a service have the same number
    harness.source = TwoAccounts(harness.service, made)  # type: ignore[assignment]
    return made


def accounts(harness: EngineHarness) -> TwoAccounts:
    assert isinstance(harness.source, TwoAccounts)
    return harness.source


async def start(harness: EngineHarness, name: str, account: Account) -> Job:
    assert harness.engine is not None
    (job,) = await harness.engine.enqueue([harness.draft(harness.picture(name))], account_id=account.id)
    assert job.account == account
    return job


def test_every_call_of_a_job_is_made_with_the_key_of_its_own_account(
    harness: EngineHarness, studio: FakeService
) -> None:
    async def test() -> None:
        engine = await harness.open()
        jobs = [await start(harness, f"{n}.png", STUDIO if n % 2 else OWN) for n in range(6)]
        gone = await start(harness, "cancelled.png", STUDIO)
        await harness.until_state(gone, _S.RUNNING)
        await engine.cancel(gone.id)
        await engine.idle()
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 6
        assert harness.job(gone).state is _S.CANCELLED
        for job in jobs:
            own, theirs = (each.by_token(job.token) for each in (harness.service, studio))
            assert (len(own), len(theirs)) == ((0, 1) if job.account == STUDIO else (1, 0))
        assert {line.job_id: line.account for line in await engine.ledger() if line.job_id != gone.id} == {
            job.id: job.account for job in jobs
        }

    harness.run(test)


def test_doubts_and_running_jobs_stay_with_their_account_over_a_kill(
    harness: EngineHarness, studio: FakeService
) -> None:
    async def test() -> None:
        await harness.open()
        before = await start(harness, "before.png", STUDIO)
        await harness.finished(before)
        studio.plan("list_jobs", *[Fault.OFFLINE] * 1000)
        studio.plan("submit", Fault.LOSE_ANSWER)
        lost = await harness.until_state(await start(harness, "lost.png", STUDIO), _S.DOUBTFUL)
        running = await harness.until_state(await start(harness, "running.png", STUDIO), _S.RUNNING)
        await harness.crash()
        studio.faults["list_jobs"].clear()
        engine = await harness.open()
        await engine.idle()
        assert [harness.job(job).state for job in (lost, running)] == [_S.DONE, _S.DONE]
        assert (studio.taken, harness.service.taken) == (3, 0)
        assert harness.service.calls.keys() <= {"balance"}, "the other account was never asked about them"

    harness.run(test)


def test_an_account_whose_key_is_gone_waits_alone_and_nothing_goes_out_with_another_key(
    harness: EngineHarness, studio: FakeService
) -> None:
    async def test() -> None:
        engine = await harness.open()
        running = await harness.until_state(await start(harness, "running.png", STUDIO), _S.RUNNING)
        accounts(harness).gone.add(STUDIO)
        queued = await start(harness, "queued.png", STUDIO)
        others = [await start(harness, f"own{n}.png", OWN) for n in range(3)]
        await engine.idle()
        assert [harness.job(job).state for job in others] == [_S.DONE] * 3
        assert (harness.job(running).state, harness.job(queued).state) == (_S.RUNNING, _S.QUEUED)
        assert harness.service.taken == 3, "the studio's picture was not paid from the other account"
        why = engine.stopped(STUDIO)
        assert why is not None
        assert why.code == Code.ACCOUNT_NO_KEY
        assert engine.stopped(OWN) is None
        told = [event for event in harness.events if isinstance(event, QueuePaused)]
        assert [(event.paused, event.account) for event in told] == [(True, STUDIO)]

        accounts(harness).gone.clear()
        await engine.account_mended(STUDIO)
        await engine.idle()
        assert [harness.job(job).state for job in (running, queued)] == [_S.DONE, _S.DONE]
        assert studio.taken == 2
        assert not engine.is_paused

    harness.run(test)


def test_a_key_that_comes_back_does_not_end_a_pause_of_the_users(harness: EngineHarness, studio: FakeService) -> None:
    async def test() -> None:
        engine = await harness.open()
        accounts(harness).gone.add(STUDIO)
        job = await start(harness, "a.png", STUDIO)
        await engine.idle()
        await engine.pause()
        accounts(harness).gone.clear()
        await engine.account_mended(STUDIO)
        await engine.idle()
        assert (harness.job(job).state, studio.taken, engine.is_paused) == (_S.QUEUED, 0, True)
        await engine.resume()
        await harness.finished(job)

    harness.run(test)


def test_an_empty_account_stops_its_own_pictures_until_it_is_refilled(
    harness: EngineHarness, studio: FakeService
) -> None:
    async def test() -> None:
        engine = await harness.open()
        studio.credits = 0
        studio.plan("submit", Fault.NO_CREDIT)
        poor = await start(harness, "poor.png", STUDIO)
        await harness.until(lambda: engine.is_paused)
        rich = [await start(harness, f"rich{n}.png", OWN) for n in range(3)]
        for job in rich:
            await harness.finished(job)
        assert harness.job(poor).state is _S.QUEUED
        assert harness.service.taken == 3
        studio.credits = 100
        await harness.finished(poor)  # its balance is looked at from time to time
        assert studio.taken == 1
        assert not engine.is_paused

    harness.run(test)


def test_a_429_slows_down_the_account_that_it_was_said_to(harness: EngineHarness, studio: FakeService) -> None:
    async def test() -> None:
        engine = await harness.open()
        first = engine._gate.limit(STUDIO).value
        studio.plan("submit", Fault.BUSY)
        busy = await harness.until_state(await start(harness, "busy.png", STUDIO), _S.WAITING)
        assert engine._gate.held_for(STUDIO) > 0
        assert engine._gate.held_for(OWN) == 0
        assert engine._gate.limit(STUDIO).value < first <= engine._gate.limit(OWN).value
        await harness.finished(await start(harness, "free.png", OWN))
        assert harness.job(busy).state is _S.WAITING or studio.taken == 1

    harness.run(test)


def test_a_list_of_another_account_proves_nothing_about_a_doubt(harness: EngineHarness, studio: FakeService) -> None:
    """The studio's key was replaced by the profile's own: its list shows pictures of ours, but none of the studio's."""

    async def test() -> None:
        await harness.open()
        await harness.finished(await start(harness, "own.png", OWN))  # the witness in the other account's list
        await harness.finished(await start(harness, "before.png", STUDIO))
        studio.plan("list_jobs", *[Fault.OFFLINE] * 1000)
        studio.plan("submit", Fault.LOSE_ANSWER)
        lost = await harness.until_state(await start(harness, "lost.png", STUDIO), _S.DOUBTFUL)
        accounts(harness).services[STUDIO] = harness.service
        engine = harness.engine
        assert engine is not None
        await engine.idle()
        assert harness.job(lost).state is _S.DOUBTFUL, "the user is asked; it is not sent again"
        assert (studio.taken, harness.service.taken) == (2, 1)

    harness.run(test)


def test_an_upload_is_shared_within_an_account_only(harness: EngineHarness, studio: FakeService) -> None:
    async def test() -> None:
        engine = await harness.open()
        one = harness.draft(harness.picture("a.png"))
        draft = replace(one, trial=TrialOf(one.info.path, None, one.recipe))
        for account in (OWN, STUDIO, STUDIO, OWN):
            (job,) = await engine.enqueue([draft], account_id=account.id)
            await harness.finished(job)
            assert harness.job(job).state is _S.DONE
        assert (harness.service.uploads, studio.uploads) == (1, 1)
        assert (harness.service.taken, studio.taken) == (2, 2)

    harness.run(test)


def test_a_daily_limit_of_an_account_stops_that_account(harness: EngineHarness, studio: FakeService) -> None:
    async def test() -> None:
        engine = await harness.open()
        engine.cap_account(STUDIO, 1)
        first = await start(harness, "first.png", STUDIO)
        await harness.finished(first)
        assert await engine.day_limits(STUDIO) == (DayLimit(Whose.ACCOUNT, 1, 1),)
        engine.day_cap = 10
        nearest, other = await engine.day_limits(STUDIO)
        assert (nearest.left, other) == (0, DayLimit(Whose.USER, 10, 1))
        assert await engine.day_limits(OWN) == (other,)
        engine.day_cap = None
        second = await start(harness, "second.png", STUDIO)
        others = [await start(harness, f"own{n}.png", OWN) for n in range(2)]
        await engine.idle()
        assert [harness.job(job).state for job in (first, second, *others)] == [_S.DONE, _S.QUEUED, _S.DONE, _S.DONE]
        trouble = harness.job(second).trouble
        assert trouble is not None
        assert trouble.code == Code.ACCOUNT_OWN_CAP
        assert (studio.taken, harness.service.taken) == (1, 2)
        engine.cap_account(STUDIO, None)
        await engine.account_mended(STUDIO)
        await harness.finished(second)

    harness.run(test)


def test_the_limit_of_the_day_counts_all_accounts_together(harness: EngineHarness, studio: FakeService) -> None:
    async def test() -> None:
        engine = await harness.open()
        engine.day_cap = 1
        first = await start(harness, "first.png", STUDIO)
        await harness.finished(first)
        second = await start(harness, "second.png", OWN)
        await engine.idle()
        assert harness.job(second).state is _S.QUEUED
        assert (studio.taken, harness.service.taken) == (1, 0)

    harness.run(test)


def test_what_one_account_has_made_is_not_paid_by_another(harness: EngineHarness, studio: FakeService) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await start(harness, "a.png", STUDIO)
        await harness.finished(job)
        found = await engine.admit([harness.draft(harness.root / "pictures" / "a.png")], account_id=OWN.id)
        assert found.jobs == ()
        assert [each.id for each in found.before.values()] == [job.id]

    harness.run(test)


def test_a_picture_tried_again_is_paid_by_the_same_account(harness: EngineHarness, studio: FakeService) -> None:
    async def test() -> None:
        engine = await harness.open()
        studio.plan("submit", Fault.REJECTED)
        job = await start(harness, "a.png", STUDIO)
        await harness.finished(job)
        again = await engine.retry(job.id)
        await harness.finished(again)
        assert again.account == STUDIO
        assert (studio.taken, harness.service.taken) == (1, 0)

    harness.run(test)


def test_results_found_at_an_account_are_fetched_with_its_key(harness: EngineHarness, studio: FakeService) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await start(harness, "a.png", STUDIO)
        await harness.finished(job)
        await harness.close()
        (harness.profile / "jobs.db").unlink()
        engine = await harness.open()
        assert await engine.recover(OWN) == ()
        found = await engine.recover(STUDIO)
        (back,) = await engine.fetch(STUDIO, found, harness.root / "back")
        await harness.finished(back)
        assert (harness.job(back).state, back.account) == (_S.DONE, STUDIO)

    harness.run(test)


def test_jobs_of_a_profile_from_before_belong_to_the_account_without_a_name(
    harness: EngineHarness, studio: FakeService
) -> None:
    async def test() -> None:
        await harness.open()
        running = await harness.until_state(await start(harness, "a.png", OWN), _S.RUNNING)
        await harness.crash()
        await as_before(harness.profile / "jobs.db", BEFORE_ACCOUNTS)
        engine = await harness.open()
        await engine.idle()
        assert (harness.job(running).state, harness.job(running).account) == (_S.DONE, OWN)
        assert [line.account for line in await engine.ledger()] == [OWN]
        assert (harness.service.taken, studio.taken, dict(studio.calls)) == (1, 0, {})

    harness.run(test)


@pytest.mark.parametrize("seen_there", [False, True], ids=["new", "used before"])
def test_a_key_of_somebody_elses_under_the_same_name_proves_nothing_about_a_doubt(
    harness: EngineHarness, studio: FakeService, seen_there: bool
) -> None:
    """It was sent once more: what the new key had paid meanwhile was taken for the proof that names are listed."""

    async def test() -> None:
        engine = await harness.open()
        other = FakeService(harness.service_clock)
        other._numbers = itertools.count(5000)
        if seen_there:  # the key is changed to and fro
            accounts(harness).services[STUDIO] = other
            await harness.finished(await start(harness, "long ago.png", STUDIO))
            accounts(harness).services[STUDIO] = studio
        await harness.finished(await start(harness, "before.png", STUDIO))
        studio.plan("list_jobs", *[Fault.OFFLINE] * 1000)
        studio.plan("submit", Fault.LOSE_ANSWER)
        lost = await harness.until_state(await start(harness, "lost.png", STUDIO), _S.DOUBTFUL)
        accounts(harness).services[STUDIO] = other
        await engine.account_mended(STUDIO)
        await harness.finished(await start(harness, "after.png", STUDIO))
        await engine.idle()
        assert (studio.taken, other.taken) == (2, 2 if seen_there else 1)
        assert harness.job(lost).state is _S.DOUBTFUL, "the user is asked; it is not sent again"

        studio.faults["list_jobs"].clear()
        accounts(harness).services[STUDIO] = studio  # the right key is back
        await engine.retry(lost.id)
        await harness.finished(lost)
        assert studio.taken == 2

    harness.run(test)


@pytest.mark.parametrize("finds", [False, True], ids=["list", "search"])
def test_a_doubt_that_is_the_first_of_its_account_is_not_sent_again_with_a_key_of_somebody_elses(
    harness: EngineHarness, studio: FakeService, finds: bool
) -> None:
    """Nothing was sent before it that could be missed in the other list."""

    async def test() -> None:
        engine = await harness.open()
        other = FakeService(harness.service_clock)
        other._numbers = itertools.count(5000)
        studio.finds = other.finds = finds
        studio.plan("list_jobs", *[Fault.OFFLINE] * 1000)
        studio.plan("find", *[Fault.OFFLINE] * 1000)
        studio.plan("submit", Fault.LOSE_ANSWER)
        lost = await harness.until_state(await start(harness, "lost.png", STUDIO), _S.DOUBTFUL)
        accounts(harness).services[STUDIO] = other
        await engine.account_mended(STUDIO)
        await harness.finished(await start(harness, "after.png", STUDIO))
        await engine.idle()
        assert (studio.taken, other.taken) == (1, 1)
        assert harness.job(lost).state is _S.DOUBTFUL, "the user is asked; it is not sent again"

        accounts(harness).services[STUDIO] = studio  # the right key is back
        studio.faults.clear()
        await engine.retry(lost.id)
        await harness.finished(lost)
        assert studio.taken == 1

    harness.run(test)


def test_a_new_key_of_the_same_account_settles_what_the_old_one_sent(
    harness: EngineHarness, studio: FakeService
) -> None:
    """What the old key had sent before is in the new one's list: it is the list of the same account."""

    async def test() -> None:
        engine = await harness.open()
        await harness.finished(await start(harness, "before.png", STUDIO))
        studio.plan("list_jobs", *[Fault.OFFLINE] * 3)
        studio.plan("submit", Fault.LOSE_REQUEST)
        lost = await harness.until_state(await start(harness, "lost.png", STUDIO), _S.DOUBTFUL)
        studio.key = "another one"
        await engine.account_mended(STUDIO)
        await harness.finished(lost)
        assert (harness.job(lost).state, studio.taken) == (_S.DONE, 2)

    harness.run(test)


def test_a_doubt_of_a_profile_from_before_is_not_disproved_by_what_was_sent_since(
    harness: EngineHarness, studio: FakeService
) -> None:
    """Which key it was sent with is unknown: the one in use now may be another account's."""

    async def test() -> None:
        await harness.open()
        studio.plan("list_jobs", *[Fault.OFFLINE] * 1000)
        studio.plan("submit", Fault.LOSE_ANSWER)
        lost = await harness.until_state(await start(harness, "lost.png", STUDIO), _S.DOUBTFUL)
        await harness.crash()
        await as_before(harness.profile / "jobs.db", BEFORE_KEY_MARKS)
        other = FakeService(harness.service_clock)
        other._numbers = itertools.count(5000)
        accounts(harness).services[STUDIO] = other
        engine = await harness.open()
        await harness.finished(await start(harness, "after.png", STUDIO))
        await engine.idle()
        assert (studio.taken, other.taken) == (1, 1)
        assert harness.job(lost).state is _S.DOUBTFUL

    harness.run(test)
