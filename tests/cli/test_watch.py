"""`topazdesk watch`: a folder that a slow writer fills, with kills; each picture is done once, and the books agree."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.queue_jobs import job
from tests.support.sandbox import RunningSandbox
from topazdesk.app.watched_folder import WatchedFolder, WatchLock
from topazdesk.cli.watch import _Watch
from topazdesk.domain.job import JobState
from topazdesk.engine.files import digest_of
from topazdesk.errors import UseError

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes", "--json")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


def once(program: Program, folder: Path, *more: str | Path) -> Any:
    return program.run("watch", folder, *LOW, "--once", "--still", "0.1", *more)


def until(process: subprocess.Popen[str], kind: str, count: int = 1) -> list[dict[str, Any]]:
    """Reads what a watcher says until it has said so often."""
    assert process.stdout is not None
    told: list[dict[str, Any]] = []
    for line in process.stdout:
        told.append(json.loads(line))
        if sum(each["event"] == kind for each in told) >= count:
            return told
    raise AssertionError(f"it ended before {kind}: {told}")


# -- when a file is whole --------------------------------------------------------------------------------------------------


def test_a_file_is_whole_once_it_stands_still_and_nobody_writes(tmp_path: Path) -> None:
    now = [0.0]
    folder = WatchedFolder(tmp_path, 5.0, now=lambda: now[0])
    path = tmp_path / "a.png"
    with path.open("wb") as writer:
        writer.write(b"1")
        writer.flush()
        assert folder.look() == []
        now[0] = 4.0
        writer.write(b"2")
        writer.flush()
        assert folder.look() == []
        now[0] = 8.9  # less than five seconds since it changed
        assert folder.look() == []
        now[0] = 20.0
        if sys.platform == "linux":  # it stands still, but somebody has it open
            assert folder.look() == []
            assert folder.waits
    assert folder.look() == [path]
    folder.take(path)
    assert folder.look() == []
    path.write_bytes(b"another picture")
    assert folder.look() == []
    now[0] = 30.0
    assert folder.look() == [path]


def test_temporary_names_and_empty_files_wait_for_their_content(tmp_path: Path) -> None:
    now = [0.0]
    folder = WatchedFolder(tmp_path, 1.0, now=lambda: now[0])
    for name in (".a.png", "a.png.part", "a.tmp", "~a.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "empty.png").touch()
    for at in (0.0, 10.0, 20.0):
        now[0] = at
        assert folder.look() == []
    assert not folder.waits
    (tmp_path / "a.png.part").rename(tmp_path / "a.png")
    assert folder.look() == []
    now[0] = 30.0
    assert folder.look() == [tmp_path / "a.png"]


def test_a_drive_that_is_gone_is_no_empty_folder(tmp_path: Path) -> None:
    now = [0.0]
    place = tmp_path / "drive"
    place.mkdir()
    folder = WatchedFolder(place, 0.0, now=lambda: now[0])
    (place / "a.png").write_bytes(b"x")
    [path] = folder.look()
    folder.take(path)
    place.rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        folder.look()
    (tmp_path / "away").rename(place)
    assert folder.look() == []


def test_two_watchers_on_a_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    first, second = WatchLock(tmp_path), WatchLock(tmp_path / "link")
    first.take()
    with pytest.raises(UseError, match="watched already"):
        second.take()
    first.release()
    second.take()
    second.release()


# -- the command -----------------------------------------------------------------------------------------------------------


def test_once_does_what_is_there_and_never_again(
    program: Program, service: RunningSandbox, incoming: Path, tmp_path: Path
) -> None:
    """Results beside the originals are no new pictures, a second run pays nothing, and done pictures are moved."""
    (incoming / "sub").mkdir()
    sources = [pictures.write(incoming / "a.png"), pictures.write(incoming / "sub" / "b.png")]
    (incoming / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    ran = once(program, incoming)
    assert (ran.code, ran.summary["done"], ran.summary["refused"]) == (1, 2, 1), ran.out + ran.err
    assert {Path(event["path"]) for event in ran.of("done")} == set(sources)
    results = [Path(event["result"]) for event in ran.of("done")]
    assert {path.parent for path in results} == {incoming, incoming / "sub"}
    again = once(program, incoming)
    assert (again.summary["done"], again.summary["done_before"]) == (0, 2)
    twins = tmp_path / "twins"
    twins.mkdir()
    (twins / "same.png").write_bytes(sources[0].read_bytes())
    words = ("watch", twins, *LOW[:-1], "--once", "--still", "0.1")
    told = program.run(*words).out
    assert "1 done before" in told, "it has its result already, elsewhere"
    assert str(next(path for path in results if path.parent == incoming)) in told, "where nobody would look for it"
    (twins / "same.png").unlink()
    assert program.run(*words).out.splitlines()[-1] == "No new pictures"
    assert len(service.rows("jobs")) == 2
    done = incoming / "done"
    moved = once(program, incoming, "--done-dir", done)
    assert len(moved.of("moved")) == 2, moved.out
    assert (done / "a.png").is_file()
    assert (done / "sub" / "b.png").is_file()
    assert not any(source.exists() for source in sources)
    assert all(path.is_file() for path in results)
    assert len(service.rows("jobs")) == 2


def test_a_limit_holds_back_what_is_over_it_after_a_restart_too(
    program: Program, service: RunningSandbox, incoming: Path
) -> None:
    for number in range(5):
        pictures.write(incoming / f"{number}.png", seed=number)
    limited = ("watch", incoming, *LOW[:-2], "--json", "--once", "--still", "0.1", "--per-day", "3")
    ran = program.run(*limited)
    assert (ran.code, ran.summary["done"], ran.error["code"]) == (1, 3, "budget.limit"), ran.out + ran.err
    assert program.run(*limited).summary["done"] == 0
    assert len(service.rows("jobs")) == 3
    assert program.run(*limited[:-1], "4").summary["done"] == 1
    assert len(service.rows("jobs")) == 4


def test_two_watchers_share_the_limit_of_their_profile(
    program: Program, service: RunningSandbox, incoming: Path
) -> None:
    """Each looked at the books for itself before it started its pictures, and both found room for all of them."""
    other = incoming.parent / "other"
    other.mkdir()
    for number in range(4):
        pictures.write(incoming / f"{number}.png", seed=number)
        pictures.write(other / f"{number}.png", seed=10 + number)
    limited = (*LOW[:-2], "--json", "--once", "--still", "0.1", "--per-day", "5")
    both = [program.start("watch", folder, *limited) for folder in (incoming, other)]
    ends = [[json.loads(line) for line in each.communicate(timeout=240)[0].splitlines()][-1] for each in both]
    assert len(service.rows("jobs")) == sum(end["done"] for end in ends) == 5, ends


def test_nobody_agreed(program: Program, service: RunningSandbox, incoming: Path) -> None:
    pictures.write(incoming / "a.png")
    ran = program.run("watch", incoming, *LOW[:-2], "--json", "--once")
    assert (ran.code, ran.error["code"]) == (2, "use.not_agreed")
    assert service.rows("jobs") == []


def test_a_picture_that_failed_is_not_paid_for_each_night(
    program: Program, service: RunningSandbox, incoming: Path
) -> None:
    pictures.write(incoming / "a.png")
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"fail_job": True}})
    first = once(program, incoming)
    sent = len(service.rows("jobs"))
    second = once(program, incoming)
    assert (first.summary["failed"], second.summary["failed"]) == (1, 0), first.out + second.out
    assert len(second.of("failed_before")) == 1
    assert len(service.rows("jobs")) == sent


@pytest.mark.skipif(sys.platform == "win32", reason="a service manager ends it with SIGTERM")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_pictures_are_done_as_they_come_until_it_is_told_to_end(
    program: Program, incoming: Path, number: signal.Signals
) -> None:
    with program.start("watch", incoming, *LOW, "--still", "0.1") as watcher:
        until(watcher, "watching")
        (incoming / "a.part").write_bytes(pictures.write(incoming.parent / "a.png").read_bytes())
        (incoming / "a.part").rename(incoming / "a.png")
        [done] = [each for each in until(watcher, "done") if each["event"] == "done"]
        assert Path(done["path"]) == incoming / "a.png"
        watcher.send_signal(number)
        assert watcher.stdout is not None
        told = [json.loads(line) for line in watcher.stdout]
    assert watcher.returncode == 130
    assert (told[-1]["event"], told[-1]["done"]) == ("summary", 1)


@pytest.mark.timeout(400)
def test_a_slow_writer_and_kills(alone: Program, incoming: Path) -> None:
    """The soak in small: every picture is done once, and what was charged is what the service's books say.

    A kill just before a submit leaves a doubt. Of the program's own sandbox, which accepts a request completely or not
    at all, it is settled in seconds; of a service on the net the user is asked after minutes.
    """
    count, kills = 24, 3
    words = (
        "watch",
        incoming,
        "--model",
        "Low Resolution 2",
        "--service",
        "sandbox",
        "--sandbox-speed",
        "0",
        "--yes",
        "--json",
    )
    writes = [sys.executable, "-m", "tests.support.slow_writer", str(incoming), str(count // kills), "0.02"]
    writers: list[subprocess.Popen[bytes]] = []
    try:
        for number in range(kills):
            # New ones for each: a quick one could have done all before the next was there.
            writers.append(subprocess.Popen([*writes, str(number * count // kills)]))
            with alone.start(*words, "--still", "0.2") as watcher:
                until(watcher, "done", 2)
                watcher.kill()
        assert [each.wait(400) for each in writers] == [0] * kills
    finally:
        for each in writers:
            each.kill()
            each.wait()
    ran = alone.run(*words, "--once", "--still", "0.1", timeout_s=300)
    assert ran.code == 0, ran.out + ran.err
    with closing(sqlite3.connect(alone.profile / "jobs.sqlite3")) as database, database:
        rows = database.execute("SELECT source, state FROM jobs").fetchall()
    assert sorted(Path(os.fsdecode(source)).name for source, _ in rows) == sorted(f"{n:05}.png" for n in range(count))
    assert {state for _, state in rows} == {"done"}
    assert len(RunningSandbox(alone.profile / "sandbox").rows("jobs")) == count
    books = alone.run("account", "ledger", "--json").of("account")[0]
    assert (books["charged"], books["reserved"]) == (count, 0)


def test_a_lost_connection_does_not_end_it(program: Program, service: RunningSandbox, incoming: Path) -> None:
    """One refused connection when a picture came ended a night's watching, with a summary of nothing."""
    pictures.write(incoming / "a.png")
    with program.start("watch", incoming, *LOW, "--still", "0.1") as watcher:
        until(watcher, "done")
        service.stop()
        pictures.write(incoming / "b.png", seed=2)
        [error] = [each for each in until(watcher, "error") if each["event"] == "error"]
        assert error["code"].startswith("network."), error
        watcher.terminate()
        assert watcher.stdout is not None
        told = [json.loads(line) for line in watcher.stdout]
    assert watcher.returncode == 130
    assert (told[-1]["event"], told[-1]["done"]) == ("summary", 1)
    assert once(program, incoming).code == 4, "for a timer the same is a failure"


