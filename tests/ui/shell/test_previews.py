"""Previews from the gallery in a whole window with a real sandbox: what is marked is tried, for what the button said."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.sandbox import RunningSandbox
from tests.support.shots import OUT
from tests.support.window import drop, live, painted, profile_with_sandbox, quiet, session_of, sheet, until
from topazdesk.app.examples import Examples
from topazdesk.app.paths import Paths
from topazdesk.domain.image import FileFormat
from topazdesk.domain.services import ServiceName
from topazdesk.ui.gallery.gallery import Gallery
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window
from topazdesk.ui.trials.controller import TrialsController

MODELS = ("standard-2", "recover-3", "high-fidelity-2")


async def _read(window: Window, picture: Path) -> None:
    drop(window.pictures, picture)
    session = session_of(window)
    await until(lambda: session.library.picture is not None and session.library.picture.info is not None, "read")
    await until(lambda: session.pricing.plan.is_confirmed, "prices")
    await until(lambda: session.pricing.available is not None, "the balance")
    await quiet(window)
    window.window().activateWindow()
    await until(window.isActiveWindow, "active")


async def _gallery(window: Window) -> Gallery:
    window.commands.run("gallery")
    return await sheet(window, Gallery)


def _trials(window: Window) -> TrialsController:
    found = window.findChild(TrialsController)
    assert found is not None
    return found


async def _look(gallery: Gallery, name: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    await painted(gallery)
    image = gallery.window().grab().toImage()
    assert await asyncio.to_thread(image.save, str(OUT / f"previews-{name}.png"))


def _jobs(sandbox: RunningSandbox) -> int:
    return len(sandbox.rows("jobs"))


def test_marked_models_are_tried_at_once_for_the_price_on_the_button(qapp: QApplication, tmp_path: Path) -> None:
    picture = tmp_path / "street.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 1200, 800))

    async def story(window: Window) -> None:
        await _read(window, picture)
        gallery = await _gallery(window)
        assert gallery.preview.isVisible()
        assert gallery.preview.label() == "Preview on my picture"
        assert not gallery.preview.isEnabled(), "nothing is marked"
        assert gallery.preview.cost == ""
        for slug in MODELS:
            tile = gallery.tiles[slug]
            gallery.grid.choose(tile)
            assert not tile.mark.isHidden(), "the check box is on the chosen card, for whoever has no pointer"
            QTest.keyClick(tile, Qt.Key.Key_P)
            assert "marked for a preview" in tile.accessibleName()
        assert gallery.preview.label() == "Preview 3 on my picture · 3 credits"
        assert gallery.preview.isEnabled()
        assert gallery.preview.cost == "free", "these are practice credits"
        await _look(gallery, "marked")
        gallery.tiles["recover-3"].mark.click()
        assert gallery.preview.label() == "Preview 2 on my picture · 2 credits"
        gallery.tiles["recover-3"].mark.click()
        gallery.search.setText("zebra")
        assert gallery.preview.label() == "Preview 3 on my picture · 3 credits", "what is marked stays, seen or not"
        gallery.preview.setFocus()
        QTest.keyClick(gallery.preview, Qt.Key.Key_Return)
        assert gallery.isVisible(), "Return spends nothing"
        assert _jobs(sandbox) == 0
        QTest.keyClick(gallery.preview, Qt.Key.Key_Space)
        trials = _trials(window)
        await until(lambda: trials.is_open, "the trials are open")
        board = trials.state.board
        assert board is not None
        await until(lambda: len(board.here()) == 3 and not board.is_running, "three results")
        assert [each.recipe.model for each in board.candidates] == ["standard-2", "high-fidelity-2", "recover-3"]
        assert (_jobs(sandbox), len(sandbox.rows("sources"))) == (3, 1), "three jobs, one upload"
        assert sum(job.charged or 0 for job in board.here()) == 3
        assert len(window.library.pictures.in_section(Section.TODO)) == 1, "the list knows nothing of them"
        # What each did to this picture is on its card from now on.
        await until(lambda: len(examples.read(ServiceName.SANDBOX)) == 3, "three examples")
        # Again, with one more: what is there is not paid for again.
        trials.leave()
        gallery = await _gallery(window)
        await until(lambda: all(gallery.tiles[slug].has_example for slug in MODELS), "before and after on the cards")
        assert not gallery.tiles["recover-faces"].has_example
        assert "before and after of your own trial" in gallery.tiles["standard-2"].accessibleDescription()
        for slug in MODELS:
            gallery.tiles[slug].mark.click()
        assert gallery.preview.label() == "Preview 3 on my picture · already paid"
        await _look(gallery, "examples")
        QTest.keyClick(gallery.tiles["recover-3"], Qt.Key.Key_Delete)
        await until(lambda: len(examples.read(ServiceName.SANDBOX)) == 2, "removed")
        gallery.tiles["low-resolution-2"].mark.click()
        assert gallery.preview.label() == "Preview 4 on my picture · 1 credit"
        others = [tile for tile in gallery.tiles.values() if not tile.is_marked]
        assert not any(tile.mark.isEnabled() for tile in others), "four at most"
        assert "4 models at most" in others[0].mark.toolTip()
        gallery.preview.click()
        await until(lambda: trials.is_open and len(board.here()) == 4 and not board.is_running, "one more")
        assert _jobs(sandbox) == 4
        trials.leave()

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        examples = Examples(Paths(profile).examples)
        assert live(qapp, profile, story) == []


def test_limits_hold_and_without_a_picture_nothing_is_offered(qapp: QApplication, tmp_path: Path) -> None:
    """A limit per run of two credits pays for two of three, and says so before the click; one of nothing for none."""
    picture = tmp_path / "street.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 1200, 800))

    async def story(window: Window) -> None:
        gallery = await _gallery(window)
        assert gallery.preview.isHidden(), "there is no picture to preview on"
        assert gallery.tiles["standard-2"].mark.isHidden()
        gallery.reject()
        await until(lambda: window.findChild(Gallery) is None, "gone")
        await _read(window, picture)
        gallery = await _gallery(window)
        for slug in MODELS:
            gallery.tiles[slug].mark.click()
        assert gallery.preview.label() == "Preview 2 of 3 on my picture · 2 credits"
        assert "per run" in gallery.marks_line.text()
        await _look(gallery, "small")
        for button in (gallery.preview, gallery.use, gallery.unmark):
            assert button.width() >= button.sizeHint().width(), f"{button.label()} is cut"
        assert gallery.rect().contains(gallery.use.mapTo(gallery, gallery.use.rect().bottomRight()))
        gallery.preview.click()
        trials = _trials(window)
        await until(lambda: trials.is_open, "open")
        board = trials.state.board
        assert board is not None
        await until(lambda: len(board.here()) == 2 and not board.is_running, "two results")
        assert _jobs(sandbox) == 2

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        (profile / "settings.toml").write_text("run_cap = 2\n")
        assert live(qapp, profile, story, mode="light", size=(960, 540)) == []


def test_what_changed_behind_the_sheet_is_not_paid_for(qapp: QApplication, tmp_path: Path) -> None:
    """The price that was read is the one that is paid: if it is another one at the click, nothing is sent."""
    picture = tmp_path / "street.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 1200, 800))

    async def story(window: Window) -> None:
        await _read(window, picture)
        trials = _trials(window)
        models = [session_of(window).pricing.recipe.catalogue.by_slug(ServiceName.TOPAZ, slug) for slug in MODELS]
        found = [model for model in models if model is not None]
        assert len(found) == 3
        said = trials.previews.offer(found)
        assert said is not None
        trials.previews.start(found[:2], said)
        assert trials.is_open
        board = trials.state.board
        assert board is not None
        assert len(board.candidates) == 2
        assert not trials.state.starting
        assert board.here() == []
        assert any("has changed" in title for title in _told(window))

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []
        assert _jobs(sandbox) == 0


def test_without_a_key_the_button_says_so(qapp: QApplication, tmp_path: Path) -> None:
    picture = tmp_path / "street.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 1200, 800))

    async def story(window: Window) -> None:
        drop(window.pictures, picture)
        session = session_of(window)
        session.pricing.set_service(ServiceName.TOPAZ)
        await until(lambda: session.pricing.lacks_key and session.library.picture is not None, "no key")
        await quiet(window)
        ready = window.footer.status.text()
        assert ready == "Ready. Nothing is sent anywhere until you press a button with a price.", (
            "nobody asks for prices"
        )
        gallery = await _gallery(window)
        gallery.tiles["standard-2"].mark.click()
        assert not gallery.preview.isEnabled()
        assert "Add your Topaz key first" in gallery.preview.toolTip()
        gallery.reject()

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        live(qapp, profile, story)


def _told(window: Window) -> list[str]:
    return [notice.title for notice in window.notices.shown()]
