"""The engine of a second program: it has no way to write to the job list that another one has."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from tests.support.queue_jobs import job
from topazdesk.app.job_wire import job_from_json, job_to_json
from topazdesk.app.joined_engine import JoinedEngine
from topazdesk.app.owner import _Guest
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.engine import Engine
from topazdesk.engine.events import EventHub
from topazdesk.engine.supervisor import Supervisor

#: What only reads, from the disk or the service. Everything else is done by the owner, or refused.
READS = {
    "before",
    "cap_account",
    "cap_day",
    "cap_run",
    "day_cap",
    "day_limits",
    "digests",
    "draft_again",
    "had",
    "history",
    "jobs_on",
    "last_results",
    "ledger",
    "over",
    "page",
    "pages",
    "past",
    "pause_reason",
    "paused_on",
    "places",
    "preview",
    "recover",
    "refresh_balance",
    "refunds",
    "results_among",
    "results_of",
    "room",
    "sending",
    "spent_today",
    "stopped",
    "tried_since",
    "twins",
}


def test_no_new_method_of_the_engine_writes_from_a_second_program() -> None:
    """A store that claimed nothing may write: a method that is only inherited would go past the owner."""
    public = {name for name, _ in inspect.getmembers(Engine) if not name.startswith("_")}
    own = {name for name in vars(JoinedEngine) if not name.startswith("_")}
    assert public - own == READS


_RUNNING = job("one", JobState.RUNNING)
_DONE = replace(_RUNNING, state=JobState.DONE)


def test_a_second_program_is_told_how_a_job_stands_and_not_how_it_stood_when_it_was_found() -> None:
    """It ended while the others of its run were taken up: the command said that it was still running."""

    async def story() -> None:
        async def take_up(_ids: list[str]) -> tuple[Job, ...]:
            return (_RUNNING,)

        engine = SimpleNamespace(take_up=take_up, get={_DONE.id: _DONE}.get)
        owner = SimpleNamespace(engine=engine, supervisor=Supervisor(EventHub()))
        guest = _Guest(cast(Any, owner), cast(Any, None), cast(Any, None))
        assert await guest._do("take_up", {"jobs": [_RUNNING.id]}) == [_RUNNING.id]
        assert job_from_json(guest._outbox["job", _RUNNING.id]["job"]).state is JobState.DONE
        await owner.supervisor.close()

    asyncio.run(story())


def test_what_the_owner_tells_while_a_job_is_read_from_the_disk_stays() -> None:
    """The older state, which had been read before, took its place: the command waited for it, and said so at its end."""

    async def story() -> None:
        engine = object.__new__(JoinedEngine)
        engine._known, engine.events = {}, EventHub()

        async def find(_ids: list[str]) -> list[Job]:
            engine._hear({"event": "job", "job": job_to_json(_DONE)})
            return [_RUNNING]

        engine._store = cast(Any, SimpleNamespace(find=find))
        await engine._load([_RUNNING.id])
        assert engine.job(_RUNNING.id).state is JobState.DONE

    asyncio.run(story())
