"""What the computer does once a run is over: the real program, a real bus, and a logind that only writes down."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures, quick_start
from tests.support.logind import done, logind
from tests.support.queue_jobs import job
from tests.support.sandbox import RunningSandbox
from topazdesk.app.finish_sound import play
from topazdesk.domain.after_run import AfterRun, keeps_on
from topazdesk.domain.job import JobError, JobState
from topazdesk.errors import Code

pytestmark = pytest.mark.skipif(not shutil.which("dbus-daemon"), reason="needs dbus-daemon (dev.py test installs it)")

CAN = {"CanSuspend": "yes", "CanPowerOff": "yes"}
LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")


def test_the_computer_is_shut_down_once_all_is_saved(program: Program, tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "a.png")
    with logind(tmp_path, **CAN) as asked:
        ran = program.run("enhance", source, *LOW, "--after", "shutdown", "--countdown", "0.1", "--json")
        assert ran.code == 0
        assert done(asked) == [["PowerOff", False]], "nobody is there to give a password"
        (told,) = ran.of("after_run")
        assert told == {"event": "after_run", "action": "shutdown", "countdown_s": 0.1, "kept_on": ""}
        assert ran.summary["done"] == 1
        # There is nothing left to do: so it is done at once, and said in words.
        again = program.run("jobs", "run", "--after", "sleep", "--countdown", "0.1")
        assert (again.code, done(asked)) == (0, [["Suspend", False]])
        assert again.out.splitlines()[-1] == "This computer goes to sleep in 1 second. Ctrl-C keeps it on."


def test_ctrl_c_keeps_the_computer_on_and_the_run_is_done(alone: Program, tmp_path: Path) -> None:
    with logind(tmp_path, **CAN) as asked:
        running = alone.start("jobs", "run", "--after", "shutdown", "--countdown", "3600")
        assert running.stdout is not None
        with running:
            for line in running.stdout:
                if "shuts down in 3,600 seconds" in line:
                    running.send_signal(signal.SIGINT)
                    break
            rest = running.stdout.read()
        assert rest.strip() == "Stopped: the computer stays on."
        assert running.returncode == 0
        assert done(asked) == []


def test_new_work_stops_the_countdown_which_begins_anew_after_it(program: Program, tmp_path: Path) -> None:
    """Another command hands its pictures to the program that counts down: they are made first."""
    source = pictures.write(tmp_path / "a.png")
    with logind(tmp_path, **CAN) as asked:
        running = program.start("jobs", "run", "--after", "shutdown", "--countdown", "3600")
        assert running.stdout is not None
        with running:
            lines = iter(running.stdout)
            assert any("shuts down" in line for line in lines)
            handed = program.run("enhance", source, *LOW, "--json")
            assert handed.summary["done"] == 1
            said = [next(lines)]
            while "shuts down" not in said[-1]:
                said.append(next(lines))
            assert said[0].strip() == "Stopped for now: there is something new to do."
            running.send_signal(signal.SIGINT)
            assert running.stdout.read().strip() == "Stopped: the computer stays on."
        assert done(asked) == []


def test_what_the_system_refuses_is_refused_before_anything_is_paid(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "a.png")
    with logind(tmp_path, CanSuspend="yes", CanPowerOff="challenge") as asked:
        ran = program.run("enhance", source, *LOW, "--after", "shutdown", "--json")
        assert (ran.code, ran.error["code"]) == (5, Code.COMPUTER_POWER)
        assert "nothing, sound and sleep" in ran.error["hint"]
        assert done(asked) == []
    ran = program.run("enhance", source, *LOW, "--after", "sleep", "--json")  # no bus at all
    assert (ran.code, ran.error["title"]) == (5, "This computer cannot be put to sleep by topazdesk")
    assert not service.rows("jobs")
    words = program.run("watch", tmp_path, *LOW, "--after", "sleep", "--json")
    assert (words.code, words.error["title"]) == (2, "--after needs --once")
    words = program.run("jobs", "add", source, *LOW, "--after", "sleep", "--json")
    assert (words.code, words.error["title"]) == (2, "jobs add does not take --after")


def test_a_system_that_changes_its_mind_is_told_and_the_run_stays_done(alone: Program, tmp_path: Path) -> None:
    with logind(tmp_path, refused=True, **CAN) as asked:
        ran = alone.run("jobs", "run", "--after", "sleep", "--countdown", "0")
        assert (ran.code, done(asked)) == (5, [["Suspend", False]])
    assert "This computer could not be put to sleep" in ran.err


@pytest.mark.parametrize(
    ("jobs", "why"),
    [
        ([job("a", JobState.DONE), job("b", JobState.FAILED)], ""),
        ([job("a", JobState.CANCELLED)], ""),
        ([job("a", JobState.DOWNLOADING), job("b")], "The computer stays on: 2 pictures are not finished"),
        (
            [job("a", JobState.DOUBTFUL, trouble=JobError(Code.SERVICE_UNDECIDED, "", "")), job("b")],
            "The computer stays on: 1 picture waits for your decision",
        ),
        (
            [job("a", JobState.FAILED, remote_id="r", completed_at=2.0), job("b", JobState.DONE)],
            "The computer stays on: 1 result could not be saved and is still at the service",
        ),
    ],
    ids=["failed", "cancelled", "downloading", "doubt", "unsaved"],
)
def test_what_needs_somebody_keeps_the_computer_on(jobs: list, why: str) -> None:  # type: ignore[type-arg]
    open_ = [each for each in jobs if not each.state.is_final]
    assert keeps_on(open_, [each for each in jobs if each.state.is_final]) == why


def test_what_is_not_finished_keeps_the_computer_on(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 3600}})
    source = pictures.write(tmp_path / "a.png")
    program.run("jobs", "add", source, *LOW)
    with logind(tmp_path, **CAN) as asked:
        ran = program.run("jobs", "run", "--wait", "0", "--after", "sleep", "--countdown", "0")
        assert done(asked) == []
    assert "The computer stays on: 1 picture is not finished." in ran.out


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of another kind")
def test_a_terminal_shows_the_countdown_in_one_line(alone: Program, tmp_path: Path) -> None:
    import pty

    with logind(tmp_path, **CAN) as asked:
        master, slave = pty.openpty()
        running = quick_start.start(
            alone.command("jobs", "run", "--after", "sleep", "--countdown", "3600"),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**alone.environment, "TERM": "xterm"},
            start_new_session=True,
        )
        os.close(slave)
        told = b""
        try:
            while told.count(b"goes to sleep in") < 2:
                told += os.read(master, 4096)
            running.send_signal(signal.SIGINT)
            while b"stays on" not in told:
                told += os.read(master, 4096)
            assert running.wait(400) == 0
        finally:
            running.kill()
            running.wait()
            os.close(master)
        assert done(asked) == []
    counted = told[told.index(b"This computer") : told.rindex(b"goes to sleep")]
    assert b"\n" not in counted, "one line, drawn again and again"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the players of another system")
def test_the_sound_is_played_by_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first program that can: one that fails is passed over, and where none can the bell is rung."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_DATA_DIRS", "")
    assert not play()
    sound = tmp_path / "data" / "sounds" / "freedesktop" / "stereo" / "complete.oga"
    sound.parent.mkdir(parents=True)
    sound.touch()
    for name, code in (("canberra-gtk-play", 1), ("paplay", 0)):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{name} $@" >> {tmp_path / "played"}\nexit {code}\n')
        (tmp_path / name).chmod(0o755)
    assert play()
    assert (tmp_path / "played").read_text().splitlines() == [
        "canberra-gtk-play --id complete",
        f"paplay {sound}",
    ]


def test_a_sound_asks_nobody_and_needs_no_countdown(alone: Program, tmp_path: Path) -> None:
    alone.env["PATH"] = str(tmp_path)
    ran = alone.run("jobs", "run", "--after", "sound")
    assert (ran.code, ran.err) == (0, "\a")
    assert AfterRun.SOUND.ends_work is False
