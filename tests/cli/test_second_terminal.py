"""A second terminal on a profile that another program works on: it has everything done there, for the same money."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.support import pictures, quick_start
from tests.support.sandbox import RunningSandbox
from topazdesk.app.channel import PROTOCOL, Note, decoded, encoded
from topazdesk.engine.lock import ProfileLock

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")


def hold(seconds: float = 3600) -> dict[str, Any]:
    return {"match": {"method": "POST", "path": "/async"}, "do": {"job_s": seconds}}


@contextmanager
def at_work(
    program: Program, service: RunningSandbox, picture: Path, seconds: float = 3600
) -> Iterator[subprocess.Popen[str]]:
    """A first terminal whose one job runs at the service, so long or until it is cancelled; later jobs are done at once."""
    service.scenario(hold(seconds))
    with program.start("enhance", picture, *LOW, "--json") as first:
        assert first.stdout is not None
        for line in first.stdout:
            if json.loads(line).get("stage") == "running":
                break
        service.scenario()
        try:
            yield first
        finally:
            first.kill()


def submitted(service: RunningSandbox) -> int:
    return len(service.rows("jobs"))


def test_a_second_enhance_is_done_by_the_first(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """It said that another topazdesk was running, with exit code 5."""
    with at_work(program, service, pictures.write(tmp_path / "a.png")) as first:
        ran = program.run("enhance", pictures.write(tmp_path / "b.png"), *LOW, "--json")
        assert ran.code == 0, ran.out + ran.err
        assert [each["results"] for each in ran.of("price")] == [1]
        assert len(ran.of("handed_over")) == 1
        [done] = ran.of("done")
        assert Path(done["result"]).is_file()
        assert {event["job"] for event in ran.of("progress")} == {done["job"]}
        assert (ran.summary["done"], ran.summary["credits"]) == (1, 1)
        assert submitted(service) == 2
        assert first.poll() is None
        again = program.run("enhance", tmp_path / "b.png", *LOW, "--json")
        assert (again.code, again.summary["done_before"]) == (0, 1)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=400)
    # What is written for each job is written by one program, and has been once that has ended.
    assert (program.profile / "runs.csv").read_text().count(done["job"]) == 1
    assert submitted(service) == 2


def test_a_format_that_can_be_made_from_a_result_is_made_by_the_first(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "b.png")
    program.run("enhance", source, *LOW, "--format", "tiff")
    with at_work(program, service, pictures.write(tmp_path / "a.png")):
        ran = program.run("enhance", source, *LOW[:-1], "--format", "jpeg", "--json")
        assert (ran.code, ran.summary["copies"], ran.summary["done_before"]) == (0, 1, 1), ran.out + ran.err
        [done] = ran.of("done")
        assert (Path(done["result"]).suffix, Path(done["result"]).is_file()) == (".jpg", True)
    assert submitted(service) == 2


def test_a_job_of_the_first_is_cancelled_from_the_second(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    with at_work(program, service, pictures.write(tmp_path / "a.png")) as first:
        [job] = program.run("jobs", "list", "--json").of("job")
        ran = program.run("jobs", "cancel", job["job"], "--yes", "--json")
        assert (ran.code, ran.summary["cancelled"]) == (0, 1), ran.out + ran.err
        assert first.stdout is not None
        told = [json.loads(line) for line in first.stdout]
        assert first.wait(400) == 0
        assert (told[-1]["event"], told[-1]["cancelled"]) == ("summary", 1)


def test_two_second_terminals_with_one_picture_pay_once(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    with at_work(program, service, pictures.write(tmp_path / "a.png")):
        other = pictures.write(tmp_path / "b.png")
        both = [program.start("enhance", other, *LOW, "--json") for _ in range(4)]
        ends = [[json.loads(line) for line in each.communicate(timeout=240)[0].splitlines()][-1] for each in both]
        assert [each.returncode for each in both] == [0] * 4
        assert sorted(end["done"] + end.get("done_before", 0) for end in ends) == [1] * 4
    assert submitted(service) == 2


def test_a_trial_is_done_by_the_first(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """It said that another topazdesk was running, with exit code 5."""
    with at_work(program, service, pictures.write(tmp_path / "a.png")) as first:
        source = pictures.write(tmp_path / "b.png", width=300, height=200)
        models = ("--model", "Low Resolution 2", "--model", "Standard 2")
        words = ("try", source, "--patch", "10,10,100,80", *models, "--service", "topaz", "--json")
        refused = program.run(*words, "--budget", "1")
        assert (refused.code, refused.error["code"]) == (3, "budget.run")
        assert submitted(service) == 1
        ran = program.run(*words, "--yes", "--out", tmp_path / "tried")
        assert ran.code == 0, ran.out + ran.err
        assert [each["jobs"] for each in ran.of("handed_over")] == [2]
        assert (ran.summary["done"], ran.summary["credits"]) == (2, 2)
        assert {Path(each["result"]).parent for each in ran.of("copied")} == {tmp_path / "tried"}
        assert len(service.rows("sources")) == 2, "both models from one upload"
        assert submitted(service) == 3
        assert first.poll() is None
        # A trial is none of the results of a picture: it is only looked at.
        whole = program.run("enhance", source, *LOW, "--json")
        assert (whole.code, whole.summary["done"], whole.summary.get("done_before", 0)) == (0, 1, 0)


def test_results_are_recovered_by_the_first(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """It said that another topazdesk was running, with exit code 5."""
    elsewhere = Program(tmp_path / "elsewhere", program.env)
    assert elsewhere.run("enhance", pictures.write(tmp_path / "lost.png"), *LOW, "--json").code == 0
    with at_work(program, service, pictures.write(tmp_path / "a.png")) as first:
        ran = program.run("jobs", "recover", "--service", "topaz", "--out", tmp_path / "found", "--json")
        assert (ran.code, ran.summary["done"]) == (0, 1), ran.out + ran.err
        assert [each["jobs"] for each in ran.of("handed_over")] == [1]
        assert Path(ran.of("done")[0]["result"]).parent == tmp_path / "found"
        assert program.run("jobs", "recover", "--service", "topaz", "--json").summary["found"] == 0
        assert first.poll() is None
    assert submitted(service) == 2


def test_a_limit_that_is_set_meanwhile_holds_for_the_first_too(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """The running program did not know of it, spent beyond it, and a window wrote its own settings over it at its end."""
    with at_work(program, service, pictures.write(tmp_path / "a.png")) as first:
        assert program.run("jobs", "pause").code == 0
        assert program.run("jobs", "add", pictures.write(tmp_path / "b.png"), *LOW).code == 0
        assert program.run("account", "cap", "1", "--json").summary["credits"] == 1
        assert program.run("metadata", "--no-location", "--json").summary["keep_location"] is False
        assert program.run("jobs", "resume").code == 0
        assert first.stdout is not None
        for line in first.stdout:
            told = json.loads(line)
            assert told["event"] != "done"
            if told.get("code") == "account.day_cap":
                break
        assert program.run("account", "cap", "--json").summary["credits"] == 1
        assert program.run("account", "cap", "none").code == 0
        assert program.run("jobs", "resume").code == 0
        assert program.run("enhance", tmp_path / "b.png", *LOW, "--json").summary["done"] == 1
    assert submitted(service) == 2
    assert program.run("account", "cap", "--json").summary["credits"] is None


def test_without_agreement_nothing_is_handed_over(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    with at_work(program, service, pictures.write(tmp_path / "a.png")):
        other = pictures.write(tmp_path / "b.png")
        ran = program.run("enhance", other, *LOW[:-1], "--json")
        assert (ran.code, ran.error["code"]) == (2, "use.not_agreed")
        ran = program.run("enhance", other, *LOW, "--budget", "0", "--json")
        assert (ran.code, ran.error["code"]) == (3, "budget.run")
        assert len(program.run("jobs", "list", "--json").of("job")) == 1
    assert submitted(service) == 1


def test_another_key_is_not_paid_with_the_first_ones(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """The second saw the credits of its own account; the first would have paid from another."""
    with at_work(program, service, pictures.write(tmp_path / "a.png")):
        port = service.url.rpartition(":")[2]
        other = Program(program.profile, {**program.env, "TOPAZDESK_TOPAZ_URL": f"http://localhost:{port}"})
        ran = other.run("enhance", pictures.write(tmp_path / "b.png"), *LOW, "--json")
        assert (ran.code, ran.error["code"]) == (3, "account.other"), ran.out
    assert submitted(service) == 1


def told_by(second: subprocess.Popen[str], running: Callable[[], object]) -> list[dict[str, Any]]:
    """All that a command says; `running` is called when its job is at the service."""
    assert second.stdout is not None
    told = []
    for line in second.stdout:
        told.append(json.loads(line))
        if told[-1].get("stage") == "running":
            running()
            break  # once, whatever is told of it meanwhile
    return told + [json.loads(line) for line in second.stdout]


def test_ctrl_c_in_the_second_only_stops_watching(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    with at_work(program, service, pictures.write(tmp_path / "a.png")) as first:
        service.scenario(hold())
        with program.start("enhance", pictures.write(tmp_path / "b.png"), *LOW, "--json") as second:
            told = told_by(second, running=lambda: second.send_signal(signal.SIGINT))
        assert second.returncode == 130
        assert (told[-2]["event"], told[-1]["event"], told[-1]["unfinished"]) == ("stopped", "summary", 1)
        assert first.poll() is None
        stages = [job["stage"] for job in program.run("jobs", "list", "--json").of("job")]
        assert stages == ["running", "running"]


def test_the_first_is_killed_while_the_second_watches(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    with at_work(program, service, pictures.write(tmp_path / "a.png")) as first:
        service.scenario(hold())
        with program.start("enhance", pictures.write(tmp_path / "b.png"), *LOW, "--json") as second:
            told = told_by(second, running=first.kill)
        assert second.returncode == 4
        assert [each["code"] for each in told if each["event"] == "error"] == ["computer.owner_gone"]
        assert (told[-1]["event"], told[-1]["unfinished"]) == ("summary", 1)
    service.scenario()
    # The note of the killed program leads nowhere: the next command works by itself.
    for job in program.run("jobs", "list", "--json").of("job"):
        assert program.run("jobs", "cancel", job["job"], "--yes", "--json").code == 0
    assert submitted(service) == 2


def test_who_looks_after_a_kill_learns_that_nobody_works_and_what_to_do(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """The list said "Uploading", as if somebody did."""
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"delay_s": 3600, "drop": "before"}})
    idle = "1 job is not finished, and no topazdesk works on it: topazdesk jobs run"
    with program.start("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--json") as first:
        assert first.stdout is not None
        job = next(each["job"] for each in map(json.loads, first.stdout) if each.get("stage") == "submitting")
        assert idle not in program.run("jobs", "list").out
        assert "topazdesk ended" not in program.run("jobs", "show", job).out
        first.kill()
    assert idle in program.run("jobs", "list").out
    shown = program.run("jobs", "show", job).out
    assert "topazdesk ended while it was sent: topazdesk jobs run looks at Topaz whether it arrived" in shown


@pytest.mark.parametrize("after", [0.0, 0.02, 0.1])
def test_the_first_is_killed_at_any_moment_of_a_request(
    program: Program, service: RunningSandbox, tmp_path: Path, after: float
) -> None:
    """Whatever the second was told, each picture is paid once at most, and `jobs run` ends what was begun.

    The limit of the day keeps the first from sending it: what is killed in mid-submit is waited for as long as its answer
    may take, which is another story.
    """
    assert program.run("account", "cap", "1").code == 0
    with at_work(program, service, pictures.write(tmp_path / "a.png"), 3) as first:
        second = program.start("enhance", pictures.write(tmp_path / "b.png"), *LOW, "--json")
        assert second.stdout is not None
        for line in second.stdout:
            if json.loads(line)["event"] == "price":
                break
        timer = threading.Timer(after, first.kill)
        timer.start()
        second.communicate(timeout=240)
        timer.join()
        assert second.returncode in (0, 3, 4, 5)
    assert submitted(service) == 1
    assert program.run("account", "cap", "none").code == 0
    assert program.run("enhance", tmp_path / "b.png", *LOW, "--json").code == 0
    assert program.run("jobs", "run", "--json").code == 0
    assert submitted(service) == 2


def test_the_note_is_for_its_user_alone_and_goes_with_the_program(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    note = program.profile / "owner.json"
    with at_work(program, service, pictures.write(tmp_path / "a.png")) as first:
        assert note.stat().st_mode & 0o077 == 0
        found = Note.read(note)
        assert found is not None
        with socket.create_connection(("127.0.0.1", found.port), timeout=400) as stranger:
            lines = stranger.makefile("rb")
            assert decoded(lines.readline())["protocol"] == PROTOCOL
            stranger.sendall(encoded({"proof": "guess", "nonce": "x"}) + encoded({"id": 1, "do": "pause"}))
            assert lines.readline() == b""
        for junk in (b"\xff\n", b"[]\n", b"{" * 100_000 + b"\n"):
            with socket.create_connection(("127.0.0.1", found.port), timeout=400) as stranger:
                lines = stranger.makefile("rb")
                lines.readline()
                stranger.sendall(junk)
                assert lines.readline() == b""
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=240)
        assert not note.exists()


# -- owners that do not answer as they should ---------------------------------------------------------------------------


@contextmanager
def false_owner(profile: Path, *lines: dict[str, Any]) -> Iterator[None]:
    """A program that has the profile and says `lines` to whoever comes, and then nothing."""
    profile.mkdir(mode=0o700, exist_ok=True)
    lock = ProfileLock(profile / "jobs.sqlite3.lock")
    server = socket.create_server(("127.0.0.1", 0))
    there: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                guest, _ = server.accept()
            except OSError:
                return
            there.append(guest)
            guest.sendall(b"".join(encoded(line) for line in lines))

    thread = threading.Thread(target=serve)
    try:
        lock.take()
        Note.new(server.getsockname()[1], "command").write(profile / "owner.json")
        thread.start()
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(120)
        for guest in there:
            guest.close()
        lock.release()


def test_an_owner_of_another_version_is_named(program: Program, tmp_path: Path) -> None:
    assert program.run("jobs", "list").code == 0  # makes the profile
    with false_owner(program.profile, {"topazdesk": "9.9", "protocol": PROTOCOL + 1, "nonce": "n"}):
        ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--json")
    assert (ran.code, ran.error["code"]) == (5, "computer.owner_version")
    assert "9.9" in ran.error["details"]


def test_an_owner_that_hangs_is_told_with_its_process(program: Program, tmp_path: Path) -> None:
    assert program.run("jobs", "list").code == 0
    with false_owner(program.profile):
        ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--json")
    assert (ran.code, ran.error["code"]) == (5, "computer.owner_silent")
    assert str(os.getpid()) in ran.error["hint"]
    assert "Nothing was handed over" in ran.error["hint"]


def test_a_stranger_at_the_port_of_a_killed_program_learns_nothing(program: Program, tmp_path: Path) -> None:
    """Who cannot read the note proves nothing, and is told no path: it is as if nobody listened."""
    assert program.run("jobs", "list").code == 0
    hello = {"topazdesk": "0", "protocol": PROTOCOL, "nonce": "n"}
    with false_owner(program.profile, hello, {"proof": "guess", "submits": True}):
        ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--json")
    assert (ran.code, ran.error["code"]) == (5, "computer.profile_in_use")


# -- a window --------------------------------------------------------------------------------------------------------------


def test_a_window_does_what_a_terminal_asks_for(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    window = quick_start.start(
        [sys.executable, "-m", "topazdesk"], env={**program.environment, "QT_QPA_PLATFORM": "offscreen"}
    )
    try:
        note = program.profile / "owner.json"
        while not note.exists():  # a machine that is busy may take a minute for that
            with pytest.raises(subprocess.TimeoutExpired):
                window.wait(0.1)
        ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--json")
        assert (ran.code, ran.summary["done"]) == (0, 1), ran.out + ran.err
        assert Path(ran.of("done")[0]["result"]).is_file()
        assert submitted(service) == 1
        assert window.poll() is None
    finally:
        window.terminate()
        window.wait(400)
    assert not note.exists()
