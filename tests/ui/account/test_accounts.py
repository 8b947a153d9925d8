"""Accounts by name in a whole window: added, used, renamed and removed; a job stays with the one that it was started with."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.by_key import ByKey
from tests.support.sandbox import started
from tests.support.window import drop, jpeg, live, profile_with_sandbox, quiet, session_of, settings, sheet, until
from tests.ui.shell.test_sheets import RingInMemory, no_environment, ring
from topazdesk.app.app_context import AppContext
from topazdesk.domain.account import Account
from topazdesk.domain.day_limit import Whose
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.account_limit import AccountLimit
from topazdesk.ui.account.accounts_sheet import AccountName, AccountsDialog, RemoveAccount
from topazdesk.ui.account.key_sheet import KeyDialog
from topazdesk.ui.controls import Surface
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Theme

__all__ = ["no_environment", "ring"]

OWN, STUDIO = Account(ServiceName.TOPAZ), Account(ServiceName.TOPAZ, "studio")


def test_an_account_is_added_used_renamed_and_removed(qapp: QApplication, tmp_path: Path, ring: RingInMemory) -> None:
    async def story(window: Window) -> None:
        session = session_of(window)
        context, pricing = session.context, session.pricing
        context.keys.keep(OWN, sandbox.key)
        pricing.set_service(ServiceName.TOPAZ)
        drop(window.pictures, jpeg(tmp_path / "in", "one.jpg"))
        await until(lambda: pricing.available == 500 and bool(pricing.held_all.plan.startable), "priced")
        assert pricing.held_all.plan.account == "", "there is one only, which nobody has to tell"

        window.commands.run("accounts")
        accounts = await sheet(window, AccountsDialog)
        assert list(accounts.rows) == [OWN, Account(ServiceName.RUNFLOW)]
        accounts.add_wanted.emit(ServiceName.TOPAZ)
        name = await sheet(window, AccountName)
        name.field.setText("Studio")
        name.save.click()
        key = await sheet(window, KeyDialog)
        key.field.setText(sandbox.key)
        await until(lambda: "“Default account” at Topaz has this key already" in key.status.text(), "refused")
        assert not key.save.isEnabled()
        key.field.setText(studio.key)
        await until(key.save.isEnabled, "checked")
        assert key.note.text() == "", "this account has no key"
        key.save.click()
        await until(lambda: STUDIO in accounts.rows, "added")
        assert accounts.rows[STUDIO].choose.isChecked()
        accounts.rows[STUDIO].change.click()
        key = await sheet(window, KeyDialog)
        await until(lambda: "“Studio” has a key already" in key.note.text(), "who pastes another account's key is told")
        key.reject()
        accounts.accept()
        await until(lambda: pricing.held_all.plan.account == "Studio" and pricing.available == 500, "in use")
        assert window.footer.chip.label() == "Topaz · Studio"
        assert "Studio" in window.footer.button.toolTip()
        assert [action.text() for action in window.footer.service_menu().actions()][-1] == "Accounts…", "it has a key"

        window.commands.run("enhance_all")
        await until(lambda: any(job.state is JobState.DONE for job in context.engine.jobs()), "done")
        (job,) = context.engine.jobs()
        assert job.account == STUDIO

        window.commands.run("accounts")
        accounts = await sheet(window, AccountsDialog)
        accounts.rows[STUDIO].rename.click()
        name = await sheet(window, AccountName)
        assert name.name == "Studio"
        name.field.setText("Atelier")
        name.save.click()
        await until(lambda: accounts.rows[STUDIO].choose.text() == "Atelier", "renamed")
        accounts.rows[OWN].choose.click()
        await until(lambda: context.account(ServiceName.TOPAZ) == OWN, "switched")
        accounts.rows[STUDIO].remove.click()
        remove = await sheet(window, RemoveAccount)
        assert remove.windowTitle() == "Remove Atelier?"
        remove.go.click()
        await until(lambda: STUDIO not in accounts.rows, "removed")
        assert list(ring.kept) == [("topazdesk", "topaz")]
        accounts.accept()
        await quiet(window)
        assert context.accounts.label(job.account) == "Atelier", "the books go on naming it"

    with (
        profile_with_sandbox(tmp_path) as (profile, sandbox),
        started(tmp_path / "studio") as studio,
        ByKey({sandbox.key: sandbox.url, studio.key: studio.url}) as both,
    ):
        settings(profile, topaz_url=both.url)
        assert live(qapp, profile, story) == []


def test_another_program_moves_the_window_to_an_account_and_its_limit_is_set_here(
    qapp: QApplication, tmp_path: Path, ring: RingInMemory
) -> None:
    """`topazdesk account use` in a terminal said that new pictures are paid by Studio, and the open window went on
    paying them by another."""

    async def story(window: Window) -> None:
        session = session_of(window)
        context, pricing = session.context, session.pricing
        context.keys.keep(OWN, sandbox.key)
        context.keys.keep(STUDIO, studio.key)
        context.accounts.add(STUDIO, "Studio", beside_default=True)
        pricing.set_service(ServiceName.TOPAZ)
        window.commands.run("accounts")
        accounts = await sheet(window, AccountsDialog)
        accounts.rows[OWN].choose.click()
        await until(lambda: pricing.account_name == "Default account", "chosen here")

        terminal = await AppContext.open(profile, exclusive=False)
        try:
            terminal.accounts.select(STUDIO)
            await terminal.account_changed(STUDIO, is_used=True)
            await until(lambda: window.footer.chip.label() == "Topaz · Studio", "moved")
            assert accounts.rows[STUDIO].choose.isChecked(), "the open sheet follows"
            toast = window.notices.toasted
            assert toast is not None
            assert toast.title == "New pictures at Topaz are paid by Studio"

            accounts.rows[STUDIO].limit.click()
            limit = await sheet(window, AccountLimit)
            limit.field.setText("none")
            assert not limit.save.isEnabled()
            limit.field.setText("40")
            limit.save.click()
            await until(lambda: "at most 40 credits a day" in accounts.rows[STUDIO].status.text(), "limited")
            # The run would stop there, so the price says it before the click.
            limits = pricing.limits
            await until(lambda: limits.limits(ServiceName.TOPAZ).whose is Whose.ACCOUNT, "it counts")
            assert limits.limits(ServiceName.TOPAZ).left == 40
            terminal.accounts.load()
            assert terminal.accounts.known(STUDIO).day_cap == 40

            terminal.accounts.limit(STUDIO, 0)
            await terminal.account_changed(STUDIO)
            await until(lambda: "at most" not in accounts.rows[STUDIO].status.text(), "lifted elsewhere")
            assert limits.limits(ServiceName.TOPAZ).left is None
        finally:
            await terminal.close()
        accounts.accept()
        await quiet(window)

    with (
        profile_with_sandbox(tmp_path) as (profile, sandbox),
        started(tmp_path / "studio") as studio,
        ByKey({sandbox.key: sandbox.url, studio.key: studio.url}) as both,
    ):
        settings(profile, topaz_url=both.url)
        assert live(qapp, profile, story) == []


def test_a_limit_in_dollars_is_kept_to_the_cent(qtbot: QtBot, themed: Theme) -> None:
    window = Surface("window")
    qtbot.addWidget(window)
    limit = AccountLimit(window, "Studio", Unit.USD, 2_500_000)
    assert limit.field.text() == "2.50"
    limit.field.setText("$0.08")
    assert limit.day_cap == 80_000
    limit.field.setText("")
    assert (limit.day_cap, limit.save.isEnabled()) == (0, True), "no limit of its own"
