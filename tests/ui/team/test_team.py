"""What is said of a team: why its queue does not move, what is wrong with a machine, and what cannot be joined."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.support.queue_jobs import job
from topazdesk import __version__
from topazdesk.app.settings import Settings
from topazdesk.app.team_standing import GONE_S, TeamMachine, TeamStanding
from topazdesk.domain.job import Job, JobState
from topazdesk.errors import Code, ComputerError, TopazdeskError, UseError
from topazdesk.team.root_marks import RootState
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.models.job_texts import place_text
from topazdesk.ui.models.team_watch import TeamWatch
from topazdesk.ui.shell.leaving import team_fates
from topazdesk.ui.team.join_sheet import JoinSheet
from topazdesk.ui.team.roots_field import RootsField
from topazdesk.ui.team.team_sheet import TeamSheet, ago_text, machine_text, trouble_text
from topazdesk.ui.team.waiting import TeamWaiting

pytestmark = pytest.mark.usefixtures("themed")

STATION = TeamMachine("station", __version__, ("scans",), 4, 6, "", 0.0, 2.0, written=("scans",))


class Desk:
    """What a watch asks of a team."""

    name, place, machine = "archive", "db/archive", "desk"
    is_working = False

    def roots_of(self, job: Job) -> frozenset[tuple[str, bool]]:
        return frozenset({("scans", True)})


def watch(qtbot: QtBot, *machines: TeamMachine, jobs: tuple[Job, ...] = (), **more: Any) -> TeamWatch:
    desk = Desk()
    for name, value in more.items():
        setattr(desk, name, value)
    made = TeamWatch(desk, lambda: jobs)  # type: ignore[arg-type]
    made.standing = TeamStanding(machines)
    return made


@pytest.mark.parametrize(
    ("machines", "works_here", "title"),
    [
        ((), False, "No machine is working for this team"),
        ((), True, ""),
        ((replace(STATION, uploads=0, downloads=0),), False, "No machine is working for this team"),
        ((replace(STATION, seen_ago=GONE_S + 1),), False, "No machine is working for this team"),
        ((STATION,), False, ""),
        ((replace(STATION, written=()),), False, "No machine at work can write in the folder scans"),
        ((replace(STATION, trouble="The key was refused"),), False, "No machine of the team can send"),
        ((replace(STATION, trouble="The key was refused"), replace(STATION, name="two")), False, ""),
        ((replace(STATION, roots=("prints",), written=("prints",)),), False, "No machine at work has the folder scans"),
    ],
)
def test_a_queue_that_does_not_move_says_why(
    qtbot: QtBot, machines: tuple[TeamMachine, ...], works_here: bool, title: str
) -> None:
    made = watch(qtbot, *machines, jobs=(job("a", JobState.QUEUED),), is_working=works_here)
    assert made.stuck()[0] == title
    assert bool(made.stuck()[1]) is bool(title)
    # Without pictures that wait there is nothing to say, nor while nothing is known.
    assert watch(qtbot, *machines, jobs=(job("a", JobState.DONE),), is_working=works_here).stuck() == ("", "")
    made.set_line(ComputerError("Away", "Wait.", code=Code.COMPUTER_TEAM_UNREACHABLE))
    assert made.stuck() == ("", "")
    assert made.brief == "No connection"


def test_who_closes_the_only_window_that_works_reads_what_waits() -> None:
    said = team_fates([job("a", JobState.QUEUED), job("b", JobState.RUNNING, submitted_at=1.0, remote_id="r")])
    assert len(said) == 3
    assert "It waits until a machine works" in said[1]
    assert "fetched once a machine works" in said[2]


def test_a_machine_says_what_it_does_and_what_is_wrong() -> None:
    assert machine_text(STATION) == "4 uploads at once · 6 downloads at once · Folders: scans"
    assert trouble_text(STATION) == ""
    off = replace(STATION, uploads=0, downloads=0, seen_ago=7_300.0, trouble="The key was refused")
    assert machine_text(off) == "Does not work now, last seen 2 hours ago"
    assert trouble_text(off) == ""  # it is no trouble of one that does not work
    told = trouble_text(replace(STATION, trouble="The key was refused", version="0.1", clock_ahead=-7_200.0))
    assert "It sends nothing: The key was refused." in told
    assert "0.1" in told
    assert "7,200 seconds" in told
    assert "taken up by others" in trouble_text(replace(STATION, seen_ago=GONE_S + 1))
    assert [ago_text(seconds) for seconds in (3, 65, 90_000)] == ["a moment ago", "1 minute ago", "1 day ago"]


def test_a_row_names_other_machines_only() -> None:
    queued, done = job("a", JobState.QUEUED), job("a", JobState.DONE)
    assert place_text(queued, "here", "", "here") == ""
    assert place_text(queued, "desk", "", "here") == "from desk"
    assert place_text(queued, "desk", "station", "here") == "from desk"  # nobody works on it now
    assert place_text(done, "here", "station", "here") == "on station"
    assert place_text(done, "desk", "here", "here") == "from desk · on this computer"


def test_the_sheet_of_a_team_shows_its_machines_and_takes_a_limit(qtbot: QtBot) -> None:
    parent = QWidget()
    parent.resize(800, 560)
    qtbot.addWidget(parent)
    parent.show()
    made = watch(qtbot, STATION, replace(STATION, name="desk"))
    sheet = TeamSheet(parent, made, {"scans": "/mnt/scans"})
    sheet.open()
    assert [row.name.text() for row in sheet.rows] == ["station", "desk (this computer)"]
    assert "station" in sheet.rows[0].accessibleName()
    made.standing = TeamStanding((STATION,))
    made.changed.emit()
    assert [row.name.text() for row in sheet.rows] == ["station"]
    limits: list[object] = []
    sheet.cap_wanted.connect(limits.append)
    sheet.show_cap(200)
    for typed in ("abc", "300", ""):
        sheet.cap.setText(typed)
        sheet.cap.editingFinished.emit()
        assert sheet.cap.is_invalid is (typed == "abc")
    assert limits == [300, None]
    assert sheet.apply.isHidden()
    sheet.roots.lines[0].name.setText("Prints!")
    assert not sheet.apply.isHidden()
    assert not sheet.apply.isEnabled()
    wanted: list[object] = []
    sheet.changes_wanted.connect(lambda *changes: wanted.extend(changes))
    sheet.roots.lines[0].name.setText("prints")
    for name in ("", "x" * 51):
        sheet.name.setText(name)
        assert not sheet.apply.isEnabled()
    sheet.name.setText("desk-2")
    sheet.apply.click()
    assert wanted == [{"prints": "/mnt/scans"}, "desk-2", False]
    # One that is not the team's is refused in words, and may be meant all the same.
    error = UseError("/mnt/scans is another folder", "…", code=Code.USE_TEAM_OTHER_ROOT)
    sheet.refuse(error)
    assert "/mnt/scans is another folder. Choose the folder that the team means" in sheet.refused.text()
    sheet.moved.click()
    assert wanted[3:] == [{"prints": "/mnt/scans"}, "desk-2", True]
    made.standing = TeamStanding((), (("scans", RootState.READ_ONLY.words),))
    made.changed.emit()
    assert sheet.roots.told.text() == "Folder scans: it can only be read; results are left to other machines."


def test_a_folder_gets_a_name_that_a_team_can_use(qtbot: QtBot) -> None:
    field = RootsField({})
    qtbot.addWidget(field)
    for folder in ("/mnt/Scans 2024", "/mnt/写真", "/other/scans2024"):
        field._added(folder)
    assert [line.name.text() for line in field.lines] == ["scans2024", "scans", ""]
    assert field.problem()
    field.lines[2].name.setText("more")
    assert not field.problem()
    field.lines[0].remove.click()
    assert field.folders() == {"scans": "/mnt/写真", "more": "/other/scans2024"}


def test_what_cannot_be_joined_is_said_in_the_sheet(qtbot: QtBot, tmp_path: Path) -> None:
    parent = QWidget()
    parent.resize(800, 560)
    qtbot.addWidget(parent)
    parent.show()
    sheet = JoinSheet(parent, {}, unfinished=2)
    sheet.open()
    assert not sheet.join.isEnabled()
    sheet.address.setText("postgresql://anna@archive/pictures")
    assert sheet.join.isEnabled()
    sheet.set_trying(True)
    assert not sheet.join.isEnabled()
    sheet.set_trying(False)
    sheet.tell(ComputerError("There is no such database", "Check the address.", code=Code.COMPUTER_TEAM_NO_DATABASE))
    assert sheet.told.text() == "There is no such database. Check the address."
    assert sheet.join.isEnabled()
    sheet.reject()


class Told:
    """The notices of a window, as far as waiting needs them."""

    def __init__(self) -> None:
        self.shown: dict[str, tuple[NoticeAction, ...]] = {}

    def error(self, error: TopazdeskError, *actions: NoticeAction) -> None:
        self.shown[error.title] = actions

    def withdraw(self, subject: str) -> None:
        self.shown.pop(subject, None)


def test_a_profile_whose_team_is_away_opens_once_it_is_back_or_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window whose team's database was away at its start stayed an empty shell, and nobody could leave the team."""
    monkeypatch.delenv("TOPAZDESK_TEAM", raising=False)
    file = tmp_path / "settings.toml"
    Settings(team="postgresql://anna@nowhere/pictures", team_work=True).save(file)
    told, seen = Told(), []

    async def work() -> str:
        seen.append(list(told.shown))
        if Settings.load(file).team:
            code = Code.COMPUTER_TEAM_UNREACHABLE if len(seen) < 3 else Code.COMPUTER_TEAM_RIGHTS
            if len(seen) == 4:
                (leave,) = told.shown["computer.team_rights"]
                leave.run()
            raise ComputerError(code.value, "Wait.", code=code)
        return "opened"

    waiting = TeamWaiting(told, tmp_path, again_s=0.0)  # type: ignore[arg-type]
    assert asyncio.run(waiting.opened(work)) == "opened"
    # What is said is what is so: one word about each cause, and none in the end.
    assert seen == [[], ["computer.team_unreachable"], ["computer.team_unreachable"], ["computer.team_rights"],
                    ["computer.team_rights"]]  # fmt: skip
    assert told.shown == {}
    assert (Settings.load(file).team, Settings.load(file).team_work) == ("", False)

    async def broken() -> str:
        raise ComputerError("Another one", "Look.", code=Code.DISK_SETTINGS)

    with pytest.raises(ComputerError):
        asyncio.run(waiting.opened(broken))
