"""The display server ends while the window is open: no traceback, a sentence, and an exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stories.desktop import MISSING, screen

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


def test_it_ends_with_a_sentence(tmp_path: Path) -> None:
    """The loop's own complaint, two tracebacks, was all that a user got."""
    with screen() as (display, server):
        program = subprocess.Popen(
            [sys.executable, "-m", "topazdesk", "--profile", str(tmp_path / "profile")],
            env=display.environment(tmp_path / "profile"),
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        try:
            display.window("topazdesk")
            server.terminate()
            _, told = program.communicate(timeout=400)
            assert program.returncode == 5
            assert "The screen is gone." in told
            assert "Traceback" not in told
        finally:
            program.kill()
            program.wait(120)
