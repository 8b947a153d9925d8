"""What the window says by itself: questions, news, progress, in both themes, with a real sandbox behind it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.shots.test_window import _take
from tests.support.window import live, profile_with_sandbox, quiet, session_of, until
from topazdesk.app.resources import samples
from topazdesk.domain.services import ServiceName
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Mode


def test_another_service_is_a_question(qapp: QApplication, tmp_path: Path, mode: Mode) -> None:
    async def story(window: Window) -> None:
        pricing = session_of(window).pricing
        await until(lambda: len(window.library.pictures) >= 3)
        pricing.recipe.set_model(pricing.recipe.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        await until(lambda: pricing.plan.is_confirmed, "price")
        await quiet(window)
        pricing.want_service(ServiceName.RUNFLOW)
        await until(lambda: window.notices.is_told("service"), "asked")
        await _take(window, f"calm-service-{mode}")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *samples(), mode=mode)
