"""Ctrl-C, closed pipes and poor terminals: a sentence and an exit code, whatever the moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

LOW = ("--model", "Low Resolution 2", "--service", "topaz")


def test_ctrl_c_says_what_goes_on_at_the_service(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """Nothing at all was said: the framework took the interruption before the program heard of it."""
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 3600}})
    running = program.start("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--yes", "--json")
    assert running.stdout is not None
    with running:
        told = []
        for line in running.stdout:
            told.append(json.loads(line))
            if told[-1].get("stage") == "running":
                running.send_signal(signal.SIGINT)
    assert running.returncode == 130
    stopped, summary = told[-2:]
    assert (stopped["event"], stopped["sent"], stopped["not_sent"]) == ("stopped", 1, 0)
    assert (summary["event"], summary["unfinished"]) == ("summary", 1)
    ran = program.run("jobs", "list", "--json")
    assert [e["stage"] for e in ran.of("job")] == ["running"]


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of another kind")
@pytest.mark.parametrize("words", [("enhance", *LOW), ("account", "login")], ids=["price", "key"])
def test_ctrl_c_at_a_question_ends_at_once(
    program: Program, service: RunningSandbox, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """It hung until somebody pressed Return: the question waited in a thread that cannot be stopped."""
    import pty

    files = [pictures.write(tmp_path / "a.png")] if words[0] == "enhance" else []
    master, slave = pty.openpty()
    command = program.command(words[0], *files, *words[1:])
    running = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=program.environment, start_new_session=True, close_fds=True
    )  # fmt: skip
    os.close(slave)
    told = b""
    asks = b"[y/N]" if files else b"Topaz key"
    while asks not in told:
        told += os.read(master, 4096)
    running.send_signal(signal.SIGINT)
    assert running.wait(20) == 130
    told += os.read(master, 4096)
    os.close(master)
    assert b"Stopped. Nothing was done." in told
    assert not service.rows("jobs")


def test_any_terminal_shows_every_text(alone: Program) -> None:
    """Help texts with signs that the terminal does not have ended in a traceback."""
    poor = {**alone.environment, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = subprocess.run(alone.command("jobs", "--help"), capture_output=True, text=True, env=poor, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "1.1" in ran.stdout
