"""The dialogs and the queue in a whole window, over a real context and a real sandbox process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.ring import RingInMemory, ring  # noqa: F401
from tests.support.window import (
    drop,
    jpeg,
    live,
    no_environment,
    profile_with_sandbox,
    quiet,
    session_of,
    settings,
    sheet,
    until,
)
from topazdesk.app.settings import Settings
from topazdesk.domain.account import Account
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.confirm_spending import ConfirmSpending
from topazdesk.ui.account.key_sheet import KeyDialog
from topazdesk.ui.account.settings_sheet import SettingsDialog
from topazdesk.ui.controls import Text
from topazdesk.ui.gallery.gallery import Gallery
from topazdesk.ui.models.job_texts import Act
from topazdesk.ui.models.picture import Section
from topazdesk.ui.pictures.refused_files import RefusedFiles
from topazdesk.ui.queue.job_details import JobDetails
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.window import Window

__all__ = ["no_environment"]


def test_a_model_is_chosen_in_the_gallery_and_remembered(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        drop(window.pictures, jpeg(tmp_path / "in", "one.jpg"), jpeg(tmp_path / "in", "two.jpg"))
        await until(lambda: len(session_of(window).pricing.held_all.plan.ids) == 2, "two priced")
        window.commands.run("gallery")
        gallery = await sheet(window, Gallery)
        gallery.search.setText("face portrait")
        assert gallery.grid.tiles[0].model.name == "Recover Faces"
        QTest.keyClick(gallery.search, Qt.Key.Key_Down)
        assert gallery.grid.chosen is gallery.focusWidget()
        QTest.keyClick(gallery.grid.chosen, Qt.Key.Key_F)
        QTest.keyClick(gallery.grid.chosen, Qt.Key.Key_Return)
        recipe = session_of(window).pricing.recipe
        await until(lambda: recipe.model.name == "Recover Faces", "the model")
        context = session_of(window).context
        await until(lambda: context.settings.recent_models == ("recover-faces",), "remembered")
        assert context.settings.favourites == ("recover-faces",)
        window.commands.run("gallery")
        again = await sheet(window, Gallery)
        again.search.setText("standard 2")
        tile = again.tiles["standard-2"]
        await until(lambda: tile.seconds is not None, "how long the service says that it takes")
        assert tile.toolTip().startswith("The service says: about ")
        assert "a picture" in tile.accessibleDescription()
        assert again.tiles["recovery-v2"].seconds is None, "nobody asked about superseded ones"
        again.reject()
        await quiet(window)
        assert recipe.model.name == "Recover Faces", "Escape changes nothing"

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        assert live(qapp, profile, story) == []
        assert Settings.load(profile / "settings.toml").recent_models == ("recover-faces",)


@pytest.fixture
def no_ring() -> Iterator[None]:
    """A computer without a key ring."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


def test_without_a_ring_a_key_is_kept_in_a_file_only_if_that_is_chosen(
    qapp: QApplication, tmp_path: Path, no_ring: None
) -> None:
    async def story(window: Window) -> None:
        window.commands.run("key")
        dialog = await sheet(window, KeyDialog)
        await until(dialog.in_file.isVisible, "the choice")
        assert dialog.for_now.isChecked()
        dialog.field.setText(sandbox.key)
        await until(lambda: "Checking" not in dialog.status.text(), "an answer")
        assert dialog.status.text() == "The key works · 500 credits left"
        dialog.in_file.click()
        dialog.save.click()
        await until(lambda: window.footer.chip.label() == "Topaz", "Topaz in use")
        await until((profile / "keys.json").exists, "the file")
        window.commands.run("settings")
        shown = await sheet(window, SettingsDialog)
        row = shown.keys[ServiceName.TOPAZ]
        await until(lambda: row.state.text() == "Saved in a file, not encrypted", "where the key is")
        row.forget.click()
        await until(lambda: not (profile / "keys.json").exists(), "the file is gone")
        shown.accept()

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        Settings(addresses={"topaz": sandbox.url}).save(profile / "settings.toml")
        assert live(qapp, profile, story) == []


