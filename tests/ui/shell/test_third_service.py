"""A service that the program does not come with, in the window: it can be chosen, and makes a result."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support import third_service
from tests.support.window import jpeg, live, session_of, settings, until
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window


def test_it_can_be_chosen_and_makes_a_result(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "profile"
    third_service.write_models(profile)
    settings(profile, service="third")
    monkeypatch.setenv("THIRD_API_KEY", third_service.KEY)

    async def story(window: Window) -> None:
        session = session_of(window)
        menu = window.footer.service_menu()
        entries = [action.text() for action in menu.actions()]
        assert entries[2:5] == ["Topaz · paid", "Runflow · paid", "Third · paid"]
        menu.deleteLater()
        assert window.footer.chip.label() == "Third"
        await until(lambda: window.footer.button.label() == "Enhance this picture · $0.02", "button")
        window.commands.run("enhance_all")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "done")
        await until(lambda: session.pricing.available == 4_980_000, "paid")

    with third_service.known():
        assert live(qapp, profile, story, jpeg(tmp_path, "one.jpg")) == []
