"""What `books` measures inside a process of its own: `… start PROFILE_ROOT JOBS` the window on a long past, `… leave
PROFILE_ROOT FILES` a window that is closed while it looks into a folder, `… round FOLDER JOBS` a round of the poller. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.benchmarks.memory import peak_bytes
from tests.benchmarks.window_client import Gaps
from tests.support.engine_harness import CATALOGUE
from tests.support.fake_service import FakeService
from tests.support.queue_jobs import job
from tests.support.simple_pictures import SimplePictures
from tests.support.window import drop, live, profile_with_sandbox, until
from topazdesk.domain.account import Account
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import RemotePage, Service
from topazdesk.domain.services import ServiceName
from topazdesk.engine.clock import SystemClock
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EventHub
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.job_table import JobTable
from topazdesk.engine.key_marks import KeyMarks
from topazdesk.engine.policy import Policy
from topazdesk.engine.poller import Poller
from topazdesk.engine.sharing import Sharing
from topazdesk.engine.store import Store
from topazdesk.engine.submit_gate import SubmitGate
from topazdesk.engine.supervisor import Supervisor
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.window import Window

_ROUNDS = 6


def start(root: Path, jobs: int) -> dict[str, Any]:
    """Gaps of the loop from its first turn until all of yesterday is there, and again while the queue is unfolded."""
    app = QApplication([])
    told: dict[str, Any] = {}
    gaps, unfolding = Gaps(), Gaps()
    QTimer.singleShot(0, gaps.start)

    async def story(window: Window) -> None:
        gaps.stop()
        told["start"] = gaps.told()
        told["memory_mb"] = peak_bytes() / 1e6
        unfolding.start()
        window.commands.run("queue")
        panel = window.findChild(QueuePanel)
        assert isinstance(panel, QueuePanel)
        await until(lambda: panel.model.rowCount() >= min(jobs, 300), "the queue")
        await asyncio.sleep(0.5)
        unfolding.stop()
        told["queue"] = unfolding.told()
        told["open_memory_mb"] = peak_bytes() / 1e6

    with profile_with_sandbox(root) as (profile, _):
        live(app, profile, story, most_s=300)
    return told


def leave(files: Path, root: Path) -> dict[str, Any]:
    """Drop a folder, close the window as soon as it is being looked into; seconds until the program would end."""
    app = QApplication([])
    begun = [0.0]

    async def story(window: Window) -> None:
        drop(window.pictures, files)
        await until(lambda: window.library.intake.scanning > 0, "the folder is looked into")
        await asyncio.sleep(0.2)
        begun[0] = time.perf_counter()

    with profile_with_sandbox(root) as (profile, _):
        live(app, profile, story, most_s=300)
        return {"seconds": time.perf_counter() - begun[0]}


class _Lacking(FakeService):
    """Its list shows none of ours; notes when it was asked."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.asked: list[float] = []
        self.is_done = asyncio.Event()

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        self.asked.append(time.process_time())
        if len(self.asked) > _ROUNDS:
            self.is_done.set()
        return RemotePage((), "")

    async def get(self, _account: Account) -> Service:
        return self


async def _rounds(folder: Path, jobs: int) -> dict[str, Any]:
    clock, hub, service, pictures = SystemClock(), EventHub(), _Lacking(), SimplePictures()
    policy = Policy(poll_first_s=0.01, poll_max_s=0.02)
    store = await Store.open(folder / "jobs.sqlite3")
    supervisor = Supervisor(hub)
    table = JobTable(store, hub, clock)
    context = EngineContext(
        store=store,
        services=service,
        pictures=pictures,
        catalogue=CATALOGUE,
        folder=folder,
        clock=clock,
        events=hub,
        policy=policy,
        supervisor=supervisor,
        job_table=table,
        gate=SubmitGate(hub, clock, policy),
        sharing=Sharing(table, clock, policy),
        digests=FileDigests(store, pictures, clock.now),
        key_marks=KeyMarks(store),
    )
    now = clock.now()
    table.fill(
        job(f"{n}", JobState.RUNNING, service=ServiceName.SANDBOX, remote_id=f"r{n}", submitted_at=now)
        for n in range(jobs)
    )
    following = asyncio.create_task(Poller(context, Account(ServiceName.SANDBOX)).run())
    await service.is_done.wait()
    following.cancel()
    await asyncio.wait([following])
    await supervisor.close()
    await store.close()
    apart = sorted(b - a for a, b in zip(service.asked, service.asked[1:], strict=False))
    return {"seconds": apart[len(apart) // 2]}


def main(what: str, folder: Path, *rest: str) -> int:
    match what:
        case "start":
            told = start(folder, int(rest[0]))
        case "leave":
            told = leave(Path(rest[0]), folder)
        case _:
            told = asyncio.run(_rounds(folder, int(rest[0])))
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