def test_a_key_is_checked_while_typed_and_kept_in_the_ring(
    qapp: QApplication,
    tmp_path: Path,
    ring: RingInMemory,  # noqa: F811
) -> None:
    async def story(window: Window) -> None:
        window.commands.run("key")
        dialog = await sheet(window, KeyDialog)
        assert not dialog.save.isEnabled()
        dialog.field.setText("wrong-key")
        await until(lambda: "Checking" not in dialog.status.text(), "an answer")
        assert not dialog.save.isEnabled()
        assert dialog.save.toolTip() == "This key does not work"
        QGuiApplication.clipboard().setText(f"  {sandbox.key}\n")
        dialog.paste.click()
        QGuiApplication.clipboard().clear()
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)  # before the answer: saved as soon as it is there
        words: list[str] = []
        dialog.accepted.connect(lambda: words.append(dialog.status.text()))
        await until(lambda: bool(words), "saved")
        assert words == ["The key works · 500 credits left"]
        await until(lambda: window.footer.chip.label() == "Topaz", "Topaz in use")
        await until(lambda: session_of(window).pricing.available == 500, "its balance")
        assert ring.kept == {("topazdesk", "topaz"): sandbox.key}
        window.commands.run("settings")
        shown = await sheet(window, SettingsDialog)
        row = shown.keys[ServiceName.TOPAZ]
        await until(lambda: row.forget.isVisible(), "where the key is")
        assert row.state.text() == "Saved in this computer's keyring"
        row.forget.click()
        await until(lambda: ring.kept == {}, "removed")
        await until(lambda: row.state.text() == "No key yet", "told")
        await until(lambda: window.footer.chip.label() == "Sandbox · free", "back in the sandbox")
        shown.accept()

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        settings(profile, topaz_url=sandbox.url)
        assert live(qapp, profile, story) == []
        found = [p for p in profile.rglob("*") if p.is_file() and sandbox.state not in p.parents]
        assert found
        assert not [p for p in found if sandbox.key.encode() in p.read_bytes()], "the key is in no file of the profile"


