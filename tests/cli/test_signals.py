"""SIGTERM and SIGHUP end every long command with a word and a summary, also one that a shell has started with &."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

if sys.platform == "win32":
    pytest.skip("there are no such signals", allow_module_level=True)

LOW = ("--model", "Low Resolution 2", "--service", "topaz")
ON = ("--yes", "--json")
NAMES = ("enhance", "run", "watch", "try", "jobs run", "jobs recover", "jobs retry")


def _words(name: str, program: Program, service: RunningSandbox, tmp_path: Path) -> tuple[str | Path, ...]:
    """A command whose one job will be at the service for an hour."""
    folder = tmp_path / "in"
    folder.mkdir()
    source = pictures.write(folder / "a.png")
    slow = {"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 3600}}
    match name:
        case "jobs run":
            assert program.run("jobs", "add", source, *LOW, "--yes").code == 0
        case "jobs retry":
            service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"fail_job": True}})
            assert program.run("enhance", source, *LOW, "--yes").code == 4
        case "jobs recover":
            assert Program(tmp_path / "other", program.env).run("enhance", source, *LOW, "--yes").code == 0
            slow = {"match": {"method": "GET", "path": "/storage/"}, "do": {"delay_s": 3600}}
        case "run":
            run = 'version = 1\ninputs = ["in"]\nmodel = ["Low Resolution 2"]\nservice = "topaz"\n'
            (tmp_path / "run.toml").write_text(run)
        case _:
            pass
    service.scenario(slow)
    return {
        "enhance": ("enhance", folder, *LOW, *ON),
        "run": ("run", tmp_path / "run.toml", *ON),
        "watch": ("watch", folder, *LOW, *ON, "--still", "0"),
        "try": ("try", source, *LOW, *ON),
        "jobs run": ("jobs", "run", "--json"),
        "jobs recover": ("jobs", "recover", "--service", "topaz", "--out", tmp_path / "out", "--json"),
        "jobs retry": ("jobs", "retry", "--failed", *ON),
    }[name]


def _by_a_shell(program: Program, *words: str | Path) -> subprocess.Popen[str]:
    """A command as a shell starts it with &."""
    return subprocess.Popen(
        program.command(*words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=program.environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )


@pytest.mark.parametrize(
    ("name", "number", "ignores_ctrl_c"),
    [
        *((name, signal.SIGTERM, False) for name in NAMES),
        # What a shell makes of & is heard before any command has begun: a run and what is none stand for all.
        *((name, signal.SIGTERM, True) for name in ("enhance", "jobs recover")),
        ("enhance", signal.SIGHUP, False),
    ],
)
def test_a_long_command_is_told_to_end(
    program: Program,
    service: RunningSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    number: signal.Signals,
    ignores_ctrl_c: bool,
) -> None:
    """A shell has what it starts with & ignore Ctrl-C; SIGTERM was handled as Ctrl-C, and ignored as well."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    at_work = "downloading" if name == "jobs recover" else "running"
    words = _words(name, program, service, tmp_path)
    with _by_a_shell(program, *words) if ignores_ctrl_c else program.start(*words) as running:
        assert running.stdout is not None
        told = []
        for line in running.stdout:
            told.append(json.loads(line))
            if told[-1].get("stage") == at_work:
                running.send_signal(number)
                break  # once, whatever is told of it meanwhile
        told += map(json.loads, running.stdout)
        assert running.wait(400) == 130
    assert [each["event"] for each in told[-2:]] == ["stopped", "summary"], told
    assert told[-1]["unfinished"] == 1
    left = [job["stage"] for job in program.run("jobs", "list", "--json").of("job")]
    assert at_work in left or (name == "jobs recover" and len(left) == 1)
