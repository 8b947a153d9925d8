"""The whole program below its faces, with Runflow: real engine, real client, real service process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support import pictures
from tests.support.sandbox import RunningSandbox, sandbox
from topazdesk.app.app_context import AppContext
from topazdesk.domain.account import Account
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import BudgetError
from topazdesk.media.probe import probe
from topazdesk.services.runflow import RUNS

__all__ = ["sandbox"]


@pytest.fixture
def profile(tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUNFLOW_API_KEY", sandbox.key)
    monkeypatch.setenv("TOPAZDESK_RUNFLOW_URL", sandbox.url)
    return tmp_path / "profile"


@asynccontextmanager
async def opened(profile: Path) -> AsyncIterator[AppContext]:
    context = await AppContext.open(profile)
    try:
        await context.engine.start()
        yield context
    finally:
        await context.close()


async def start(context: AppContext, source: Path, *, scale: float = 2.0, budget: int | None = None) -> Job:
    model = context.catalogue.find(ServiceName.RUNFLOW, "Standard 2")
    recipe = Recipe.of(ServiceName.RUNFLOW, model.slug, {}, OutputOptions(OutputSize.scale(scale)))
    return (await context.engine.enqueue([draft(probe(source), model, recipe)], run_budget=budget))[0]


async def until(context: AppContext, condition: Callable[[], bool]) -> None:
    changed = asyncio.Event()
    unsubscribe = context.events.subscribe(lambda _: changed.set())
    async with asyncio.timeout(400):
        while not condition():
            changed.clear()
            await changed.wait()
    if callable(unsubscribe):
        unsubscribe()


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]


def test_to_stop_waiting_is_no_cancel_and_the_result_can_still_be_had(
    profile: Path, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Runflow goes on and charges; taking the wait up again must not start another run."""
    sandbox.scenario({"match": {"path": f"{RUNS}$"}, "do": {"job_s": 3600}})

    async def main() -> None:
        async with opened(profile) as context:
            job = await start(context, pictures.write(tmp_path / "a.png"))
            await until(context, lambda: context.engine.job(job.id).state is JobState.RUNNING)
            await context.engine.cancel(job.id)
            await until(context, lambda: context.engine.job(job.id).state is JobState.CANCELLED)
            stopped = context.engine.job(job.id)
            assert stopped.trouble is not None
            assert "$0.08" in stopped.trouble.hint
            line = (await context.engine.ledger())[0]
            assert line.reserved == 80_000  # stays counted as spent
            again = await context.engine.retry(job.id)
            assert again.id == job.id
            sandbox.hurry()
            await context.engine.idle()
            done = context.engine.job(job.id)
            assert (done.state, done.charged) == (JobState.DONE, 80_000)
            assert len(sandbox.rows("runs")) == 1
            balance = await context.engine.refresh_balance(Account(ServiceName.RUNFLOW))
            assert (balance.available, balance.unit) == (39_920_000, Unit.USD)

    run(main)


def test_an_unknown_price_is_not_sent_where_a_limit_is_set(
    profile: Path, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    async def main() -> None:
        async with opened(profile) as context:
            source = pictures.write(tmp_path / "a.png")
            refused = await start(context, source, scale=20.0, budget=1_000_000_000)
            await context.engine.idle()
            ended = context.engine.job(refused.id)
            assert ended.state is JobState.FAILED
            assert ended.trouble is not None
            assert ended.trouble.code == BudgetError("", code="account.run_budget").code
            assert sandbox.rows("runs") == []

    run(main)


def test_many_runs_are_all_followed_to_their_end(profile: Path, sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Its list is not known to show all runs, so they are asked for one by one."""

    async def main() -> None:
        async with opened(profile) as context:
            jobs = [await start(context, pictures.write(tmp_path / f"{n}.png")) for n in range(12)]
            await context.engine.idle()
            assert {context.engine.job(j.id).state for j in jobs} == {JobState.DONE}
            assert len(sandbox.rows("runs")) == 12

    run(main)