def test_settings_apply_at_once_and_are_kept(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        context = session_of(window).context
        window.commands.run("settings")
        dialog = await sheet(window, SettingsDialog)
        dialog.theme.segment("light").click()  # type: ignore[union-attr]
        await until(lambda: context.settings.theme == "light", "theme")
        from topazdesk.ui.theme import tokens

        assert not tokens().dark
        topaz, runflow = dialog.addresses[ServiceName.TOPAZ], dialog.addresses[ServiceName.RUNFLOW]
        topaz.line.setText("http://example.org")
        assert "https://" in topaz.told.text()
        topaz.settle()
        assert context.settings.addresses.get("topaz", "") == ""
        topaz.line.setText("https://proxy.example.org/topaz/")
        runflow.line.setText(sandbox.url)
        QTest.keyClick(runflow.line, Qt.Key.Key_Return)
        await until(lambda: context.settings.addresses.get("runflow", "") == sandbox.url, "the address of Runflow")
        dialog.keys[ServiceName.RUNFLOW].change.click()
        key = await sheet(window, KeyDialog)
        assert sandbox.url in key.in_ring.accessibleDescription() + " ".join(t.text() for t in key.findChildren(Text))
        key.field.setText(sandbox.key)
        await until(lambda: key.status.text().startswith("The key works"), "asked at that address")
        key.reject()
        runflow.standard.click()
        await until(lambda: context.settings.addresses.get("runflow", "") == "", "the standard address")
        dialog.speed.segment(0.0).click()  # type: ignore[union-attr]
        dialog.accept()
        await until(lambda: context.settings.addresses.get("topaz", "") == "https://proxy.example.org/topaz", "address")
        await until(lambda: context.settings.sandbox_speed == 0.0, "speed")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []
        kept = Settings.load(profile / "settings.toml")
        assert (kept.theme, kept.addresses.get("topaz")) == ("light", "https://proxy.example.org/topaz")


def test_refused_files_are_listed_with_their_reasons(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        assert not window.commands["refused"].isEnabled()
        text = tmp_path / "in" / "letter.jpg"
        good = jpeg(tmp_path / "in", "good.jpg")
        text.write_text("Dear council")
        empty = tmp_path / "in" / "empty.jpg"
        empty.touch()
        drop(window.pictures, good, text, empty)
        await until(lambda: bool(window.notices.shown()), "the notice")
        (notice,) = window.notices.shown()
        assert notice.title == "2 of 3 files were not added"
        notice.buttons[0].click()
        dialog = await sheet(window, RefusedFiles)
        assert dialog.windowTitle() == "2 of 3 files were not added"
        dialog.copy.click()
        copied = QGuiApplication.clipboard().text()
        assert copied.count("\n") == 1
        assert str(text) in copied
        assert str(empty) in copied
        dialog.reject()
        assert notice not in window.notices.shown()

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        assert live(qapp, profile, story) == []


def test_the_queue_follows_work_and_failed_ones_are_tried_again_once(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        session = session_of(window)
        sandbox.scenario({"match": {"method": "POST", "path": "/enhance", "nth": 1}, "do": {"fail_job": True}})
        window.commands.run("queue")
        (panel,) = window.findChildren(QueuePanel)
        assert panel.isVisible()
        assert panel.pages.currentIndex() == 1, "it says that it is empty"
        drop(window.pictures, jpeg(tmp_path / "in", "one.jpg"), jpeg(tmp_path / "in", "two.jpg", 300))
        await until(lambda: len(session.pricing.held_all.plan.ids) == 2, "two priced")
        window.commands.run("enhance_all")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "both at their end")
        await until(lambda: panel.counts.text() == "1 done · 1 failed", "the counts")
        assert panel.retry.label() == "Retry failed · 1 credit"
        failed = panel.model.id_at(panel.model.totals().retry and panel.model.row_of(panel.model.totals().retry[0]))
        panel.view.acted.emit(Act.RETRY, failed)
        panel.view.acted.emit(Act.RETRY, failed)  # a second press while the first is under way
        await until(lambda: panel.counts.text() == "2 done", "the new try took the place of the old one")
        assert panel.model.rowCount() == 2
        assert len(sandbox.rows("jobs")) == 3, "two, and one new try"
        panel.clear.click()
        await until(lambda: panel.model.rowCount() == 0, "cleared")
        assert all(
            p.result is not None and p.result.state is JobState.DONE for p in session.library.pictures.pictures()
        )

    async def after_a_restart(window: Window) -> None:
        session = session_of(window)
        await until(lambda: len(session.library.pictures) == 2, "restored")
        await quiet(window)
        assert len(session.library.pictures.in_section(Section.FINISHED)) == 2, "what was cleared is not paid again"
        assert all(p.result is not None for p in session.library.pictures.pictures())

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []
        assert live(qapp, profile, after_a_restart) == []


def test_a_batch_that_changes_pictures_is_asked_about_once_and_never_in_the_sandbox() -> None:
    from tests.support.catalogue import packaged_model
    from topazdesk.ui.account.confirm_spending import asks

    generative, precise = packaged_model("Recover 3"), packaged_model("Standard 2")
    assert not asks(ServiceName.TOPAZ, generative, 1), "one picture is looked at anyway"
    assert asks(ServiceName.TOPAZ, generative, 2)
    assert not asks(ServiceName.TOPAZ, generative, 10, confirmed=2)
    assert asks(ServiceName.TOPAZ, generative, 11, confirmed=2), "far more than what was agreed to"
    assert not asks(ServiceName.TOPAZ, generative, 400, confirmed=200)
    assert asks(ServiceName.TOPAZ, generative, 401, confirmed=200)
    assert asks(ServiceName.TOPAZ, generative, 2, 1, confirmed=200), "an unknown price is asked about each time"
    assert asks(ServiceName.TOPAZ, precise, 2, reserved=1, confirmed=200), "what owners forbid, too"
    assert not asks(ServiceName.TOPAZ, precise, 500)
    assert not asks(ServiceName.SANDBOX, generative, 500)


def test_much_spending_on_models_that_change_pictures_is_asked_about(
    qapp: QApplication,
    tmp_path: Path,
    ring: RingInMemory,  # noqa: F811
) -> None:
    async def story(window: Window) -> None:
        session = session_of(window)
        context = session.context
        context.keys.remember(Account(ServiceName.TOPAZ), sandbox.key)
        session.pricing.set_service(ServiceName.TOPAZ)
        session.pricing.recipe.set_model(session.pricing.recipe.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        drop(window.pictures, *(jpeg(tmp_path / "in", f"{n:02}.jpg", 200 + n) for n in range(11)))
        await until(
            lambda: len(session.pricing.held_all.plan.ids) == 11 and session.pricing.available == 500, "eleven priced"
        )
        window.commands.run("enhance_all")
        dialog = await sheet(window, ConfirmSpending)
        assert dialog.windowTitle() == "Enhance 11 pictures for 11 credits?"
        assert dialog.one.label() == "Enhance one first · 1 credit"
        assert dialog.focusWidget() is dialog.one
        QTest.keyClick(dialog.one, Qt.Key.Key_Return)
        assert dialog.isVisible(), "Return does not spend"
        dialog.reject()
        await quiet(window)
        assert sandbox.rows("jobs") == []
        window.commands.run("enhance_all")
        dialog = await sheet(window, ConfirmSpending)
        dialog.one.click()
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "one is done")
        assert len(sandbox.rows("jobs")) == 1
        assert window.footer.all_button.label() == "All 10 · 10 credits"
        assert window.footer.all_button.cost == "money"
        window.commands.run("enhance_all")
        dialog = await sheet(window, ConfirmSpending)
        assert dialog.all.cost == "money"
        dialog.all.click()
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 11, "all are done")
        assert context.settings.confirmed == {"topaz/recover-3": 10}
        drop(window.pictures, *(jpeg(tmp_path / "in", f"more{n}.jpg", 300 + n) for n in range(3)))
        await until(lambda: len(session.pricing.held_all.plan.ids) == 3, "three more priced")
        window.commands.run("enhance_all")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 14, "not asked again")
        assert len(sandbox.rows("jobs")) == 14

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        settings(profile, topaz_url=sandbox.url)
        assert live(qapp, profile, story) == []
        assert Settings.load(profile / "settings.toml").confirmed == {"topaz/recover-3": 10}


