"""The user's own computer lies: a profile from a backup, a write-ahead log that is gone, no lock, the same command again.

The real program as a process; submits are counted in the sandbox's own books.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import lies
from tests.support.crashing import Victim
from tests.support.delivered import is_delivered, unmatched
from tests.support.lied_program import Profile, between
from tests.support.lying_proxy import Call, LyingProxy
from tests.support.sandbox import RunningSandbox, started

PICTURES = 4
CLICKS = 2 * PICTURES  # each with both models


class Story:
    """A program, its profile as files, the sandbox, and the liar between."""

    def __init__(self, folder: Path, service: RunningSandbox, liar: LyingProxy) -> None:
        self.service, self.liar = service, liar
        self.victim = Victim(folder, service, random.Random(0), is_quick=True)
        self.profile = Profile(self.victim.profile)
        self.pictures = [self.victim.picture() for _ in range(PICTURES)]

    @property
    def out(self) -> Path:
        return self.victim.out

    def enhance(self) -> subprocess.Popen[bytes]:
        return self.victim.enhance_these(self.pictures)

    def run(self, *words: str | Path) -> list[dict[str, Any]]:
        return lines(self.victim.start(*words))

    def over(self, process: subprocess.Popen[bytes]) -> None:
        """The program has ended, and the service has taken in whatever it was sending."""
        lines(process)
        self.liar.wait_until_quiet()

    def submits(self) -> int:
        return len(self.service.rows("jobs"))

    def held_back(self) -> subprocess.Popen[bytes]:
        """All jobs are on disk as they wait for a busy service, and that is what the backup has; nothing was submitted."""
        self.liar.always(lies.retry_after("1", 429, Call.SUBMIT))
        process = self.enhance()
        read_until(process, lambda event: event.get("stage") == "waiting")
        self.profile.back_up()
        # Another one may be asked for just now, and would be a doubt when it is put back.
        while self.profile.backed_up_states() - {"queued", "waiting"}:
            self.profile.back_up()
        assert not self.submits()
        return process

    def check(self) -> None:
        """Every charged result is on disk with the service's bytes, once for each click."""
        rows = self.service.rows("jobs")
        assert len(rows) == CLICKS
        assert all(row["status"] == "Completed" for row in rows)
        wanted = [self.service.result_bytes(row["id"]) for row in rows]
        assert unmatched(list(self.out.iterdir()), wanted) == ([], [])


def lines(process: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
    output, _ = process.communicate(timeout=240)
    return [json.loads(line) for line in output.decode().splitlines()]


def read_until(process: subprocess.Popen[bytes], is_it: Callable[[dict[str, Any]], bool]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if is_it(json.loads(line)):
            return
    raise AssertionError("the program ended before")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with (
        started(tmp_path / "service") as service,
        between(tmp_path / "profile", service) as liar,
    ):
        yield Story(tmp_path, service, liar)


@pytest.mark.parametrize("is_first_killed", [False, True], ids=["after the run", "in the middle"])
def test_a_profile_from_a_backup_pays_nothing_again(story: Story, is_first_killed: bool) -> None:
    """Jobs that the backup has as unsent are found in the service's list by their tokens: 8 clicks were 15 submits."""
    first = story.held_back()
    story.liar.clear()
    if is_first_killed:
        read_until(first, lambda event: event["event"] == "done")
        first.kill()
    story.over(first)
    story.profile.restore()
    for path in story.out.iterdir():
        path.unlink()
    story.run("jobs", "run")
    assert story.submits() == CLICKS
    story.check()


def test_a_profile_from_a_backup_beside_a_service_that_cannot_be_read(story: Story) -> None:
    """No list, no submit: what an earlier run did is not known."""
    first = story.held_back()
    story.liar.clear()
    lines(first)
    story.profile.restore()
    story.liar.always(lies.A_PAGE)
    process = story.victim.start("jobs", "run")
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=4)
    process.kill()
    process.communicate()
    assert story.submits() == CLICKS
    story.liar.clear()
    story.run("jobs", "run")
    assert story.submits() == CLICKS


@pytest.mark.parametrize(
    ("damage", "moment"),
    [
        *((Profile.lose_log, moment) for moment in ("submitting", "running", "downloading", "done")),
        *((Profile.cut_log, moment) for moment in ("running", "done")),  # where it is lost, more is
    ],
)
def test_a_write_ahead_log_that_is_gone_loses_no_result(
    story: Story, damage: Callable[[Profile], None], moment: str
) -> None:
    """What the profile forgot is told and can be fetched; nothing is sent twice."""
    first = story.enhance()
    read_until(first, lambda event: event.get("stage") == moment)
    first.kill()
    story.over(first)
    damage(story.profile)
    story.run("jobs", "run")
    before = story.submits()
    assert before <= CLICKS
    story.run("jobs", "recover", "--service", "sandbox", "--out", story.out)
    story.run("jobs", "run")
    assert story.submits() == before
    rows = story.service.rows("jobs")
    names = [(row["filename"], row["model"]) for row in rows]
    assert len(names) == len(set(names))
    found = list(story.out.iterdir())
    assert all(any(is_delivered(path, story.service.result_bytes(row["id"])) for path in found) for row in rows)


def test_a_profile_from_before_the_click_and_the_same_command_again(story: Story) -> None:
    """The restored list knows an older job, but none of those of the click: 8 clicks were 16 submits, without a word."""
    lines(story.victim.enhance_these([story.victim.picture()]))
    before = story.submits()
    story.profile.back_up()
    lines(story.enhance())
    sent = story.submits() - before
    story.profile.restore()
    said = json.dumps(lines(story.enhance()))
    assert "older than what is at" in said
    assert story.submits() - before == sent
    story.run("jobs", "recover", "--service", "sandbox", "--out", story.out)
    rows = story.service.rows("jobs")
    found = list(story.out.iterdir())
    assert all(any(is_delivered(path, story.service.result_bytes(row["id"])) for path in found) for row in rows)


def test_an_empty_job_list_beside_a_service_that_knows_our_jobs_is_told(story: Story) -> None:
    lines(story.enhance())
    for path in story.profile.files():
        path.unlink()
    said = json.dumps(lines(story.enhance()))
    assert "jobs recover" in said


def test_a_lock_that_is_gone_lets_no_second_program_pay(story: Story) -> None:
    """The lock file is deleted under a program that works; a second one starts: 40 clicks were 69 submits."""
    first = story.held_back()
    story.profile.lose_lock()
    second = story.victim.start("jobs", "run")
    read_until(second, lambda _: True)
    story.liar.clear()
    lines(first)
    lines(second)
    story.run("jobs", "run")
    assert story.submits() == CLICKS
    story.check()


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        *((signal.SIGKILL, moment) for moment in ("preparing", "submitting", "running", "downloading", "done")),
        *((signal.SIGINT, moment) for moment in ("submitting", "downloading")),  # what an orderly end may still do
    ],
)
def test_the_same_command_again_takes_the_jobs_that_there_are(story: Story, moment: str, number: int) -> None:
    """It paid again, and put the results beside the first as `-2`."""
    first = story.enhance()
    read_until(first, lambda event: event.get("stage") == moment)
    first.send_signal(number)
    story.over(first)
    lines(story.enhance())
    assert story.submits() == CLICKS
    story.check()


def test_the_same_command_every_night_pays_once(story: Story) -> None:
    for _ in range(3):
        lines(story.enhance())
    assert story.submits() == CLICKS
    story.check()
