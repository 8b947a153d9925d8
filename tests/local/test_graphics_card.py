"""A graphics card that fails while it computes: only its process ends, the processor goes on, and the job says so.

The card is a module in the place of ncnn, in a real process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.test_worker import ordered
from tests.support.graphics_card import NAME, with_card
from topazdesk.disk.enlarging_jobs import EnlargingJob, EnlargingJobs, JobPhase, card_note
from topazdesk.domain.compute_device import PROCESSOR, Card, CardKind, picked


def worked(jobs: EnlargingJobs, fault: str) -> tuple[int, str]:
    """Run the process with a card; return its exit code and what it printed."""
    command = [sys.executable, "-m", "topazdesk.local", str(jobs.folder), "--threads", "1"]
    env = with_card(os.environ, fault)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True) as process:
        assert process.stderr is not None
        printed = process.stderr.read()
        return process.wait(400), printed


def bytes_of(job: EnlargingJob) -> bytes:
    return job.result(job.order()).read_bytes()


def test_a_card_that_works_is_used(tmp_path: Path, picture: Path) -> None:
    jobs = EnlargingJobs(tmp_path / "jobs")
    job, other = ordered(jobs, "on-card-01", picture), ordered(jobs, "on-cpu-001", picture, device=PROCESSOR)
    assert worked(jobs, "works")[0] == 0
    assert (job.status().phase, job.status().device, job.status().note) == (JobPhase.DONE, NAME, "")
    assert (other.status().phase, other.status().device, other.status().note) == (JobPhase.DONE, "", "")
    assert bytes_of(job) == bytes_of(other)
    assert not card_note(jobs.folder).exists()


def test_a_crash_of_its_driver_ends_only_the_process_and_the_processor_goes_on(tmp_path: Path, picture: Path) -> None:
    plain, jobs = EnlargingJobs(tmp_path / "plain"), EnlargingJobs(tmp_path / "jobs")
    undisturbed = ordered(plain, "undisturbed", picture, device=PROCESSOR)
    assert worked(plain, "works")[0] == 0
    job, other = ordered(jobs, "crashed-01", picture), ordered(jobs, "follows-01", picture)
    code, printed = worked(jobs, "crashes")
    assert code != 0
    assert "Fatal Python error: Aborted" in printed, "its last words are in the log"
    made = {path.name: path.stat().st_mtime_ns for path in job.tiles.glob("*.tile")}
    assert made, "a tile was finished before"
    assert job.status().phase is JobPhase.WORKING
    assert card_note(jobs.folder).read_text("utf-8") == NAME
    code, printed = worked(jobs, "crashes")
    assert code == 0
    assert f"ended while it computed with: {NAME}" in printed
    for each in (job, other):
        assert (each.status().phase, each.status().device) == (JobPhase.DONE, "")
        assert each.status().note == f"{NAME} ended the process, so the processor does the work"
    assert (job.status().starts, other.status().starts) == (2, 1)
    assert bytes_of(job) == bytes_of(undisturbed)
    # What is ordered later is tried on the card again: a driver may have been updated.
    later = ordered(jobs, "later-0001", picture)
    assert worked(jobs, "works")[0] == 0
    assert (later.status().device, later.status().note) == (NAME, "")


@pytest.mark.parametrize(
    ("fault", "words"),
    [("lies", "computes something else than it should"), ("forgets", "has too little memory")],
)
def test_a_card_that_fails_without_a_crash_is_left(tmp_path: Path, picture: Path, fault: str, words: str) -> None:
    jobs = EnlargingJobs(tmp_path / "jobs")
    job = ordered(jobs, "left-00001", picture)
    assert worked(jobs, fault)[0] == 0
    assert (job.status().phase, job.status().device) == (JobPhase.DONE, "")
    assert job.status().note == f"{NAME} {words}, so the processor does the work"


def test_a_driver_that_crashes_when_it_is_loaded(tmp_path: Path, picture: Path) -> None:
    jobs = EnlargingJobs(tmp_path / "jobs")
    job = ordered(jobs, "no-driver1", picture)
    assert worked(jobs, "kills")[0] != 0
    assert worked(jobs, "kills")[0] == 0
    assert job.status().phase is JobPhase.DONE
    assert job.status().note == "The graphics card ended the process, so the processor does the work"


def test_a_card_that_is_not_there_any_more_is_said(tmp_path: Path, picture: Path) -> None:
    jobs = EnlargingJobs(tmp_path / "jobs")
    job = ordered(jobs, "unplugged1", picture, device="Other Card")
    assert worked(jobs, "works")[0] == 0
    assert job.status().note == "There is no Other Card here, so the processor does the work"


def test_which_card_is_picked() -> None:
    software, slow, fast = (
        Card(0, "llvmpipe", CardKind.SOFTWARE),
        Card(1, "Small", CardKind.INTEGRATED),
        Card(2, "Large", CardKind.DISCRETE),
    )
    assert picked("auto", [software, slow, fast]) is fast
    assert picked("auto", [software]) is None, "the processor is faster without it"
    assert picked("cpu", [fast]) is None
    assert picked("llvmpipe", [software, fast]) is software
    assert picked("gone", [fast]) is None
