"""Answers and news that come late, or in another order than they were asked for: the younger one stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault, error_for
from tests.support.queue_jobs import job
from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Balance, RemoteJob
from topazdesk.domain.services import ServiceName
from topazdesk.engine.balances import Balances
from topazdesk.engine.clock import SystemClock
from topazdesk.engine.events import BalanceChanged, EngineError, Event, EventHub, JobAdded, QueuePaused
from topazdesk.engine.policy import Policy
from topazdesk.engine.supervisor import Supervisor

ACCOUNT = Account(ServiceName.TOPAZ)


class LateService:
    """Answers each question for the balance when the test says so."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[Balance]] = []

    async def get(self, _account: Account) -> LateService:
        return self

    async def balance(self) -> Balance:
        answer: asyncio.Future[Balance] = asyncio.get_running_loop().create_future()
        self.asked.append(answer)
        return await answer


async def turns() -> None:
    """Let all that can go on do so: each of these steps takes a turn of the loop."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_pause_that_comes_while_the_queue_is_about_to_go_on_holds(tmp_path: Path) -> None:
    """A second program paused it while the note of its going on was being written; then it went on, and sent."""
    harness = EngineHarness(tmp_path)

    async def story() -> None:
        engine = await harness.open()
        await engine.pause()
        store, written = engine._context.store, asyncio.Event()
        there = store.set_meta

        async def late(key: str, value: str) -> None:
            await there(key, value)
            if not value:
                await written.wait()

        store.set_meta = late  # type: ignore[method-assign]
        goes_on = asyncio.ensure_future(engine.resume())
        await turns()
        await engine.pause()
        written.set()
        await goes_on
        assert engine.is_paused
        assert await store.get_meta("paused") == "user"
        await engine.resume()
        assert not engine.is_paused

    harness.run(story)


def test_a_balance_that_was_asked_for_earlier_does_not_replace_a_later_one() -> None:
    """Two questions were under way, and the one whose answer came last was shown, however old."""

    async def story() -> None:
        events, service = EventHub(), LateService()
        told: list[Event] = []
        events.subscribe(told.append)
        context = SimpleNamespace(
            services=service,
            events=events,
            clock=SystemClock(),
            supervisor=Supervisor(events),
            gate=SimpleNamespace(stopped={}),
            policy=Policy(),
        )
        refilled: Callable[[Account, Balance], None] = lambda _account, _balance: None  # noqa: E731
        balances = Balances(cast(Any, context), refilled)
        first, second = (asyncio.ensure_future(balances.refresh(ACCOUNT)) for _ in range(2))
        await turns()
        service.asked[1].set_result(Balance(300, 0))
        assert (await second).available == 300
        service.asked[0].set_result(Balance(480, 0))
        assert (await first).available == 300
        assert told == [BalanceChanged(ACCOUNT, Balance(300, 0))]

    asyncio.run(story())


@pytest.mark.parametrize("call", ["submit", "status", "download_link", "cancel"])
def test_a_refusal_of_a_key_that_was_replaced_meanwhile_stops_nothing(tmp_path: Path, call: str) -> None:
    """It was the answer to a question with the key before: the queue stopped again, although the new key was right."""
    harness = EngineHarness(tmp_path, work_s=10_000.0 if call == "cancel" else 10.0)

    async def story() -> None:
        engine = await harness.open()
        there, begun, replaced = getattr(harness.service, call), asyncio.Event(), asyncio.Event()
        asked = 0

        async def refused_first(*args: object) -> object:
            nonlocal asked
            asked += 1
            if asked > 1:
                return await there(*args)
            begun.set()
            await replaced.wait()
            raise error_for(Fault.BAD_KEY)

        setattr(harness.service, call, refused_first)
        job = await harness.start_one()
        if call == "cancel":
            await harness.until_state(job, JobState.RUNNING)
            await engine.cancel(job.id)
        await begun.wait()
        await engine.account_mended(job.account)
        replaced.set()
        done = await harness.finished(job)
        assert done.state is (JobState.CANCELLED if call == "cancel" else JobState.DONE)
        assert not engine.is_paused
        assert not any(isinstance(event, QueuePaused) for event in harness.events)

    harness.run(story)


def test_a_refusal_of_the_key_that_is_in_use_stops_the_queue(tmp_path: Path) -> None:
    harness = EngineHarness(tmp_path)

    async def story() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.BAD_KEY)
        job = await harness.start_one()
        await harness.until(lambda: engine.is_paused)
        assert harness.job(job).state is not JobState.DONE
        await engine.account_mended(job.account)
        assert (await harness.finished(job)).state is JobState.DONE

    harness.run(story)


def test_an_answer_about_a_job_that_was_cleared_meanwhile_is_dropped(tmp_path: Path) -> None:
    """It was told as a bug in the program, with the wish to report it."""
    harness = EngineHarness(tmp_path, work_s=10_000.0)

    async def story() -> None:
        engine = await harness.open()
        status, begun, cleared = harness.service.status, asyncio.Event(), asyncio.Event()

        async def late(remote_id: str) -> RemoteJob:
            answer = await status(remote_id)
            if not begun.is_set():
                begun.set()
                await cleared.wait()
            return answer

        harness.service.status = late  # type: ignore[method-assign]
        job = await harness.start_one()
        await begun.wait()
        await engine.cancel(job.id)
        await harness.until_state(job, JobState.CANCELLED)
        await engine.forget([job.id])
        assert engine.get(job.id) is None
        cleared.set()
        for _ in range(10):
            await turns()
        assert not [event for event in harness.events if isinstance(event, EngineError)]

    harness.run(story)


def test_news_of_a_new_job_are_not_replaced_by_what_it_was_when_it_was_written(tmp_path: Path) -> None:
    """Another machine of the team told of it, and of its next state, before the one that wrote it had shown it."""
    harness = EngineHarness(tmp_path)

    async def story() -> None:
        engine = await harness.open()
        table = engine._job_table
        new = job("one", JobState.QUEUED)
        newer = replace(new, state=JobState.RUNNING)
        told: list[Job] = []

        async def add(*_: object) -> None:
            await table.show([newer])

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(engine._context.store, "add", add)
            harness.hub.subscribe(lambda event: told.append(event.job) if isinstance(event, JobAdded) else None)
            await table.add(cast(Any, None), (new,))
        assert told == [newer]
        assert table[new.id] == newer
        table.drop(new.id)

    harness.run(story)
