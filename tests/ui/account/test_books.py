"""Charges and lost results in a whole window, over a real context and a real sandbox process."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtWidgets import QApplication, QPlainTextEdit

from tests.support.delivered import is_delivered
from tests.support.window import drop, jpeg, live, profile_with_sandbox, session_of, settings, sheet, until
from topazdesk.app.app_context import AppContext
from topazdesk.app.settings import Settings
from topazdesk.domain.account import Account
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.books_sheet import MoneyDialog
from topazdesk.ui.account.recover_sheet import RecoverDialog
from topazdesk.ui.account.settings_sheet import SettingsDialog
from topazdesk.ui.controls import Button
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window


async def enhance_all(window: Window, *paths: Path) -> None:
    drop(window.pictures, *paths)
    await until(lambda: len(session_of(window).pricing.held_all.plan.ids) == len(paths), "priced")
    window.commands.run("enhance_all")
    await until(lambda: len(window.library.pictures.in_section(Section.FINISHED)) == len(paths), "finished")


def test_what_was_spent_is_listed_and_saved_as_a_table(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        sandbox.scenario({"match": {"path": "/enhance/async", "nth": 2}, "do": {"credits": 3}})
        await enhance_all(window, jpeg(tmp_path / "in", "one.jpg"), jpeg(tmp_path / "in", "two.jpg"))
        window.commands.run("money")
        dialog = await sheet(window, MoneyDialog)
        available, reserved = dialog.balances[Account(ServiceName.SANDBOX)]
        await until(lambda: available.text() == "496 credits", "the balance")
        assert reserved.text() == "0 credits"
        told = {each.explained for each in dialog.books.entries}
        assert "Charged 1 credit, as estimated" in told
        assert any(one.startswith("Charged 3 credits, estimated 1 credit: ") for one in told)
        assert dialog.books.accounts[0].today == 4
        table = tmp_path / "charges.csv"
        dialog.export_wanted.emit(str(table))
        await until(lambda: dialog.told.text() == "Saved as charges.csv", "saved")
        assert table.read_text("utf-8-sig").count("\n") == 3
        dialog.accept()

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []


def test_results_that_a_lost_profile_knew_are_found_and_fetched(qapp: QApplication, tmp_path: Path) -> None:
    async def first(window: Window) -> None:
        await enhance_all(window, jpeg(tmp_path / "in", "one.jpg"), jpeg(tmp_path / "in", "two.jpg", 300))
        window.commands.run("recover")
        dialog = await sheet(window, RecoverDialog)
        await until(lambda: dialog.lead.text().startswith("Nothing to recover"), "nothing to find")
        dialog.reject()

    async def later(window: Window) -> None:
        session = session_of(window)
        window.commands.run("recover")
        dialog = await sheet(window, RecoverDialog)
        await until(lambda: dialog.fetch.isVisible(), "found")
        assert dialog.fetch.label() == "Fetch 2 results"
        dialog.list.rows.turn(0)
        dialog.set_folder(tmp_path / "found")
        dialog.fetch.click()
        engine = session.context.engine
        await until(lambda: any(job.state is JobState.DONE for job in engine.jobs()), "fetched")
        (job,) = engine.jobs()
        assert job.was_found
        assert job.result is not None
        assert job.result.parent == tmp_path / "found"
        assert is_delivered(job.result, sandbox.result_bytes(job.remote_id))
        assert len(session.library.pictures) == 0, "its original is not on this computer"
        await until(lambda: window.notices.toasted is not None, "told")
        assert window.notices.toasted is not None
        assert window.notices.toasted.title == "1 lost result is here"

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, first) == []
        for path in profile.iterdir():
            if not path.name.startswith("sandbox"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        settings(profile, service="sandbox")
        assert live(qapp, profile, later) == []
        assert len(sandbox.rows("jobs")) == 2, "nothing was sent again"


def test_a_limit_that_a_command_sets_holds_in_the_open_window_and_outlives_its_settings(
    qapp: QApplication, tmp_path: Path
) -> None:
    """The window went on with the limit that it had read, and a tick in its open settings put that back."""

    async def story(window: Window) -> None:
        session, footer = session_of(window), window.footer
        context = session.context
        drop(window.pictures, *(jpeg(tmp_path / "in", f"{n}.jpg", 200 + n) for n in range(3)))
        await until(lambda: len(session.pricing.held_all.plan.ids) == 3, "priced")
        window.pictures.view.selectAll()
        assert footer.hint.text() == "Your limit for today is enough for 2 of 3 pictures"
        window.commands.run("settings")
        dialog = await sheet(window, SettingsDialog)
        terminal = await AppContext.open(context.paths.profile, exclusive=False)
        try:
            await terminal.change_settings({"day_cap": 1, "run_cap": 40})
        finally:
            await terminal.close()
        await until(lambda: footer.hint.text() == "Your limit for today is enough for 1 of 3 pictures", "heard")
        dialog.notifications.click()
        dialog.accept()
        await until(lambda: not context.settings.notifications, "taken over")
        assert (context.settings.day_cap, context.settings.run_cap) == (1, 40)

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        settings(profile, day_cap=2)
        assert live(qapp, profile, story) == []
    kept = Settings.load(profile / "settings.toml")
    assert (kept.day_cap, kept.run_cap, kept.notifications) == (1, 40, False)


def test_a_limit_of_ones_own_is_said_before_the_click_and_changed_from_the_notice(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def story(window: Window) -> None:
        session, footer = session_of(window), window.footer
        context = session.context
        drop(window.pictures, *(jpeg(tmp_path / "in", f"{n}.jpg", 200 + n) for n in range(3)))
        await until(lambda: len(session.pricing.held_all.plan.ids) == 3, "priced")
        window.pictures.view.selectAll()
        assert footer.hint.text() == "Your limit for today is enough for 2 of 3 pictures"
        assert footer.button.label() == "Enhance 2 of 3 pictures · 2 credits"
        session.pause(True)
        await until(lambda: session.library.queue.paused, "paused")
        window.commands.run("enhance_all")
        await until(lambda: footer.hint.text() == "Your limit for today is reached: 2 of 2 credits", "reached")
        assert not footer.button.isEnabled()
        window.commands.run("limits")
        dialog = await sheet(window, SettingsDialog)
        field = dialog.limits.fields["day_cap"]
        assert dialog.focusWidget() is field
        field.setText("1")
        dialog.accept()
        await until(lambda: context.settings.day_cap == 1, "lower")
        session.pause(False)
        await until(lambda: bool(window.notices.shown()), "stopped by the limit")
        notice = window.notices.shown()[0]
        assert notice.title == "Your daily limit is reached", [
            each.toPlainText() for each in notice.findChildren(QPlainTextEdit)
        ]
        assert notice.hint.startswith("1 credit of 1 credit are used today")
        (change,) = [each for each in notice.findChildren(Button) if each.label() == "Change the limit…"]
        change.click()
        again = await sheet(window, SettingsDialog)
        again.limits.fields["day_cap"].setText("20")
        again.accept()
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "goes on by itself")
        await until(lambda: footer.hint.text() == "Your limit for today: 3 of 20 credits after this", "room again")

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        settings(profile, day_cap=2)
        assert live(qapp, profile, story) == []
