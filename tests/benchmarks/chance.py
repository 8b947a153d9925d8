"""What nobody has drawn yet: the tests that draw examples, with others each time, and the machine of mishaps at length.

In the suite they draw the same ones in every run, so that no change fails by what another one did.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.benchmarks.table import Line
from tests.benchmarks.whole_tests import whole_tests

_TESTS = Path(__file__).resolve().parents[1]


def measure(folder: Path) -> list[Line]:
    """Run every test that uses Hypothesis, by chance; `TOPAZDESK_MACHINE_RUNS` says how often the machine runs."""
    drawing = sorted(
        str(path.relative_to(_TESTS.parent))
        for path in _TESTS.rglob("test_*.py")
        if "from hypothesis" in path.read_text()
    )
    wanted = {"TOPAZDESK_CHANCE": "1", "TOPAZDESK_MACHINE_RUNS": os.environ.get("TOPAZDESK_MACHINE_RUNS", "1000")}
    return [whole_tests("tests that draw examples, by chance", folder, drawing, wanted)]
