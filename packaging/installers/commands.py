"""Run the programs that installers are made with; each that fails ends the build with what it said."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from places import ROOT


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    timeout_s: float | None = None,
    may_fail: bool = False,
) -> str:
    """Run a program and return its output. Raises SystemExit with all that it said when it fails, unless it may."""
    words = [str(word) for word in command]
    ran = subprocess.run(
        words,
        cwd=folder,
        env=env and dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=timeout_s,
    )
    if ran.returncode != 0 and not may_fail:
        raise SystemExit(f"{' '.join(words)}\nended with {ran.returncode}:\n{ran.stdout[-6000:]}\n{ran.stderr[-6000:]}")
    return ran.stdout


def need(program: str, package: str) -> None:
    """Raise SystemExit where a program is missing, with the Debian package that has it."""
    if shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])) is None:
        raise SystemExit(f"{program} is missing. On Debian and Ubuntu: sudo apt-get install -y {package}")
