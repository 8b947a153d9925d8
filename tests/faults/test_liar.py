"""The real program between a service that lies and a computer that lies, killed at random: `dev.py bench liar` in small."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.crashing import drawn
from tests.support.lied_program import lie_often
from tests.support.sandbox import started


@pytest.mark.timeout(600)
def test_eight_clicks(tmp_path: Path) -> None:
    seed = int(os.environ.get("TOPAZDESK_LIAR_SEED", drawn(17)))
    with started(tmp_path / "service") as service:
        tally = lie_often(tmp_path, service, clicks=8, batch=4, share=0.3, seed=seed, is_quick=True)
    assert (tally.lost, tally.double, tally.problems) == (0, 0, []), f"seed {seed}: {tally}"
    assert tally.submits <= tally.clicks
