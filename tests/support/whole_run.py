"""A whole run for fault tests: real engine, real client, real pictures, a proxy that breaks things, a real sandbox process.

The engine's clock runs fast, so that its waits take no time; the service's is the real one. What the service charged is read
from its own books.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support import pictures
from tests.support.all_jobs import past_jobs, with_past
from tests.support.catalogue import packaged_catalogue
from tests.support.delivered import is_delivered
from tests.support.proxy import FaultProxy
from tests.support.sandbox import RunningSandbox
from tests.support.secrets import assert_unsaid, assert_unwritten
from topazdesk.app.log import RedactingFormatter
from topazdesk.domain.account import Account as KnownAccount
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft, Service
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.engine.engine import Engine
from topazdesk.engine.events import Event, EventHub
from topazdesk.engine.policy import Policy
from topazdesk.engine.store import Store
from topazdesk.media.picture_files import PictureFiles
from topazdesk.services.http import Timeouts
from topazdesk.services.topaz import TopazService

CATALOGUE = packaged_catalogue()
#: The engine's seconds in one real second. A silence of 30 s is 0.6 s then.
SPEED = 50.0
TIMEOUTS = Timeouts(connect_s=3, read_s=0.6, read_after_upload_s=2.0, write_s=3, pool_s=10)
#: A second of real time, in which the sandbox has certainly taken in what it is going to take in.
POLICY = Policy(
    cut_upload_wait_s=SPEED * 1.0,
    sent_upload_wait_s=SPEED * 1.0,
    ask_after_s=SPEED * 1.0,
    sent_upload_wait_local_s=None,
    retry_max_s=30.0,
    damaged_retry_pauses_s=(0.0, 1.0, 5.0, 20.0),
    balance_interval_s=20.0,
)
#: What hangs is told after so long; a busy machine may take its time.
WAIT_S = 200.0


class RunClock:
    """Begins now, runs fast, can jump: as a laptop that slept, or a clock that was set.

    It stands still at what somebody has promised for a moment until that is done, however long it takes on a busy machine.
    """

    def __init__(self) -> None:
        self._start, self._zero = time.time(), time.monotonic()
        self._passed = 0.0
        self._promised: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._start + self.passed()

    def jump(self, seconds: float) -> None:
        self._start += seconds

    async def sleep(self, seconds: float) -> None:
        await self.until(self.passed() + seconds)

    def passed(self) -> float:
        """Its seconds since the beginning, without jumps."""
        with self._lock:
            return self._go_on()

    async def until(self, passed: float) -> None:
        while (left := passed - self.passed()) > 0:  # noqa: ASYNC110 there is nobody who would tell
            await asyncio.sleep(left / SPEED)

    def promise(self, real_s: float = 0.0) -> float:
        """Say that something will be done in so many seconds. Returns the moment that the clock does not pass before `keep`."""
        with self._lock:
            moment = self._go_on() + real_s * SPEED
            self._promised.append(moment)
            return moment

    def keep(self, moment: float) -> None:
        """What was promised is done."""
        with self._lock:
            self._go_on()
            self._promised.remove(moment)

    def _go_on(self) -> float:
        real = time.monotonic()
        self._passed = min([self._passed + (real - self._zero) * SPEED, *self._promised])
        self._zero = real
        return self._passed


class Account:
    """A ServiceSource with one account; `url` and `key` may be changed while the engine runs."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        self._made: dict[tuple[str, str], TopazService] = {}

    async def get(self, account: KnownAccount) -> Service:
        made = (self.url, self.key)
        if made not in self._made:
            self._made[made] = TopazService(self.url, self.key, account.service, timeouts=TIMEOUTS)
        return self._made[made]

    async def close(self) -> None:
        for service in self._made.values():
            await service.close()
        self._made.clear()


