"""Somebody who looks elsewhere is told by the desktop that a run has ended: over a real D-Bus, from the real window."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication

from tests.support.session_bus import launcher_entries, session_bus
from tests.support.window import drop, jpeg, live, no_environment, profile_with_sandbox, quiet, session_of, until
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window

__all__ = ["no_environment"]

needs_bus = pytest.mark.skipif(not shutil.which("dbus-daemon"), reason="needs dbus-daemon (dev.py test installs it)")


@needs_bus
def test_a_run_that_ends_while_somebody_looks_elsewhere_is_told(qapp: QApplication, tmp_path: Path) -> None:
    first = jpeg(tmp_path, "a <b> & c.jpg", 200)
    second = jpeg(tmp_path, "street.jpg", 220)
    other = QWindow()  # no widget: to this program it is as good as that of another one

    async def story(window: Window) -> None:
        library = session_of(window).library
        drop(window.pictures, first)
        await until(lambda: window.commands["enhance"].isEnabled(), "the price")
        window.commands.run("enhance")
        await until(lambda: len(library.pictures.in_section(Section.FINISHED)) == 1, "the first result")
        assert shown.empty(), "who is looking needs no notification"
        drop(window.pictures, second)
        await until(lambda: len(library.pictures.in_section(Section.TODO)) == 1, "the next picture")
        waiting = library.pictures.in_section(Section.TODO)[0]
        window.pictures.view.choose([waiting.id], waiting.id)
        await quiet(window)
        await until(lambda: window.commands["enhance"].isEnabled(), "the next price")
        window.commands.run("enhance")
        await until(lambda: library.queue.active == 1, "it is on its way")
        other.show()
        other.requestActivate()
        await until(lambda: QApplication.activeWindow() is None, "somebody looks elsewhere")
        await until(lambda: len(library.pictures.in_section(Section.FINISHED)) == 2, "the second result")
        title, text = await asyncio.to_thread(shown.get, timeout=240)
        assert title == "street.jpg is done"
        assert "charged" in text

    with (
        session_bus(tmp_path) as shown,
        launcher_entries() as entries,
        profile_with_sandbox(tmp_path) as (profile, _sandbox),
    ):
        assert live(qapp, profile, story) == []
    other.destroy()
    progress = [
        told for address, told in entries if address == "application://topazdesk.desktop" and "progress" in told
    ]
    assert progress[0]["progress-visible"][1] is True
    assert progress[-1]["progress-visible"][1] is False, "it is taken away at the end"
    assert all(0 <= told["progress"][1] <= 1 for told in progress)
