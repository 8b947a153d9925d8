"""What the command line says while it waits, and of a profile that cannot be written."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support.queue_jobs import job
from topazdesk.cli.run import next_try_text
from topazdesk.domain.job import JobState


def test_a_long_wait_tells_the_time() -> None:
    at = time.time() + 3000
    waiting = replace(job("a"), state=JobState.WAITING, not_before=at)
    assert next_try_text(waiting) == f"The next try is at {datetime.fromtimestamp(at, tz=UTC).astimezone():%H:%M}."
    for short in (time.time() + 20, 0.0, 1e18):
        assert next_try_text(replace(waiting, not_before=short)) == ""
    assert next_try_text(replace(waiting, state=JobState.RUNNING)) == ""


def test_a_read_only_profile_is_called_that(program: Program, tmp_path: Path) -> None:
    program.profile.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", str(program.profile)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no volume can be made here")
    try:
        refused = program.run("jobs", "list")
    finally:
        subprocess.run(["umount", "-l", str(program.profile)], check=True)
    assert refused.code == 5
    assert "read-only: make it writable" in refused.err
    assert "space" not in refused.err
