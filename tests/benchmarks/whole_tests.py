"""Tests that take too long, or find too rarely something, for every day: run by `dev.py bench`, counted in its table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.table import Line


def whole_tests(name: str, folder: Path, paths: Sequence[str], environ: Mapping[str, str] | None = None) -> Line:
    """Run these tests with pytest, and tell how many passed and failed; all have to pass, and one at least."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "-p",
        "no:cacheprovider",
        f"--basetemp={folder / 'tests'}",
    ]
    ran = subprocess.run(
        [*command, *paths], env={**os.environ, **(environ or {})}, capture_output=True, text=True, check=False
    )
    found = {what: int(number) for number, what in re.findall(r"(\d+) (passed|failed|error)", ran.stdout)}
    passed, failed = found.get("passed", 0), found.get("failed", 0) + found.get("error", 0)
    print(*(line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "E  "))), sep="\n", file=sys.stderr)
    is_met = ran.returncode == 0 and passed > 0
    return Line(f"{name}: passed; failed", f"{passed}; {failed}", "–", None, "–; 0", is_met)
