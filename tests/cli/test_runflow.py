"""The main job through Runflow on the command line: real program, real service process, dollars, recovery by name."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox
from topazdesk.services.runflow import RUNS

STANDARD = ("--model", "Standard 2", "--service", "runflow")
SIZED = (*STANDARD, "--scale", "2")
TWICE = (*SIZED, "--yes")


@pytest.fixture
def program(tmp_path: Path, service: RunningSandbox) -> Program:
    return Program(
        tmp_path / "profile", {"RUNFLOW_API_KEY": service.key, "TOPAZDESK_RUNFLOW_URL": service.hello["runflow_url"]}
    )


def test_several_formats_are_paid_once(program, service, tmp_path):
    """It writes no TIFF: the best that it has is PNG."""
    source = pictures.write(tmp_path / "a.jpg")
    ran = program.run("enhance", source, *TWICE, "--format", "jpeg", "--format", "png", "--json")
    assert (ran.code, ran.summary["copies"]) == (0, 1), ran.out + ran.err
    (done,) = ran.of("done")
    assert (Path(done["result"]).suffix, Path(done["copies"][0]["result"]).suffix) == (".png", ".jpg")
    assert done["usd"] == 0.08
    assert [row["output_format"] for row in service.rows("jobs")] == ["png"]


def test_the_main_job(program, service, tmp_path):
    source = pictures.write(tmp_path / "a.png")
    before = source.read_bytes()
    ran = program.run("enhance", source, *TWICE, "--json")
    assert ran.code == 0, ran.out + ran.err
    done = ran.of("done")[0]
    with Image.open(source) as first, Image.open(done["result"]) as result:
        assert result.size == (2 * first.width, 2 * first.height)
    assert (done["credits"], done["usd"]) == (None, 0.08)
    assert ran.of("price")[0]["usd"] == 0.08
    assert ran.of("price")[0]["available"] == 40.0
    assert ran.summary.pop("seconds") > 0
    assert len(ran.summary.pop("runs")) == 1
    assert ran.summary == {
        "event": "summary",
        "done": 1,
        "failed": 0,
        "refused": 0,
        "unfinished": 0,
        "credits": None,
        "usd": 0.08,
        "originals": {"checked": 1, "unchanged": 1, "changed": 0, "missing": 0},
    }
    assert all(e["percent"] is None for e in ran.of("progress") if e["stage"] == "running")
    assert source.read_bytes() == before
    row = service.rows("jobs")[0]
    assert '"face_enhancement": false' in row["settings"]
    assert service.rows("runs")[0]["client_ref"].startswith("td-")


def test_the_daily_limit_in_dollars_holds(program, service, tmp_path):
    """Of two pictures at $0.08 the second is not sent; a limit in credits alone would not have held it."""
    assert program.run("account", "cap", "0.10", "--service", "runflow").code == 0
    sources = [pictures.write(tmp_path / name) for name in ("a.png", "b.png")]
    ran = program.run("enhance", *sources, *TWICE, "--json")
    assert (ran.code, ran.of("error")[0]["code"]) == (1, "account.day_cap")
    assert (ran.summary["done"], ran.summary["unfinished"]) == (1, 1)
    assert len(service.rows("runs")) == 1


def test_a_lost_answer_of_the_paid_call_is_adopted_and_paid_once(program, service, tmp_path):
    """The service took the run, its answer never came: found by `client_ref`, not started again."""
    service.scenario({"match": {"path": f"{RUNS}$", "nth": 1}, "do": {"drop": "after"}})
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *TWICE, "--json")
    assert ran.code == 0, ran.out + ran.err
    assert "doubtful" in [e["stage"] for e in ran.of("progress")]
    assert ran.summary["done"] == 1
    assert len(service.rows("runs")) == 1
    assert ran.summary["usd"] == 0.08


def test_a_model_retired_in_mid_queue_is_an_ordinary_failure(program, service, tmp_path):
    body = {"code": "MODEL_UNAVAILABLE", "message": "Standard V2 was retired", "errors": []}
    service.scenario(
        {"match": {"path": f"{RUNS}$", "model": "Standard V2", "from": 2}, "do": {"status": 404, "body": body}}
    )
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        pictures.write(tmp_path / "in" / name)
    ran = program.run("enhance", tmp_path / "in", *TWICE, "--json")
    assert ran.code == 1, ran.out + ran.err
    assert (ran.summary["done"], ran.summary["failed"], ran.summary["usd"]) == (1, 2, 0.08)
    for failed in ran.of("failed"):
        assert failed["title"] == "Runflow does not offer this model any more, or not right now"
        assert "Nothing was charged" in failed["hint"]
        assert failed["usd"] == 0
    assert len(service.rows("runs")) == 1


def test_a_run_that_fails_says_why(program, service, tmp_path):
    service.scenario({"match": {"path": f"{RUNS}$"}, "do": {"fail_job": 0}})
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *TWICE, "--json")
    assert ran.code == 1 or ran.code == 4, ran.out + ran.err
    failed = ran.of("failed")[0]
    assert "The model could not work with this image" in failed["hint"]
    assert "credits" not in failed["hint"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--scale", "20"], 3, "not published"),
        (["--budget", "0.05"], 3, "the budget is $0.05"),
        (["--budget", "much"], 2, "dollars"),
        (["--set", "creativity=3"], 2, "setting"),
        (["--width", "100", "--height", "900"], 2, "shape"),
        (["--format", "tiff"], 2, "jpeg"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(program, service, tmp_path, words, code, said):
    budget = [] if "--budget" in words or code == 2 else ["--budget", "5"]
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *STANDARD, *words, *budget)
    assert ran.code == code, ran.out + ran.err
    assert said in ran.err
    assert service.rows("assets") == []


def test_a_price_that_nobody_publishes_is_planned_where_no_limit_has_to_hold(program, service, tmp_path):
    source = pictures.write(tmp_path / "a.png", width=400, height=300)
    words = ("plan", source, *STANDARD, "--scale", "20", "--json")
    free = program.run(*words)
    assert (free.code, free.summary["unknown_prices"], free.summary["results"]) == (0, 1, 1), free.out
    held = program.run(*words, "--budget", "100")
    assert (held.code, held.error["title"]) == (3, "A budget cannot be kept where the price is not known")
    assert service.rows("jobs") == []


def test_over_50_mib_is_said_before_the_upload(program, service, tmp_path):
    source = pictures.write(tmp_path / "large.png")
    with source.open("ab") as file:
        file.truncate(52_428_801)
    ran = program.run("enhance", source, *TWICE)
    assert ran.code == 2, ran.out + ran.err
    assert "50 MiB" in ran.err
    assert service.rows("assets") == []


def test_prices_in_dollars_and_none_where_none_is_published(program):
    known = program.run("estimate", "--size", "3000x2000", *SIZED, "--json").of("estimate")[0]
    assert (known["usd"], known["credits"], known["source"]) == (0.08, None, "table")
    unknown = program.run("estimate", "--size", "6000x4000", *SIZED, "--json").of("estimate")[0]
    assert (unknown["usd"], unknown["source"]) == (None, "unknown")
    models = program.run("models", "--service", "runflow", "--json").of("model")
    assert len(models) == 10
    assert all(m["pricing"]["unit"] == "usd" and m["pricing"]["known_to_mp"] == 24 for m in models)


def test_no_key_is_a_sentence(program, tmp_path):
    del program.env["RUNFLOW_API_KEY"]
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *TWICE)
    assert ran.code == 3
    assert "RUNFLOW_API_KEY" in ran.err


def test_the_books_are_in_dollars(program, tmp_path):
    assert program.run("enhance", pictures.write(tmp_path / "a.png"), *TWICE).code == 0
    told = program.run("account", "balance", "--service", "runflow", "--json")
    assert told.of("balance")[0] | {"held": 0} == {
        "event": "balance",
        "service": "runflow",
        "account": "default",
        "available": 39.92,
        "reserved": 0,
        "total": 39.92,
        "held": 0,
        "unit": "usd",
    }
    line = program.run("account", "ledger", "--json").of("ledger")[0]
    assert (line["estimated"], line["charged"], line["unit"]) == (0.08, 0.08, "usd")
    assert "$0.08" in line["explained"]


def test_killed_while_the_paid_call_is_answered_it_is_adopted_and_paid_once(program, service, tmp_path):
    """SIGKILL after the service took the run and before its answer came: after the restart it is found by its name."""
    service.scenario({"match": {"path": f"{RUNS}$", "nth": 1}, "do": {"answer_delay_s": 30}})
    running = program.start("enhance", pictures.write(tmp_path / "a.png"), *TWICE, "--json")
    end = time.monotonic() + 400
    while not service.rows("runs"):  # the service has no other way to tell a third party
        assert time.monotonic() < end
    running.kill()
    running.wait()
    assert running.stdout is not None
    running.stdout.close()
    ran = program.run("jobs", "run", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.summary["done"] == 1
    assert len(service.rows("runs")) == 1


def test_a_key_that_may_not_ask_for_the_balance_still_works(program, service, tmp_path):
    body = {"code": "PERMISSION_DENIED", "message": "credit_balance:read is missing", "errors": []}
    service.scenario({"match": {"path": "/balance"}, "do": {"status": 403, "body": body}})
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *TWICE, "--json")
    assert ran.code == 0, ran.out + ran.err
    assert "available" not in ran.of("price")[0]
    assert ran.summary["usd"] == 0.08


def test_a_limit_of_a_watched_folder_is_no_leave_to_pay_what_nobody_knows(
    program: Program, service: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit stood for the agreement to any price, and a price that is not known was not held against it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "incoming"
    folder.mkdir()
    pictures.write(folder / "a.png", width=400, height=300)
    words = ("watch", folder, *STANDARD, "--scale", "20", "--once", "--still", "0.1", "--json")
    ran = program.run(*words, "--per-day", "100")
    assert (ran.code, ran.summary["refused"], ran.of("price")) == (3, 1, []), ran.out + ran.err
    assert service.rows("runs") == []
