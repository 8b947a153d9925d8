"""Credits and charges, lost results, what a cancel costs, over a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.support.books import some_books
from tests.support.queue_jobs import NOW, job
from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Balance
from topazdesk.ui.controls import Surface
from topazdesk.ui.dialogs.money import MoneyDialog
from topazdesk.ui.theme import Mode

Shot = Callable[..., object]
EVERY = (ServiceName.TOPAZ, ServiceName.RUNFLOW, ServiceName.SANDBOX)


@pytest.fixture
def window(qtbot: QtBot, mode: Mode) -> Surface:
    made = Surface("window")
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    return made


def test_money(window: Surface, mode: Mode, shot: Shot) -> None:
    dialog = MoneyDialog(window, some_books(), EVERY, NOW)
    dialog.open()
    dialog.show_balance(ServiceName.TOPAZ, Balance(473, 18))
    dialog.show_balance(ServiceName.RUNFLOW, Balance(39_920_000, 0, Unit.USD))
    shot(dialog, f"money-{mode}")
    failed = job("colonnade.png", JobState.FAILED, remote_id="5d8f7a3c-2f1e-4f5b-9f3e-6a1b2c3d4e5f", refunded=6)
    other = replace(failed, id="other", source=failed.source.with_name("a-very-long-name-of-a-scan-of-a-map-0043.tif"))
    dialog.show_missing(ServiceName.TOPAZ, (failed, other))
    dialog.show_balance(ServiceName.SANDBOX, None)
    shot(dialog, f"money-missing-{mode}")
    dialog.copy([failed])
    assert "Process ID: 5d8f7a3c" in QGuiApplication.clipboard().text()
    dialog.close()


def test_money_of_a_newcomer(window: Surface, mode: Mode, shot: Shot) -> None:
    dialog = MoneyDialog(window, type(some_books())((), ()), (ServiceName.SANDBOX,), NOW)
    dialog.open()
    dialog.show_balance(ServiceName.SANDBOX, Balance(500, 0))
    assert not dialog.export.isVisible()
    shot(dialog, f"money-empty-{mode}")
    dialog.close()
