"""The examples of watched folders and of a team's worker name options that there are."""

from __future__ import annotations

import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest

from topazdesk.cli.commands import COMMANDS
from topazdesk.cli.program import command_of

FOLDER = Path(__file__).parents[2] / "packaging" / "watch"
_TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}Arguments"


def _unit() -> list[str]:
    lines = (FOLDER / "topazdesk-watch@.service").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("ExecStart=")]
    return shlex.split(line)[1:]


def _task() -> list[str]:
    [found] = ElementTree.parse(FOLDER / "topazdesk-watch.xml").iter(_TASK)
    return shlex.split((found.text or "").replace("\\", "/"))


@pytest.mark.parametrize("words", [_unit(), _task()], ids=["systemd", "windows"])
def test_an_example_can_be_read_by_the_command(words: list[str]) -> None:
    assert words.pop(0) == "watch"
    command = command_of(next(each for each in COMMANDS if each.words == "watch"))
    found = command.make_context("watch", words)
    assert found.params["per_day"] == "200"


def test_the_example_of_a_worker_can_be_read_by_its_commands() -> None:
    lines = (FOLDER.parent / "systemd" / "topazdesk-worker.service").read_text().splitlines()
    started = [shlex.split(line.partition("=")[2]) for line in lines if line.startswith("ExecStart")]
    assert [words[:2] for words in started] == [["topazdesk", "team"], ["topazdesk", "worker"]]
    for words in started:
        name = "team root" if words[1] == "team" else "worker"
        command = command_of(next(each for each in COMMANDS if each.words == name))
        command.make_context(name, words[1 + len(name.split()) :])
    # What it ends with when it is told to stop is no failure of the service.
    assert "SuccessExitStatus=130" in lines
