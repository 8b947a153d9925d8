"""The process that works on jobs, as a process: killed at any tile it goes on there, and faults are told in words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.local.test_runner import FAST, folder
from tests.support.encoded import jpeg_quality
from topazdesk.disk.enlarging_jobs import EnlargingJob, EnlargingJobs, JobPhase, Order, read_speeds
from topazdesk.domain.encoding import USUAL, Encoding
from topazdesk.local import worker

NETWORK = replace(FAST[0], bytes_per_px=60_000)  # so that a small picture has several tiles


def ordered(jobs: EnlargingJobs, token: str, picture: Path, **changes: object) -> EnlargingJob:
    with Image.open(picture) as image:
        width, height = image.size
    order = Order(
        token=token,
        model="fast",
        source="source.png",
        format="png",
        width=2 * width,
        height=2 * height,
        folder=str(folder()),
        network=NETWORK,
        keeps_colours=True,
        ordered_at=time.time(),
    )
    return jobs.add(replace(order, **changes), picture)  # type: ignore[arg-type]


def start(jobs: EnlargingJobs) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "topazdesk.local", str(jobs.folder), "--threads", "1"]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def run(jobs: EnlargingJobs) -> None:
    with start(jobs) as process:
        assert process.wait(400) == 0


def test_a_killed_process_goes_on_with_the_next_tile(tmp_path: Path, picture: Path) -> None:
    plain, killed = EnlargingJobs(tmp_path / "plain"), EnlargingJobs(tmp_path / "killed")
    jpeg: dict[str, object] = {"format": "jpeg", "encoding": Encoding(60)}
    undisturbed = ordered(plain, "undisturbed", picture, **jpeg)
    run(plain)
    job = ordered(killed, "killed-once", picture, **jpeg)
    with start(killed) as process:
        while not any(job.tiles.glob("*.tile")):
            assert process.poll() is None
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    made = {path.name: path.stat().st_mtime_ns for path in job.tiles.glob("*.tile")}
    assert len(made) > 0
    assert job.status().phase is JobPhase.WORKING
    run(killed)
    assert job.status().phase is JobPhase.DONE
    assert job.status().starts == 2
    results = [each.result(each.order()).read_bytes() for each in (undisturbed, job)]
    assert results[0] == results[1]
    assert jpeg_quality(job.result(job.order())) == 60
    assert not job.tiles.exists()
    assert read_speeds(killed.folder)[NETWORK.param] > 0


def test_a_trial_is_made_before_the_picture_that_is_being_made(tmp_path: Path, picture: Path) -> None:
    """A trial waited behind all pictures of a run: whoever wanted to see a model had to wait for the whole folder."""
    jobs, plain = EnlargingJobs(tmp_path / "jobs"), EnlargingJobs(tmp_path / "plain")
    undisturbed = ordered(plain, "undisturbed", picture)
    run(plain)
    first, second = ordered(jobs, "first-one", picture), ordered(jobs, "second-one", picture)
    with start(jobs) as process:
        while not any(first.tiles.glob("*.tile")):
            assert process.poll() is None
            time.sleep(0.005)
        trial = ordered(jobs, "trial-one", picture, is_trial=True)
        assert process.wait(400) == 0
    over = [each.status() for each in (trial, first, second)]
    assert [each.phase for each in over] == [JobPhase.DONE] * 3
    assert sorted(over, key=lambda each: each.at) == over, "the trial first, then the one that was begun"
    assert over[1].starts == 1, "to let a trial pass is no failed start"
    assert first.result(first.order()).read_bytes() == undisturbed.result(undisturbed.order()).read_bytes()


def test_it_ends_with_the_program_that_started_it(tmp_path: Path, picture: Path) -> None:
    jobs = EnlargingJobs(tmp_path / "jobs")
    job = ordered(jobs, "orphaned-1", picture)
    with start(jobs) as process:
        while job.status().phase is not JobPhase.WORKING:
            assert process.poll() is None
            time.sleep(0.005)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(400) == 1


def test_a_job_that_ends_the_process_again_and_again_fails_and_the_next_is_made(tmp_path: Path, picture: Path) -> None:
    jobs = EnlargingJobs(tmp_path / "jobs")
    job = ordered(jobs, "crashes-01", picture)
    job.say(replace(job.status(), phase=JobPhase.WORKING, starts=worker.MOST_STARTS))
    other = ordered(jobs, "follows-01", picture)
    run(jobs)
    assert job.status().phase is JobPhase.FAILED
    assert job.status().failure.startswith("The process that enhances pictures ended 3 times")
    assert "logs/local.log" in job.status().failure
    assert other.status().phase is JobPhase.DONE


def test_faults_are_told_in_words(tmp_path: Path, picture: Path) -> None:
    jobs = EnlargingJobs(tmp_path / "jobs")
    missing = ordered(jobs, "missing-01", picture, folder=str(tmp_path))
    broken = ordered(jobs, "checksum-1", picture, network=replace(NETWORK, sha256="0" * 64))
    damaged = ordered(jobs, "damaged-01", picture)
    (damaged.path / "source.png").write_bytes(picture.read_bytes()[:20_000])
    run(jobs)
    assert missing.status().failure.startswith("The files of this model are not on this computer. ")
    assert broken.status().failure.startswith("The files of this model are damaged. ")
    assert damaged.status().failure
    assert {each.status().phase for each in (missing, broken, damaged)} == {JobPhase.FAILED}


def test_a_full_disk_and_too_little_memory_are_told(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = EnlargingJobs(tmp_path / "jobs")
    full = ordered(jobs, "disk-full1", picture)
    monkeypatch.setattr(worker.threading.Thread, "start", lambda self: None)  # it would end this process with its input
    monkeypatch.setattr(worker.os, "nice", lambda by: 0)
    usage = worker.shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(worker.shutil, "disk_usage", lambda path: usage._replace(free=1000))
        assert worker.main([str(jobs.folder)]) == 0
    assert full.status().failure.startswith("This picture needs 0.0 GB of the profile's disk on the way, 0.0 GB are")
    starved = ordered(jobs, "memory-001", picture)

    def nothing_left(*args: object) -> None:
        raise MemoryError

    monkeypatch.setattr(worker, "make_tile", nothing_left)
    assert worker.main([str(jobs.folder)]) == 0
    assert starved.status().failure.startswith("There is too little memory for this. ")


def test_an_order_of_an_earlier_version_is_worked_on(tmp_path: Path, picture: Path) -> None:
    job = ordered(EnlargingJobs(tmp_path), "of-before", picture)
    path = job.path / "order.json"
    data = json.loads(path.read_text())
    assert data.pop("encoding") == {}
    path.write_text(json.dumps(data))
    assert job.order().encoding == USUAL
