"""A profile at work for a team, without a window: `topazdesk worker`."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Protocol

from topazdesk.app.joined_engine import EngineParts
from topazdesk.app.team_context import team_engine
from topazdesk.app.work_context import WorkContext
from topazdesk.disk.names import shown_path
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.services import SERVICES
from topazdesk.engine.events import EngineError, Event, EventHub, JobChanged, LineChanged, QueuePaused
from topazdesk.engine.lock import ProfileLock
from topazdesk.engine.policy import Policy
from topazdesk.engine.uploads import clear_uploads
from topazdesk.errors import ComputerError, Retry, TopazdeskError
from topazdesk.language import say, translated
from topazdesk.team.root_marks import RootState
from topazdesk.team.team_engine import TeamEngine
from topazdesk.team.team_store import TeamStore
from topazdesk.team.worker import DEAD_S, HEARTBEAT_S, Worker

_AGAIN_S = 2.0


class Output(Protocol):
    """Where a worker says what it does."""

    def event(self, kind: str, text: str = "", *, to_stderr: bool = False, **fields: object) -> None:
        """Say one thing."""
        ...

    def error(self, error: TopazdeskError) -> None:
        """Say what went wrong."""
        ...


async def work(
    context: WorkContext,
    output: Output,
    *,
    uploads: int,
    downloads: int,
    heartbeat_s: float = HEARTBEAT_S,
    dead_s: float = DEAD_S,
    policy: Policy | None = None,
    events: EventHub | None = None,
    store: TeamStore | None = None,
    grace_s: float | None = None,
) -> None:
    """Work until cancelled. `events`, `store`: the work's own, by default the profile's. `grace_s`: see `Queue.work`.

    Raises ComputerError where another worker uses the profile or the machine's name, or the team is out of reach.
    """
    events = events or context.events
    parts: EngineParts = {**context.engine_parts, "events": events, "store": store or context.store}
    engine, _ = team_engine(parts, follows=False, policy=policy)
    lock = ProfileLock(context.paths.profile / "worker.lock")
    await asyncio.to_thread(lock.take)
    listening = ExitStack()
    try:
        await asyncio.to_thread(clear_uploads, context.paths.uploads)
        await context.keep_books(events)
        before: dict[str, JobState] = {}

        def hear(event: Event) -> None:
            match event:
                case JobChanged(job):
                    if before.get(job.id) is not job.state:
                        before[job.id] = job.state
                        _tell(job, output)
                    if job.state.is_final:
                        before.pop(job.id, None)
                case EngineError(error) | QueuePaused(True, TopazdeskError() as error):
                    output.error(error)
                case LineChanged(error) if error is not None:
                    output.error(error)
                case _:
                    pass

        listening.callback(events.subscribe(hear))
        await _begin(engine, output)
        accounts = [each.account for name in SERVICES.with_key for each in context.accounts.of(name)]
        await engine.own_name.first_taken()
        if engine.own_name.is_taken:
            name = engine.store.machine
            said = say("A machine called {machine} works for the team already. Is it still there?", machine=name)
            output.event("name_taken", said, machine=name)
            await engine.own_name.get()
        output.event(
            "working",
            say("{machine} works for the team.", machine=engine.store.machine),
            machine=engine.store.machine,
            roots=sorted(engine.store.roots.names),
        )
        worker = Worker(
            engine,
            accounts,
            uploads=uploads,
            downloads=downloads,
            heartbeat_s=heartbeat_s,
            dead_s=dead_s,
            grace_s=grace_s,
        )

        def tell_root(name: str, state: RootState) -> None:
            folder = shown_path(engine.store.roots.folder(name))
            text = say("Root {name}, {folder}: {state:text}", name=name, folder=folder, state=state.words)
            output.event("root", text, name=name, state=state)

        worker.told_root = tell_root
        await worker.run()
    finally:
        listening.close()
        await engine.close()
        lock.release()


async def _begin(engine: TeamEngine, output: Output) -> None:
    """Begin to hear the team, as soon as its database is there. Raises ComputerError for what does not pass."""
    while True:
        try:
            await engine.start()
            return
        except ComputerError as error:
            if error.retry is not Retry.LATER:
                raise
            output.error(error)
            await asyncio.sleep(_AGAIN_S)


def _tell(job: Job, output: Output) -> None:
    name = shown_path(job.picture)
    said = say("{name}: {state:text}", name=name, state=job.state.traits.word)
    why = job.trouble if job.state is JobState.FAILED else None
    if why is None:
        output.event("job", said, job=job.id, state=job.state)
    else:  # the journal of a machine is where its keeper looks first
        said = "\n  ".join(filter(None, (said, translated(why.title), translated(why.hint))))
        output.event("job", said, job=job.id, state=job.state, title=why.title, hint=why.hint)
