"""The window of a machine in a team: who works, who started what, and what a team does not do."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import psycopg
import pytest
from PySide6.QtWidgets import QApplication

from tests.support.postgres import Cluster
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from tests.support.window import jpeg, live, quiet, session_of, sheet, until
from topazdesk.app.app_context import AppContext
from topazdesk.app.settings import Settings
from topazdesk.domain.day_limit import Whose
from topazdesk.domain.draft import draft
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.media.probe import probe
from topazdesk.team import root_marks
from topazdesk.ui.controls import Text
from topazdesk.ui.queue.cancel_sheet import CancelSheet
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.window import Window
from topazdesk.ui.team.join_sheet import JoinSheet, LeaveSheet
from topazdesk.ui.team.team_sheet import TeamSheet


@pytest.fixture
def profile(
    tmp_path: Path,
    team_url: str,
    sandbox: RunningSandbox,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A profile in a team, with `scans` as its folder; the sandbox stands for Topaz."""
    monkeypatch.setenv("TOPAZDESK_TOPAZ_URL", sandbox.url)
    monkeypatch.setenv("TOPAZ_API_KEY", sandbox.key)
    monkeypatch.delenv("TOPAZDESK_TEAM", raising=False)
    folder = tmp_path / "profile"
    folder.mkdir()
    (tmp_path / "scans").mkdir()
    said = f"team = {json.dumps(team_url)}\n[team_roots]\nscans = {json.dumps(str(tmp_path / 'scans'))}\n"
    (folder / "settings.toml").write_text(said)
    return folder


async def other_desk(tmp_path: Path, url: str) -> AppContext:
    roots = {"scans": str(tmp_path / "scans")}
    desk = await AppContext.open(
        tmp_path / "desk-2", machine="desk-2", change=lambda settings: settings.with_(team=url, team_roots=roots)
    )
    await desk.begin()
    return desk


async def started_on(desk: AppContext, picture: Path) -> Job:
    model = desk.catalogue.of(ServiceName.TOPAZ)[0]
    (new,) = await desk.engine.enqueue([draft(probe(picture), model, Recipe(ServiceName.TOPAZ, model.slug))])
    return new


def panel_of(window: Window) -> QueuePanel:
    found = window.findChild(QueuePanel)
    assert found is not None
    return found


def test_a_window_alone_says_that_nobody_works_and_does_the_work_itself(
    qapp: QApplication, tmp_path: Path, profile: Path
) -> None:
    """What a window in a team had started waited for ever without a word where no other machine worked."""
    picture, outside = jpeg(tmp_path / "scans", "plate.jpg"), jpeg(tmp_path / "elsewhere", "holiday.jpg")

    async def story(window: Window) -> None:
        context = session_of(window).context
        team = context.team
        assert team is not None
        await quiet(window)
        assert window.window().windowTitle() == f"topazdesk · {team.name}"
        # Nothing is offered that a team does not do, and what it cannot take is said before the click.
        assert not window.commands.has("trials")
        assert not window.viewer.try_button.isEnabled()
        menu = window.footer.service_menu()
        offered = [entry.text() for entry in menu.actions() if entry.isCheckable()]
        assert offered == [service.traits.offer for service in SERVICES.with_key]
        menu.deleteLater()
        await until(lambda: session_of(window).pricing.held_all.plan.refused == 1, "the picture outside is left out")
        reason = session_of(window).pricing.held_all.plan.reason
        assert reason is not None
        assert "holiday.jpg" in reason.title
        # The limit of the team is told like one's own, also one that somebody sets elsewhere.
        limits = session_of(window).pricing.limits
        assert limits.limits(ServiceName.TOPAZ).left is None
        await team.cap_day(2)
        await until(lambda: limits.limits(ServiceName.TOPAZ).whose is Whose.TEAM, "the limit is known")
        assert limits.limits(ServiceName.TOPAZ).left == 2
        await team.cap_day(None)
        await until(lambda: limits.limits(ServiceName.TOPAZ).left is None, "there is none")
        # Started, and nobody there to do it.
        window.commands.run("enhance_all")
        await until(lambda: window.notices.is_told("team stuck"), "it is said that nobody works")
        (notice,) = (each for each in window.notices.shown() if each.subject == "team stuck")
        window.commands.run("queue")
        panel = panel_of(window)
        assert panel.team.label() == "Nobody works"
        notice.buttons[0].click()
        await until(lambda: team.is_working and not window.notices.is_told("team stuck"), "it works, and says so")
        await until(lambda: panel.team.label() == "1 machine works", "so says the queue")
        (shown,) = window.library.pictures.pictures()[:1]
        await until(lambda: shown.result is not None, "the result")
        job = shown.result
        assert job is not None
        assert job.result is not None
        assert job.result.exists()
        assert context.engine.places(job.id) == (team.machine, team.machine)
        # As long as the switch is on, also when the window is opened again.
        window.commands.run("team")
        opened = await sheet(window, TeamSheet)
        assert opened.work.isChecked()
        await until(lambda: [row.name.text() for row in opened.rows] == [f"{team.machine} (this computer)"], "its row")
        opened.work.click()
        await until(lambda: not team.is_working, "it works no more")
        await until(lambda: not context.settings.team_work, "and will not")
        opened.reject()

    assert live(qapp, profile, story, picture, outside) == []


