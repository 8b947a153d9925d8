"""The time of a whole run, said as the estimate that it is."""

from __future__ import annotations

import pytest

from topazdesk.domain.run_duration import RunDuration, run_duration


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ([], None),
        ([(None, 3)], None),
        ([(10.0, 1)], RunDuration(10.0)),
        ([(10.0, 6)], RunDuration(10.0)),
        ([(10.0, 7)], RunDuration(20.0)),
        ([(10.0, 600)], RunDuration(1000.0)),
        ([(10.0, 5), (300.0, 1)], RunDuration(300.0)),  # never shorter than its longest
        ([(10.0, 3), (None, 9)], RunDuration(20.0, 9)),  # the others are taken to be like these
        ([(300.0, 0), (10.0, 1)], RunDuration(10.0)),
    ],
)
def test_a_run_is_as_long_as_its_rounds(results: list[tuple[float | None, int]], found: RunDuration | None) -> None:
    assert run_duration(results, 6) == found
