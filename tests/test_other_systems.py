"""What Windows and macOS lack is not asked for when a module is loaded: the types of the rest are checked by `dev.py check`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from topazdesk import own_program

PACKAGE = Path(own_program.__file__).parent
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "spwd", "syslog", "termios", "tty"}
WINDOWS_ONLY = {"msvcrt", "nt", "winreg", "winsound", "_winapi"}


def at_load(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that are carried out on every system as soon as the module is loaded."""
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        elif isinstance(statement, ast.If):
            asks = ast.unparse(statement.test)
            if "platform" not in asks and "os.name" not in asks and "TYPE_CHECKING" not in asks:
                yield from at_load(statement.body)
                yield from at_load(statement.orelse)
        elif isinstance(statement, ast.Try | ast.With | ast.ClassDef):
            yield from at_load(statement.body)


def test_no_module_needs_a_system_to_be_loaded() -> None:
    found = []
    for path in PACKAGE.rglob("*.py"):
        for statement in at_load(ast.parse(path.read_text("utf-8")).body):
            names = [a.name for a in statement.names] if isinstance(statement, ast.Import) else [statement.module or ""]
            if {name.partition(".")[0] for name in names} & (POSIX_ONLY | WINDOWS_ONLY):
                found.append(f"{path.relative_to(PACKAGE)}:{statement.lineno}")
    assert not found


def test_a_part_of_the_program_opens_no_console_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 1, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 2, raising=False)
    assert own_program.apart() == {"creationflags": 3}
