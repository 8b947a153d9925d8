"""Report a problem: what is seen is what is saved, parts can be taken out and changed, and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.support.fake_context import known
from tests.ui.shell.conftest import Stage
from topazdesk.app.problem_report import Part, whole
from topazdesk.errors import BugError, TopazdeskError
from topazdesk.ui.controls import Surface
from topazdesk.ui.shell.report_sheet import ReportSheet

_PARTS = (Part("What happened", "(say)"), Part("Settings", "theme = dark"), Part("Log", "line 1\nline 2"))


@pytest.fixture
def sheet(qtbot: QtBot, themed: object) -> Iterator[ReportSheet]:
    window = Surface("window")
    qtbot.addWidget(window)
    window.resize(1200, 800)
    window.show()
    made = ReportSheet(window, _PARTS)
    made.open()
    yield made
    made.close()


def test_what_is_seen_is_what_is_saved(sheet: ReportSheet, tmp_path: Path, qtbot: QtBot) -> None:
    assert sheet.contents() == whole(_PARTS)
    assert sheet.text.textCursor().selectedText() == "(say)", "what is typed says what happened"
    sheet.text.insertPlainText("It froze – ünicode.")
    target = tmp_path / "report.txt"
    with qtbot.waitSignal(sheet.saved):
        sheet.store(target)
    assert target.read_text("utf-8") == sheet.contents()
    assert "It froze – ünicode." in sheet.contents()
    assert not sheet.isVisible()


def test_parts_are_taken_out_and_put_back_and_changes_stay(sheet: ReportSheet) -> None:
    sheet.text.insertPlainText("Mine.")
    sheet.boxes["Log"].click()
    assert "line 1" not in sheet.contents()
    sheet.boxes["Settings"].click()
    assert sheet.contents().strip() == "== What happened ==\nMine."
    sheet.boxes["Log"].click()
    sheet.boxes["Settings"].click()
    assert sheet.contents() == whole([Part("What happened", "Mine."), *_PARTS[1:]])
    sheet.text.undo()
    assert "theme" not in sheet.contents()
    sheet.text.setPlainText("no headings any more")
    sheet.boxes["Log"].click()
    assert sheet.contents() == "no headings any more"
    sheet.text.setPlainText(" ")
    assert not sheet.save.isEnabled()


def test_it_is_copied_and_a_failure_leaves_it_open(sheet: ReportSheet, tmp_path: Path, qtbot: QtBot) -> None:
    sheet.copy.click()
    assert QGuiApplication.clipboard().text() == sheet.contents()
    with qtbot.waitSignal(sheet.failed) as told:
        sheet.store(tmp_path / "none" / "report.txt")
    assert isinstance(told.args[0], TopazdeskError)
    assert sheet.isVisible()


def test_the_window_offers_it_after_a_fault_without_the_names_in_its_list(stage: Stage, qtbot: QtBot) -> None:
    (picture,) = known(stage.session, (600, 400))
    logs = stage.context.paths.logs
    logs.mkdir(parents=True, exist_ok=True)
    (logs / "topazdesk.log").write_text(f"seen {picture.path.stem} today\n", "utf-8")
    stage.window.notices.error(BugError("Something went wrong", "Nothing is lost."))
    (notice,) = stage.window.notices.shown()
    assert [button.label() for button in notice.buttons] == ["Report a problem…"]
    notice.buttons[0].click()
    stage.spawned.run()
    qtbot.waitUntil(lambda: stage.window.findChild(ReportSheet) is not None)
    sheet = stage.window.findChild(ReportSheet)
    assert sheet is not None
    assert "seen … today" in sheet.contents()
    assert picture.path.stem not in sheet.contents()
    assert "window 1440x900" in sheet.contents()
    sheet.close()
