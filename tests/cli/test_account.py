"""`topazdesk account`: balance, books, refunds that do not come, daily limit, key."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox
from topazdesk.cli.money import read_day_cap
from topazdesk.domain.money import Unit
from topazdesk.errors import UseError

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")
DAY_S = 86_400


def test_the_daily_limit_holds_for_the_command_line(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """The second picture is not sent; the limit raised, it goes on."""
    assert program.run("account", "cap", "1", "--json").summary["credits"] == 1
    sources = [pictures.write(tmp_path / name) for name in ("a.png", "b.png")]
    ran = program.run("enhance", *sources, *LOW, "--json")
    assert ran.code == 1
    assert (ran.summary["done"], ran.summary["unfinished"]) == (1, 1)
    assert ran.of("error")[0]["code"] == "account.day_cap"
    assert len(service.rows("jobs")) == 1
    assert program.run("account", "cap", "none").code == 0
    goes_on = program.run("jobs", "run", "--json")
    assert goes_on.of("price") == [{"event": "price", "results": 1, "credits": 1}]  # said before it is sent
    assert goes_on.summary["done"] == 1
    assert len(service.rows("jobs")) == 2
    assert program.run("account", "cap", "many").code == 2


def test_dollars_have_a_daily_limit_of_their_own(program: Program) -> None:
    """A limit in credits does not hold a service that counts in dollars, and an amount too small to count must not mean none."""
    assert program.run("account", "cap", "7").code == 0
    assert program.run("account", "cap", "$1.50", "--service", "runflow", "--json").summary == {
        "event": "summary",
        "credits": 7,
        "usd": 1.5,
    }
    assert program.run("account", "cap", "0.0000001", "--service", "runflow").code == 2
    for wrong in ("many", "0", "-1", "nan", "1e99", "none"):
        with pytest.raises(UseError):
            read_day_cap(wrong, Unit.USD)
    shown = program.run("account", "cap")
    assert "7 credits" in shown.out
    assert "$1.50" in shown.out
    lifted = program.run("account", "cap", "none", "--json")
    assert (lifted.summary["credits"], lifted.summary["usd"]) == (None, 1.5)
    assert "No daily limit" in program.run("account", "cap", "none", "--service", "runflow").out


def test_a_difference_is_explained_and_a_lost_refund_is_found(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """The service's own figures decide: credits held for no running job, a day after a job failed."""
    post = {"method": "POST", "path": "/async"}
    service.scenario(
        {"match": {**post, "nth": 1}, "do": {"credits": 3}},
        {"match": post, "do": {"fail_job": True, "refund": False}},
    )
    assert program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW).code == 0
    assert program.run("enhance", pictures.write(tmp_path / "b.png", width=330), *LOW).code == 4
    lines = program.run("account", "ledger", "--json").of("ledger")
    assert (
        lines[0]["explained"] == "Charged 3 credits, estimated 1 credit: the service counts other than its price list"
    )
    assert lines[1]["explained"] == "Failed at the service: nothing was charged, 1 credit refunded"
    early = program.run("account", "balance", "--service", "topaz", "--json")
    assert (early.summary["available"], early.summary["reserved"], early.summary["missing"]) == (496, 1, 0)
    with closing(sqlite3.connect(program.profile / "jobs.sqlite3")) as database, database:
        database.execute("UPDATE jobs SET changed_at = changed_at - ?", (DAY_S + 1,))
    late = program.run("account", "balance", "--service", "topaz", "--json")
    missing = late.of("refund_missing")[0]
    assert missing["process"] == service.rows("jobs")[1]["id"]
    assert missing["process"] in missing["support"]
    assert service.key not in late.out + late.err


def test_a_key_comes_from_standard_input_and_is_tried_first(program: Program, service: RunningSandbox) -> None:
    del program.env["TOPAZ_API_KEY"]
    program.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

    def login(key: str) -> subprocess.CompletedProcess[str]:
        return program.tell(key, "account", "login")

    wrong = login("canary-wrong-key\n")
    assert wrong.returncode == 3
    right = login(f"{service.key}\n")
    assert right.returncode == 3  # it works, but this computer has no key ring: said, and not written anywhere
    assert "keyring" in right.stderr
    assert login("").returncode == 2
    program.env["TOPAZDESK_TOPAZ_URL"] = "http://127.0.0.1:9"
    offline = login(f"{service.key}\n")
    assert offline.returncode == 3  # offline is no reason to refuse a key; the missing key ring is
    assert "This computer has no keyring to keep the key in" in offline.stderr
    said = wrong.stdout + wrong.stderr + right.stdout + right.stderr
    assert "canary" not in said
    assert service.key not in said
    kept = b"".join(path.read_bytes() for path in program.profile.rglob("*") if path.is_file())
    assert service.key.encode() not in kept
    program.env["TOPAZDESK_TOPAZ_URL"] = service.url
    asked_for = program.tell(f"{service.key}\n", "account", "login", "--in-file")
    assert asked_for.returncode == 0
    assert "in a file, not encrypted" in asked_for.stdout
    balance = program.run("account", "balance", "--service", "topaz", "--json")
    assert balance.code == 0
    assert program.run("account", "logout").code == 0
    kept = b"".join(path.read_bytes() for path in program.profile.rglob("*") if path.is_file())
    assert service.key.encode() not in kept
    assert program.run("account", "login", "--service", "sandbox").code == 2
