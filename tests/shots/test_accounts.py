"""The sheets of accounts by name, over a window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.clipping import words_of
from topazdesk.app.accounts import KnownAccount
from topazdesk.app.keys import KeySource
from topazdesk.domain.account import Account
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.accounts_sheet import AccountName, AccountsDialog, AccountState, RemoveAccount
from topazdesk.ui.controls import Surface
from topazdesk.ui.theme import Mode

Shot = Callable[..., object]
OWN = Account(ServiceName.TOPAZ)
STUDIO = Account(ServiceName.TOPAZ, "studio")


@pytest.fixture
def window(qtbot: QtBot, mode: Mode) -> Surface:
    made = Surface("window")
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    return made


def test_accounts(window: Surface, mode: Mode, shot: Shot) -> None:
    own, runflow = OWN, Account(ServiceName.RUNFLOW)
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


@pytest.mark.parametrize("language", ["de", "fr", "es", "ja"])
def test_the_longest_name_takes_no_button_out_of_a_small_window(
    qapp: QApplication, window: Surface, mode: Mode, shot: Shot, language: str
) -> None:
    """At 800 × 600 in German the buttons to change a key ended behind the edge of the sheet."""
    window.resize(800, 600)
    with words_of(qapp, 0.0, language):
        named = AccountState(
            KnownAccount(STUDIO, "Staatsarchiv Außenstelle 10 Lesesaal Mow", day_cap=200), True, jobs=3
        )
        dialog = AccountsDialog(window, {ServiceName.TOPAZ: [AccountState(KnownAccount(OWN, ""), False), named]})
        dialog.open()
        for account in dialog.rows:
            dialog.show_source(account, KeySource.NONE)
        shot(dialog, f"accounts-small-{language}-{mode}")
        for row in dialog.rows.values():
            for part in (row.choose, row.rename, row.change, row.status):
                assert part.visibleRegion().boundingRect() == part.rect(), part.accessibleName()
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