class WholeRun:
    """One profile in `root`, against `sandbox` through `proxy`."""

    policy = POLICY

    def __init__(self, root: Path, sandbox: RunningSandbox, proxy: FaultProxy) -> None:
        self.root, self.sandbox, self.proxy = root, sandbox, proxy
        self.out = root / "out"
        self.profile = root / "profile"
        self.clock = RunClock()
        self.pictures = PictureFiles()
        self.account = Account(proxy.url, sandbox.key)
        self.hub = EventHub()
        self.events: list[Event] = []
        self.hub.subscribe(self._heard)
        self._changed = asyncio.Event()
        self._first = max((int(row["seq"]) for row in sandbox.rows("jobs")), default=0)
        self.log = io.StringIO()
        self._handler = logging.StreamHandler(self.log)
        self._handler.setFormatter(RedactingFormatter("%(name)s %(message)s"))
        self.clicks = 0
        self._past: dict[str, Job] = {}

    def _heard(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    # -- life -------------------------------------------------------------------------------------------------------

    async def open(self) -> Engine:
        self.store = await Store.open(self.profile / "jobs.sqlite3", busy_s=0.2)
        self.engine = Engine(
            store=self.store,
            services=self.account,
            pictures=self.pictures,
            catalogue=CATALOGUE,
            folder=self.profile,
            clock=self.clock,
            events=self.hub,
            policy=self.policy,
        )
        await self.engine.start()
        self._past = await past_jobs(self.engine)
        return self.engine

    async def close(self) -> None:
        if hasattr(self, "engine"):
            await self.engine.close()
            await self.account.close()
            await self.store.close()

    async def crash(self) -> Engine:
        """From one instant to the next nothing more is written; then a new program."""
        await self.store.close()
        await self.engine.close()
        await self.account.close()
        return await self.open()

    def run(self, work: Callable[[], Awaitable[None]], *, most_s: float = 2 * WAIT_S) -> None:
        asyncio.run(self.live(work, most_s=most_s))

    async def live(self, work: Callable[[], Awaitable[None]], *, most_s: float = 2 * WAIT_S) -> None:
        """Do `work`, and close whatever comes of it."""
        root = logging.getLogger()
        before = root.level
        root.setLevel(logging.INFO)
        root.addHandler(self._handler)
        try:
            async with asyncio.timeout(most_s):
                await work()
        finally:
            await self.close()
            root.removeHandler(self._handler)
            root.setLevel(before)

    # -- what tests do ----------------------------------------------------------------------------------------------

    def draft(self, name: str, *, model: str = "Standard 2", width: int = 48, height: int = 32) -> Draft:
        path = self.root / "pictures" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            pictures.write(path, width=width, height=height)
        entry = CATALOGUE.find(ServiceName.TOPAZ, model)
        output = OutputOptions(OutputSize.scale(2.0), FileFormat.PNG, folder=str(self.out))
        return draft(self.pictures.probe(path), entry, Recipe.of(ServiceName.TOPAZ, entry.slug, {}, output))

    async def click(self, count: int = 1, *, models: Sequence[str] = ("Standard 2",), **size: int) -> tuple[Job, ...]:
        """`count` new pictures, each with every one of `models` from one upload."""
        names = [f"{self.clicks + number}.png" for number in range(count)]
        drafts = [self.draft(name, model=model, **size) for name in names for model in models]
        jobs = await self.engine.enqueue(drafts)
        self.clicks += len(jobs)
        return jobs

    def job(self, job: Job) -> Job:
        """As it stands now, whether the engine has it at hand or it was over before the start."""
        return self.engine.get(job.id) or self._past[job.id]

    def jobs(self) -> tuple[Job, ...]:
        """All of them, newest first."""
        return with_past(self.engine, self._past)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def after(self, events: int) -> None:
        """Come to the moment after so many events, or to rest."""
        end = len(self.events) + events
        rest = asyncio.ensure_future(self.engine.idle())
        try:
            while len(self.events) < end and not rest.done():
                self._changed.clear()
                news = asyncio.ensure_future(self._changed.wait())
                await asyncio.wait({rest, news}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
        finally:
            rest.cancel()
            await asyncio.gather(rest, return_exceptions=True)

    async def until_state(self, job: Job, *states: JobState) -> Job:
        await self.until(lambda: self.job(job).state in states)
        return self.job(job)

    async def idle(self) -> None:
        """The engine's `idle`; what does not come to rest is told in full."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self.engine.idle()
        except TimeoutError:
            now = self.clock.now()
            jobs = [(j.state.value, round(j.not_before - now), j.attempts, j.trouble) for j in self.jobs()]
            raise AssertionError(f"not at rest: {jobs}; tasks: {self.engine._supervisor.names}") from None

    async def come_to_rest(self) -> None:
        """Faults are over: all goes on by itself, the account is mended, and what can be had for nothing is asked for."""
        self.sandbox.scenario()
        self.proxy.clear()
        for _ in range(4):
            await self.engine.resume()
            await self.idle()
            again = [j for j in self.jobs() if _is_free_to_ask(j)]
            for job in again:
                await self.engine.retry(job.id)
            if not again and all(j.state.is_final for j in self.jobs()):
                return
            if any(j.state is JobState.DOUBTFUL for j in self.jobs()):
                await self.click()  # in a list that shows this one under its name others are seen to be missing

    # -- what must hold ---------------------------------------------------------------------------------------------

    def taken(self) -> list[dict[str, Any]]:
        """The service's rows of the jobs that it took in this run."""
        return [row for row in self.sandbox.rows("jobs") if int(row["seq"]) > self._first]

    def check(self) -> None:
        """Nothing lost, nothing paid twice, by the service's own books, and every byte as it was there; and no secret anywhere."""
        rows = self.taken()
        jobs = {job.remote_id: job for job in self.jobs()}
        assert len(rows) <= self.clicks
        known = [job.remote_id for job in self.jobs() if job.remote_id]
        assert len(known) == len(set(known)), "two jobs adopted one"
        names = [(row["filename"], row["model"]) for row in rows]
        assert len(names) == len(set(names)), "one job was submitted twice"
        charged = {str(row["process_id"]) for row in self.sandbox.rows("ledger") if row["kind"] == "charge"}
        for row in rows:
            if row["id"] in charged and row["status"] == "Completed":
                job = jobs[str(row["id"])]
                assert job.state is JobState.DONE, (job.state, job.trouble)
                assert job.result is not None
                data = self.sandbox.result_bytes(str(row["id"]))
                assert job.delivered_digest == hashlib.sha256(data).hexdigest()
                assert is_delivered(job.result, data)
                assert job.charged == row["credits"]
        done = [job for job in jobs.values() if job.state is JobState.DONE]
        assert len({job.result for job in done}) == len(done)
        assert sorted(self.out.iterdir()) == sorted(job.result for job in done if job.result)
        for job in self.jobs():
            if job.trouble is not None:
                assert job.trouble.title, job
                assert not _looks_technical(job.trouble.title + job.trouble.hint), job.trouble
        self.check_secrets()

    def check_secrets(self) -> None:
        """Neither the key nor a signed link is in the profile, beside the results, in the log or anything that was told."""
        assert_unsaid(repr(self.events) + self.log.getvalue(), self.sandbox.key)
        assert_unwritten(self.root, self.sandbox.key)


def _is_free_to_ask(job: Job) -> bool:
    """A corrupted list leaves a doubt to the user, who may have it looked at again; an odd result may be loaded again."""
    if job.state is JobState.DOUBTFUL:
        return True
    return job.state is JobState.FAILED and bool(job.remote_id) and job.refunded is None


def _looks_technical(text: str) -> bool:
    return any(word in text for word in ("Error", "Exception", "Errno", "HTTP", "Traceback", "None", "{", "0x"))
