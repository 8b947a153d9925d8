"""The program itself: start, lock, key, restart after SIGKILL, leaving in good order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.sandbox.conftest import SMALL, Client
from tests.support import quick_start
from tests.support.sandbox import CATALOGUE_DIR, RunningSandbox, started


def _run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "topazdesk.sandbox", *options]
    return quick_start.run(command, env=os.environ)


def test_the_first_line_tells_where_it_listens(sandbox: RunningSandbox) -> None:
    hello = sandbox.hello
    assert set(hello) == {"event", "topaz_url", "runflow_url", "api_key", "pid"}
    assert hello["event"] == "listening"
    assert hello["runflow_url"] == hello["topaz_url"]
    assert hello["topaz_url"].startswith("http://127.0.0.1:")
    assert sandbox.process is not None
    assert hello["pid"] == sandbox.process.pid
    if os.name == "posix":  # it shares the computer with the window that uses it, and yields
        assert os.getpriority(os.PRIO_PROCESS, hello["pid"]) >= min(os.nice(0) + 5, 5)


def test_the_key_is_private_and_stays_the_same(sandbox: RunningSandbox) -> None:
    first = sandbox.key
    note = json.loads((sandbox.state / "server.json").read_text())
    assert note["topaz_url"] == sandbox.url
    assert note["pid"] == sandbox.hello["pid"]
    key_file = Path(note["key_file"])
    assert key_file.read_text() == first
    assert first not in (sandbox.state / "server.json").read_text()
    if os.name == "posix":
        assert key_file.stat().st_mode & 0o777 == 0o600
    assert sandbox.restart().key == first


def test_another_folder_has_another_key(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with started(tmp_path / "second") as second:
        assert second.key != sandbox.key


def test_a_second_server_on_the_folder_says_so(sandbox: RunningSandbox) -> None:
    second = _run("--state", str(sandbox.state), "--catalogue", str(CATALOGUE_DIR))
    assert second.returncode == 5
    assert "Another sandbox is using this folder" in second.stderr
    assert json.loads(second.stdout)["code"] == "computer.sandbox_running", "for whoever started it"
    assert (sandbox.state / "server.json").exists(), "the note of the first one is untouched"


def test_a_taken_port_is_told(sandbox: RunningSandbox, tmp_path: Path) -> None:
    second = _run("--state", str(tmp_path / "x"), "--catalogue", str(CATALOGUE_DIR), "--port", str(sandbox.port))
    assert second.returncode == 5
    assert f"Port {sandbox.port}" in second.stderr


def test_a_wrong_scenario_or_folder_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "scenario.json"
    wrong.write_text("{")
    options = ["--catalogue", str(CATALOGUE_DIR)]
    assert _run("--state", str(tmp_path / "a"), *options, "--scenario", str(wrong)).returncode == 2
    assert _run("--state", str(wrong), *options).returncode == 5
    empty = _run("--state", str(tmp_path / "b"), "--catalogue", str(tmp_path / "no such folder"))
    assert empty.returncode == 2
    assert "no models" in empty.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_it_leaves_in_good_order_and_removes_its_note(sandbox: RunningSandbox) -> None:
    with Client(sandbox) as client:
        client.job()
        assert sandbox.stop() == 0
    assert not (sandbox.state / "server.json").exists()


def test_it_leaves_by_itself_when_idle(tmp_path: Path) -> None:
    """Not while a job is worked on: here one from before it was started, so that no second passes before there is one."""
    with started(tmp_path / "s") as running:
        running.scenario({"match": {"path": "/async$"}, "do": {"job_s": 3600, "queue_s": 0}})
        with Client(running) as client:
            client.wait(process_id := client.job(), "Processing")
        running.kill()
        running.edit("UPDATE jobs SET takes_s = ? - started", time.time() + 1.7)
        running.options = ("--idle-exit", "1")
        running.start()
        assert running.process is not None
        assert running.process.wait(400) == 0
        assert [(job["id"], job["status"]) for job in running.rows("jobs")] == [(process_id, "Completed")]
        assert not (running.state / "server.json").exists()


def test_jobs_survive_sigkill_at_every_stage(client: Client) -> None:
    done = client.done()["process_id"]
    before = client.result(done)
    client.running.scenario(
        {"match": {"path": "/async$", "nth": 1}, "do": {"queue_s": 3600}},
        {"match": {"path": "/async$", "nth": 1}, "do": {"queue_s": 0, "job_s": 3600}},
        {"match": {"path": "/async$", "nth": 1}, "do": {"queue_s": 0, "job_s": 3600, "fail_job": 99}},
    )
    pending, processing, failing = client.job(), client.job(), client.job()
    client.wait(processing, "Processing")
    client.wait(failing, "Processing")
    assert client.status(pending)["status"] == "Pending"
    client.running.hurry()
    assert client.wait(pending)["status"] == "Completed"
    assert client.wait(processing)["status"] == "Completed"
    assert client.wait(failing)["status"] == "Failed"
    assert client.result(done) == before
    assert client.result(processing) == client.running.result_bytes(processing)
    assert client.balance() == {"available_credits": 497, "reserved_credits": 0, "total_credits": 497}
    charged = [line["process_id"] for line in client.running.rows("ledger") if line["kind"] == "charge"]
    assert sorted(charged) == sorted([done, pending, processing]), "each once"


def test_a_killed_upload_leaves_nothing_behind(client: Client) -> None:
    done = client.done()
    folders = [client.running.state / name for name in ("incoming", "making", "sources", "results")]
    leftovers = [folder / name for folder in folders for name in (str(uuid4()), uuid4().hex, f"{uuid4()}.part")]
    others = [
        folder / name for folder in folders for name in ("half", "photo.jpg", f"{uuid4()}.jpg", f"x{uuid4().hex}")
    ]
    for leftover in (*leftovers, *others):
        leftover.write_bytes(b"half a picture")
    client.running.restart()
    assert not [leftover for leftover in leftovers if leftover.exists()]
    assert all(other.exists() for other in others), "what has no name of ours is not ours to delete"
    assert client.result(done["process_id"])
    assert httpx.get(client.link(done["process_id"], "input/")["download_url"]).content == SMALL


def test_the_books_balance_after_crashes_in_a_busy_moment(client: Client) -> None:
    """Six clients submit and cancel while the process is killed: whatever happened, happened once and in full."""
    client.running.scenario({"match": {"path": "/async$"}, "do": {"credits": 2, "job_s": 0.05, "queue_s": 0}})
    answered: list[str] = []

    def busy(number: int) -> None:
        with Client(client.running) as own:
            for turn in range(12):
                try:
                    process_id = own.job(name=f"{number}-{turn}.jpg")
                    answered.append(process_id)
                    if turn % 3 == 0:
                        own.http.delete(f"/image/v1/cancel/{process_id}")
                except httpx.TransportError:
                    continue

    with ThreadPoolExecutor(6) as threads:
        running = [threads.submit(busy, number) for number in range(6)]
        for goal in (10, 25):
            while len(answered) < goal and not all(done.done() for done in running):
                wait(running, timeout=0.01)
            client.running.restart()
        for done in running:
            done.result()
    jobs = client.http.get("/image/v1/status").json()
    assert set(answered) <= {job["process_id"] for job in jobs}, "what was answered is there"
    assert len({job["filename"] for job in jobs}) == len(jobs)
    finished = [client.wait(job["process_id"]) for job in jobs]
    spent = {job["process_id"]: job["credits"] for job in finished}
    charged: Counter[str] = Counter()
    for line in client.running.rows("ledger"):
        if line["kind"] == "charge":
            charged[line["process_id"]] -= line["reserved"]
    assert {name: credits for name, credits in spent.items() if credits} == dict(charged)
    assert client.balance() == {
        "available_credits": 500 - charged.total(),
        "reserved_credits": 0,
        "total_credits": 500 - charged.total(),
    }


def test_jobs_and_files_end_after_seven_days(client: Client) -> None:
    old = client.done()["process_id"]
    young = client.done()["process_id"]
    client.running.kill()
    week = 7 * 24 * 3600 + 5
    client.running.edit("UPDATE jobs SET created = created - ?, modified = modified - ? WHERE id = ?", week, week, old)
    client.running.edit(
        "UPDATE sources SET created = created - ? WHERE id = (SELECT source_id FROM jobs WHERE id = ?)", week, old
    )
    client.running.start()
    assert client.http.get(f"/image/v1/status/{old}").status_code == 404
    assert [job["process_id"] for job in client.http.get("/image/v1/status").json()] == [young]
    while (client.running.state / "results" / old).exists():
        assert client.balance()["available_credits"] == 498
    assert (client.running.state / "results" / young).exists()


def test_without_verbose_nothing_is_written_to_stderr(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "topazdesk.sandbox",
        "--state",
        str(tmp_path / "s"),
        "--catalogue",
        str(CATALOGUE_DIR),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        hello = json.loads(process.stdout.readline())
        httpx.get(hello["topaz_url"] + "/image/v1/status", headers={"X-API-Key": hello["api_key"]})
        httpx.get(hello["topaz_url"] + "/image/v1/status", headers={"X-API-Key": "wrong"})
        process.terminate()
        out, err = process.communicate(timeout=400)
    assert (out, err) == ("", "")
