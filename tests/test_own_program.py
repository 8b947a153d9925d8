"""Parts of the program start as processes of their own, installed and frozen; a frozen one is acted out by the words it would get."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import PIL
import pytest

from topazdesk import own_program
from topazdesk.app.resources import catalogue_folder
from topazdesk.app.sandbox_launcher import SandboxLauncher
from topazdesk.own_program import WORD, Part


def as_frozen(part: Part, *arguments: str) -> list[str]:
    """What a frozen program would run, with the interpreter in place of the program."""
    return [sys.executable, "-m", "topazdesk", WORD, part.value, *arguments]


def test_a_frozen_program_starts_itself_and_no_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_program.command(Part.LOCAL, "folder") == [sys.executable, "-m", "topazdesk.local", "folder"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert own_program.command(Part.LOCAL, "folder") == [sys.executable, WORD, "topazdesk.local", "folder"]


@pytest.mark.parametrize("part", Part)
def test_a_part_can_be_run_as_a_module(part: Part) -> None:
    found = find_spec(part.value)
    assert found is not None
    assert not found.submodule_search_locations or find_spec(f"{part.value}.__main__") is not None


def test_a_part_runs_with_its_own_words_and_nothing_else_is_run() -> None:
    ran = subprocess.run(as_frozen(Part.TRYING, "PIL.ImageMode", "pathlib"), capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.strip()) == (0, PIL.__version__), ran.stderr
    ran = subprocess.run([*as_frozen(Part.TRYING)[:-1], "topazdesk.cli.main"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "no part" in ran.stderr


@pytest.mark.skipif(os.name != "posix", reason="the system names no holder of a lock there")
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # as it should be
def test_the_sandbox_of_a_frozen_program_starts_with_the_users_own_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It once took the second `--catalogue`, the user's empty folder, for all the models there are, and refused to start."""
    monkeypatch.setattr(own_program, "command", as_frozen)
    own = tmp_path / "catalogue.d"
    own.mkdir()
    assert any(catalogue_folder().iterdir())
    launcher = SandboxLauncher(tmp_path / "sandbox", speed=0, models=own)

    async def start_and_end() -> str:
        url = (await launcher.ensure()).url
        while (running := await launcher.running()) is not None:  # it looks by itself whether it shall leave
            await launcher._end(running)
        return url

    assert asyncio.run(start_and_end()).startswith("http://127.0.0.1:")
