"""Ctrl-C, closed pipes and poor terminals: a sentence and an exit code, whatever the moment."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import Program
from tests.cli.test_json_lines import SCHEMA
from tests.support import pictures, quick_start
from tests.support.delivered import unmatched
from tests.support.queue_jobs import job
from tests.support.sandbox import RunningSandbox
from topazdesk.cli.asking import at_terminal
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.run import RunReport
from topazdesk.domain.job import JobState

LOW = ("--model", "Low Resolution 2", "--service", "topaz")


def test_ctrl_c_while_a_command_is_being_loaded_shows_no_traceback() -> None:
    """Half a second is enough for it on a slow computer: thirty lines of Python were shown."""
    impatient = """
import sys
class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "topazdesk.cli.main":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Impatient())
sys.argv = ["topazdesk", "models"]
from topazdesk.__main__ import main
sys.exit(main())
"""
    ran = subprocess.run([sys.executable, "-c", impatient], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


@pytest.mark.parametrize(
    "number", [signal.SIGINT, *([signal.SIGTERM, signal.SIGHUP] if sys.platform != "win32" else [])]
)
def test_ctrl_c_says_what_goes_on_at_the_service(
    program: Program, service: RunningSandbox, tmp_path: Path, number: signal.Signals
) -> None:
    """Nothing at all was said: the framework took the interruption before the program heard of it.

    A service manager and a closed terminal ended the command without a word.
    """
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 3600}})
    running = program.start("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--yes", "--json")
    assert running.stdout is not None
    with running:
        told = []
        for line in running.stdout:
            told.append(json.loads(line))
            if told[-1].get("stage") == "running":
                running.send_signal(number)
                break  # once, whatever is told of it meanwhile
        told += map(json.loads, running.stdout)
    assert running.returncode == 130
    stopped, summary = told[-2:]
    assert (stopped["event"], stopped["sent"], stopped["not_sent"]) == ("stopped", 1, 0)
    assert (summary["event"], summary["unfinished"]) == ("summary", 1)
    ran = program.run("jobs", "list", "--json")
    assert [e["stage"] for e in ran.of("job")] == ["running"]


def test_a_second_ctrl_c_waits_for_no_answer_and_sums_up_as_well(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """It said that nothing was unfinished and nothing done, of what was paid, too."""
    sources = [pictures.write(tmp_path / name, width=width) for name, width in (("a.png", 40), ("b.png", 48))]
    assert program.run("enhance", sources[0], *LOW, "--yes").code == 0
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"answer_delay_s": 3600}})
    with program.start("enhance", *sources, *LOW, "--yes", "--json") as running:
        assert running.stdout is not None
        while len(service.rows("jobs")) < 2:
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(0.1)
        running.send_signal(signal.SIGINT)
        told = []
        for line in running.stdout:
            told.append(json.loads(line))
            if told[-1]["event"] == "stopping":
                running.send_signal(signal.SIGINT)
                break
        told += map(json.loads, running.stdout)
    assert running.returncode == 130
    for each in told:
        jsonschema.validate(each, SCHEMA)
    assert [each["sending"] for each in told if each["event"] == "stopping"] == [1], told
    assert [(each["event"], each["sent"]) for each in told[-2:-1]] == [("stopped", 1)]
    assert (told[-1]["event"], told[-1]["unfinished"], told[-1]["done_before"]) == ("summary", 1, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("ignores_ctrl_c", [False, True])
def test_a_terminal_that_closes_tells_twice_and_cuts_nothing_off(ignores_ctrl_c: bool) -> None:
    """The shell and the system each send SIGHUP: the answers to what was being sent were not waited for."""
    command = f"""
