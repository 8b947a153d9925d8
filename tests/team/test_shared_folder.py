"""Two machines that are real processes write into one folder; one of them counts as dead and is not."""

from __future__ import annotations

import hashlib
import signal
from pathlib import Path

from tests.support.held_results import HeldResults
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from tests.support.team import WAIT_S, Team, until
from tests.support.team_chaos import rows


def test_a_worker_that_slept_through_its_step_spoils_nothing_when_it_awakes(shared: Team) -> None:
    """A computer that was put to sleep held its account's lock, and later wrote into the files of who had taken over.

    The pictures have one name, so both machines also want the same names for their results.
    """
    for number in range(4):
        shared.picture(f"{number}/a.png", number, size=(300, 200))
    shared.add("--flat")
    with HeldResults(shared.sandbox.url) as held:
        shared.start("sleeper", downloads=2, TEST_DEAD="3", TOPAZDESK_TOPAZ_URL=held.url)
        until(lambda: rows(shared.url, "SELECT count(*) FROM jobs WHERE state = 'downloading'") == [(2,)])
        shared.workers["sleeper"].send_signal(signal.SIGSTOP)
        shared.start("other", TEST_DEAD="3")
        until(lambda: rows(shared.url, "SELECT DISTINCT state FROM jobs") == [("done",)])
        held.let_go()
        shared.workers["sleeper"].send_signal(signal.SIGCONT)
        shared.workers["sleeper"].terminate()  # what is begun it finishes
        shared.workers["sleeper"].wait(WAIT_S)
    told = rows(shared.url, "SELECT result, result_digest FROM jobs")
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (shared.scans / "out").iterdir()}
    assert {Path(bytes(result).decode()).name: digest for result, digest in told} == found
    assert len(found) == 4
    assert len(shared.sandbox.rows("jobs")) == 4