def test_done_pictures_are_not_moved_for_ever_through_a_link(program: Program, incoming: Path) -> None:
    """A link to the watched folder as --done-dir renamed the originals in it without an end."""
    link = incoming.parent / "link"
    link.symlink_to(incoming)
    path = pictures.write(incoming / "a.png")
    assert once(program, incoming, "--done-dir", link).code == 2
    (incoming / "done").mkdir()
    link.unlink()
    link.symlink_to(incoming / "done")
    ran = once(program, incoming, "--done-dir", link, "--out", incoming.parent / "out")
    assert (ran.code, len(ran.of("moved"))) == (0, 1), ran.out
    # It said that the original could not be read any more: it had moved it itself.
    assert ran.summary["originals"] == {"checked": 1, "unchanged": 1, "changed": 0, "missing": 0}
    assert not ran.of("original_missing")
    again = once(program, incoming, "--done-dir", link, "--out", incoming.parent / "out")
    assert (again.code, again.of("moved")) == (0, [])
    assert not path.exists()
    assert (incoming / "done" / "a.png").is_file()


def test_a_limit_that_is_none_is_named_as_it_was_written(program: Program, incoming: Path) -> None:
    ran = once(program, incoming, "--per-day", "-1")
    assert (ran.code, ran.error["title"]) == (2, "--per-day -1 cannot be used"), ran.out


def test_a_picture_that_was_replaced_while_it_was_worked_on_is_moved_once_the_new_one_is_done(incoming: Path) -> None:
    """What had been sent before it was another picture: so it was taken for changed since, and stayed."""
    picture, done = incoming / "a.png", incoming.parent / "done"
    picture.write_bytes(b"as it is now")
    before = job(str(picture), JobState.DONE, source=picture, source_digest="0" * 64)
    now = replace(before, id="now", source_digest=digest_of(picture))
    watch = _Watch.__new__(_Watch)
    watch.folder, watch.output = WatchedFolder(incoming, 0.0), cast(Any, SimpleNamespace(event=lambda *_, **__: None))
    watch._done_folder, watch._moved, watch._places, watch._ended = done, set(), {}, []

    asyncio.run(watch._tidy(cast(Any, SimpleNamespace(jobs=[before]))))
    assert picture.exists(), "nobody has sent this one"
    asyncio.run(watch._tidy(cast(Any, SimpleNamespace(jobs=[before, now]))))
    assert [each.name for each in done.iterdir()] == ["a.png"]
    assert watch._places == {(picture, now.source_digest): done / "a.png"}
