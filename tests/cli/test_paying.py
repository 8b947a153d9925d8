"""The last look before money is spent: nothing is paid that nobody agreed to, that is over the budget, or that the account lacks."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Program, Ran
from tests.support import pictures, quick_start
from tests.support.sandbox import RunningSandbox
from topazdesk.app.recipe_words import read_budget
from topazdesk.cli.money import budget_option
from topazdesk.domain.money import Unit
from topazdesk.errors import UseError

LOW = ("--model", "Low Resolution 2", "--service", "topaz")


def assert_refused(ran: Ran, credits: int) -> None:
    """The price was said, nobody agreed to it, and the exit code says wrong use."""
    assert ran.code == 2, ran.out + ran.err
    assert ran.of("price")[0]["credits"] == credits
    assert ran.summary["error"] == ran.error["code"] == "use.not_agreed"
    assert "--yes" in ran.error["hint"]


def test_without_a_person_and_without_a_word_nothing_is_paid(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """Cron, pipes and `--json` spent at once; a new try and one more sending of a doubtful job did, too."""
    source = pictures.write(tmp_path / "a.png")
    plain = program.run("enhance", source, *LOW)
    assert plain.code == 2
    assert "1 credit for 1 picture" in plain.out
    assert "This costs 1 credit, and nobody agreed to that" in plain.err
    assert "--yes" in plain.err
    assert "--budget 1 " in plain.err
    assert_refused(program.run("enhance", source, source, *LOW, "--json"), 1)
    assert_refused(program.run("try", source, *LOW, "--json"), 1)
    assert service.rows("jobs") == service.rows("sources") == []

    post = {"method": "POST", "path": "/async"}
    service.scenario({"match": {**post, "nth": 1}, "do": {"fail_job": True}})
    failed = program.run("enhance", source, *LOW, "--budget", "1", "--json")  # a budget is a word, too
    assert failed.of("failed")[0]["code"] == "service.job_failed"
    assert_refused(program.run("jobs", "retry", failed.of("failed")[0]["job"], "--json"), 1)
    assert len(service.rows("jobs")) == 1

    no_list = {"match": {"path": "^/image/v1/status$"}, "do": {"status": 503}}
    service.scenario({"match": post, "do": {"drop": "after"}}, no_list)
    running = program.start("enhance", source, *LOW, "--yes", "--json")
    assert running.stdout is not None
    with running:
        for line in running.stdout:
            if '"doubtful"' in line:
                running.kill()
    service.scenario(no_list)
    doubtful = next(e for e in program.run("jobs", "list", "--json").of("job") if e["stage"] == "doubtful")
    assert_refused(program.run("jobs", "retry", doubtful["job"], "--resend", "--json"), 1)
    assert len(service.rows("jobs")) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of another kind")
def test_a_person_is_asked_where_the_question_can_be_read(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """With results in a file the question went there, too, and the command seemed to hang. `--json` is for programs, at a
    terminal as well: never asked, never paid."""
    import pty

    source = pictures.write(tmp_path / "a.png")
    for answer, more, code, jobs in ((b"n\n", (), 2, 0), (b"", ("--json",), 2, 0), (b"y\n", (), 0, 1)):
        master, slave = pty.openpty()
        with (tmp_path / "out.txt").open("wb") as out:
            running = quick_start.start(
                program.command("enhance", source, *LOW, *more),
                stdin=slave,
                stdout=out,
                stderr=slave,
                env=program.environment,
            )
        os.close(slave)
        told = b""
        while answer and b"[y/N]" not in told:
            told += os.read(master, 4096)
        os.write(master, answer)
        assert running.wait(400) == code
        os.close(master)
        assert b"1 credit" in told or not answer
        assert len(service.rows("jobs")) == jobs


def test_a_budget_holds_before_and_after_the_start(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """To the credit: 1 is too little for two pictures and 2 is enough; what the run may cost is written down with it, so
    that a charge over the estimate cannot break it."""
    sources = [pictures.write(tmp_path / name) for name in ("a.png", "b.png")]
    over = program.run("enhance", *sources, *LOW, "--budget", "1", "--yes", "--json")
    assert (over.code, over.error["code"]) == (3, "budget.run")
    assert "This run costs 2 credits, the budget is 1 credit" in over.error["title"]
    tried = program.run(
        "try", sources[0], "-m", "Standard 2", "-m", "High Fidelity 2", "-s", "topaz", "--budget", "1", "--json"
    )
    assert (tried.code, tried.error["code"]) == (3, "budget.run")
    assert service.rows("jobs") == []
    enough = program.run("enhance", *sources, *LOW, "--budget", "2", "--json")
    assert (enough.code, enough.summary["done"]) == (0, 2)
    assert program.run("try", sources[0], *LOW, "--budget", "1", "--json").code == 0
    with closing(sqlite3.connect(program.profile / "jobs.sqlite3")) as database, database:
        budgets = [row[0] for row in database.execute("SELECT budget FROM runs ORDER BY created_at")]
    assert budgets == [2, 1]


def test_limits_of_the_settings_hold_to_the_credit(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """What is just within a limit is within it, and nothing is said to be held back."""
    sources = [pictures.write(tmp_path / name) for name in ("a.png", "b.png")]
    program.profile.mkdir(mode=0o700)
    for limits, code, error, left in (
        ("run_cap = 2", 0, "", None),
        ("run_cap = 1", 3, "This run costs 2 credits, your limit for a run is 1 credit", None),
        ("day_cap = 2", 0, "", None),
        ("day_cap = 1", 0, "", 1),
    ):
        (program.profile / "settings.toml").write_text(f"{limits}\n", "utf-8")
        ran = program.run("plan", *sources, *LOW, "--json")
        assert (ran.code, ran.error["title"] if error else "") == (code, error)
        assert ran.summary.get("left_today") == left
    assert service.rows("jobs") == []


def test_a_new_try_says_what_is_sent_with_it(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """The engine that it starts sends what earlier commands left unsent, too."""
    service.scenario({"match": {"method": "POST", "path": "/async", "nth": 1}, "do": {"fail_job": True}})
    failed = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--yes", "--json").of("failed")[0]["job"]
    assert program.run("account", "cap", "1").code == 0
    sources = [pictures.write(tmp_path / f"{n}.png", width=70 + n) for n in range(2)]
    assert program.run("enhance", *sources, *LOW, "--yes", "--json").summary["unfinished"] == 1
    assert program.run("account", "cap", "none").code == 0
    ran = program.run("jobs", "retry", failed, "--yes", "--json")
    assert [price["credits"] for price in ran.of("price")] == [1, 1]
    assert ran.of("price")[1] == {"event": "price", "results": 1, "credits": 1}


def test_credits_that_are_not_there_are_not_spent(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """To the credit: of 1 credit no two pictures are begun, not even the first; 2 credits are enough for two."""
    sources = [pictures.write(tmp_path / name) for name in ("a.png", "b.png")]
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"credits": 499}})
    other = pictures.write(tmp_path / "other.png", width=330)
    assert program.run("enhance", other, *LOW, "--yes").code == 0  # 1 credit is left of the 500
    ran = program.run("enhance", *sources, *LOW, "--yes", "--json")
    assert (ran.code, ran.error["code"]) == (3, "credit.too_little")
    assert ran.of("price")[0] | {"pictures": 2} == {
        "event": "price",
        "pictures": 2,
        "results": 2,
        "credits": 2,
        "available": 1,
    }
    assert len(service.rows("jobs")) == len(service.rows("sources")) == 1
    service.scenario({"match": {"path": "/balance", "nth": 1}, "do": {"top_up": 1}})
    enough = program.run("enhance", *sources, *LOW, "--yes", "--json")
    assert (enough.code, enough.summary["done"], enough.summary["credits"]) == (0, 2, 2)


def test_play_money_needs_no_word_but_says_what_real_money_would(alone: Program, tmp_path: Path) -> None:
    """A --yes that was typed for a rehearsal would agree to real money on the day the settings name another service."""
    ran = alone.run("enhance", pictures.write(tmp_path / "a.png"), *LOW[:2], "--sandbox-speed", "0")
    assert ran.code == 0, ran.out + ran.err
    assert "a paid service would need --yes or --budget here" in ran.out
    assert "1 credit for 1 picture · 500 left before, 499 after" in ran.out
    agreed = alone.run("enhance", pictures.write(tmp_path / "b.png"), *LOW[:2], "--sandbox-speed", "0", "--budget", "1")
    assert (agreed.code, "would need" in agreed.out) == (0, False)


@pytest.mark.parametrize(
    ("text", "unit"), [("6", Unit.CREDIT), ("0.08", Unit.USD), ("1.5", Unit.USD), ("12.00", Unit.USD)]
)
def test_the_budget_of_the_hint_is_read_as_the_price(text: str, unit: Unit) -> None:
    amount = read_budget(text, unit)
    assert amount is not None
    assert read_budget(budget_option(amount, unit).removeprefix("--budget "), unit) == amount


@pytest.mark.parametrize("text", ["", "-1", "1.5", "much", "nan", "9" * 30, "9" * 5000])
def test_a_budget_that_is_no_amount_is_wrong_use(text: str) -> None:
    """One of thirty digits ended in a traceback: the job list cannot hold it."""
    with pytest.raises(UseError):
        read_budget(text, Unit.CREDIT)
