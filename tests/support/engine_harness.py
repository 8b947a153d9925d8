"""An engine on real files and a real database with a fake service, that can be ended as a crash would end it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support.all_jobs import past_jobs, with_past
from tests.support.catalogue import whole_catalogue
from tests.support.fake_service import FakeService
from tests.support.own_time import OwnTime, Threads, lend
from tests.support.simple_pictures import SimplePictures
from topazdesk.domain.account import Account
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.params import Value
from topazdesk.domain.ports import Draft, Service
from topazdesk.domain.recipe import OnConflict, OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.engine.engine import Engine
from topazdesk.engine.events import Event, EventHub
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.policy import Policy
from topazdesk.engine.store import Store

lend()
CATALOGUE = whole_catalogue()
#: What has not come after so many seconds of the test's time never comes.
WAIT_S = 40_000.0


class OwnClock:
    """A clock on the test's own time, which can jump beside it. As in the world no two looks at it see the same time."""

    def __init__(self, own_time: OwnTime | None = None) -> None:
        self._own_time = own_time or OwnTime()
        self._start = 1_800_000_000.0
        self._looks = itertools.count()

    def now(self) -> float:
        return self._start + self._own_time.seconds + next(self._looks) * 1e-6

    def jump(self, seconds: float) -> None:
        self._start += seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class OneService:
    """A ServiceSource of one service, with an error on request."""

    def __init__(self, service: FakeService) -> None:
        self.service = service
        self.error: Exception | None = None

    async def get(self, account: Account) -> Service:
        if self.error is not None:
            raise self.error
        return self.service


class EngineHarness:
    """A profile in `root`. `run(test)` runs a coroutine under plain asyncio; `open` and `crash` may alternate."""

    def __init__(
        self,
        root: Path,
        *,
        work_s: float = 10.0,
        credits: int = 10_000,
        copies: bool = False,
        policy: Policy | None = None,
        own_time: OwnTime | None = None,
        opens: Callable[[], Coroutine[Any, Any, JobStore]] | None = None,
    ) -> None:
        self._opens = opens or (lambda: Store.open(self.profile / "jobs.db"))
        self.root = root
        self.profile = root / "profile"
        self.own_time = own_time or OwnTime()
        self.clock = OwnClock(self.own_time)
        self.service_clock = OwnClock(self.own_time)  # the service's own: the client's may be wrong
        self.service = FakeService(self.service_clock, work_s=work_s, credits=credits)
        self.source = OneService(self.service)
        self.pictures = SimplePictures(copies=copies)
        self.policy = policy or Policy()
        self.read_policy: Callable[[], UsagePolicy] = UsagePolicy
        self.events: list[Event] = []
        self.hub = EventHub()
        self.hub.subscribe(self.events.append)
        self.hub.subscribe(self._wake)
        self._changed = asyncio.Event()
        self._past: dict[str, Job] = {}
        self.store: JobStore | None = None
        self.engine: Engine | None = None
        self._threads: Threads | None = None

    def _wake(self, _: Event) -> None:
        self._changed.set()

    def pass_time(self, seconds: float) -> None:
        """Lets hours go by at once, here and at the service."""
        self.clock.jump(seconds)
        self.service_clock.jump(seconds)

    async def open(self) -> Engine:
        if self._threads is None:
            self._new_threads()
        self.store = await self._opens()
        self.engine = Engine(
            store=self.store,
            services=self.source,
            pictures=self.pictures,
            catalogue=CATALOGUE,
            folder=self.profile,
            clock=self.clock,
            events=self.hub,
            policy=self.policy,
            read_policy=self.read_policy,
        )
        await self.engine.start()
        self._past = await past_jobs(self.engine)
        return self.engine

    async def crash(self) -> None:
        """Ends the engine as a kill would: from this instant nothing more is written to the database."""
        assert self.store is not None
        assert self.engine is not None
        told = len(self.events)
        await self.store.close()
        await self.engine.close()
        del self.events[told:]  # a killed program tells nothing more
        self.engine = self.store = None
        # A kill ends the threads too. Here one may still be about to give a file its name: the next engine must not meet it.
        old = self._threads
        self._new_threads()
        if old is not None:
            await asyncio.to_thread(old.shutdown)

    def _new_threads(self) -> None:
        self._threads = Threads(self.own_time, 8, thread_name_prefix="engine-harness")
        asyncio.get_running_loop().set_default_executor(self._threads)

    async def close(self) -> None:
        if self.engine is not None and self.store is not None:
            await self.engine.close()
            await self.store.close()
            self.engine = self.store = None

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Runs a test and closes what it left open."""

        async def whole() -> None:
            try:
                async with asyncio.timeout(WAIT_S * 2):
                    await work()
            finally:
                await self.close()
            left = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            assert not left, f"tasks left running: {left}"

        self.own_time.run(whole())

    # -- what tests say -------------------------------------------------------------------------------------------

    def picture(self, name: str = "a.png", width: int = 40, height: int = 30) -> Path:
        path = self.root / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((width, height), 40).convert("RGB").save(path, "PNG")
        return path

    def draft(
        self,
        path: Path,
        *,
        out: Path | None = None,
        on_conflict: OnConflict = OnConflict.UNIQUE,
        model: str = "Standard 2",
        values: dict[str, Value] | None = None,
    ) -> Draft:
        entry = CATALOGUE.find(ServiceName.SANDBOX, model)
        folder = str(out or self.root / "out")
        output = OutputOptions(OutputSize.scale(2.0), FileFormat.PNG, folder=folder, on_conflict=on_conflict)
        recipe = Recipe.of(ServiceName.SANDBOX, entry.slug, values or {}, output)
        return draft(self.pictures.probe(path), entry, recipe)

    async def start_one(self, name: str = "a.png", **output: Any) -> Job:
        assert self.engine is not None
        return (await self.engine.enqueue([self.draft(self.picture(name), **output)]))[0]

    async def witness(self) -> Job:
        """A job of ours that the service's list shows: without one no list proves that another is absent."""
        assert self.engine is not None
        job = await self.start_one("before.png", out=self.root / "before")
        await self.engine.idle()
        assert self.job(job).state is JobState.DONE
        self.service.calls.clear()
        return job

    def job(self, job: Job) -> Job:
        """As it stands now, whether the engine has it at hand or it was over before the start."""
        assert self.engine is not None
        return self.engine.get(job.id) or self._past[job.id]

    def jobs(self) -> tuple[Job, ...]:
        """All of them, newest first."""
        assert self.engine is not None
        return with_past(self.engine, self._past)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for a condition that some event brings about."""
        async with asyncio.timeout(WAIT_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_sent(self, number: int = 1) -> None:
        """Waits until the service was asked so many times to start a job: what is planned for the next one meets another picture."""
        while self.service.calls["submit"] < number:
            await self.clock.sleep(0.02)

    async def until_state(self, job: Job, *states: JobState) -> Job:
        await self.until(lambda: self.job(job).state in states)
        return self.job(job)

    async def finished(self, job: Job) -> Job:
        """The job at its end."""
        await self.until(lambda: self.job(job).state.is_final)
        return self.job(job)
