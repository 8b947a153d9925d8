"""The order of a run on several workers: long tests come first, on all of them, so that none is left alone with one at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

#: Beginnings of the names of tests that take more than some ten seconds.
LONG = (
    "tests/faults/test_crashes.py",
    "tests/faults/test_liar.py",
    "tests/faults/test_whole_runs.py",
    "tests/stories/",
    "tests/team/test_restored.py",
    "tests/team/test_shared_folder.py",
    "tests/team/test_team.py",
    "tests/shots/test_room.py",
    "tests/packaging/test_dev.py",
    "tests/cli/test_local_service.py",
    "tests/engine/test_machine.py",
)


def spread(tests: Sequence[T], name: Callable[[T], str], workers: int) -> list[T]:
    """The same tests. Each worker begins with an equal part of the list, as xdist's `worksteal` deals it out: with its long ones."""
    long = [test for test in tests if name(test).startswith(LONG)]
    others = iter([test for test in tests if not name(test).startswith(LONG)])
    found: list[T] = []
    for worker in range(workers):
        end = len(tests) * (worker + 1) // workers
        found += long[worker::workers]
        found += [test for _, test in zip(range(end - len(found)), others, strict=False)]
    return [*found, *others]
