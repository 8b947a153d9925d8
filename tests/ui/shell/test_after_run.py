"""What the computer does once the queue is done: chosen in the real window, asked of a logind that only writes down."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path
from queue import Queue
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.fake_context import info_of, job_of
from tests.support.logind import done, logind
from tests.support.window import drop, jpeg, live, no_environment, profile_with_sandbox, quiet, session_of, until
from tests.ui.shell.conftest import Stage
from topazdesk.app.power import offered
from topazdesk.domain.after_run import AfterRun
from topazdesk.domain.draft import draft
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName
from topazdesk.engine.events import EngineError
from topazdesk.errors import Code, ComputerError
from topazdesk.ui.models.picture import Section
from topazdesk.ui.models.recipe import fresh_recipe
from topazdesk.ui.queue.after_run import AfterRunController
from topazdesk.ui.queue.countdown_sheet import CountdownSheet
from topazdesk.ui.shell.window import Window

__all__ = ["no_environment"]

pytestmark = pytest.mark.skipif(not shutil.which("dbus-daemon"), reason="needs dbus-daemon (dev.py test installs it)")


def _after(window: Window) -> AfterRunController:
    found = window.findChild(AfterRunController)
    assert found is not None
    return found


async def _enhance(window: Window, picture: Path) -> None:
    library = session_of(window).library
    drop(window.pictures, picture)
    await until(lambda: len(library.pictures.in_section(Section.TODO)) == 1, "the picture")
    (waiting,) = library.pictures.in_section(Section.TODO)
    window.pictures.view.choose([waiting.id], waiting.id)
    await quiet(window)
    await until(lambda: window.commands["enhance"].isEnabled(), "the price")
    window.commands.run("enhance")


async def _sheet(window: Window) -> CountdownSheet:
    await until(lambda: _after(window).sheet is not None and _after(window).sheet.isVisible(), "the countdown")  # type: ignore[union-attr]
    sheet = _after(window).sheet
    assert sheet is not None
    return sheet


def test_the_countdown_is_stopped_by_whatever_is_obvious_and_else_the_computer_sleeps(
    qapp: QApplication, tmp_path: Path
) -> None:
    pictures = [jpeg(tmp_path, f"{name}.jpg", 200 + place) for place, name in enumerate("abcde")]
    asked: Queue[list[object]]

    async def story(window: Window) -> None:
        after, context = _after(window), session_of(window).context
        after.countdown_s = 3600
        assert offered() == (AfterRun.NOTHING, AfterRun.SOUND, AfterRun.SLEEP), "shutting down needs a password here"
        menu = after.menu(offered())
        words = [entry.text() for entry in menu.actions() if entry.text()]
        assert words == ["Do nothing", "Play a sound", "Sleep", "After every run"]
        next(entry for entry in menu.actions() if entry.text() == "Sleep").trigger()
        assert (context.after_run, context.settings.after_run) == (AfterRun.SLEEP, "nothing"), "for this run alone"

        # Escape stops it, and the choice was for this run.
        await _enhance(window, pictures[0])
        sheet = await _sheet(window)
        # A second of them may have gone by on a busy machine.
        assert re.fullmatch(r"This computer goes to sleep in 3,[56]\d\d seconds", sheet.accessibleName())
        await until(sheet.keep.hasFocus, "Return and Space keep it on")
        if folder := os.environ.get("TOPAZDESK_SHOTS"):
            window.window().grab().save(f"{folder}/window.png")
            sheet.grab().save(f"{folder}/countdown.png")
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: after.sheet is None, "stopped")
        assert context.after_run is AfterRun.NOTHING
        assert window.notices.is_told("after the run")

        # New work stops it, and it begins anew after that; a failure that somebody has to see to ends it.
        after.choose(AfterRun.SLEEP, always=True)
        await _enhance(window, pictures[1])
        first = await _sheet(window)
        await _enhance(window, pictures[2])
        await until(lambda: after.sheet is not first, "stopped by new work")
        second = await _sheet(window)
        assert second is not first
        fault = ComputerError("The list of pictures could not be saved", code=Code.DISK_SESSION)
        context.events.emit(EngineError(fault))
        await until(lambda: after.sheet is None, "stopped by a fault")
        assert done(asked) == []
        assert context.after_run is AfterRun.SLEEP, "as after every run"
        await until(lambda: context.settings.after_run == "sleep", "kept")

        # What the user has cancelled ends nothing, and a result that is still at the service needs somebody.
        ended = [each for each in context.engine.jobs() if each.state is JobState.DONE]
        _end(window, ended, JobState.CANCELLED)
        assert after.sheet is None
        _end(window, ended, JobState.FAILED)
        assert "1 result could not be saved" in window.notices.shown()[0].accessibleName()

        # And where nobody minds, it is done.
        after.countdown_s = 0.1
        await _enhance(window, pictures[3])
        await until(lambda: not asked.empty() and ["Suspend", False] in list(asked.queue), "asleep")

    def _end(window: Window, jobs: list, state: JobState) -> None:  # type: ignore[type-arg]
        from dataclasses import replace

        at_service = {"result": None, "completed_at": 2.0, "remote_id": "r"}
        session_of(window).library.queue.run_ended.emit([replace(jobs[0], state=state, **at_service)])
        _after(window).look_again()

    with (
        logind(tmp_path, CanSuspend="yes", CanPowerOff="challenge") as asked,
        profile_with_sandbox(tmp_path) as (profile, _sandbox),
    ):
        faults = live(qapp, profile, story)
        assert done(asked) == [["Suspend", False]]
    assert faults == []


def test_who_has_to_see_to_something_before_the_countdown_is_shown_finds_the_computer_on(stage: Stage) -> None:
    """The list of pictures was still being saved: a fault that came then stopped nothing, and the computer slept."""
    (after,) = stage.window.findChildren(AfterRunController)
    model = stage.context.catalogue.find(ServiceName.TOPAZ, "Standard 2")
    done_job = job_of(
        draft(info_of(Path("/p.jpg")), model, fresh_recipe(ServiceName.TOPAZ, model)), "one", JobState.DONE
    )
    saved: list[asyncio.Future[None]] = []

    async def save() -> None:
        saved.append(asyncio.get_running_loop().create_future())
        await saved[-1]

    stage.session.save = save  # type: ignore[method-assign]

    async def count_down() -> asyncio.Future[None]:
        after.choose(AfterRun.SLEEP)
        after._run_ended([done_job])
        after.look_again()
        work = next(each for each in stage.spawned.waiting if each[0] == "countdown")
        stage.spawned.waiting.remove(work)
        running = asyncio.ensure_future(work[1])
        await asyncio.sleep(0)
        return cast("asyncio.Future[None]", running)

    async def story() -> None:
        counting = await count_down()
        fault = ComputerError("The list of pictures could not be saved", code=Code.DISK_SESSION)
        stage.context.events.emit(EngineError(fault))
        saved[0].set_result(None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert after.sheet is None
        await counting
        assert stage.context.after_run is AfterRun.NOTHING

        counting = await count_down()
        after._run_ended([done_job])  # a short one more
        after.look_again()
        assert "countdown" not in stage.spawned.names(), "it counts already"
        saved[1].set_result(None)
        for _ in range(10):
            await asyncio.sleep(0)
        sheet = after.sheet
        assert sheet is not None
        sheet.keep.click()
        await counting
        assert (after.sheet, after._ended) == (None, []), "it was for this run, and what has come meanwhile is of it"
        assert stage.context.after_run is AfterRun.NOTHING

    asyncio.run(story())
