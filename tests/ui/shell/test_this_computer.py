"""The free service on this computer in a whole window: a new profile begins with it, and it is compared with a paid one."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support import window as support
from tests.support.graphics_card import NAME, with_card
from tests.support.pictures import encode
from tests.support.shots import OUT
from tests.support.window import drop, live, menu_of, painted, profile_with_sandbox, quiet, session_of, sheet, until
from topazdesk.app.settings import Settings
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch
from topazdesk.ui.account.books_sheet import MoneyDialog
from topazdesk.ui.account.key_sheet import KeyDialog
from topazdesk.ui.account.settings_sheet import SettingsDialog
from topazdesk.ui.models.picture import Section
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.window import Window
from topazdesk.ui.trials.controller import TrialsController


async def _look(window: Window, name: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    await painted(window)
    image = window.window().grab().toImage()
    assert await asyncio.to_thread(image.save, str(OUT / f"this-computer-{name}.png"))


def _picture(folder: Path, width: int, height: int) -> Path:
    folder.mkdir()
    path = folder / "house.jpg"
    path.write_bytes(encode(FileFormat.JPEG, width, height))
    return path


def test_a_new_profile_begins_with_it_and_enhances_free(qapp: QApplication, tmp_path: Path) -> None:
    path = _picture(tmp_path / "in", 60, 40)

    async def story(window: Window) -> None:
        session, footer = session_of(window), window.footer
        assert session.pricing.recipe.recipe.service is ServiceName.LOCAL
        await until(lambda: footer.chip.label() == "This computer · free", "the service in use")
        assert footer.status.text() == "Ready. Nothing leaves this computer."
        window.commands.run("key")
        key = await sheet(window, KeyDialog)
        assert key.stay.label() == "Use this computer · free", "it was the sandbox, which was not in use"
        key.stay.click()
        await quiet(window)
        assert session.pricing.recipe.recipe.service is ServiceName.LOCAL
        assert "on this computer" in window.viewer.empty.note_title.text()
        assert not window.viewer.empty.note.isHidden()
        await _look(window, "first start")
        drop(window.pictures, path)
        await until(lambda: footer.button.label() == "Enhance this picture · free", "priced")
        await quiet(window)
        assert footer.price.text() == "Free for 1 picture"
        assert "left" not in footer.left.text() + footer.hint.text(), "there is no account"
        assert window.recipe.card.price.text() == "Free"
        await _look(window, "ready")
        footer.button.click()
        (picture,) = session.library.pictures.pictures()
        await until(lambda: picture.section is Section.FINISHED, "enhanced")
        assert picture.result is not None
        assert picture.result.charged in (0, None)
        await quiet(window)
        window.commands.run("money")
        money = await sheet(window, MoneyDialog)
        assert money.balances == {}, 'its row said "free" four times'
        assert money.empty.isVisible()
        money.accept()

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        (profile / "settings.toml").unlink()
        assert live(qapp, profile, story) == []
        assert Settings.load(profile / "settings.toml").service_name is ServiceName.LOCAL
        assert not sandbox.rows("jobs")


def test_a_card_that_fails_is_said_and_what_computes_is_chosen_in_the_settings(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in with_card(os.environ, "lies").items():
        monkeypatch.setenv(name, value)
    path = _picture(tmp_path / "in", 60, 40)

    async def story(window: Window) -> None:
        session = session_of(window)
        window.commands.run("settings")
        dialog = await sheet(window, SettingsDialog)
        choice = dialog.device.choice
        assert choice.value() == "auto"
        await until(lambda: choice.count() == 3, "the card is found")
        assert choice.itemText(2) == NAME
        await quiet(window)
        await painted(dialog)
        assert await asyncio.to_thread(dialog.grab().toImage().save, str(OUT / "this-computer-settings.png"))
        dialog.accept()
        drop(window.pictures, path)
        await until(lambda: window.footer.button.label() == "Enhance this picture · free", "priced")
        window.footer.button.click()
        (picture,) = session.library.pictures.pictures()
        await until(lambda: picture.section is Section.FINISHED, "enhanced")
        words = f"{NAME} computes something else than it should, so the processor does the work"
        assert picture.result is not None
        job_id = picture.result.id
        window.commands.run("queue")
        queue = window.findChild(QueuePanel)
        assert queue is not None
        await until(lambda: queue.model.row_of(job_id) >= 0, "the row")
        line = queue.model.line(job_id)
        assert line is not None
        assert words in line.sentence
        await quiet(window)
        await _look(window, "card failed")
        window.commands.run("settings")
        dialog = await sheet(window, SettingsDialog)
        dialog.device.choice.setCurrentIndex(1)
        dialog.device.choice.activated.emit(1)
        await until(lambda: session.context.settings.compute_device == "cpu", "applied")
        dialog.accept()

    with profile_with_sandbox(tmp_path) as (profile, _):
        support.settings(profile, service="local")
        assert live(qapp, profile, story) == []
        assert Settings.load(profile / "settings.toml").local_device == "cpu"


def test_who_has_chosen_a_service_keeps_it(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        assert session_of(window).pricing.recipe.recipe.service is ServiceName.SANDBOX

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []


def test_its_result_stands_beside_that_of_a_paid_service(qapp: QApplication, tmp_path: Path) -> None:
    path = _picture(tmp_path / "in", 480, 320)

    async def story(window: Window) -> None:
        session = session_of(window)
        drop(window.pictures, path)
        await until(lambda: window.footer.button.label() == "Enhance this picture · free", "priced")
        (picture,) = session.library.pictures.pictures()
        fast = next(m for m in session.context.catalogue.of(ServiceName.LOCAL) if m.slug == "real-esrgan-fast")
        session.pricing.recipe.set_model(fast)
        await until(window.footer.button.isEnabled, "priced anew")
        window.footer.button.click()
        await until(lambda: picture.section is Section.FINISHED, "enhanced")
        texts = [action.text() for action in menu_of(window, [picture.id]).actions()]
        assert "Compare with Topaz on an area · 1 credit…" in texts

        trials = window.findChild(TrialsController)
        assert trials is not None
        trials.compare(picture, ServiceName.SANDBOX)
        board = trials.state.board
        assert board is not None
        await until(lambda: len(board.candidates) == 2, "both are there")
        free, paid = board.candidates
        await until(lambda: board.result(free) is not None, "the free one is made")
        assert (free.recipe.service, paid.recipe.service) == (ServiceName.LOCAL, ServiceName.SANDBOX)
        assert session.pricing.recipe.recipe.service is ServiceName.SANDBOX
        assert board.job(paid) is None, "nothing is paid without a click"
        assert trials.view.panel.start.label().endswith("1 credit")
        opened = trials.state.open_standings(trials.state.standings())
        assert [each.number for each in opened] == [2]
        await quiet(window)
        await _look(window, "beside a paid one")
        trials.view.panel.start.click()
        await until(lambda: board.result(paid) is not None, "the paid one is made")
        job = board.result(free)
        assert job is not None
        assert job.state is JobState.DONE

        tried_at = board.patch
        assert tried_at is not None

        # At another place the free one was not tried, and is not sent to the service that costs.
        trials.state.set_patch(Patch(0, 0, 64, 64))
        standings = trials.state.standings()
        assert [each.number for each in trials.state.open_standings(standings)] == [2]
        assert "on this computer" in standings[0].refusal
        # To compare is not to change the service: the next picture is free, as before.
        trials.leave()
        assert session.pricing.recipe.recipe.service is ServiceName.LOCAL
        assert session.pricing.recipe.model is fast
        await quiet(window)
        assert session.context.settings.service_name is ServiceName.LOCAL

        # Whoever takes the paid settings over means to use that service from now on.
        trials.compare(picture, ServiceName.SANDBOX)
        board = trials.state.board
        assert board is not None
        trials.state.set_patch(tried_at)
        await until(lambda: any(board.result(each) for each in board.candidates[1:]), "the paid one is there again")
        trials.state.show(next(n for n, each in enumerate(board.candidates, 1) if n > 1 and board.result(each)))
        trials.use()
        assert session.pricing.recipe.recipe.service is ServiceName.SANDBOX
        await until(lambda: session.context.settings.service_name is ServiceName.SANDBOX, "remembered")
        await quiet(window)

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        support.settings(profile, service="local")
        assert live(qapp, profile, story) == []
        assert len(sandbox.rows("jobs")) == 1
