"""The hints of a first run: beside what they are about, gone for good when that is done or when they are closed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.window import (
    jpeg,
    live,
    no_environment,
    painted,
    profile_with_sandbox,
    quiet,
    session_of,
    sheet,
    until,
)
from topazdesk.app.first_run import HINTS
from topazdesk.app.settings import Settings
from topazdesk.ui.controls import Button, Hint
from topazdesk.ui.gallery.gallery import Gallery
from topazdesk.ui.shell.first_hints import FirstHints
from topazdesk.ui.shell.help_sheet import HelpSheet
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import px

__all__ = ["no_environment"]


def _hints(window: Window) -> dict[str, Hint]:
    found = window.findChild(FirstHints)
    assert found is not None
    return found.hints


def _shown(window: Window) -> list[str]:
    return [name for name, hint in _hints(window).items() if hint.isVisible()]


def test_each_hint_goes_when_it_is_done_and_stays_away(qapp: QApplication, tmp_path: Path) -> None:
    source = jpeg(tmp_path / "in", "one.jpg")

    async def first(window: Window) -> None:
        session, settings = session_of(window), lambda: session_of(window).context.settings
        assert settings().hints == HINTS, "a new profile"
        assert _shown(window) == [], "in an empty window there is nothing to point at"
        window.arrived.emit([source], False)
        await until(lambda: session.pricing.plan.is_confirmed, "the price")
        await quiet(window)
        assert _shown(window) == ["model"], "one at a time in a column"
        covered = _hints(window)["model"].geometry()
        assert not covered.intersects(window.recipe.card.geometry())
        window.commands.run("gallery")
        await until(lambda: any(each.isVisible() for each in window.findChildren(Gallery)), "the gallery")
        for gallery in window.findChildren(Gallery):
            gallery.reject()
        await until(lambda: _shown(window) == ["button"], "the next one")
        window.footer.button.click()
        await until(lambda: window.viewer.view.stage.can_compare, "the result")
        await quiet(window)
        await until(lambda: _shown(window) == ["compare"], "what is new now")
        QTest.keyClick(window.viewer.view.stage.divider, Qt.Key.Key_Left)
        await until(lambda: _shown(window) == [], "all done")
        assert settings().hints == ()

    async def second(window: Window) -> None:
        await quiet(window)
        assert _shown(window) == []
        window.commands.run("help")
        help_sheet = await sheet(window, HelpSheet)
        (button,) = (each for each in help_sheet.findChildren(Button) if each.label() == "Show the first hints again")
        button.click()
        await until(lambda: "model" in _shown(window), "back from the help")
        hint = _hints(window)["model"]
        window.window().activateWindow()
        await until(window.window().isActiveWindow, "the keys are back from the help")
        window.pictures.view.setFocus()
        hint.close_button.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(hint.close_button, Qt.Key.Key_Escape)
        await painted(window)
        assert not hint.isVisible()
        assert window.window().focusWidget() is window.pictures.view, "the keys are where they were"

    with profile_with_sandbox(tmp_path) as (profile, _):
        (profile / "settings.toml").write_text(f"hints = {list(HINTS)}\n".replace("'", '"'))
        assert live(qapp, profile, first) == []
        assert Settings.load(profile / "settings.toml").hints == ()
        assert live(qapp, profile, second) == []
        assert Settings.load(profile / "settings.toml").hints == ("button", "compare")


def test_whoever_compares_in_another_way_needs_no_hint(qapp: QApplication, tmp_path: Path) -> None:
    source = jpeg(tmp_path / "in", "one.jpg")

    async def story(window: Window) -> None:
        session = session_of(window)
        await until(lambda: session.pricing.plan.is_confirmed, "the price")
        session.enhance(session.pricing.held.plan)
        await until(lambda: window.viewer.view.stage.can_compare, "the result")
        await until(lambda: _shown(window) == ["compare"], "the hint")
        window.commands.run("side")
        assert _shown(window) == []
        window.commands.run("split")
        assert _shown(window) == []
        hint = _hints(window)["compare"]
        assert hint.accessibleName()
        assert hint.close_button.accessibleDescription() == hint.accessibleName(), "whose button it is"

    with profile_with_sandbox(tmp_path) as (profile, _):
        (profile / "settings.toml").write_text('hints = ["compare"]\n')
        assert live(qapp, profile, story, source) == []


def test_in_a_low_window_hints_stand_above_the_picture(qapp: QApplication, tmp_path: Path) -> None:
    """At 1280 × 720 the first hint left a sliver of the adjustments."""
    source = jpeg(tmp_path / "in", "one.jpg")

    async def story(window: Window) -> None:
        found = window.findChild(FirstHints)
        assert found is not None
        aside = found.aside["model"]
        await until(lambda: session_of(window).pricing.plan.is_confirmed, "the price")
        await until(aside.isVisible, "room above the picture")
        await quiet(window)
        assert _shown(window) == []
        assert aside.parentWidget() is window.viewer
        assert window.recipe.form.visibleRegion().boundingRect().height() >= 3 * px(32), "some rows are seen"
        window.window().resize(1200, 900)
        await until(lambda: _shown(window) == ["model"], "room in the column")
        assert not aside.isVisible(), "it stands in one place"
        window.window().resize(1280, 700)
        await until(aside.isVisible, "above the picture again")
        window.commands.run("trials")
        await until(lambda: not aside.isVisible(), "the trials: its button is not there")
        window.commands.run("trials")
        await until(aside.isVisible, "above the picture once more")
        aside.close_button.click()
        await until(lambda: not aside.isVisible(), "closed for good")
        assert session_of(window).context.settings.hints == ()

    with profile_with_sandbox(tmp_path) as (profile, _):
        (profile / "settings.toml").write_text('hints = ["model"]\n')
        assert live(qapp, profile, story, source, size=(1280, 700)) == []
