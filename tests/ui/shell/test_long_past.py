"""A profile with a long past: the queue shows what is looked at of it, and clears all of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.queue_jobs import job
from tests.support.window import live, profile_with_sandbox, session_of, until
from topazdesk.domain.job import JobState
from topazdesk.engine.job_store import RunRecord
from topazdesk.engine.store import Store
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.window import Window

_PAST = 700


async def _write_past(database: Path) -> None:
    store = await Store.open(database)
    try:
        for number in range(7):
            past = [
                job(
                    f"{number}-{n:03}",
                    JobState.DONE,
                    run_id=f"{number}",
                    created_at=1000.0 + number,
                    changed_at=5000.0 + n,
                )
                for n in range(_PAST // 7)
            ]
            await store.add(RunRecord(f"{number}", 1000.0 + number, None), past)
    finally:
        await store.close()


def test_the_queue_reads_as_far_as_somebody_looks(qapp: QApplication, tmp_path: Path) -> None:
    """All of it was made rows when the panel was opened: seconds and hundreds of megabytes for what nobody scrolls to."""

    async def story(window: Window) -> None:
        window.commands.run("queue")
        panel = window.findChild(QueuePanel)
        assert isinstance(panel, QueuePanel)
        model, bar = panel.model, panel.view.verticalScrollBar()
        await until(lambda: model.rowCount() == 300, "the first page")
        await until(lambda: panel.counts.text() == "700 done", "all of them counted")
        bar.setValue(bar.maximum())
        await until(lambda: model.rowCount() == 600, "the next page")
        await until(lambda: bar.maximum() > bar.value(), "room to scroll")
        bar.setValue(bar.maximum())
        await until(lambda: model.rowCount() == _PAST, "all")
        assert not model.canFetchMore()

    async def clearing(window: Window) -> None:
        window.commands.run("queue")
        panel = window.findChild(QueuePanel)
        assert isinstance(panel, QueuePanel)
        await until(lambda: panel.model.rowCount() == 300, "the first page")
        await until(lambda: panel.clear.isVisible(), "the button")
        panel.clear.click()
        await until(lambda: panel.model.rowCount() == 0, "cleared")
        context = session_of(window).context
        assert await context.engine.over() == {}
        assert len(await context.engine.past(["0-000", "6-099"])) == 2

    with profile_with_sandbox(tmp_path) as (profile, _):
        asyncio.run(_write_past(profile / "jobs.sqlite3"))
        live(qapp, profile, story)
        live(qapp, profile, clearing)