import asyncio, signal, sys
from topazdesk.cli.stoppable import end_like_ctrl_c, run_stoppable
if {ignores_ctrl_c}:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
end_like_ctrl_c()
async def work():
    try:
        print("begun", flush=True)
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        print("told", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print("summed up", flush=True)
run_stoppable(work())
"""
    with subprocess.Popen(
        [sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        running.send_signal(signal.SIGHUP)
        assert running.stdout.readline() == "told\n"
        for number in (signal.SIGHUP, signal.SIGTERM):
            running.send_signal(number)
        running.stdin.write("\n")
        running.stdin.flush()
        assert running.stdout.read() == "summed up\n"


def test_ctrl_c_tells_what_is_finished_there_from_what_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a full disk all was paid and finished, and was said to go on at the service, which charges for it."""
    monkeypatch.setattr(EventPrinter, "has_run_jobs", False)  # of the whole process, as a command is one
    monkeypatch.setattr(EventPrinter, "is_summed", False)
    at = {"remote_id": "r", "submitted_at": 1.0}
    there = job("there", JobState.WAITING, resume_to=JobState.READY, completed_at=2.0, charged=6, **at)
    for as_json in (True, False):
        report = RunReport(EventPrinter(as_json), set())
        report.watch([there, job("runs", JobState.RUNNING, **at), job("queued")])
        assert report.stopped(["input.empty"]) == 130
    out, told = capsys.readouterr()
    counts = json.loads(out.splitlines()[0])
    assert (counts["sent"], counts["not_sent"]) == (2, 1)
    assert " · 1 refused · " in out
    assert "1 picture is finished at the service, and only to be fetched." in told
    assert "1 picture goes on at the service, which charges for it." in told
    assert "1 picture was not sent yet." in told


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of another kind")
@pytest.mark.parametrize("words", [("enhance", *LOW), ("account", "login")], ids=["price", "key"])
def test_ctrl_c_at_a_question_ends_at_once(
    program: Program, service: RunningSandbox, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """It hung until somebody pressed Return: the question waited in a thread that cannot be stopped."""
    import pty

    files = [pictures.write(tmp_path / "a.png")] if words[0] == "enhance" else []
    master, slave = pty.openpty()
    command = program.command(words[0], *files, *words[1:])
    running = quick_start.start(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=program.environment,
        start_new_session=True,
        close_fds=True,
    )
    os.close(slave)
    told = b""
    asks = b"[y/N]" if files else b"Topaz key"
    try:
        while asks not in told:
            told += os.read(master, 4096)
        running.send_signal(signal.SIGINT)
        assert running.wait(400) == 130  # at once, on a machine that has the time
        with contextlib.suppress(OSError):  # as nobody is left who could write more
            while more := os.read(master, 4096):
                told += more
    finally:
        running.kill()
        running.wait()
        os.close(master)
    assert b"Stopped. Nothing was done." in told
    assert not service.rows("jobs")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_ctrl_c_just_before_the_read_ends_the_question() -> None:
    """A signal taken after Python's last step before the read was noted, and the read went on until Return.

    Another thread takes the signal here, so the read is left alone in the same way at every run.
    """
    told, tell = os.pipe()
    asker = threading.get_native_id()
    answers: list[bytes] = []

    def interrupt() -> None:
        while not (_is_blocked(asker) or stopped.wait(0.01)):
            pass
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        if not stopped.wait(60):  # so that a question that goes on fails the test and does not hang it
            answers.append(b"Return")
            os.write(tell, answers[0])

    stopped = threading.Event()
    interrupting = threading.Thread(target=interrupt)

    def question() -> None:
        interrupting.start()
        os.read(told, 6)

    try:
        with pytest.raises(KeyboardInterrupt):
            at_terminal(question)
    finally:
        stopped.set()
        interrupting.join()
        os.close(told)
        os.close(tell)
    assert not answers
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _is_blocked(thread: int) -> bool:
    """Return whether a thread of this process waits in read(2). Where that cannot be told, say so at once: the signal may
    then come a moment early, which is the case that always worked."""
    try:
        call = Path(f"/proc/self/task/{thread}/syscall").read_text().split()
    except OSError:
        return True
    return platform.machine() != "x86_64" or call[0] == "0"


def test_any_terminal_shows_every_text(alone: Program) -> None:
    """Help texts with signs that the terminal does not have ended in a traceback."""
    poor = {**alone.environment, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = subprocess.run(
        alone.command("jobs", "cancel", "--help"), capture_output=True, text=True, env=poor, timeout=240
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "1.1" in ran.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of another kind")
@pytest.mark.parametrize("where", ["| head -1", "> /dev/full", ">&- 2>&-"], ids=["left", "full", "closed"])
def test_who_does_not_listen_ends_no_job(program: Program, service: RunningSandbox, tmp_path: Path, where: str) -> None:
    """A reader who left or a full disk ended what was paid, with a traceback or in silence: jobs go on to their end and
    the exit code is that of the work. A closed stream led into the first file that was opened."""
    if "/dev/full" in where and not Path("/dev/full").exists():
        pytest.skip("no such device here")
    sources = [pictures.write(tmp_path / name) for name in ("a.png", "b.png")]
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 0.5}})
    words = shlex.join(program.command("enhance", *sources, *LOW, "--yes", "--json", "--out", tmp_path / "out"))
    script = f"set -o pipefail; {words} {where}"
    ran = subprocess.run(
        ["bash", "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=program.environment,
        timeout=400,
    )
    assert (ran.returncode, "Traceback" in ran.stderr, "Exception" in ran.stderr) == (0, False, False), ran.stderr
    assert ("cannot be written" in ran.stderr) is (where == "> /dev/full")
    assert len(service.rows("jobs")) == 2
    wanted = [service.result_bytes(row["id"]) for row in service.rows("jobs")]
    assert unmatched(list((tmp_path / "out").iterdir()), wanted) == ([], [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_list_that_cannot_be_printed_says_so(alone: Program) -> None:
    """A reader who left wanted no more: quiet, no failure. A list that a full disk took did not arrive: not 0."""
    listing = shlex.join(alone.command("models", "--json"))
    for script, code, said in (
        (f"set -o pipefail; {listing} | head -1 > /dev/null", 0, ""),
        (
            f"{listing} > /dev/full",
            5,
            "What is printed cannot be written: No space left on device. The work goes on.\n",
        ),
        (f"{shlex.join(alone.command('--help'))} > /dev/full 2>&-", 5, ""),
    ):
        ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=alone.environment, timeout=240)
        assert (ran.returncode, ran.stderr) == (code, said)


def test_ctrl_c_does_not_claim_that_a_doubt_goes_on_at_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    """It said "2 pictures go on at the service, which charges for them" of two that had never arrived there."""
    report = RunReport(EventPrinter(as_json=False), set())
    report.watch([job("doubt", JobState.DOUBTFUL), job("sends", JobState.SUBMITTING), job("queued")])
    assert report.stopped() == 130
    told = capsys.readouterr().err
    assert "Whether 2 pictures arrived is not known yet: topazdesk jobs run finds out." in told
    assert "1 picture was not sent yet." in told
    assert "charges" not in told


def test_a_run_that_ended_before_it_began_has_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    """By a clock that was set back in it: its report told -2210 seconds to programs, and "in 1 s" to people."""
    done = [job(each, JobState.DONE, created_at=7200.0, changed_at=10.0) for each in "ab"]
    for as_json in (True, False):
        report = RunReport(EventPrinter(as_json), set())
        report.recall(done)
        report.finish()
    out = capsys.readouterr().out.splitlines()
    assert json.loads(out[0])["seconds"] == 0
    assert out[1] == "2 pictures done · 12 credits charged"
