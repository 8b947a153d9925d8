"""Runflow in the window: its models, dollars, no cancel, and one job through to its result."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.shots import OUT, keep
from tests.support.window import live, painted, profile_with_sandbox, quiet, session_of, settings, until
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window


async def _grab(window: Window, name: str) -> None:
    await painted(window)
    OUT.mkdir(parents=True, exist_ok=True)
    keep(window.window().grab(), OUT / f"{name}.png")


def test_one_job_in_dollars(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = tmp_path / "one.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 600, 400))

    async def story(window: Window) -> None:
        session = session_of(window)
        state = session.pricing.recipe
        assert state.recipe.service is ServiceName.RUNFLOW
        assert window.footer.chip.label() == "Runflow"
        await until(lambda: window.footer.button.label() == "Enhance this picture · $0.08", "button")
        await until(lambda: session.pricing.plan.available == 40_000_000, "balance")
        assert window.footer.price.text() == "$0.08 for 1 picture"
        assert "$40.00 left" in window.footer.left.text()
        await quiet(window)
        await _grab(window, "window-runflow")
        wide = OutputSize.scale(12)
        size = state.recipe.output
        state.set_output(type(size)(wide, size.format, False, size.folder, size.template, size.on_conflict))
        await until(lambda: "price not published" in window.footer.button.label(), "no price")
        assert "$" not in window.footer.button.label()
        assert "$" not in window.footer.price.text()
        await _grab(window, "window-runflow-unknown-price")
        state.set_output(size)
        await until(lambda: window.footer.button.label() == "Enhance this picture · $0.08", "button again")
        window.commands.run("enhance_all")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "done")
        await until(lambda: session.pricing.available == 39_920_000, "paid")
        assert session.library.picture is not None
        assert "$0.08 charged" in session.library.pictures.tooltip(session.library.picture)
        await quiet(window)
        await _grab(window, "window-runflow-done")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        monkeypatch.setenv("RUNFLOW_API_KEY", sandbox.key)
        monkeypatch.setenv("TOPAZDESK_RUNFLOW_URL", sandbox.url)
        settings(profile, service="runflow")
        assert live(qapp, profile, story, picture) == []
        assert '"face_enhancement": false' in sandbox.rows("jobs")[0]["settings"]
