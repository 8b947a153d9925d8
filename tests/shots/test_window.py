"""The whole window in its states, in both themes, with a real sandbox behind it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.shots import OUT, colours, keep
from tests.support.window import live, painted, profile_with_sandbox, quiet, session_of, settings, until
from topazdesk.app.resources import samples
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.services import ServiceName
from topazdesk.errors import ComputerError
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Mode


async def _take(window: Window, name: str) -> None:
    """As `tests.support.shots.shot`, but from inside a task: the loop itself turns, never a nested one."""
    focus = window.window().focusWidget()
    if focus is not None:
        focus.clearFocus()
    await painted(window)
    image = window.window().grab().toImage()
    OUT.mkdir(parents=True, exist_ok=True)
    assert image.deviceIndependentSize().toSize() == window.window().size()
    assert colours(image) > 20, "hardly anything was drawn"
    keep(image, OUT / f"{name}.png")


def test_empty(qapp: QApplication, tmp_path: Path, mode: Mode) -> None:
    async def story(window: Window) -> None:
        assert window.recipe.offers_tasks
        await _take(window, f"window-empty-{mode}")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, mode=mode)


def test_with_pictures(qapp: QApplication, tmp_path: Path, mode: Mode) -> None:
    async def story(window: Window) -> None:
        state = session_of(window).pricing.recipe
        await until(lambda: len(window.library.pictures) >= 3)
        state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        state.set_output(_scaled(state.recipe.output, 4.0))
        await until(lambda: session_of(window).pricing.plan.is_confirmed, "price")
        await quiet(window)
        await _take(window, f"window-pictures-{mode}")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *samples(), mode=mode)


def test_running_then_finished(qapp: QApplication, tmp_path: Path, mode: Mode) -> None:
    """Three pictures with results in a folder of their own: one look while they run, one when they are done."""
    out = tmp_path / "out"
    out.mkdir()

    async def story(window: Window) -> None:
        session, state = session_of(window), session_of(window).pricing.recipe
        await until(lambda: len(session.library.pictures) >= 3)
        state.set_output(_scaled(state.recipe.output, 2.0, str(out)))
        await quiet(window)
        session.enhance(session.pricing.held_all.plan)
        await until(lambda: len(session.library.pictures.in_section(Section.PROGRESS)) >= 1, "running")
        await until(lambda: any(p.percent for p in session.library.pictures.pictures()), "progress")
        await until(lambda: bool(window.footer._summary.share), "progress in the footer")
        await _take(window, f"window-running-{mode}")
        await until(lambda: not session.library.queue.active and window.notices.toasted is not None, "done")
        await until(lambda: window.viewer.view is not None and window.viewer.view.stage.can_compare, "pair")
        await quiet(window)
        await _take(window, f"window-finished-{mode}")
        window.tell(
            ComputerError(
                "Results cannot be saved in this folder",
                "It is read-only. Nothing was sent or charged.",
                details="EROFS",
            )
        )
        window.resize(1060, 640)
        window.window().resize(1060, 640)
        await _take(window, f"window-low-{mode}")

    with profile_with_sandbox(tmp_path, speed=4.0) as (profile, _):
        settings(profile, compare_mode="split")
        live(qapp, profile, story, *samples(), mode=mode)


def _scaled(output: object, factor: float, folder: str = "") -> object:
    from dataclasses import replace

    return replace(output, size=OutputSize.scale(factor), folder=folder)  # type: ignore[type-var]
