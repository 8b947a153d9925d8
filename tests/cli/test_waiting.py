"""What the command line says while it waits, and of a profile that cannot be written."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.queue_jobs import job
from tests.support.sandbox import RunningSandbox
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.waiting import next_try_text, told_meanwhile
from topazdesk.domain.job import JobError, JobState
from topazdesk.engine.pauses import Pause

POST = {"method": "POST", "path": "/async"}
LOW = ("--model", "Low Resolution 2", "--service", "topaz")


def clock(at: float) -> str:
    """The nearest minute, as the service's own wish is told."""
    return f"{datetime.fromtimestamp(at + 30, tz=UTC).astimezone():%H:%M}"


def said_until(program: Program, words: str) -> str:
    """What `jobs run` says up to the line that has these words; the program is killed then."""
    with program.start("jobs", "run") as running:
        assert running.stdout is not None
        said = []
        for line in running.stdout:
            said.append(line)
            if words in line:
                break
        running.kill()
    return "".join(said)


def until_waiting(program: Program, *words: str | Path) -> tuple[list[dict[str, Any]], float]:
    """The lines up to the first that tells what is waited for, and when it came; the program is killed then."""
    running = program.start(*words, "--json")
    assert running.stdout is not None
    told: list[dict[str, Any]] = []
    with running:
        for line in running.stdout:
            told.append(json.loads(line))
            if told[-1]["event"] == "waiting":
                break
        at = time.time()
        running.kill()
    return told, at


def test_an_hour_of_waiting_is_said_with_its_end(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """`jobs run` was silent while every job waited an hour: what for, and until when, is said by each command that waits."""
    service.scenario({"match": POST, "do": {"status": 429, "headers": {"Retry-After": "3000"}}})
    sources = [pictures.write(tmp_path / f"{number}.png") for number in range(3)]
    begun = time.time()
    told, at = until_waiting(program, "enhance", *sources, *LOW, "--yes")
    until = told[-1]["until"]
    assert begun + 2_900 < until < at + 3_100
    again, _ = until_waiting(program, "jobs", "run")
    waiting = again[-1]
    assert abs(waiting["until"] - until) < 60
    assert (waiting["jobs"], waiting["service"], waiting["code"]) == (3, "topaz", told[-1]["code"])
    assert waiting["title"]
    told_first = {e["job"]: e["stage"] for e in again if e["event"] == "progress"}
    assert sorted(told_first.values()) in (
        ["queued", "queued", "waiting"],
        ["waiting"] * 3,
        ["queued", "waiting", "waiting"],
    )
    text = said_until(program, " wait until ")
    assert f"3 pictures wait until {clock(waiting['until'])}: {waiting['title']}\n" in text
    assert service.rows("jobs") == []


def test_it_is_said_once_though_it_is_looked_at_often(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And again once the time of its end is another one."""
    monkeypatch.setattr("topazdesk.cli.waiting._LOOK_S", 0.0)
    error = JobError("service.busy", "Topaz is busy", "")
    waits = replace(job("a"), state=JobState.WAITING)
    soon, later = (Pause(waits.account, (waits,), time.time() + each, error) for each in (3000, 7000))
    looks = [soon] * 3 + [later] * 3

    async def test() -> None:
        seen = asyncio.Event()

        class Engine:
            def pauses(self) -> tuple[Pause, ...]:
                if not looks:
                    seen.set()
                return (looks.pop(0),) if looks else ()

        context: Any = SimpleNamespace(engine=Engine())
        await told_meanwhile(context, EventPrinter(as_json=False), _is_set(seen))

    asyncio.run(test())
    said = capsys.readouterr().out.splitlines()
    assert said == [f"1 picture waits until {clock(each.until)}: Topaz is busy" for each in (soon, later)]


async def _is_set(event: asyncio.Event) -> None:
    await event.wait()


def test_a_doubt_says_how_long_it_is_looked_into(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    no_list = {"match": {"path": "^/image/v1/status$"}, "do": {"status": 503}}
    service.scenario({"match": POST, "do": {"drop": "after"}}, no_list)
    begun = time.time()
    told, _ = until_waiting(program, "enhance", pictures.write(tmp_path / "a.png"), *LOW, "--yes")
    assert told[-1]["code"] == "service.doubtful"
    again, at = until_waiting(program, "jobs", "run")
    assert begun + 290 < again[-1]["until"] < at + 310  # lists that cannot be read are looked at for five minutes
    assert [e["stage"] for e in again if e["event"] == "progress"] == ["doubtful"]
    text = said_until(program, "Not to wait for that")
    assert "Whether 1 picture arrived is looked up at Topaz until " in text
    name = program.run("jobs", "list").out.split()[0]
    assert f"Not to wait for that, in another terminal: topazdesk jobs retry {name[:8]} --resend" in text
    assert "a.png: Sent, but the answer was lost." in text
    listed = program.run("jobs", "list")
    assert "1 doubtful: sent, but it is unknown whether it arrived: topazdesk jobs show JOB" in listed.out
    shown = program.run("jobs", "show", listed.out.split()[0]).out
    assert "why      Sent, but the answer was lost." in shown
    assert "looks for it at Topaz, for 30 min of running at most" in shown
    assert "--resend, or --give-up" in shown
    assert len(service.rows("jobs")) == 1


def test_a_long_wait_tells_the_time() -> None:
    at = time.time() + 3000
    waiting = replace(job("a"), state=JobState.WAITING, not_before=at)
    assert next_try_text(waiting) == f"The next try is at {clock(at)}."
    for short in (time.time() + 20, 0.0, 1e18):
        assert next_try_text(replace(waiting, not_before=short)) == ""
    assert next_try_text(replace(waiting, state=JobState.RUNNING)) == ""


def test_a_read_only_profile_is_called_that(program: Program, tmp_path: Path) -> None:
    program.profile.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", str(program.profile)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no volume can be made here")
    try:
        refused = program.run("jobs", "list")
    finally:
        subprocess.run(["umount", "-l", str(program.profile)], check=True)
    assert refused.code == 5
    assert "read-only: make it writable" in refused.err
    assert "space" not in refused.err
