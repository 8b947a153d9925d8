"""A root that is not mounted, is another folder, or can only be read: its jobs go to machines that have the files."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support import quick_start
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from tests.support.team import Team, until
from tests.support.team_chaos import rows, states
from topazdesk.errors import UseError
from topazdesk.team import root_marks
from topazdesk.team.connections import Connections
from topazdesk.team.queue import queues_for
from topazdesk.team.root_marks import FILE, RootState, look
from topazdesk.team.root_watch import RootWatch
from topazdesk.team.roots import Roots
from topazdesk.team.settle_root import settle_root
from topazdesk.team.team_store import TeamStore


def test_how_a_folder_is(tmp_path: Path) -> None:
    assert look(tmp_path / "gone", None) is RootState.MISSING
    assert look(tmp_path, None) is RootState.EMPTY
    (tmp_path / "a.tif").write_bytes(b"picture")
    assert look(tmp_path, None) is RootState.THERE  # nobody may write there, so it has no mark
    assert look(tmp_path, "0" * 32) is RootState.UNMARKED
    mark = root_marks.write(tmp_path)
    assert look(tmp_path, mark) is RootState.THERE
    assert look(tmp_path, "0" * 32) is RootState.ANOTHER
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o644
    assert root_marks.write(tmp_path) == mark  # who comes second takes what is there
    assert sorted(each.name for each in tmp_path.iterdir()) == [FILE, "a.tif"]
    (tmp_path / FILE).write_bytes(b"\xff\x00 nonsense")
    assert look(tmp_path, mark) is RootState.ANOTHER
    assert look(tmp_path / "a.tif", mark) is RootState.MISSING


def test_two_machines_that_mark_a_folder_at_once_agree(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    found: list[str] = []

    def mark() -> None:
        start.wait()
        found.append(root_marks.write(tmp_path))

    threads = [threading.Thread(target=mark) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 8
    assert set(found) == {root_marks.read(tmp_path)}
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def test_a_share_whose_server_is_gone_holds_nobody_up(tmp_path: Path) -> None:
    """Its calls never come back. A pipe in the place of the mark is such a file."""
    os.mkfifo(tmp_path / FILE)

    async def test() -> None:
        watch = RootWatch(Roots({"scans": tmp_path}), lambda: {"scans": "5" * 32}, answer_s=0.05)
        for _ in range(3):
            assert await watch.look() == {"scans": RootState.SILENT}
        assert sum(each.name == "topazdesk-root" for each in threading.enumerate()) == 1
        with (tmp_path / FILE).open("w") as file:
            file.write(f"topazdesk root {'5' * 32}\n")
        while (await watch.look())["scans"] is RootState.SILENT:
            pass
        assert watch.states == {"scans": RootState.THERE}

    asyncio.run(test())


def test_what_refuses_a_write_is_left_to_others_for_results_and_serves_for_pictures(tmp_path: Path) -> None:
    async def test() -> None:
        roots = {name: tmp_path / name for name in ("scans", "out")}
        for folder in roots.values():
            folder.mkdir()
        marks = {name: root_marks.write(folder) for name, folder in roots.items()}
        watch = RootWatch(Roots(roots), lambda: marks)
        assert await watch.serves("out!+scans")
        assert watch.present() == {"out", "out!", "scans", "scans!"}
        watch.refused("scans")
        assert await watch.serves("out!+scans")
        assert not await watch.serves("scans!")
        assert watch.present() == {"out", "out!", "scans"}
        assert queues_for(["fetch"], ["topaz"], watch.present()) == [
            "fetch:topaz:", "fetch:topaz:out!", "fetch:topaz:out!+scans",
        ]  # fmt: skip

    asyncio.run(test())


def test_one_name_for_two_folders_is_refused_until_the_user_says_that_they_have_moved(
    team_url: str, tmp_path: Path
) -> None:
    """A wrong folder of the right name would send other pictures, and be paid for them."""
    one, other, empty, unwritable = (tmp_path / name for name in ("one", "other", "empty", "unwritable"))
    for folder in (one, other, empty, unwritable):
        folder.mkdir()
    (other / "a.tif").write_bytes(b"another picture")

    async def test() -> None:
        store = await TeamStore.open(Connections(team_url, "first", Roots({})), "first")
        try:
            await settle_root(store, "scans", empty)
            assert store.marks == {}  # it may be the empty place of a share that is not mounted
            await settle_root(store, "scans", one, is_asked=True)
            assert store.marks == {"scans": root_marks.read(one)}
            for folder in (other, empty):
                with pytest.raises(UseError, match="lacks the mark") as caught:
                    await settle_root(store, "scans", folder, is_asked=True)
                assert "named on first" in caught.value.hint
                assert root_marks.read(folder) is None
            await settle_root(store, "scans", other, is_asked=True, is_moved=True)
            assert root_marks.read(other) == root_marks.read(one)
            root_marks.write(empty)
            with pytest.raises(UseError, match="another folder"):
                await settle_root(store, "scans", empty, is_asked=True)
            await settle_root(store, "scans", empty, is_asked=True, is_moved=True)
            assert store.marks == {"scans": root_marks.read(empty)}
        finally:
            await store.close()

    asyncio.run(test())


def test_a_share_that_is_not_mounted_fails_no_job_and_a_wrong_folder_sends_no_picture(
    shared: Team, tmp_path: Path
) -> None:
    shared.picture("a.png", 1)
    place, wrong = tmp_path / "place", tmp_path / "wrong"
    place.mkdir()
    wrong.mkdir()
    (wrong / "a.png").write_bytes((shared.scans / "a.png").read_bytes())
    shared.add()
    shared.start("unmounted", folder=place)
    shared.start("mistaken", folder=wrong)
    until(lambda: "it is empty" in shared.log_of("unmounted") and "lacks the team's mark" in shared.log_of("mistaken"))
    until(lambda: "working" in shared.log_of("unmounted") and "working" in shared.log_of("mistaken"))

    def told() -> dict[str, object]:
        lines = shared.run("team", "status", "--json").stdout.splitlines()
        return {each["name"]: each["away"] for each in map(json.loads, lines) if each["event"] == "team_machine"}

    until(lambda: told() == {"unmounted": {"scans": "empty"}, "mistaken": {"scans": "unmarked"}})
    assert states(shared) == {"queued": 1}
    assert shared.sandbox.rows("jobs") == []
    # The share is mounted, goes away whenever it likes, and comes back.
    place.rmdir()
    place.symlink_to(shared.scans)
    until(lambda: states(shared) != {"queued": 1})
    place.unlink()
    place.mkdir()
    until(lambda: shared.log_of("unmounted").count("it is empty") == 2)
    assert states(shared).keys() <= {
        "queued",
        "preparing",
        "submitting",
        "running",
        "ready",
        "downloading",
        "verifying",
        "done",
    }
    place.rmdir()
    place.symlink_to(shared.scans)
    until(lambda: states(shared) == {"done": 1})
    assert len(shared.sandbox.rows("jobs")) == 1
    assert rows(shared.url, "SELECT DISTINCT machine FROM history WHERE to_state = 'submitting'") == [("unmounted",)]


@contextmanager
def mounted_to_be_read(folder: Path, place: Path) -> Iterator[None]:
    """Has a folder at another place, too, where nobody can write."""
    place.mkdir()
    with ExitStack() as mounts:
        for words in (["--bind", str(folder), str(place)], ["-o", "remount,ro,bind", str(place)]):
            subprocess.run(["mount", *words], check=True)
            if words[0] == "--bind":
                mounts.callback(subprocess.run, ["umount", "-l", str(place)], check=True)
        yield


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_root_that_can_only_be_read_serves_for_pictures_and_not_for_results(shared: Team, tmp_path: Path) -> None:
    shared.picture("a.png", 1)
    out, seen = tmp_path / "out", tmp_path / "seen"
    out.mkdir()
    with mounted_to_be_read(out, seen):
        assert shared.run("team", "root", "out", str(out)).returncode == 0
        wanted = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--out", str(out), "--yes")
        assert shared.run("jobs", "add", str(shared.scans / "a.png"), *wanted).returncode == 0
        shared.start("reader", root=f"scans={shared.scans},out", folder=seen)
        until(lambda: "it can only be read" in shared.log_of("reader") and "working" in shared.log_of("reader"))
        assert states(shared) == {"queued": 1}
        shared.start("writer", root=f"scans={shared.scans},out", folder=out)
        until(lambda: states(shared) == {"done": 1})
        assert rows(shared.url, "SELECT DISTINCT machine FROM history WHERE to_state = 'done'") == [("writer",)]
        shared.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_desk_that_can_only_read_the_results_leaves_them_to_a_machine_that_writes(
    shared: Team, tmp_path: Path
) -> None:
    """Its jobs failed when they were started, although another machine can write there."""
    shared.picture("a.png", 1)
    out, seen = tmp_path / "out", tmp_path / "seen"
    out.mkdir()
    wanted = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--out", str(seen / "new"))
    assert shared.run("team", "root", "out", str(out)).returncode == 0
    with mounted_to_be_read(out, seen):
        assert shared.run("team", "root", "out", str(seen)).returncode == 0
        planned = shared.run("plan", str(shared.scans / "a.png"), *wanted, "--json")
        assert planned.returncode == 0, planned.stdout
        added = shared.run("jobs", "add", str(shared.scans / "a.png"), *wanted, "--yes")
        assert added.returncode == 0, added.stdout + added.stderr
        assert states(shared) == {"queued": 1}
        shared.start("reader", root=f"scans={shared.scans},out", folder=seen)
        until(lambda: "it can only be read" in shared.log_of("reader") and "working" in shared.log_of("reader"))
        until(lambda: "can write in the root out. Its jobs wait" in shared.run("team", "status").stdout)
        assert states(shared) == {"queued": 1}
        shared.start("writer", root=f"scans={shared.scans},out", folder=out)
        until(lambda: states(shared) == {"done": 1})
        assert len(list((out / "new").glob("a*.png"))) == 1
        shared.close()


def test_a_desk_whose_folder_is_away_starts_nothing(shared: Team) -> None:
    shared.picture("a.png", 1)
    wanted = ("--model", "Standard 2", "--scale", "2", "--service", "topaz")
    out = ("--out", str(shared.scans / "out"), "--yes")
    elsewhere = shared.folder / "elsewhere.png"
    (shared.scans / "a.png").rename(elsewhere)
    shared.scans.joinpath(FILE).unlink()
    (shared.scans / "a.png").symlink_to(elsewhere)
    for words in (
        ("plan", str(shared.scans / "a.png"), *wanted),
        ("jobs", "add", str(shared.scans / "a.png"), *wanted, *out),
    ):
        done = shared.run(*words)
        assert done.returncode != 0
        assert "lacks the team's mark" in done.stdout + done.stderr
        assert "left to other machines" not in done.stdout + done.stderr  # nothing was started
    assert states(shared) == {}


def test_an_empty_folder_for_results_that_was_named_before_the_team_was_joined_is_used(
    shared: Team, tmp_path: Path
) -> None:
    """The order of the README: it was taken for a share that is not mounted, and nothing could be started."""
    shared.picture("a.png", 1)
    profile, out = tmp_path / "profile-new", tmp_path / "out"
    out.mkdir()

    def new(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in shared.environment.items() if name != "TOPAZDESK_TEAM"}
        return quick_start.run([sys.executable, "-m", "topazdesk", *words, "--profile", str(profile)], env=environment)

    assert new("team", "root", "scans", str(shared.scans)).returncode == 0
    assert new("team", "root", "out", str(out)).returncode == 0
    assert new("team", "join", shared.url).returncode == 0
    wanted = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--out", str(out))
    planned = new("plan", str(shared.scans / "a.png"), *wanted)
    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_who_has_no_rights_leaves_results_to_whom_is_known_to_write(team_url: str, tmp_path: Path) -> None:
    async def test() -> None:
        store = await TeamStore.open(Connections(team_url, "desk", Roots({"out": tmp_path})), "desk")
        say = (
            "INSERT INTO machines (name, version, roots, uploads, downloads, accounts, clock_ahead) "
            "VALUES (?, '1', ?, 0, 0, '', 0)"
        )
        try:
            await store._write(lambda c: c.execute(say, ("desk", "out+out!")))
            await store._write(lambda c: c.execute(say, ("reader", "out")))
            assert not await store.is_written_elsewhere("out")
            await store._write(lambda c: c.execute(say, ("writer", "out+out!")))
            assert await store.is_written_elsewhere("out")
        finally:
            await store.close()

    asyncio.run(test())
