"""Files of runs in the window: opened, saved, had back; and the same run by window and by terminal is the same."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import shutil
import sqlite3
import tomllib
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.cli.conftest import Program
from tests.support.pictures import encode
from tests.support.window import drop, live, menu_of, profile_with_sandbox, quiet, session_of, until
from topazdesk.app.paths import Paths
from topazdesk.app.run_file import RunTerms
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.picture import Section
from topazdesk.ui.recipe.hours_sheet import HoursSheet
from topazdesk.ui.shell.window import Window

#: What the log of runs says of a job that does not depend on when and where it ran.
SAME = (
    *("state", "service", "model", "original", "original_sha256", "result", "delivered_sha256", "width", "height"),
    *("charged", "unit", "metadata", "remarks", "problem", "original_bytes", "original_after", "page"),
)


def _pictures(folder: Path) -> list[Path]:
    made = []
    for number, name in enumerate(("one.jpg", "box/two.jpg", "box/deep/three.jpg")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(FileFormat.JPEG, 240 + 30 * number, 160))
        made.append(path)
    return made


async def _chosen(window: Window, action: str, path: Path) -> None:
    """Run an action and choose a file in its dialog, which is never a nested loop."""
    window.commands.run(action)
    await _answered(window, path)


async def _answered(window: Window, path: Path) -> None:
    await until(lambda: bool(window.findChildren(QFileDialog)), "the dialog")
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    await until(lambda: not window.findChildren(QFileDialog), "the dialog is gone")


def _hours(begin_h: float, end_h: float) -> str:
    now = datetime.now()  # noqa: DTZ005 - the wall clock of this computer
    return f"{now + timedelta(hours=begin_h):%H:%M}-{now + timedelta(hours=end_h):%H:%M}"


def _made(profile: Path, out: Path) -> list[tuple[Any, ...]]:
    """Targets, bytes as they were delivered, prices and records of all jobs of a profile."""
    with closing(sqlite3.connect(Paths(profile).jobs)) as books:
        rows = books.execute(
            "SELECT jobs.result, delivered_digest, jobs.state, jobs.charged, ledger.estimated, ledger.charged,"
            " ledger.reserved, source_digest, runs.budget, hours, recipe FROM jobs JOIN ledger ON ledger.job_id = jobs.id"
            " JOIN runs ON runs.id = jobs.run_id"
        ).fetchall()
    named = [(Path(row[0].decode()).relative_to(out).as_posix(), *row[1:-1], json.loads(row[-1])) for row in rows]
    return sorted(named, key=lambda row: row[0])


def _logged(profile: Path) -> list[tuple[str, ...]]:
    with (profile / "runs.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return sorted(tuple(row[name] for name in SAME) for row in rows)


def test_the_same_run_by_window_and_by_terminal_is_the_same(qapp: QApplication, tmp_path: Path) -> None:
    """From the list over its file to the command line: the same targets, bytes, prices and records."""
    _pictures(tmp_path / "in")
    out, file = tmp_path / "out", tmp_path / "night.toml"
    hours = _hours(-1, 1)

    async def story(window: Window) -> None:
        session = session_of(window)
        drop(window.pictures, tmp_path / "in")
        await until(lambda: len(session.library.pictures) == 3, "added")
        await quiet(window)
        state = session.pricing.recipe
        state.set_model(state.catalogue.find(ServiceName.SANDBOX, "Low Resolution 2"))
        state.set_output(replace(state.recipe.output, size=OutputSize.scale(3), folder=str(out), template="{name}-x"))
        state.set_values({"sharpen": 0.5})
        session.set_terms(RunTerms(50, SendingHours.read(hours)))
        assert (
            window.recipe.terms.words.text()
            == f"Sent between {hours.replace('-', ' and ')} only · at most 50 credits per run"
        )
        window.pictures.view.choose([], 0)
        await _chosen(window, "save_run", file)
        await until(file.exists, "saved")
        assert window.footer.button.label() == "Enhance 3 pictures · 3 credits"
        window.commands.run("enhance")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 3, "all done")
        (kept,) = {job.run_id for picture in session.library.pictures.pictures() for job in [picture.result] if job}
        path = session.context.paths.runs / f"{kept}.toml"
        await until(path.exists, "the run's own file")
        assert tomllib.loads(path.read_text()) == tomllib.loads(file.read_text())
        first = session.library.pictures.pictures()[0].id
        for again, is_kept in ((tmp_path / "again.toml", True), (tmp_path / "made.toml", False)):
            if not is_kept:
                path.unlink()
            menu = menu_of(window, [first])
            (entry,) = [each for each in menu.actions() if each.text() == "Save this run's file…"]
            entry.trigger()
            await _answered(window, again)
            await until(again.exists, "had back")
        assert (tmp_path / "again.toml").read_text() == file.read_text()
        made, said = (tomllib.loads(each.read_text()) for each in (tmp_path / "made.toml", file))
        assert made == {name: value for name, value in said.items() if name != "caps"}, "made from its jobs"

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
    by_window, log = _made(profile, out), _logged(profile)
    assert [row[0] for row in by_window] == ["box/deep/three-x.jpg", "box/two-x.jpg", "one-x.jpg"]
    shutil.move(out, tmp_path / "by window")

    with profile_with_sandbox(tmp_path / "other") as (other, _):
        ran = Program(other, {}).run("run", file, "--yes", "--json")
    assert (ran.code, ran.summary["done"], ran.summary["credits"]) == (0, 3, 3), ran.out + ran.err
    assert _made(other, out) == by_window
    assert _logged(other) == log
    for row in by_window:
        files = [folder / row[0] for folder in (tmp_path / "by window", out)]
        pixels = {hashlib.sha256(_pixels(path)).hexdigest() for path in files}
        assert len(pixels) == 1, row[0]


def _pixels(path: Path) -> bytes:
    with Image.open(path) as image:
        return image.tobytes()


def test_a_file_is_opened_says_what_it_lacks_and_sends_nothing(qapp: QApplication, tmp_path: Path) -> None:
    one, two, _ = _pictures(tmp_path / "in")
    hours = _hours(2, 3)
    file = tmp_path / "night.toml"
    file.write_text(
        f'version = 1\ninputs = ["in/one.jpg", "in/gone.jpg"]\nservice = "sandbox"\nmodel = "Low Resolution 2"\n[output]\n'
        f'scale = 3\nout = "out"\nreport = "r.html"\n[caps]\nbudget = 20\n[schedule]\nbetween = "{hours}"\n'
    )
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('version = 1\ninputs = ["in/one.jpg"]\nmodel = "No Such Model"\n')

    async def story(window: Window) -> None:
        session = session_of(window)
        drop(window.pictures, two)
        await until(lambda: len(session.library.pictures) == 1, "added")
        await _chosen(window, "open_run", wrong)
        await until(lambda: bool(window.notices.shown()), "the refusal")
        assert "No Such Model" in window.notices.shown()[0].title
        assert session.pricing.recipe.model.name != "Low Resolution 2"
        drop(window.pictures, file)
        await until(lambda: len(session.library.pictures) == 2, "added")
        await until(lambda: window.notices.shown()[0].title.startswith("night.toml is open"), "what was done")
        notice = window.notices.shown()[0]
        assert notice.title == "night.toml is open"
        assert len(window.notices.shown()) == 1, "the trouble with the other file is over"
        for part in (
            "1 picture · Low Resolution 2",
            "Not found: gone.jpg.",
            "Only topazdesk run does this part of it: report.",
            "Nothing is sent until you press the button.",
        ):
            assert part in notice.hint, notice.hint
        await quiet(window)
        recipe = session.pricing.recipe.recipe
        assert (recipe.output.size, recipe.output.folder) == (OutputSize.scale(3), str(tmp_path / "out"))
        own = (session.library.pictures.at(one).id,)  # type: ignore[union-attr]
        await until(lambda: session.pricing.held.plan.ids == own, "the file means only its own")
        assert session.pricing.limits.limits(recipe.service).run == 20
        window.commands.run("enhance")
        await until(lambda: bool(session.context.engine.unfinished()), "queued")
        (job,) = session.context.engine.unfinished()
        await session.context.engine.idle(for_hours=False)
        assert (job.state, job.hours.between_text) == (JobState.QUEUED, hours)  # type: ignore[union-attr]
        assert session.terms.budget == 20
        await asyncio.sleep(0)

    async def later(window: Window) -> None:
        session = session_of(window)
        await until(lambda: bool(session.context.engine.unfinished()), "the queue of before")
        await session.context.engine.idle(for_hours=False)
        assert session.terms.budget == 20, "what was loaded holds after a restart, too"
        assert f"Sent between {hours.replace('-', ' and ')} only" in window.recipe.terms.words.text()
        window.recipe.terms.drop.click()
        assert not window.recipe.terms.isVisible()
        (job,) = session.context.engine.unfinished()
        assert job.hours is not None, "what was started keeps its own"

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []
        assert live(qapp, profile, later) == []
        assert not sandbox.rows("jobs")


def test_hours_are_set_by_hand_and_hold_for_what_is_started(qapp: QApplication, tmp_path: Path) -> None:
    """Only a run's file brought them, and the window could do no more than drop them."""

    async def ask(window: Window) -> HoursSheet:
        window.commands.run("hours")
        await until(lambda: window.findChild(HoursSheet) is not None, "the sheet")
        sheet = window.findChild(HoursSheet)
        assert isinstance(sheet, HoursSheet)
        return sheet

    async def gone(window: Window) -> None:
        await until(lambda: window.findChild(HoursSheet) is None, "the sheet is gone")

    async def check(window: Window) -> None:
        session = session_of(window)
        sheet = await ask(window)
        assert (sheet.start.text(), sheet.end.text()) == ("22:00", "06:00")
        assert not sheet.any_time.isVisible(), "that is how it is"
        sheet.end.setText("6 or so")
        assert not sheet.save.isEnabled()
        assert "Write two times" in sheet.hint.text()
        hours = _hours(2, 3)
        sheet.start.setText(hours[:5])
        sheet.end.setText(hours[6:])
        assert f"sent between {hours.replace('-', ' and ')} only" in sheet.hint.text()
        sheet.save.click()
        await gone(window)
        assert window.recipe.terms.words.text() == f"Sent between {hours.replace('-', ' and ')} only"
        drop(window.pictures, _pictures(tmp_path / "in")[0])
        await until(lambda: len(session.library.pictures) == 1, "added")
        await quiet(window)
        await until(lambda: window.footer.button.label() == "Enhance this picture · 1 credit", "priced")
        window.commands.run("enhance")
        await until(lambda: bool(session.context.engine.unfinished()), "queued")
        (job,) = session.context.engine.unfinished()
        await session.context.engine.idle(for_hours=False)
        assert (job.state, job.hours and job.hours.between_text) == (JobState.QUEUED, hours)
        sheet = await ask(window)
        sheet.any_time.click()
        await gone(window)
        assert session.terms.hours is None
        assert not window.recipe.terms.isVisible()

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, check) == []
        assert not sandbox.rows("jobs")


