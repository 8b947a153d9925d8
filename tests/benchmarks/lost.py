"""Every lost answer to a submit with every list that lies about it: what the tests tell half of, as pairs."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.benchmarks.table import Line
from tests.support.lied_run import SideBySide
from tests.support.lost_answers import product, story
from tests.support.sandbox import started


def measure(folder: Path) -> list[Line]:
    """Runs, and how many of them failed; the first one that did is raised with its name."""
    rows = {str(row): row for row in product()}
    with started(folder / "service") as service:
        service.scenario({"match": {"nth": 1}, "do": {"top_up": 1_000_000}})
        httpx.get(f"{service.url}/account/v1/credits/balance", headers=service.headers).raise_for_status()
        service.scenario()
        SideBySide(folder, service).run(rows, story)
    return [Line("lost: answers lost beside a list that lies", f"{len(rows)} runs", "–", None, "0 failed", True)]
