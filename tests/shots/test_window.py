"""The whole window in its states, in both themes, with a real sandbox behind it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.shots import take_both
from tests.support.window import live, profile_with_sandbox, quiet, session_of, settings, until
from topazdesk.app.resources import samples
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.services import ServiceName
from topazdesk.errors import ComputerError
from topazdesk.ui.shell.window import Window


async def _take(window: Window, name: str) -> None:
    """In both themes, and without the ring of the focus."""
    focus = window.window().focusWidget()
    if focus is not None:
        focus.clearFocus()
    await take_both(window.window(), name)


def test_empty(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        assert window.recipe.offers_tasks
        await _take(window, "window-empty")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story)


def test_with_pictures(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        state = session_of(window).pricing.recipe
        await until(lambda: len(window.library.pictures) >= 3)
        state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        state.set_output(_scaled(state.recipe.output, 4.0))
        await until(lambda: session_of(window).pricing.plan.is_confirmed, "price")
        await quiet(window)
        await _take(window, "window-pictures")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *samples())


def test_running_then_finished(qapp: QApplication, tmp_path: Path) -> None:
    """Three pictures with results in a folder of their own: one look while they run, one when they are done."""
    out = tmp_path / "out"
    out.mkdir()

    async def story(window: Window) -> None:
        session, state = session_of(window), session_of(window).pricing.recipe
        await until(lambda: len(session.library.pictures) >= 3)
        state.set_output(_scaled(state.recipe.output, 2.0, str(out)))
        await quiet(window)
        session.enhance(session.pricing.held_all.plan)
        await until(lambda: any(row["status"] == "Processing" for row in sandbox.rows("jobs")), "running")
        sandbox.edit("UPDATE jobs SET started = started - seq * 6000")
        await until(lambda: any(p.percent for p in session.library.pictures.pictures()), "progress")
        await until(lambda: bool(window.footer._summary.share), "progress in the footer")
        await _take(window, "window-running")
        await until(lambda: all(p.job and p.job.remote_id for p in session.library.pictures.pictures()), "all sent")
        sandbox.hurry()
        await until(lambda: not session.library.queue.active and window.notices.toasted is not None, "done")
        await until(lambda: window.viewer.view is not None and window.viewer.view.stage.can_compare, "pair")
        await quiet(window)
        await _take(window, "window-finished")
        window.tell(
            ComputerError(
                "Results cannot be saved in this folder",
                "It is read-only. Nothing was sent or charged.",
                details="EROFS",
            )
        )
        window.resize(1060, 640)
        window.window().resize(1060, 640)
        await _take(window, "window-low")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        sandbox.scenario({"match": {"method": "POST", "path": "/async$"}, "do": {"job_s": 36_000}})
        settings(profile, compare_mode="split")
        live(qapp, profile, story, *samples())


def _scaled(output: object, factor: float, folder: str = "") -> object:
    from dataclasses import replace

    return replace(output, size=OutputSize.scale(factor), folder=folder)  # type: ignore[type-var]
