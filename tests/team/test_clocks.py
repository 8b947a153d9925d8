"""Machines whose clocks are two hours off: what is due goes by the database's clock alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from tests.support.team import Team, until
from tests.support.team_chaos import rows

#: Debian's libfaketime: the programs that load it live in another time.
LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
OFF_S = 7200


def hours(first: int, last: int) -> str:
    """The hours of the day from `first` to `last` minutes from now."""
    now = datetime.now(UTC).astimezone()
    return "-".join(f"{now + timedelta(minutes=each):%H:%M}" for each in (first, last))


@pytest.mark.skipif(LIBRARY is None, reason="needs Debian's package faketime")
def test_hours_limits_and_records_go_by_the_databases_clock(shared: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", str(LIBRARY))
    monkeypatch.setenv("FAKETIME", f"+{OFF_S}s")
    monkeypatch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    words = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--out", str(shared.scans / "out"), "--yes")
    # By the clock of machine and desk, the first one's hours are over, and the second one's have begun.
    for number, (first, last) in enumerate(((-60, 60), (90, 150))):
        picture = shared.picture(f"{number}.png", number)
        done = shared.run("jobs", "add", str(picture), *words, "--between", hours(first, last))
        assert done.returncode == 0, done.stdout + done.stderr
    shared.start("station")

    def is_done() -> bool:
        assert shared.workers["station"].poll() is None, shared.log_of("station")
        return rows(shared.url, "SELECT count(*) FROM jobs WHERE state = 'done'") == [(1,)]

    until(is_done)
    assert rows(shared.url, "SELECT state, intent_at > 0 FROM jobs ORDER BY position") == [
        ("done", True),
        ("queued", False),
    ]
    # All that was written down is of the hour in which it was.
    for query in (
        "SELECT at FROM history",
        "SELECT created_at FROM jobs UNION SELECT changed_at FROM jobs UNION SELECT created_at FROM runs",
        "SELECT intent_at FROM jobs WHERE intent_at > 0 UNION SELECT submitted_at FROM jobs WHERE submitted_at > 0",
        "SELECT reserved_at FROM ledger UNION SELECT settled_at FROM ledger",
    ):
        found = rows(shared.url, f"SELECT max(abs(extract(epoch FROM now()) - t.at)) FROM ({query}) AS t (at)")
        assert found[0][0] < OFF_S / 2, query
    said = [json.loads(line) for line in shared.run("team", "status", "--json").stdout.splitlines()]
    (machine,) = [each for each in said if each["event"] == "team_machine"]
    assert OFF_S / 2 < machine["clock_ahead"] < OFF_S * 1.5
    assert "clock is" in shared.run("team", "status").stdout
