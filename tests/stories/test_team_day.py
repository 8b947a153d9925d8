"""A station of a team, on a real X server: started with a key press, done in the same window, closed without breaking anything off."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.stories.desktop import MISSING, desktop, until
from tests.support.postgres import Cluster
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from tests.support.team_chaos import rows
from tests.support.window import jpeg
from topazdesk.team.setup import init

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


def test_a_station_starts_works_and_leaves(tmp_path: Path, postgres: Cluster, sandbox: RunningSandbox) -> None:  # noqa: F811
    url = postgres.new_database(f"t{uuid.uuid4().hex}")
    init(url)
    scans, profile = tmp_path / "scans", tmp_path / "profile"
    picture = jpeg(scans, "plate.jpg")
    profile.mkdir()
    said = f"team = {json.dumps(url)}\nteam_work = true\n[team_roots]\nscans = {json.dumps(str(scans))}\n"
    (profile / "settings.toml").write_text(said)
    with desktop() as screen:
        environment = screen.environment(profile) | {"TOPAZDESK_TOPAZ_URL": sandbox.url, "TOPAZ_API_KEY": sandbox.key}
        environment.pop("TOPAZDESK_TEAM", None)
        running = subprocess.Popen([sys.executable, "-m", "topazdesk", str(picture)], env=environment)
        try:
            # In a team the window is called after it.
            handle = screen.window(f"topazdesk · {url.split('?')[0].rpartition('/')[2]}")
            until(lambda: rows(url, "SELECT 1 FROM machines WHERE uploads > 0"), "the window works for the team")

            def started() -> bool:
                screen.key(handle, "ctrl+Return")  # it starts a picture once, however often it is pressed
                return bool(rows(url, "SELECT 1 FROM jobs"))

            until(started, "the picture is in the team's queue")
            until(lambda: rows(url, "SELECT 1 FROM jobs WHERE state = 'done'"), "it is done")
            screen.key(handle, "ctrl+q")
            assert running.wait(180) == 0
        finally:
            running.kill()
            running.wait()
    assert rows(url, "SELECT started_on = worked_on, charged FROM jobs") == [(True, 1)]
    assert rows(url, "SELECT uploads, downloads FROM machines") == [(0, 0)]
    assert len([path for path in scans.iterdir() if not path.name.startswith(".")]) == 2
