"""`kill -9` of the real program at random instants: nothing lost, nothing paid twice. The long run: `dev.py bench crash`."""

from __future__ import annotations

from pathlib import Path

from tests.support.crashing import drawn, kill_often
from tests.support.sandbox import started


def test_a_dozen_kills(tmp_path: Path) -> None:
    (tmp_path / "profile").mkdir()
    with started(tmp_path / "profile" / "sandbox") as service:
        tally = kill_often(tmp_path, service, kills=12, jobs=12, batch=4, seed=drawn(16), is_quick=True)
    assert (tally.lost, tally.double, tally.unfinished, tally.problems) == (0, 0, 0, []), tally
    assert tally.kills >= 12
    assert tally.jobs >= 4
