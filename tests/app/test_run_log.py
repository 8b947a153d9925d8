"""The log of runs: a line for every job that is over, for spreadsheets; it only grows, whatever happens to the job list."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.queue_jobs import NOW, job
from topazdesk.app.run_log import COLUMNS, RunLog
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.kept import KeptReport, MetadataMode, Remark, RemarkKind
from topazdesk.engine.events import EventHub, JobChanged


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_job_that_is_over_has_one_line_and_old_ones_stay(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    said = KeptReport(MetadataMode.EMBED, 9, (Remark(RemarkKind.LEFT_OUT, "Motion clip left out"),))
    done = job(
        "=cmd|x.jpg", JobState.DONE, result=Path("/out/a.jpg"), result_digest="ab", delivered_digest="cd", kept=said
    )
    for number in (1, 2):  # the program twice
        events = EventHub()
        log = RunLog(path, events)
        running = job(f"{number}.jpg", JobState.RUNNING)
        for each in (running, replace(done, id=f"d{number}"), replace(done, id=f"d{number}", refunded=1)):
            events.emit(JobChanged(each))
        events.emit(JobChanged(replace(running, state=JobState.FAILED)))
        log.close()
    found = rows(path)
    assert [row["state"] for row in found] == ["done", "failed"] * 2, "a change of one that is over is no second line"
    assert tuple(found[0]) == COLUMNS
    assert (found[0]["result_sha256"], found[0]["delivered_sha256"]) == ("ab", "cd")
    assert found[0]["remarks"] == "Motion clip left out"
    assert path.stat().st_mode & 0o077 == 0


def test_a_name_is_no_formula(tmp_path: Path) -> None:
    events = EventHub()
    log = RunLog(tmp_path / "runs.csv", events)
    events.emit(JobChanged(job("a.jpg", JobState.DONE, remote_id="=HYPERLINK(1)", result=Path("x\n,y.jpg"))))
    log.close()
    (row,) = rows(tmp_path / "runs.csv")
    assert row["job_at_service"] == "'=HYPERLINK(1)"
    assert "\n" not in row["result"]


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").mkdir()
    events = EventHub()
    log = RunLog(tmp_path / "runs.csv", events)
    events.emit(JobChanged(job("a.jpg", JobState.DONE)))
    log.close()


def _state(jobs: list[Job]) -> dict[str, JobState]:
    return {each.id: each.state for each in jobs}


def test_a_line_that_a_kill_took_is_written_at_the_next_start_and_never_twice(tmp_path: Path) -> None:
    """The program was killed between the end of a job and the append: the log of all runs lacked that job for good."""
    path = tmp_path / "runs.csv"
    known = [job(name, JobState.DONE, changed_at=NOW + at) for at, name in enumerate(("a", "b", "c"))]
    asked: list[list[str]] = []

    def find(ids: list[str]) -> list[Job]:
        asked.append(ids)
        return [each for each in known if each.id in ids]

    for start in range(3):
        events = EventHub()
        log = RunLog(path, events)
        log.mend(_state(known[:2] if start == 0 else known), find)
        if start == 1:
            events.emit(JobChanged(job("d", JobState.FAILED)))
        log.close()
        path.write_bytes(path.read_bytes())
    assert [row["job"] for row in rows(path)] == ["a", "b", "c", "d"]
    assert asked == [["a", "b"], ["c"]]


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    jobs = [job("a", JobState.DONE), job("b", JobState.DONE)]
    for cut in (0, 20):
        log = RunLog(path, EventHub())
        log.mend(_state(jobs), lambda ids: [each for each in jobs if each.id in ids])
        log.close()
        if cut == 0:
            path.write_bytes(path.read_bytes()[:-20])
    found = rows(path)
    assert [row["job"] for row in found] == ["a", "b", "b"]
    assert found[2]["program"].startswith("topazdesk")
    log = RunLog(path, EventHub())
    log.mend(_state(jobs), lambda ids: pytest.fail(f"{ids} have their lines"))
    log.close()
    assert len(rows(path)) == 3


def test_a_log_with_other_columns_gets_a_new_heading(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("time,run,job,state\r\nx,run,a,done\r\n", "utf-8")
    events = EventHub()
    log = RunLog(path, events)
    log.mend({"a": JobState.DONE}, lambda _ids: [])
    for name in ("b", "c"):
        events.emit(JobChanged(job(name, JobState.DONE)))
    log.close()
    with path.open(newline="", encoding="utf-8") as file:
        found = list(csv.reader(file))
    assert [row[2] for row in found] == ["job", "a", "job", "b", "c"]
    assert found[2] == list(COLUMNS)


def test_what_became_of_the_original_is_in_its_line(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(b"a picture")
    digest = hashlib.sha256(b"a picture").hexdigest()
    events = EventHub()
    log = RunLog(tmp_path / "runs.csv", events)
    state = source.stat()
    whole = job(
        "a", JobState.DONE, source=source, source_digest=digest, source_bytes=9, source_mtime_ns=state.st_mtime_ns
    )
    for each in (
        whole,
        replace(whole, id="b", source_digest="ab" * 32),
        replace(whole, id="c", source=tmp_path / "gone"),
        replace(whole, id="d", source_digest=""),
    ):
        events.emit(JobChanged(each))
    log.close()
    found = rows(tmp_path / "runs.csv")
    assert [row["original_after"] for row in found] == ["unchanged", "changed", "missing", ""]
    assert (found[0]["original_bytes"], found[0]["original_changed_at"][:4].isdigit()) == ("9", True)


def _one_more(path: Path, name: str) -> bool:
    """A program that owns the log ends one job in it, in order. Return whether the log was complete before."""
    events = EventHub()
    log = RunLog(path, events)
    is_complete = log.take_over()
    if not is_complete:
        log.mend({}, lambda _ids: [])
    events.emit(JobChanged(job(name, JobState.DONE)))
    log.close()
    return is_complete


def test_a_log_is_read_again_only_if_it_may_lack_lines(tmp_path: Path) -> None:
    """Each start read every line of the log and every row of the job list: 0.7 s with 50,000 jobs."""
    path = tmp_path / "runs.csv"
    assert [_one_more(path, name) for name in ("a", "b", "c")] == [False, True, True]

    killed = RunLog(path, EventHub())
    assert killed.take_over(), "and it never comes to its end"
    assert not _one_more(path, "d")

    with path.open("ab") as file:
        file.write(b"2026,")  # somebody wrote to it, or a write was cut short
    assert not _one_more(path, "e")
    assert rows(path)[-1]["job"] == "e"

    reader = RunLog(path, EventHub())  # a program that only looks, beside the one that owns the log
    reader.close()
    assert _one_more(path, "f")

    note = path.with_name("runs.csv.complete")
    note.write_text(note.read_text("utf-8").replace(",original_after", ""), "utf-8")
    assert not _one_more(path, "g"), "an older program had other columns"


def test_a_log_that_could_not_be_written_is_not_called_complete(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.mkdir()
    assert not _one_more(path, "a")
    path.rmdir()
    assert not _one_more(path, "b")
    assert _one_more(path, "c")
