"""A whole run whose service is lied about: the program, a network that may break, `lying_proxy.py`, a real sandbox process."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from tests.support.delivered import is_delivered
from tests.support.lying_proxy import LyingProxy
from tests.support.proxy import FaultProxy
from tests.support.sandbox import RunningSandbox
from tests.support.whole_run import POLICY, SPEED, WholeRun
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.attention import UNDECIDED

T = TypeVar("T")

#: How long a submit whose body was handed over may still arrive, and a list may lag, in real seconds: other whole runs, where
#: nothing is kept back, have one second.
PATIENCE_S = 3.0


class LiedRun(WholeRun):
    """`liar` tells the lies; `proxy` breaks connections on this side of it, as in other whole runs."""

    policy = replace(POLICY, sent_upload_wait_s=SPEED * PATIENCE_S)

    def __init__(self, root: Path, sandbox: RunningSandbox, proxy: FaultProxy, liar: LyingProxy) -> None:
        super().__init__(root, sandbox, proxy)
        self.liar = liar
        liar.clock = self.clock
        self._originals: dict[Path, bytes] = {}

    def taken(self) -> list[dict[str, Any]]:
        """The service's rows of what came to it through this liar: other runs may use the service at the same time."""
        return [row for row in self.sandbox.rows("jobs") if row["id"] in self.liar.started]

    async def click(self, count: int = 1, *, models: Sequence[str] = ("Standard 2",), **size: int) -> tuple[Job, ...]:
        """`count` new pictures, no two with the same pixels, so that no result passes for another."""
        jobs: list[Job] = []
        for _ in range(count):
            jobs += await super().click(1, models=models, **{"width": 48 + 2 * self.clicks, **size})
        self._originals |= {job.source: _digest(job.source) for job in jobs}
        return tuple(jobs)

    async def come_to_rest(self) -> None:
        """The truth from now on, and what can be asked for nothing is asked."""
        self.liar.clear()
        await asyncio.to_thread(self.liar.wait_until_delivered)
        await super().come_to_rest()

    def waiting(self) -> list[Job]:
        """Jobs that wait for the user's choice: send again, or give up."""
        return [
            job
            for job in self.jobs()
            if job.state is JobState.DOUBTFUL and job.trouble is not None and job.trouble.code == UNDECIDED
        ]

    def check_money(self) -> None:
        """No more submits than clicks and none twice; nothing absurd was believed; originals as they were.

        Holds at any moment, while lies are told.
        """
        rows = self.taken()
        assert len(rows) <= self.clicks, "more submits than clicks"
        names = [(row["filename"], row["model"]) for row in rows]
        assert len(names) == len(set(names)), "one job was submitted twice"
        known = [job.remote_id for job in self.jobs() if job.remote_id]
        assert len(known) == len(set(known)), "two jobs adopted one"
        for job in self.jobs():
            numbers = [job.percent, job.remote_eta, job.not_before, job.submitted_at, job.completed_at, job.charged]
            assert all(number is None or math.isfinite(number) for number in numbers), job
            assert job.charged is None or 0 <= job.charged < 1000, job
        for path, digest in self._originals.items():
            assert _digest(path) == digest, f"{path} was changed"

    def check(self) -> None:
        """As `check_money`, and every charged result is on disk with the service's bytes, or waits for the user."""
        self.check_money()
        jobs = {job.remote_id: job for job in self.jobs() if job.remote_id}
        charged = {str(row["process_id"]) for row in self.sandbox.rows("ledger") if row["kind"] == "charge"}
        for row in self.taken():
            job = jobs.get(str(row["id"]))
            if row["id"] not in charged or row["status"] != "Completed":
                continue
            if job is None:
                assert self._waits(row), f"lost: {row['id']} of {row['filename']}"
                continue
            assert job.state is JobState.DONE, (job.state, job.trouble)
            assert job.result is not None
            data = self.sandbox.result_bytes(str(row["id"]))
            assert job.delivered_digest == hashlib.sha256(data).hexdigest()
            assert is_delivered(job.result, data)
        done = [job.result for job in self.jobs() if job.state is JobState.DONE]
        found = sorted(self.out.iterdir()) if self.out.exists() else []
        assert found == sorted(path for path in done if path), (
            "files that are no results, or a result that two jobs share"
        )
        self.check_secrets()

    def _waits(self, row: dict[str, Any]) -> bool:
        return any(job.token in row["filename"] or job.source_id == row["source_id"] for job in self.waiting())


def all_done(run: LiedRun) -> None:
    """Every click has its result, by itself."""
    found = [(job.state, job.trouble) for job in run.engine.jobs() if job.state is not JobState.DONE]
    assert not found
    assert len(run.taken()) == run.clicks
    run.check()


class SideBySide:
    """Runs that have nothing in common but the service, a few at a time: most of a run is waiting."""

    #: More would take the processor from each other, and with it the time that their lies reckon with.
    at_once = 4

    def __init__(self, folder: Path, service: RunningSandbox) -> None:
        self.folder, self.sandbox = folder, service

    def run(self, rows: Mapping[str, T], story: Callable[[LiedRun, T], Awaitable[None]]) -> None:
        """Tell the story once of each row; whichever fails is named. No submit reaches the service but through their liars."""
        before = len(self.sandbox.rows("jobs"))
        taken = asyncio.run(self._all(rows, story))
        assert len(self.sandbox.rows("jobs")) - before == taken

    async def _all(self, rows: Mapping[str, T], story: Callable[[LiedRun, T], Awaitable[None]]) -> int:
        turns = asyncio.Semaphore(self.at_once)

        async def one(number: int, row: T) -> int:
            async with turns:
                with LyingProxy(self.sandbox.url) as liar, FaultProxy(liar.url) as proxy:
                    lied = LiedRun(self.folder / str(number), self.sandbox, proxy, liar)
                    await lied.live(lambda: story(lied, row))
                    return len(lied.taken())

        ends = await asyncio.gather(*map(one, count(), rows.values()), return_exceptions=True)
        failed = {name: end for name, end in zip(rows, ends, strict=True) if isinstance(end, BaseException)}
        for name, error in failed.items():
            error.add_note(f"This is of {name!r}; {len(failed)} of {len(rows)} failed: {', '.join(failed)}.")
            raise error
        return sum(end for end in ends if isinstance(end, int))


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
