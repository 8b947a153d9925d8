"""`topazdesk jobs`: show, recover, cancel, retry, each as a real program against a real service process."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Program, Ran
from tests.support import pictures
from tests.support.delivered import unmatched
from tests.support.sandbox import RunningSandbox

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")


def enhance(program: Program, folder: Path, *names: str) -> Ran:
    sources = [pictures.write(folder / name) for name in names]
    return program.run("enhance", *sources, *LOW, "--out", folder / "out", "--json")


def begun(program: Program, source: Path, stage: str) -> str:
    """Starts a job, kills the program when the job is in a stage, and gives its id."""
    running = program.start("enhance", source, *LOW, "--json")
    assert running.stdout is not None
    with running:
        for line in running.stdout:
            event = json.loads(line)
            if event.get("stage") == stage:
                running.kill()
                return str(event["job"])
    raise AssertionError(f"never {stage}")


def test_show_tells_history_and_money(program: Program, tmp_path: Path) -> None:
    made = enhance(program, tmp_path, "a.png")
    [done] = made.of("done")
    percents = {event["stage"]: event["percent"] for event in made.of("progress") if "title" not in event}
    assert percents["preparing"] is None
    assert percents["running"] is not None  # this service tells it
    job = done["job"]
    assert f"  result   {done['result']} · {done['width']} × {done['height']}" in program.run("jobs", "show", job).out
    ran = program.run("jobs", "show", job[:8], "--json")
    assert ran.code == 0
    assert ran.of("job")[0]["money"] == "Charged 1 credit, as estimated"
    assert [e["stage"] for e in ran.of("history")] == [
        "queued",
        "preparing",
        "submitting",
        "running",
        "ready",
        "downloading",
        "verifying",
        "done",
    ]
    assert program.run("jobs", "show", "nonesuch").code == 2


def test_a_lost_disk_is_recovered_for_nothing(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """The profile is gone: the results of the last 7 days come back, byte for byte, and nothing is submitted."""
    assert enhance(program, tmp_path, "a.png", "b.png").summary["done"] == 2
    shutil.rmtree(program.profile)
    out = tmp_path / "back"
    listed = program.run("jobs", "recover", "--service", "topaz", "--json")
    assert (listed.code, listed.summary["found"], listed.summary["done"]) == (0, 2, 0)
    assert not out.exists()
    ran = program.run("jobs", "recover", "--service", "topaz", "--out", out, "--json")
    assert (ran.code, ran.summary["done"]) == (0, 2), ran.err
    wanted = [service.result_bytes(row["id"]) for row in service.rows("jobs")]
    assert unmatched(list(out.iterdir()), wanted) == ([], [])
    assert len(service.rows("jobs")) == 2
    assert all(path.name.startswith("Low Resolution 2 20") for path in out.iterdir())
    assert program.run("jobs", "recover", "--service", "topaz", "--json").summary["found"] == 0
    books = program.run("account", "ledger", "--json").of("account")[0]
    assert (books["charged"], books["reserved"]) == (2, 0)


def test_cancel_says_the_price_and_the_books_agree(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 36_000, "credits": 100}})
    job = begun(program, pictures.write(tmp_path / "a.png"), "running")
    while service.rows("jobs")[0]["status"] == "Pending":
        time.sleep(0.01)
    service.edit("UPDATE jobs SET started = started - 3690")  # at its very beginning a cancel is free
    ran = program.run("jobs", "cancel", job, "--json")
    assert ran.code == 0, ran.out + ran.err
    price, summary = ran.of("price")[0], ran.summary
    assert 10 <= price["credits"] <= summary["credits"] <= price["credits"] + 1, "six minutes for each credit"
    kept = -sum(row["available"] + row["reserved"] for row in service.rows("ledger") if row["process_id"])
    assert kept == summary["credits"]
    assert ran.of("failed") == [], "what was cancelled did not fail"
    assert [event["job"] for event in ran.of("cancelled")] == [job]
    assert program.run("jobs", "cancel", job).code == 2


def test_a_cancelled_job_is_no_failure_of_a_run(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """It was counted as failed, and the run ended with the exit code of a service that fails."""
    slow = {"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 3600}}
    service.scenario(slow, {"match": {"method": "DELETE"}, "do": {"status": 503}})
    job = begun(program, pictures.write(tmp_path / "a.png"), "running")
    assert program.run("jobs", "cancel", job, "--yes", "--wait", "0.2", "--json").code == 4
    service.scenario(slow)
    ran = program.run("jobs", "run", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert (ran.summary["failed"], ran.summary["cancelled"]) == (0, 1)
    assert ran.of("failed") == []


def test_what_has_finished_meanwhile_is_fetched(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """It is paid: a cancel that comes too late brings the result."""
    service.scenario({"match": {"path": "^/image/v1/status"}, "do": {"status": 503}})
    job = begun(program, pictures.write(tmp_path / "a.png"), "running")
    service.scenario()
    end = time.monotonic() + 400
    while service.rows("jobs")[0]["status"] != "Completed":
        assert time.monotonic() < end
        time.sleep(0.01)
    ran = program.run("jobs", "cancel", job, "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.summary["done"] == 1
    assert Path(ran.of("done")[0]["result"]).exists()


def test_a_doubtful_job_is_decided_by_the_user(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """Both choices in plain words; nothing is sent without one, and looking again costs nothing."""
    lost = {"match": {"method": "POST", "path": "/async"}, "do": {"drop": "after"}}
    no_list = {"match": {"path": "^/image/v1/status$"}, "do": {"status": 503}}
    service.scenario(lost, no_list)
    job = begun(program, pictures.write(tmp_path / "a.png"), "doubtful")
    asked = program.run("jobs", "retry", job)
    assert asked.code == 2
    assert all(word in asked.err for word in ("--wait", "--resend", "--give-up", "twice", "once"))
    assert len(service.rows("jobs")) == 1
    service.scenario()
    ran = program.run("jobs", "retry", job, "--wait", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.summary["done"] == 1
    assert len(service.rows("jobs")) == 1


def test_a_new_try_of_a_failed_job_says_its_price(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    service.scenario({"match": {"method": "POST", "path": "/async", "nth": 1}, "do": {"fail_job": True}})
    failed = enhance(program, tmp_path, "a.png")
    assert failed.code == 4
    ran = program.run("jobs", "retry", failed.of("failed")[0]["job"], "--yes", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.of("price")[0]["credits"] == 1
    assert ran.summary["done"] == 1
    assert len(service.rows("jobs")) == 2
    # The failed job stays in the list. Once more is no new try, and no price is named for it.
    again = program.run("jobs", "retry", failed.of("failed")[0]["job"], "--yes", "--json")
    assert again.of("price") == []
    assert again.summary["error"] == "use.not_failed"
    assert len(service.rows("jobs")) == 2


def test_a_paused_queue_and_a_time_limit(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """`--wait` gives the shell back; the job goes on at the service and is fetched later."""
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 3600}})
    job = begun(program, pictures.write(tmp_path / "a.png"), "running")
    ran = program.run("jobs", "run", "--wait", "0.2", "--json")
    assert ran.code == 4
    assert (ran.summary["unfinished"], ran.summary["credits"], ran.summary["reserved"]) == (1, 0, 1)
    assert [e["stage"] for e in program.run("jobs", "list", "--json").of("job") if e["job"] == job] == ["running"]


def test_a_summary_counts_what_was_charged(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """One failed at the service, one is charged and cannot be fetched: only what was done counted, so both were free."""
    post = {"method": "POST", "path": "/async"}
    service.scenario({"match": {**post, "nth": 1}, "do": {"fail_job": True}})
    failed = enhance(program, tmp_path, "a.png")
    assert (failed.summary["credits"], failed.summary["refunded"], failed.summary["failed"]) == (0, 1, 1)
    assert failed.of("failed")[0]["details"].startswith("process ")
    service.scenario(
        {"match": post, "do": {"credits": 3}}, {"match": {"method": "GET", "path": "/download"}, "do": {"status": 503}}
    )
    begun(program, pictures.write(tmp_path / "b.png"), "waiting")
    stopped = program.run("jobs", "run", "--wait", "0.5", "--json")
    assert (stopped.summary["credits"], stopped.summary["unfinished"]) == (3, 1), stopped.out
    assert all(e["details"] for e in stopped.of("progress") if e["stage"] == "waiting")
    service.scenario()
    text = program.run("jobs", "run")
    assert "1 picture done · 3 credits charged" in text.out
    program.env["TOPAZ_API_KEY"] = "wrong"
    refused = program.run("enhance", pictures.write(tmp_path / "c.png", width=330), *LOW, "--json")
    assert {"title", "hint", "code", "details"} <= set(refused.error)
    assert refused.error["details"]


def test_another_job_list_is_told_with_the_command_that_helps(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """The hint named a button of the window only."""
    assert enhance(program, tmp_path, "a.png").summary["done"] == 1
    other = Program(tmp_path / "other", program.env)
    assert enhance(other, tmp_path, "b.png").summary["done"] == 1
    for path in other.profile.glob("jobs.sqlite3"):
        shutil.copy(path, program.profile / path.name)
    ran = program.run("jobs", "run", "--json")
    assert ran.error["code"] == "computer.database_lost"
    assert "“topazdesk jobs recover” " in ran.error["hint"]


def test_a_list_tells_of_rows_that_it_cannot_read(program: Program, tmp_path: Path) -> None:
    job = enhance(program, tmp_path, "a.png", "b.png").of("done")[0]["job"]
    with closing(sqlite3.connect(program.profile / "jobs.sqlite3")) as database, database:
        database.execute("UPDATE jobs SET estimate = '?' WHERE id = ?", (job,))
    for more in ((), ("--last", "2")):
        ran = program.run("jobs", "list", *more, "--json")
        assert (ran.error["code"], ran.error["details"]) == ("computer.jobs_unreadable", job)
        assert "topazdesk jobs recover" in ran.error["hint"]
        assert (ran.summary["jobs"], ran.summary["not_listed"]) == (1, 0)
