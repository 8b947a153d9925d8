"""What others wrote is no command of the terminal, whatever way it came; `--json` keeps it as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from topazdesk.cli.output import EventPrinter, shown
from topazdesk.errors import UseError

_NASTY = "\x1b]0;owned\x07\x1b[2J\u202egpj.exe\u2028\x9b31m"


def test_no_text_commands_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output = EventPrinter(as_json=False)
    output.event("done", f"{shown(Path(f'/a/{_NASTY}'))} by a model called {_NASTY}\n  a line of our own")
    output.error(UseError(f"The service says {_NASTY}", _NASTY), Path(f"/a/{_NASTY}\n✓ paid.jpg"))
    found = capsys.readouterr()
    for text in (found.out, found.err):
        assert "owned" in text
        assert not set("\x1b\x07\u202e\u2028\x9b") & set(text)
    assert found.out.count("\n") == 2
    assert "⏎✓ paid.jpg" in found.err


def test_json_is_faithful(capsys: pytest.CaptureFixture[str]) -> None:
    EventPrinter(as_json=True).error(UseError(_NASTY, "x"), Path(f"/a/{_NASTY}"))
    line = capsys.readouterr().out
    assert line.isascii()
    assert json.loads(line)["title"] == _NASTY
    assert json.loads(line)["path"] == f"/a/{_NASTY}"
