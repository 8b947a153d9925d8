"""The log of runs: a line for every job that is over, for spreadsheets; it only grows, whatever happens to the job list."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from tests.support.queue_jobs import job
from topazdesk.app.run_log import COLUMNS, RunLog
from topazdesk.domain.job import JobState
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