def test_pages_of_a_file_are_rows_of_their_own_and_saved_as_such(qapp: QApplication, tmp_path: Path) -> None:
    path, single = tmp_path / "in" / "scan.tif", tmp_path / "in" / "one.jpg"
    path.parent.mkdir()
    first, *more = [Image.new("RGB", (120 + 10 * each, 90), (40 * each, 90, 90)) for each in range(3)]
    first.save(path, save_all=True, append_images=more)
    single.write_bytes(encode(FileFormat.JPEG, 120, 80))
    file, saved = tmp_path / "pages.toml", tmp_path / "saved.toml"
    file.write_text('version = 1\ninputs = ["in/scan.tif"]\npages = "2-"\nmodel = "Low Resolution 2"\n')
    both = tmp_path / "both.toml"
    both.write_text('version = 1\ninputs = ["in"]\npages = "all"\nmodel = "Low Resolution 2"\n')

    async def story(window: Window) -> None:
        pictures = session_of(window).library.pictures
        drop(window.pictures, file)
        await until(lambda: len(pictures) == 2, "the pages")
        assert [each.name for each in pictures.pictures()] == ["scan.tif, page 2", "scan.tif, page 3"]
        await _chosen(window, "save_run", saved)
        await until(saved.exists, "saved")
        said = tomllib.loads(saved.read_text())
        assert (said["inputs"], said["pages"]) == ([str(path)], "2,3")
        drop(window.pictures, both)
        await until(lambda: len(pictures) == 4, "the others")
        names = {"one.jpg", "scan.tif, page 1", "scan.tif, page 2", "scan.tif, page 3"}
        assert {each.name for each in pictures.pictures()} == names
        await quiet(window)

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
