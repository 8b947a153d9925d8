"""What the window says by itself: questions, news, progress, in both themes, with a real sandbox behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.shots.test_window import _take
from tests.support.window import live, profile_with_sandbox, quiet, session_of, until
from topazdesk.app.resources import samples
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.shell.window import Window


def _into(session: WindowSession, folder: Path) -> None:
    """Results go to a folder of the test's own, never beside the samples."""
    recipe = session.pricing.recipe
    recipe.set_output(replace(recipe.recipe.output, folder=str(folder)))


async def _enhance_all(window: Window, folder: Path) -> None:
    """Press the button for the samples, once their price is confirmed."""
    session = session_of(window)
    await until(lambda: len(window.library.pictures) >= 3)
    await until(lambda: session.pricing.held_all.plan.is_confirmed, "price")
    await quiet(window)
    _into(session, folder)
    await until(lambda: session.pricing.held_all.plan.is_confirmed, "price")
    session.enhance(session.pricing.held_all.plan)


def test_another_service_is_a_question(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        pricing = session_of(window).pricing
        await until(lambda: len(window.library.pictures) >= 3)
        pricing.recipe.set_model(pricing.recipe.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        await until(lambda: pricing.plan.is_confirmed, "price")
        await quiet(window)
        pricing.want_service(ServiceName.RUNFLOW)
        await until(lambda: window.notices.is_told("service"), "asked")
        await _take(window, "calm-service")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *samples())


def test_a_run_and_its_toast(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        await _enhance_all(window, tmp_path)
        await until(lambda: "so far" in window.footer.status.text(), "the first is charged")
        await _take(window, "calm-run")
        await until(lambda: window.notices.toasted is not None, "done")
        await until(lambda: not window.footer.progress.isVisible(), "the footer has taken it in")
        await quiet(window)
        await _take(window, "calm-toast")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *samples())


def test_one_failed_among_several(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        await _enhance_all(window, tmp_path)
        await until(lambda: window.notices.is_told("run failed"), "told")
        await until(lambda: not window.footer.progress.isVisible(), "the footer has taken it in")
        await quiet(window)
        await _take(window, "calm-failed")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        sandbox.scenario({"match": {"method": "POST", "path": "/async", "nth": 1}, "do": {"fail_job": True}})
        live(qapp, profile, story, *samples())
