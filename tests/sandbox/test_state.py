"""Nothing of the user's goes in a folder that the sandbox is pointed at, and folders of earlier versions go on working."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.sandbox.conftest import Client
from tests.support import quick_start
from tests.support.sandbox import CATALOGUE_DIR, RunningSandbox, started
from topazdesk.errors import ComputerError, UseError
from topazdesk.sandbox.state import StateFolder

_MARKS = [
    f"{place}.topazdesk-{kind}"
    for place, kind in [("", "sandbox")]
    + [(f"{name}/", "sandbox-files") for name in ("incoming", "making", "results", "sources")]
]


def _all(folder: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }


def test_a_folder_with_the_users_files_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    """`sandbox --state FOLDER` deleted 12 of 12."""
    for name in ("incoming", "making", "sources", "results"):
        (tmp_path / name).mkdir()
        for file in ("photo.jpg", str(uuid4()), uuid4().hex):
            (tmp_path / name / file).write_bytes(b"the user's")
    before = _all(tmp_path)
    command = [sys.executable, "-m", "topazdesk.sandbox", "--state", str(tmp_path), "--catalogue", str(CATALOGUE_DIR)]
    ran = quick_start.run(command, env=os.environ)
    assert ran.returncode == 2
    assert "contains other files" in ran.stderr
    assert "--state" in ran.stderr
    assert _all(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["photo.jpg", "lock", "api-key", "sandbox.sqlite3", "server.json", "results/photo.jpg", "sub/x"]
)
def test_one_file_of_somebody_elses_is_enough(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(b"the user's")
    before = _all(tmp_path)
    with pytest.raises(UseError) as told:
        StateFolder.open(tmp_path)
    assert told.value.exit_code == 2
    assert _all(tmp_path) == before


def test_new_and_empty_folders_are_taken_and_marked(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new/deep"):
        state = StateFolder.open(tmp_path / name)
        key = state.api_key
        state.close()
        assert set(_MARKS) <= set(_all(tmp_path / name))
        again = StateFolder.open(tmp_path / name)
        assert again.api_key == key
        assert again.run != state.run
        again.close()


def _unmarked(running: RunningSandbox) -> None:
    """As an earlier version left it."""
    running.kill()
    for mark in _MARKS:
        (running.state / mark).unlink()
    (running.state / "holder").unlink()


def test_a_folder_of_an_earlier_version_goes_on(client: Client) -> None:
    done, key = client.done()["process_id"], client.running.key
    result = client.result(done)
    stranger = client.running.state / "my notes.txt"
    stranger.write_text("kept here by somebody")
    _unmarked(client.running)
    client.running.start()
    assert client.running.key == key
    assert client.result(done) == result
    assert stranger.exists()
    assert set(_MARKS) <= set(_all(client.running.state))


def test_a_folder_that_an_earlier_version_had_begun_is_taken(tmp_path: Path) -> None:
    for name in ("incoming", "making"):
        (tmp_path / name).mkdir()
    (tmp_path / "lock").touch()
    StateFolder.open(tmp_path).close()


def test_secrets_of_another_shape_do_not_make_a_folder_ours(tmp_path: Path) -> None:
    (tmp_path / "api-key").write_text("my own key")
    (tmp_path / "signing-key").write_text("0" * 64)
    sqlite3.connect(tmp_path / "sandbox.sqlite3").close()
    with pytest.raises(UseError):
        StateFolder.open(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_the_place_of_a_folder_leads_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "pictures"
    outside.mkdir()
    (outside / str(uuid4())).write_bytes(b"the user's")
    before = _all(outside)
    state = tmp_path / "sandbox"
    StateFolder.open(state).close()
    for name in ("incoming", "results"):
        for inside in (state / name).iterdir():
            inside.unlink()
        (state / name).rmdir()
        (state / name).symlink_to(outside)
        with pytest.raises(ComputerError):
            StateFolder.open(state)
        assert _all(outside) == before
        (state / name).unlink()


def test_a_crash_while_the_key_is_made_leaves_no_door_open(tmp_path: Path) -> None:
    state = tmp_path / "sandbox"
    StateFolder.open(state).close()
    (state / "api-key").write_bytes(b"")
    (state / "signing-key").write_bytes(b"")
    with started(state) as running, Client(running) as client:
        assert len(running.key) > 20
        assert client.http.get("/image/v1/status", headers={"X-API-Key": ""}).status_code == 401
        assert client.result(client.done()["process_id"])
