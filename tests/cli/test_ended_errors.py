"""A command that has ended promises nothing that only a running program can keep."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import topazdesk
from topazdesk.cli.ended_errors import ended
from topazdesk.cli.wording import in_commands


@pytest.mark.parametrize(
    ("hint", "has_jobs", "said"),
    [
        (
            "Nothing is lost. It resumes automatically when the connection is back.",
            False,
            "Nothing is lost. Start it again when the connection is back.",
        ),
        (
            "Free some space for /out; it resumes automatically.",
            True,
            "Free some space for /out, then continue with topazdesk jobs run.",
        ),
        (
            "Too many requests at once. It resumes automatically in 2 minutes.",
            True,
            "Too many requests at once. Continue with topazdesk jobs run in 2 minutes.",
        ),
        ("It is tried again automatically.", False, "Start it again."),
        ("A fresh one is fetched automatically; that costs nothing.", True, "Continue with topazdesk jobs run."),
        ("Check the rights of /out.", True, "Check the rights of /out."),
    ],
)
def test_the_command_that_continues_is_named(hint: str, has_jobs: bool, said: str) -> None:
    assert ended(hint, has_jobs=has_jobs) == said


def test_every_promise_of_the_program_is_known() -> None:
    """Whatever text comes to be written below the window: at the end of a command no promise of it is left."""
    promises = constants("automatically")
    assert len(promises) > 5
    for promise in promises:
        for has_jobs in (True, False):
            said = ended(promise, has_jobs=has_jobs)
            assert "automatically" not in said
            assert "jobs run" in said or "start it again" in said.lower()


def constants(word: str) -> list[str]:
    root = Path(topazdesk.__file__).parent
    return [
        node.value
        for part in ("services", "engine", "app", "media", "disk", "domain")
        for path in (root / part).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and word in node.value
    ]


def test_a_button_of_the_window_is_named_as_its_command() -> None:
    """“Recover results” is nowhere on a command line; some hints named the command in brackets behind it, and some did not."""
    assert in_commands("“Recover results” brings them.") == "“topazdesk jobs recover” brings them."
    twice = "Lost: “Recover results” (topazdesk jobs recover) fetches them; “Recover results”."
    assert in_commands(twice) == "Lost: “topazdesk jobs recover” fetches them; “topazdesk jobs recover”."
    found = constants("“Recover results”")
    assert len(found) > 3
    assert all("lost results" not in in_commands(each) for each in found)
    assert all("topazdesk jobs recover” (" not in in_commands(each) for each in found)
