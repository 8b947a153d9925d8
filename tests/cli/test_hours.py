"""Runs that may send at some hours only, by their options and in their file: outside of them nothing is sent."""

from __future__ import annotations

import json
import signal
import sqlite3
import sys
import time
import tomllib
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import Program
from tests.cli.test_json_lines import SCHEMA
from tests.cli.test_run_file import SCHEMA as RUN_SCHEMA
from tests.cli.test_second_terminal import at_work
from tests.support import pictures
from tests.support.sandbox import RunningSandbox
from topazdesk.app.paths import Paths

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")


def between(begin_h: float, end_h: float) -> str:
    """Hours that begin and end so many hours from now."""
    now = datetime.now()  # noqa: DTZ005 - the wall clock of this computer
    return f"{now + timedelta(hours=begin_h):%H:%M}-{now + timedelta(hours=end_h):%H:%M}"


def test_outside_its_hours_a_run_is_kept_and_nothing_is_sent(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """By its file: at once, later, and from another command. Whoever works on the queue, the hours hold."""
    pictures.write(tmp_path / "a.png")
    hours = between(2, 3)
    file = tmp_path / "night.toml"
    text = 'version = 1\ninputs = ["a.png"]\nservice = "topaz"\nmodel = "Low Resolution 2"\n[output]\nout = "out"\n'
    file.write_text(f'{text}[schedule]\nbetween = "{hours}"\n')
    planned = program.run("plan", tmp_path / "a.png", *LOW, "--between", hours, "--json").summary
    assert planned["hours"] == {"between": hours}
    assert 3600 < planned["opens_at"] - time.time() <= 2 * 3600
    ran = program.run("run", file, "--yes", "--no-wait", "--json")
    for event in ran.events:
        jsonschema.validate(event, SCHEMA)
    assert (ran.code, ran.summary["unfinished"], ran.summary["waiting_for_hours"]) == (0, 1, 1), ran.out + ran.err
    assert ran.of("price")[0]["hours"] == {"between": hours}
    assert not service.rows("jobs")

    later = program.run("jobs", "run", "--no-wait")
    assert later.code == 0
    assert f"1 waits until {hours[:5]}, when topazdesk jobs run sends it" in later.out
    assert "done · 0 credits" in later.out
    again = program.run("enhance", tmp_path / "a.png", *LOW, "--out", tmp_path / "out", "--no-wait")
    assert f"it is sent between {hours.replace('-', ' and ')} only" in again.out, again.out
    assert not service.rows("jobs")

    with program.start("jobs", "run", "--json") as waiting:
        assert waiting.stdout is not None
        told = next(event for line in waiting.stdout if (event := json.loads(line))["event"] == "waiting")
        waiting.kill()
    assert (told["hours"], told["jobs"]) == ({"between": hours}, 1)
    assert not service.rows("jobs")
    job = program.run("jobs", "list", "--json").of("job")[0]["job"]
    assert program.run("jobs", "show", job, "--json").of("job")[0]["hours"] == {"between": hours}
    kept = tomllib.loads(program.run("jobs", "file").out)
    jsonschema.validate(kept, RUN_SCHEMA)
    assert kept["schedule"] == {"between": hours}


def test_at_its_hours_a_run_is_sent_at_once(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    picture = pictures.write(tmp_path / "a.png")
    ran = program.run("enhance", picture, *LOW, "--between", between(-1, 1), "--days", "mon-sun", "--no-wait")
    assert (ran.code, len(service.rows("jobs"))) == (0, 1), ran.out + ran.err
    assert "only: not before" not in ran.out


def test_a_second_terminal_hands_its_hours_over(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """The program that works on the profile keeps to the hours of another command's run."""
    first, second = (pictures.write(tmp_path / f"{name}.png") for name in "ab")
    hours = between(2, 3)
    with at_work(program, service, first):
        ran = program.run("enhance", second, *LOW, "--between", hours, "--no-wait", "--json")
        assert ran.of("handed_over")
        assert (ran.code, ran.summary["waiting_for_hours"]) == (0, 1), ran.out + ran.err
        assert len(service.rows("jobs")) == 1, "only the first terminal's own"


def test_what_failed_is_tried_again_at_its_hours_only(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """`jobs retry --failed` by day paid at once for what a night run had failed at."""
    picture, hours = pictures.write(tmp_path / "a.png"), between(2, 3)
    program.run("enhance", picture, *LOW, "--between", hours, "--no-wait")
    with closing(sqlite3.connect(Paths(program.profile).jobs)) as books, books:
        books.execute("UPDATE jobs SET state = 'failed'")
    with program.start("jobs", "retry", "--failed", "--yes", "--json") as retrying:
        assert retrying.stdout is not None
        told = next(event for line in retrying.stdout if (event := json.loads(line))["event"] == "waiting")
        retrying.kill()
    assert told["hours"] == {"between": hours}
    assert not service.rows("jobs")


@pytest.mark.parametrize("words", [("enhance", "b.png"), ("watch", "in", "--once", "--still", "0")])
def test_a_run_by_day_does_not_wait_for_the_night_of_another(
    program: Program, service: RunningSandbox, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Alone on the profile it did its own, and then stood there until the hours of the other run: by cron, each time."""
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png", "in/c.png"):
        pictures.write(tmp_path / name)
    program.run("enhance", tmp_path / "a.png", *LOW, "--between", between(2, 3), "--no-wait")
    planned = program.run("plan", tmp_path / "b.png", *LOW)
    assert "1 picture of earlier waits for its hours: 1 credit more" in planned.out, planned.out
    ran = program.run(words[0], tmp_path / words[1], *words[2:], *LOW, "--json")
    assert (ran.code, ran.summary["done"], ran.summary["unfinished"]) == (0, 1, 0), ran.out + ran.err
    assert len(service.rows("jobs")) == 1, "the one by day"


def test_a_second_terminal_that_waits_for_its_hours_is_not_left_alone(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """The first one stays for it; where that ends all the same, what was to be waited for is unfinished: code 0 lied."""
    first, second = (pictures.write(tmp_path / f"{name}.png") for name in "ab")
    words = ("enhance", second, *LOW, "--between", between(2, 3), "--json")
    with at_work(program, service, first) as owner, program.start(*words) as waiting:
        assert waiting.stdout is not None
        lines = map(json.loads, waiting.stdout)
        assert any(event["event"] == "handed_over" for event in lines)
        (running,) = (e["job"] for e in program.run("jobs", "list", "--json").of("job") if e["stage"] == "running")
        assert program.run("jobs", "cancel", running, "--yes").code == 0
        # Told once nothing else is worked on: the first one has done its own by then.
        assert next(event for event in lines if event["event"] == "waiting")["jobs"] == 1
        assert owner.poll() is None
        owner.kill()
        summary = [event for event in lines if event["event"] == "summary"][-1]
        assert (waiting.wait(400), summary["waiting_for_hours"]) == (4, 1)
    assert len(service.rows("jobs")) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of another kind")
def test_a_terminal_says_what_it_waits_for(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    from tests.support.screen import Terminal

    hours = between(2, 3)
    sources = [pictures.write(tmp_path / f"{name}.png") for name in "ab"]
    with Terminal(program.command("enhance", *sources, *LOW, "--between", hours), program.environment) as terminal:
        terminal.until(lambda: f"2 wait until {hours[:5]}" in terminal.text)
        terminal.until(lambda: f"2 pictures wait until {hours[:5]}: sent between" in " ".join(terminal.text.split()))
        assert "waiting" not in terminal.text
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
    assert "2 pictures were not sent yet." in " ".join(terminal.text.split())
    assert not service.rows("jobs")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--between", "22"), "Write two times"),
        (("--between", "22:00-6:99"), "Write times from 00:00"),
        (("--between", "22-6", "--days", "someday"), "is no day"),
        (("--days", "fri"), "--days goes with --between"),
    ],
)
def test_hours_that_cannot_be_read_send_nothing(
    program: Program, service: RunningSandbox, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, *words)
    assert (ran.code, said in ran.err) == (2, True), ran.err
    assert not service.rows("jobs")
