"""Credits and charges, lost results, what a cancel costs, over a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.support.books import some_books
from tests.support.queue_jobs import NOW, job
from topazdesk.app.settings import Settings
from topazdesk.domain.account import Account
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Balance, RemoteJob, RemoteState
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.books_sheet import MoneyDialog
from topazdesk.ui.account.found_list import FoundJob
from topazdesk.ui.account.recover_sheet import RecoverDialog
from topazdesk.ui.account.settings_sheet import SettingsDialog
from topazdesk.ui.controls import Surface
from topazdesk.ui.queue.cancel_all_sheet import CancelAllSheet
from topazdesk.ui.queue.cancel_sheet import CancelSheet, costs_something
from topazdesk.ui.theme import Mode

Shot = Callable[..., object]
EVERY = tuple(map(Account, (ServiceName.TOPAZ, ServiceName.RUNFLOW, ServiceName.SANDBOX)))
NAMES = {account: account.service.traits.purse for account in EVERY}


@pytest.fixture
def window(qtbot: QtBot, mode: Mode) -> Surface:
    made = Surface("window")
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    return made


def test_money(window: Surface, mode: Mode, shot: Shot) -> None:
    dialog = MoneyDialog(window, some_books(), NAMES, NOW)
    dialog.open()
    dialog.show_balance(Account(ServiceName.TOPAZ), Balance(473, 18))
    dialog.show_balance(Account(ServiceName.RUNFLOW), Balance(39_920_000, 0, Unit.USD))
    shot(dialog, f"money-{mode}")
    failed = job("colonnade.png", JobState.FAILED, remote_id="5d8f7a3c-2f1e-4f5b-9f3e-6a1b2c3d4e5f", refunded=6)
    other = replace(failed, id="other", source=failed.source.with_name("a-very-long-name-of-a-scan-of-a-map-0043.tif"))
    dialog.show_missing(Account(ServiceName.TOPAZ), (failed, other))
    dialog.show_balance(Account(ServiceName.SANDBOX), None)
    shot(dialog, f"money-missing-{mode}")
    dialog.copy([failed])
    assert "Process ID: 5d8f7a3c" in QGuiApplication.clipboard().text()
    dialog.close()


def test_money_of_a_newcomer(window: Surface, mode: Mode, shot: Shot) -> None:
    dialog = MoneyDialog(window, type(some_books())((), ()), {EVERY[2]: "Sandbox (practice credits)"}, NOW)
    dialog.open()
    dialog.show_balance(Account(ServiceName.SANDBOX), Balance(500, 0))
    assert not dialog.export.isVisible()
    shot(dialog, f"money-empty-{mode}")
    dialog.close()


def _found() -> list[FoundJob]:
    size, done = Size(6000, 4000), RemoteState.COMPLETED
    plain = RemoteJob("r-1", "", "", done, 100, None, NOW, None, 6, "Recover 3", size, "jpeg")
    running = replace(plain, remote_id="r-2", state=RemoteState.PROCESSING, percent=62.0, created_at=NOW - 900)
    dollars = replace(plain, remote_id="r-3", credits=80_000, output_size=None, created_at=NOW - 86_400)
    return [
        FoundJob(Account(ServiceName.TOPAZ), plain, "Recover 3"),
        FoundJob(Account(ServiceName.TOPAZ), running, "Standard V2"),
        FoundJob(Account(ServiceName.RUNFLOW), dollars, "Wonder 3"),
    ]


def test_lost_results(window: Surface, mode: Mode, shot: Shot) -> None:
    dialog = RecoverDialog(window, EVERY, Path("/home/ada/Pictures/Found results"))
    dialog.open()
    shot(dialog, f"recover-asking-{mode}")
    dialog.show_found(Account(ServiceName.TOPAZ), _found()[:2])
    dialog.show_found(Account(ServiceName.RUNFLOW), _found()[2:])
    dialog.show_fault(Account(ServiceName.SANDBOX), "The sandbox does not answer. Start it again.")
    assert dialog.fetch.label() == "Fetch 3 results"
    assert dialog.all.checkState() is Qt.CheckState.Checked
    dialog.list.rows.turn(1)
    assert dialog.fetch.label() == "Fetch 2 results"
    assert [each.remote.remote_id for each in dialog.wanted] == ["r-1", "r-3"]
    shot(dialog, f"recover-{mode}")
    dialog.all.click()
    assert len(dialog.wanted) == 3
    dialog.all.click()
    assert not dialog.fetch.isEnabled()
    dialog.close()


def test_nothing_is_lost(window: Surface, mode: Mode, shot: Shot) -> None:
    dialog = RecoverDialog(window, EVERY, Path("/home/ada/Pictures"))
    dialog.open()
    for account in EVERY:
        dialog.show_found(account, ())
    assert dialog.lead.text() == (
        "Nothing to recover from the last 7 days at Topaz and the sandbox. "
        "Runflow has nothing else in its list, which may not be complete."
    )
    assert not dialog.fetch.isVisible()
    shot(dialog, f"recover-nothing-{mode}")
    dialog.close()


def test_limits_in_the_settings(window: Surface, mode: Mode, shot: Shot) -> None:
    before = Settings(day_cap=300, run_cap_usd=2.5)
    dialog = SettingsDialog(window, before, (ServiceName.TOPAZ, ServiceName.RUNFLOW))
    dialog.open()
    seen: dict[str, Any] = {}
    dialog.changed.connect(seen.update)
    assert dialog.limits.fields["run_cap_usd"].text() == "2.50"
    dialog.limits.fields["run_cap"].setText("40")
    dialog.show_limits()
    dialog.limits.fields["day_cap_usd"].setText("none")
    shot(dialog, f"settings-limits-{mode}")
    dialog.accept()
    after = before.with_(**seen)
    assert after.caps(Unit.CREDIT) == (40, 300)
    assert after.caps(Unit.USD) == (2_500_000, None)


def test_what_a_cancel_costs(window: Surface, mode: Mode, shot: Shot) -> None:
    running = job("forest-fog.jpg", JobState.RUNNING, percent=62.0, submitted_at=NOW, remote_id="r-1")
    dialog = CancelSheet(window, running)
    dialog.open()
    assert dialog.stop.label() == "Cancel it · 5 credits"
    assert "62" in dialog.told.text()
    shot(dialog, f"cancel-{mode}")
    dialog.show_price(0.0, 0)
    assert dialog.stop.label() == "Cancel it · free"
    dialog.show_price(100.0, 6)
    assert dialog.told.text() == "It has just finished at Topaz and costs 6 credits either way."
    dialog.close()
    estimate = Estimate(80_000, EstimateSource.TABLE, unit=Unit.USD)
    dollars = replace(running, recipe=replace(running.recipe, service=ServiceName.RUNFLOW), estimate=estimate)
    other = CancelSheet(window, dollars)
    other.open()
    assert other.windowTitle() == "Stop waiting for forest-fog.jpg?"
    assert "$0.08" in other.told.text()
    shot(other, f"cancel-runflow-{mode}")
    other.close()


def test_what_it_costs_to_cancel_all(window: Surface, mode: Mode, shot: Shot) -> None:
    """34 pictures could only be cancelled one by one."""
    unsent = [job(f"{n}.jpg", JobState.QUEUED) for n in range(29)]
    running = [job(f"r{n}.jpg", JobState.RUNNING, submitted_at=NOW) for n in range(2)]
    free = Estimate(0, EstimateSource.SERVICE, 5.0, Unit.NONE)
    here = job("here.jpg", JobState.RUNNING, service=ServiceName.LOCAL, submitted_at=NOW)
    dollars = job("d.jpg", JobState.RUNNING, service=ServiceName.RUNFLOW, submitted_at=NOW)
    loading = job("loading.jpg", JobState.DOWNLOADING, submitted_at=NOW)
    dialog = CancelAllSheet(window, [*unsent, *running, replace(here, estimate=free), loading])
    dialog.open()
    assert dialog.windowTitle() == "Cancel 32 pictures?"
    assert dialog.told.text().split("\n") == [
        "29 are not sent yet and cost nothing.",
        "2 are at Topaz: what is done of them is charged, at most 12 credits.",
        "1 stops at once, free of charge.",
    ]
    assert dialog.unsent.label() == "Cancel 29 unsent · free"
    assert dialog.stop.label() == "Cancel 32 pictures · up to 12 credits"
    shot(dialog, f"cancel-all-{mode}")
    dialog.show_jobs(unsent)
    assert (dialog.unsent.isVisible(), dialog.stop.label()) == (False, "Cancel 29 pictures")
    estimate = Estimate(80_000, EstimateSource.TABLE, unit=Unit.USD)
    dialog.show_jobs([replace(dollars, estimate=estimate)])
    assert dialog.told.text() == "1 is at Runflow, which cannot stop it: it costs $0.08 either way."
    dialog.show_jobs([loading])
    assert not dialog.stop.isEnabled()
    assert dialog.told.text().startswith("All are finished")
    dialog.unsent.click()
    assert dialog.only_unsent
    dialog.close()


def test_only_what_may_cost_is_asked_about() -> None:
    assert not costs_something(job("a.jpg"))
    assert costs_something(job("a.jpg", JobState.RUNNING))
    assert not costs_something(job("a.jpg", JobState.RUNNING, service=ServiceName.SANDBOX))
