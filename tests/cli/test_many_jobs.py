"""The queue from any terminal: pause, resume, move, cancel all of it, try again what failed; by the same rules as one job."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Program
from tests.cli.test_second_terminal import LOW, at_work, hold
from tests.support import pictures
from tests.support.sandbox import RunningSandbox


def test_a_paused_queue_is_moved_resumed_and_cancelled_from_a_second_terminal(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    with at_work(program, service, pictures.write(tmp_path / "a.png")) as first:
        assert program.run("jobs", "pause", "--json").summary["paused"] is True
        new = [pictures.write(tmp_path / f"{name}.png") for name in "bcd"]
        ran = program.run("enhance", *new, *LOW, "--json")
        assert (ran.code, ran.summary["unfinished"]) == (4, 3), ran.out
        queued = [job for job in program.run("jobs", "list", "--json").of("job") if job["stage"] == "queued"]
        last = next(job["job"] for job in queued if job["path"] == str(new[-1]))
        assert program.run("jobs", "move", last[:10], "--json").code == 0
        assert len(service.rows("jobs")) == 1
        service.scenario(hold())
        ran = program.run("jobs", "resume", "--json")
        assert (ran.code, ran.summary["running"]) == (0, True)
        assert first.stdout is not None
        ran = program.run("jobs", "cancel", "--all", "--yes", "--json")
        assert ran.code == 0, ran.out + ran.err
        told = [json.loads(line) for line in first.stdout]
        assert told[-1]["event"] == "summary"
    stages = {job["stage"] for job in program.run("jobs", "list", "--json").of("job")}
    assert stages == {"cancelled"}
    books = program.run("account", "ledger", "--json").of("account")[0]
    assert books["reserved"] == 0


def test_a_pause_without_a_running_program_lasts(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    assert program.run("jobs", "pause", "--json").code == 0
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--json")
    assert ran.summary["unfinished"] == 1
    assert service.rows("jobs") == []
    ran = program.run("jobs", "resume", "--json")
    assert (ran.code, ran.summary["running"]) == (0, False)
    assert service.rows("jobs") == []
    assert program.run("jobs", "run", "--json").summary["done"] == 1


def test_what_failed_is_paid_once_more_and_not_twice(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"fail_job": True}})
    sources = [pictures.write(tmp_path / f"{name}.png") for name in "ab"]
    assert program.run("enhance", *sources, *LOW, "--json").summary["failed"] == 2
    sent = len(service.rows("jobs"))
    service.scenario()
    ran = program.run("jobs", "retry", "--failed", "--json")
    assert (ran.code, ran.error["code"]) == (2, "use.not_agreed")
    assert len(service.rows("jobs")) == sent
    ran = program.run("jobs", "retry", "--failed", "--run", "last", "--yes", "--json")
    assert (ran.code, ran.summary["done"]) == (0, 2), ran.out + ran.err
    assert len(service.rows("jobs")) == sent + 2
    again = program.run("jobs", "retry", "--failed", "--yes", "--json")
    assert (again.code, again.summary["done"]) == (0, 0), again.out + again.err
    assert program.run("jobs", "retry", "--failed", "--yes").out == "Nothing failed\n"
    assert len(service.rows("jobs")) == sent + 2


def test_a_job_or_all_of_them(program: Program) -> None:
    for words in (
        ["cancel"],
        ["retry"],
        ["cancel", "x", "--all"],
        ["retry", "x", "--failed"],
        ["move", "x", "--up", "--down"],
    ):
        assert program.run("jobs", *words, "--json").code == 2
    assert program.run("jobs", "cancel", "--all", "--json").code == 0


def test_pictures_are_added_to_the_queue_and_nobody_waits(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    ran = program.run("jobs", "add", pictures.write(tmp_path / "a.png"), *LOW, "--json")
    assert (ran.code, ran.summary["added"], ran.summary["running"]) == (0, 1, False), ran.out + ran.err
    assert service.rows("jobs") == []
    assert program.run("jobs", "add", tmp_path / "a.png", *LOW[:-1], "--json").code == 0  # it is in the queue already
    assert program.run("jobs", "run", "--json").summary["done"] == 1
    with at_work(program, service, pictures.write(tmp_path / "b.png")):
        ran = program.run("jobs", "add", pictures.write(tmp_path / "c.png"), *LOW, "--json")
        assert (ran.code, ran.summary["added"], ran.summary["running"]) == (0, 1, True)
    assert len(program.run("jobs", "list", "--json").of("job")) == 3
