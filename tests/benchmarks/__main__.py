"""Run the measurements named on the command line, or all; print one table; fail when a bar is missed."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from tests.benchmarks import (
    books,
    chance,
    crash,
    files,
    intake,
    jobs,
    liar,
    local,
    lost,
    night,
    start,
    team,
    team_scale,
    thumbnails,
    transfer,
    viewer,
    watch,
)
from tests.benchmarks.table import Line, show

#: Name on the command line → what measures; it gets an empty folder for generated data.
MEASUREMENTS: dict[str, Callable[[Path], list[Line]]] = {
    "chance": chance.measure,
    "crash": crash.measure,
    "liar": liar.measure,
    "lost": lost.measure,
    "jobs": jobs.measure,
    "start": start.measure,
    "intake": intake.measure,
    "thumbnails": thumbnails.measure,
    "files": files.measure,
    "gaps": intake.measure_gaps,
    "idle": intake.measure_idle,
    "transfer": transfer.measure,
    "view": viewer.measure,
    "books": books.measure,
    "watch": watch.measure,
    "night": night.measure,
    "local": local.measure,
    "team": team.measure,
    "team-admission": team.measure_admission,
    "team-books": team.measure_books,
    "team-engine": team.measure_engine,
    "team-idle": team.measure_idle,
    "team-scale": team_scale.measure,
}


def main(names: list[str]) -> int:
    """0 when every bar is met, 1 when one is missed, 2 for an unknown name."""
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2
    console = Console(width=None if sys.stdout.isatty() else 120)
    lines: list[Line] = []
    for name in names or MEASUREMENTS:
        console.print(f"measuring {name} …")
        with tempfile.TemporaryDirectory(prefix=f"topazdesk-bench-{name}-") as folder:
            lines += MEASUREMENTS[name](Path(folder))
    console.print()
    show(lines, console)
    return 1 if any(line.ok is False for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
