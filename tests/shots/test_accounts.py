"""The sheets of accounts by name, over a window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from topazdesk.app.accounts import KnownAccount
from topazdesk.app.keys import KeySource
from topazdesk.domain.account import Account
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.accounts_sheet import AccountName, AccountsDialog, AccountState, RemoveAccount
from topazdesk.ui.controls import Surface
from topazdesk.ui.theme import Mode

Shot = Callable[..., object]
STUDIO = Account(ServiceName.TOPAZ, "studio")


@pytest.fixture
def window(qtbot: QtBot, mode: Mode) -> Surface:
    made = Surface("window")
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    return made


def test_accounts(window: Surface, mode: Mode, shot: Shot) -> None:
    own, runflow = Account(ServiceName.TOPAZ), Account(ServiceName.RUNFLOW)
    dialog = AccountsDialog(
        window,
        {
            ServiceName.TOPAZ: [
                AccountState(KnownAccount(own, "Private"), False),
                AccountState(KnownAccount(STUDIO, "Studio Berlin", day_cap=200), True, jobs=3),
            ],
            ServiceName.RUNFLOW: [AccountState(KnownAccount(runflow, ""), True)],
        },
    )
    dialog.open()
    dialog.show_source(own, KeySource.RING)
    dialog.show_source(STUDIO, KeySource.LOCKED)
    dialog.show_source(runflow, KeySource.NONE)
    shot(dialog, f"accounts-{mode}")
    row = dialog.rows[STUDIO]
    assert row.choose.isChecked()
    assert row.status.text() == "The keyring is locked · at most 200 credits a day · 3 jobs in progress"
    assert row.change.label() == "Add its key…"
    dialog.close()


def test_a_name_and_a_removal(window: Surface, mode: Mode, shot: Shot) -> None:
    name = AccountName(window, "Name of the account at Topaz", "Continue…", ["Studio"])
    name.open()
    assert not name.save.isEnabled()
    name.field.setText("  studio ")
    assert name.hint.text() == "This name is taken"
    name.field.setText("Atelier")
    assert name.save.isEnabled()
    shot(name, f"account-name-{mode}")
    name.close()
    remove = RemoveAccount(window, "Studio Berlin", ServiceName.TOPAZ, 3)
    remove.open()
    shot(remove, f"account-remove-{mode}")
    remove.close()