def test_the_queue_is_paused_and_goes_on(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        session = session_of(window)
        window.commands.run("queue")
        (panel,) = window.findChildren(QueuePanel)
        session.pause(True)
        await until(lambda: panel.counts.text() == "Paused", "paused")
        drop(window.pictures, jpeg(tmp_path / "in", "one.jpg"))
        await until(lambda: len(session.pricing.held_all.plan.ids) == 1, "priced")
        window.commands.run("enhance_all")
        await until(lambda: panel.counts.text() == "Paused · 1 queued", "queued")
        (job_id,) = [panel.model.id_at(0)]
        assert panel.model.line(job_id).sentence == "Not sent yet, not charged"
        assert sandbox.rows("jobs") == []
        panel.view.acted.emit(Act.DETAILS, job_id)
        details = await sheet(window, JobDetails)
        assert "Queued" in details.view.toPlainText()
        details.reject()
        panel.pause.click()
        await until(lambda: panel.counts.text() == "1 done", "done")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []


@pytest.mark.parametrize(
    ("does", "said", "can_save"),
    [
        ({"status": 401}, "Topaz rejected this key. It may be mistyped, expired or revoked. Add the key again.", False),
        (
            {"status": 412},
            (
                "The account at Topaz has no plan for the API. Choose a plan in the account, then try again. "
                "The key itself is right and can be saved."
            ),
            True,
        ),
        (
            {"status": 403},
            "Couldn't check it: This key does not have the permission for that at Topaz. You can save it anyway.",
            True,
        ),
        ({"drop": "before"}, "Couldn't check it: The connection to Topaz broke off. You can save it anyway.", True),
    ],
    ids=["revoked", "no-plan", "no-permission", "cut"],
)
def test_what_is_wrong_with_a_key_is_named(
    qapp: QApplication,
    tmp_path: Path,
    ring: RingInMemory,  # noqa: F811
    does: dict[str, object],
    said: str,
    can_save: bool,
) -> None:
    async def story(window: Window) -> None:
        sandbox.scenario({"match": {"path": "/account/v1"}, "do": does})
        window.commands.run("key")
        dialog = await sheet(window, KeyDialog)
        dialog.field.setText(sandbox.key)
        await until(lambda: "Checking" not in dialog.status.text(), "an answer")
        assert (dialog.status.text(), dialog.save.isEnabled()) == (said, can_save)
        assert dialog.field.accessibleDescription() == said, "a screen reader says it, too"
        dialog.reject()

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        settings(profile, topaz_url=sandbox.url)
        assert live(qapp, profile, story) == []


def test_a_key_typed_without_a_network_or_with_a_stray_letter(
    qapp: QApplication,
    tmp_path: Path,
    ring: RingInMemory,  # noqa: F811
) -> None:
    async def story(window: Window) -> None:
        window.commands.run("key")
        dialog = await sheet(window, KeyDialog)
        for typed, begins, can_save in (
            ("0123-4567", "Couldn't check it: ", True),
            ("0123–4567", "This cannot be a key of Topaz. ", False),
        ):
            dialog.field.setText(typed)
            await until(lambda: "Checking" not in dialog.status.text(), "an answer")
            assert dialog.status.text().startswith(begins), dialog.status.text()
            assert dialog.save.isEnabled() is can_save
        link = dialog.link
        assert link.focusPolicy() & Qt.FocusPolicy.TabFocus, "the page with keys is reached by keyboard"
        dialog.reject()

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        settings(profile, topaz_url="http://127.0.0.1:9")  # where nothing listens
        assert live(qapp, profile, story) == []
