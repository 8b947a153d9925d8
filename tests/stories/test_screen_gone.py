"""The display server ends while the window is open: no traceback, a sentence, and an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stories.desktop import MISSING, Desktop

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


def test_it_ends_with_a_sentence(tmp_path: Path) -> None:
    """The loop's own complaint, two tracebacks, was all that a user got."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=(write,), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    program: subprocess.Popen[str] | None = None
    try:
        with os.fdopen(read) as pipe:
            screen = Desktop(f":{pipe.readline().strip()}")
        program = subprocess.Popen(
            [sys.executable, "-m", "topazdesk", "--profile", str(tmp_path / "profile")],
            env=screen.environment(tmp_path / "profile"), stderr=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        screen.window("topazdesk")
        server.terminate()
        _, told = program.communicate(timeout=40)
        assert program.returncode == 5
        assert "The screen is gone." in told
        assert "Traceback" not in told
    finally:
        for process in (server, program):
            if process is not None:
                process.kill()
                process.wait(10)
