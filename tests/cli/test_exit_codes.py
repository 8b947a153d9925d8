"""The one table of exit codes: where it is printed, that commands use no other code, and a real program for each."""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox
from topazdesk.cli.commands import COMMANDS, Command
from topazdesk.errors import EXIT_CODES, ExitCode, Family

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")
TABLE = ["| exit code | meaning |", "| --- | --- |", *(f"| {code:d} | {code.about} |" for code in ExitCode)]
README = Path(__file__).parents[2] / "README.md"


def test_the_table_is_printed_as_it_is(alone: Program) -> None:
    assert set(EXIT_CODES) == set(Family)
    assert "\n".join(TABLE) in README.read_text("utf-8")
    assert "\n".join(TABLE) in alone.run("manual", "--form", "markdown").out
    page = alone.run("manual").out
    for code in ExitCode:
        assert f".TP\n\\fB{code:d}\\fR\n{code.about}" in page


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.place], ids=lambda each: each.words)
def test_a_command_returns_a_code_of_the_table(command: Command) -> None:
    """The checker of types sees to it that what is declared is what is returned: `doctor` had numbers of its own."""
    module, _, name = command.place.partition(":")
    assert getattr(importlib.import_module(module), name).__annotations__["return"] == "ExitCode"


def _done(program: Program, tmp_path: Path) -> int:
    return program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW).code


def _some_failed(program: Program, tmp_path: Path) -> int:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0nonsense")
    return program.run("enhance", pictures.write(tmp_path / "a.png"), broken, *LOW).code


def _wrong_use(program: Program, tmp_path: Path) -> int:
    return program.run("enhance", pictures.write(tmp_path / "a.png"), "--model", "No Such Model").code


def _account(program: Program, tmp_path: Path) -> int:
    program.env["TOPAZ_API_KEY"] = f"{program.env['TOPAZ_API_KEY'][:-1]}x"
    return program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW).code


def _service(program: Program, tmp_path: Path) -> int:
    program.env["TOPAZDESK_TOPAZ_URL"] = "http://127.0.0.1:9"  # nobody listens there
    return program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW).code


def _computer(program: Program, tmp_path: Path) -> int:
    (tmp_path / "file").touch()
    return program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--out", tmp_path / "file" / "out").code


@pytest.mark.parametrize(
    ("code", "end"),
    [
        (ExitCode.DONE, _done),
        (ExitCode.SOME_FAILED, _some_failed),
        (ExitCode.USE, _wrong_use),
        (ExitCode.ACCOUNT, _account),
        (ExitCode.SERVICE, _service),
        (ExitCode.COMPUTER, _computer),
    ],
    ids=lambda each: each.name if isinstance(each, ExitCode) else "",
)
def test_a_program_that_ends_with_it(
    program: Program, tmp_path: Path, code: ExitCode, end: Callable[[Program, Path], int]
) -> None:
    assert end(program, tmp_path) == code


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_program_that_is_interrupted(
    program: Program, service: RunningSandbox, tmp_path: Path, number: signal.Signals
) -> None:
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 3600}})
    with program.start("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--json") as running:
        assert running.stdout is not None
        for line in running.stdout:
            if '"running"' in line:
                running.send_signal(number)
                break  # a second one would end it at once
        assert list(running.stdout)
        assert running.wait(400) == ExitCode.INTERRUPTED


def test_the_doctor_ends_with_codes_of_the_table(program: Program, tmp_path: Path) -> None:
    program.env["TOPAZDESK_TOPAZ_URL"] = program.env["TOPAZDESK_RUNFLOW_URL"] = "http://127.0.0.1:9"
    program.env["QT_QPA_PLATFORM"] = "offscreen"
    assert program.run("doctor").code == ExitCode.SERVICE
    taken = tmp_path / "taken"
    taken.write_text("no folder")
    assert Program(taken, program.env).run("doctor", "--offline").code == ExitCode.COMPUTER
