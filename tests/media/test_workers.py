"""The worker process: kept for the next job, killed when nobody waits, replaced when it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import pictures
from topazdesk.errors import BugError, ComputerError, InputError
from topazdesk.media import workers
from topazdesk.media.workers import CancelledError, Workers


@pytest.fixture
def pool() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


@pytest.fixture(scope="module")
def png(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("worker") / "scene [1].png"
    pictures.scene(2_600, 1_600).write_to_file(str(path), compression=1)
    return path


def order(source: Path, part: Path, *, large: bool = False) -> dict[str, object]:
    return {"job": "pyramid", "source": str(source), "part": str(part), "page": 0, "plain": True, "large": large}


def never() -> bool:
    return False


def test_a_process_serves_one_job_after_another(pool: Workers, png: Path, tmp_path: Path) -> None:
    pool.warm()
    pids = []
    for number in range(2):
        pids.append(pool._idle[-1].pid)
        pool.run(order(png, tmp_path / f"{number}.part"), never)
        assert (tmp_path / f"{number}.part").stat().st_size > 12_000_000
    assert pids[0] == pids[1] != os.getpid()


def test_after_a_large_picture_its_memory_goes_back_to_the_system(pool: Workers, png: Path, tmp_path: Path) -> None:
    pool.warm()
    worker = pool._idle[-1]
    pool.run(order(png, tmp_path / "one.part", large=True), never)
    assert not worker.is_alive
    assert pool._idle == []


def test_a_process_that_died_meanwhile_is_replaced(pool: Workers, png: Path, tmp_path: Path) -> None:
    pool.warm()
    pool.run(order(png, tmp_path / "one.part"), never)
    worker = pool._idle[-1]
    os.kill(worker.pid, signal.SIGKILL)
    pool.run(order(png, tmp_path / "two.part"), never)
    assert (tmp_path / "two.part").exists()


def test_a_cancelled_job_ends_its_process(pool: Workers, png: Path, tmp_path: Path) -> None:
    pool.warm()
    worker = pool._idle[-1]
    os.kill(worker.pid, signal.SIGSTOP)  # so that it is at work however late anybody looks
    with pytest.raises(CancelledError):
        pool.run(order(png, tmp_path / "one.part"), lambda: True)
    assert not worker.is_alive


def test_errors_keep_their_words(pool: Workers, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_text("no picture")
    with pytest.raises(InputError) as caught:
        pool.run(order(broken, tmp_path / "x.part"), never)
    assert caught.value.hint


def test_a_fault_of_ours_comes_back_with_its_place(pool: Workers) -> None:
    with pytest.raises(BugError) as caught:
        pool.run({"job": "no such work"}, never)
    assert "KeyError" in caught.value.details
    assert len(pool._idle) == 1  # it lives on


def test_a_helper_that_cannot_live_is_reported(png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "command", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(ComputerError):
        Workers().run(order(png, tmp_path / "x.part"), never)


def test_it_ends_with_the_program_that_started_it(png: Path) -> None:
    process = subprocess.Popen(workers.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(120) == 0
    assert process.stdout is not None
    process.stdout.close()


def test_no_more_processes_than_seats(pool: Workers, png: Path, tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=pool.run, args=(order(png, tmp_path / f"{number}.part"), never)) for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pool._idle) <= workers.AT_ONCE
    assert len(list(tmp_path.glob("*.part"))) == 4