def test_what_another_desk_started_is_shown_as_its_own(
    qapp: QApplication, tmp_path: Path, profile: Path, team_url: str
) -> None:
    """The pictures of other desks came into every desk's list, and their runs were told of as one's own."""
    mine, theirs = jpeg(tmp_path / "scans", "mine.jpg"), jpeg(tmp_path / "scans", "theirs.jpg")

    async def story(window: Window) -> None:
        context = session_of(window).context
        await quiet(window)
        window.commands.run("queue")
        panel = panel_of(window)
        desk = await other_desk(tmp_path, team_url)
        try:
            job = await started_on(desk, theirs)
            await until(lambda: panel.model.job(job.id) is not None, "its row")
            assert panel.model.line(job.id).place == "from desk-2"
            assert [each.path for each in window.library.pictures.pictures()] == [mine]
            await desk.engine.pause()
            await until(lambda: window.library.queue.summary().text.startswith("Paused on desk-2"), "who paused it")
            await until(lambda: "Paused on desk-2 for the whole team" in panel.counts.text(), "so says the queue")
            assert panel.pause.label() == "Resume"
            # It is not cancelled without a question, though that costs nothing.
            (cancel,) = (place for place in panel.view.places_of(job.id) if place.action.act.value == "cancel")
            panel.view.press(job.id, cancel)
            asked = await sheet(window, CancelSheet)
            assert "desk-2" in " ".join(
                label.text() for label in asked.findChildren(type(asked.told)) if hasattr(label, "text")
            )
            asked.reject()
            await until(lambda: not panel.model.is_busy(job.id), "it is left")
            assert context.engine.job(job.id).state is JobState.QUEUED
        finally:
            await desk.close()

    assert live(qapp, profile, story, mine) == []


def test_a_database_that_is_away_is_said_calmly_and_taken_back(
    qapp: QApplication, tmp_path: Path, profile: Path, postgres: Cluster
) -> None:
    async def story(window: Window) -> None:
        context = session_of(window).context
        await quiet(window)
        await asyncio.to_thread(postgres.stop)
        await until(lambda: window.notices.is_told("team line"), "it is said")
        assert panel_of(window).team.label() == "No connection"
        assert [notice.kind for notice in window.notices.shown()] == ["warn"]
        await asyncio.to_thread(postgres.start)
        await until(lambda: not window.notices.shown(), "it is taken back")
        await until(lambda: panel_of(window).team.label() == "Nobody works", "and it is looked at again")
        await context.engine.pause()
        await until(lambda: context.engine.is_paused, "it can be used")

    assert live(qapp, profile, story, jpeg(tmp_path / "scans", "plate.jpg")) == []


def test_a_team_is_joined_and_left_in_the_window(
    qapp: QApplication, tmp_path: Path, profile: Path, team_url: str
) -> None:
    """The same window, opened anew; what is wrong with the address is said before anything is changed."""
    (profile / "settings.toml").write_text(f"service = 'topaz'\n[team_roots]\nscans = {json.dumps(str(tmp_path))}\n")

    async def joins(window: Window) -> None:
        await quiet(window)
        window.commands.run("team")
        asked = await sheet(window, JoinSheet)
        asked.address.setText("postgresql://owner@/nowhere?host=" + team_url.split("host=")[1])
        asked.join.click()
        await until(lambda: not asked.told.isHidden(), "what is wrong with it")
        assert "There is no database nowhere on this server" in asked.told.text()
        assert Settings.load(profile / "settings.toml").team == ""
        # A folder that is not the one which the team knows by that name is refused before anything is kept.
        asked.address.setText(team_url)
        with psycopg.connect(team_url, autocommit=True) as raw:
            raw.execute("INSERT INTO topazdesk.roots VALUES ('scans', repeat('0', 32), 'first')")
        asked.join.click()
        await until(lambda: "lacks the mark of the team's root scans" in asked.told.text(), "another folder")
        assert Settings.load(profile / "settings.toml").team == ""
        with psycopg.connect(team_url, autocommit=True) as raw:
            raw.execute("UPDATE topazdesk.roots SET mark = %s", (root_marks.write(tmp_path),))
        asked.join.click()

    async def leaves(window: Window) -> None:
        context = session_of(window).context
        assert context.team is not None
        assert Settings.load(profile / "settings.toml").team == team_url
        window.commands.run("team")
        shown = await sheet(window, TeamSheet)
        shown.leave.click()
        asked = await sheet(window, LeaveSheet)
        assert any("Nothing that was started here is unfinished" in text.text() for text in asked.findChildren(Text))
        asked.leave.click()

    async def alone(window: Window) -> None:
        assert session_of(window).context.team is None
        assert Settings.load(profile / "settings.toml").team == ""
        assert window.window().windowTitle() == "topazdesk"

    assert live(qapp, profile, joins, then=(leaves, alone)) == []
