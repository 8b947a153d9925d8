"""Accounts by name in a whole window: added, used, renamed and removed; a job stays with the one that it was started with."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.by_key import ByKey
from tests.support.sandbox import started
from tests.support.window import drop, jpeg, live, profile_with_sandbox, quiet, session_of, settings, sheet, until
from tests.ui.shell.test_sheets import RingInMemory, no_environment, ring
from topazdesk.domain.account import Account
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.accounts_sheet import AccountName, AccountsDialog, RemoveAccount
from topazdesk.ui.account.key_sheet import KeyDialog
from topazdesk.ui.shell.window import Window

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
