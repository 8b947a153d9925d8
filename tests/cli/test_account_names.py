"""Several accounts at a service by name: whose key is used, whose money is spent, and what each command says of it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Program, Ran
from tests.support import pictures
from tests.support.by_key import ByKey
from tests.support.sandbox import RunningSandbox, started
from tests.support.secrets import assert_unsaid, assert_unwritten

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes", "--json")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[RunningSandbox]:
    """The service as the key of another account sees it."""
    with started(tmp_path / "studio") as running:
        yield running


@pytest.fixture
def two(tmp_path: Path, service: RunningSandbox, studio: RunningSandbox) -> Iterator[Program]:
    """The program with two accounts at one address: one without a name, and "Studio"."""
    with ByKey({service.key: service.url, studio.key: studio.url}) as both:
        found = Program(
            tmp_path / "profile",
            {"TOPAZDESK_TOPAZ_URL": both.url, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
        )
        log_in(found, service.key)
        log_in(found, studio.key, "--name", "Studio")
        yield found
    keys = tmp_path / "profile" / "keys.json"
    for key in (service.key, studio.key):
        assert_unwritten(tmp_path, key, but=[service.state, studio.state, keys])


def log_in(program: Program, key: str, *words: str) -> None:
    done = try_to_log_in(program, key, *words)
    assert done.returncode == 0, done.stderr
    assert_unsaid(done.stdout + done.stderr, key)


def try_to_log_in(program: Program, key: str, *words: str) -> subprocess.CompletedProcess[str]:
    return program.tell(key, "account", "login", "--in-file", *words, "--json")


def jobs_at(service: RunningSandbox) -> int:
    return len(service.rows("jobs"))


def names(ran: Ran) -> dict[str, bool]:
    return {
        each["name"] or each["account"]: each["used"] for each in ran.of("known_account") if each["service"] == "topaz"
    }


def test_each_picture_is_paid_by_the_account_that_was_named_or_is_in_use(
    two: Program, service: RunningSandbox, studio: RunningSandbox, tmp_path: Path
) -> None:
    one, other, third = (pictures.write(tmp_path / f"{n}.png") for n in range(3))
    assert names(two.run("account", "list", "--json")) == {"default": False, "Studio": True}
    assert two.run("enhance", one, *LOW).summary["done"] == 1
    assert (jobs_at(service), jobs_at(studio)) == (0, 1)
    assert two.run("enhance", other, "--account", "default", *LOW).summary["done"] == 1
    assert (jobs_at(service), jobs_at(studio)) == (1, 1)
    assert two.run("account", "use", "default").code == 0
    assert two.run("enhance", third, *LOW).summary["done"] == 1
    assert (jobs_at(service), jobs_at(studio)) == (2, 1)

    again = two.run("enhance", one, *LOW)  # done already, by the other account: free
    assert (again.of("price"), again.code, jobs_at(service), jobs_at(studio)) == ([], 0, 2, 1)

    books = two.run("account", "ledger", "--json")
    assert [line["account"] for line in books.of("ledger")] == ["studio", "default", "default"]
    assert [(each["account"], each["charged"]) for each in books.of("account")] == [("studio", 1), ("default", 2)]
    assert len(two.run("account", "ledger", "--account", "studio", "--json").of("ledger")) == 1
    left = [
        two.run("account", "balance", "--account", each, "--json").summary["available"]
        for each in ("studio", "default")
    ]
    assert left[0] == left[1] + 1
    unknown = two.run("enhance", one, "--account", "Nobody", *LOW)
    assert (unknown.code, unknown.error["code"]) == (2, "use.no_account")
    assert "Studio" in unknown.error["hint"]


def test_a_file_of_a_run_names_the_account_that_pays(
    two: Program, service: RunningSandbox, studio: RunningSandbox, tmp_path: Path
) -> None:
    picture = pictures.write(tmp_path / "a.png")
    file = tmp_path / "run.toml"
    file.write_text(
        f'version = 1\ninputs = ["{picture}"]\nservice = "topaz"\naccount = "default"\nmodel = "Low Resolution 2"\n'
    )
    assert two.run("run", file, "--yes", "--json").summary["done"] == 1
    assert (jobs_at(service), jobs_at(studio)) == (1, 0)
    assert 'account = "default"' in two.run("jobs", "file", "last").out


def test_a_daily_limit_of_one_account(
    two: Program, service: RunningSandbox, studio: RunningSandbox, tmp_path: Path
) -> None:
    assert two.run("account", "cap", "1", "--account", "Studio").code == 0
    sources = [pictures.write(tmp_path / name) for name in ("a.png", "b.png")]
    ran = two.run("enhance", *sources, *LOW)
    assert (ran.summary["done"], ran.summary["unfinished"]) == (1, 1)
    assert ran.of("error")[0]["code"] == "account.own_cap"
    assert jobs_at(studio) == 1
    assert two.run("account", "cap", "none", "--account", "Studio").code == 0
    assert two.run("jobs", "run", "--json").summary["done"] == 1
    assert (jobs_at(service), jobs_at(studio)) == (0, 2)


def test_a_key_that_is_removed_while_its_jobs_wait_stops_them_and_comes_back(
    two: Program, service: RunningSandbox, studio: RunningSandbox, tmp_path: Path
) -> None:
    """The job waits for its own key, whatever other account there is; under the same name it is the same account."""
    picture = pictures.write(tmp_path / "a.png")
    assert two.run("jobs", "add", picture, *LOW).summary["added"] == 1
    asked = two.run("account", "logout", "Studio", "--json")
    assert (asked.code, asked.error["code"]) == (2, "use.no_account")
    gone = two.run("account", "logout", "Studio", "--yes", "--json")
    assert gone.of("logout")[0]["waiting"] == 1
    assert studio.key not in (two.profile / "keys.json").read_text()
    assert names(two.run("account", "list", "--json")) == {"default": True}
    ran = two.run("jobs", "run", "--json")
    assert ran.code == 3
    assert ran.of("error")[0]["code"] == "account.no_key"
    assert "Studio" in ran.of("error")[0]["title"]
    assert (jobs_at(service), jobs_at(studio)) == (0, 0)
    shown = two.run("jobs", "show", two.run("jobs", "list", "--json").of("job")[0]["job"]).out
    assert "waits until its account has its key again" in shown
    log_in(two, studio.key, "--name", "studio")
    assert two.run("jobs", "run", "--json").summary["done"] == 1
    assert (jobs_at(service), jobs_at(studio)) == (0, 1)


def test_the_report_of_one_run_is_not_said_to_be_of_all(two: Program, tmp_path: Path) -> None:
    """After two runs were continued, "all of it once more" named the report of the second."""
    for name, account in (("a.png", "default"), ("b.png", "Studio")):
        assert two.run("jobs", "add", pictures.write(tmp_path / name), "--account", account, *LOW).code == 0
    both = two.run("jobs", "run").out
    assert "2 pictures done" in both
    assert "jobs report" not in both


def test_a_new_name_changes_nothing_but_the_name(two: Program, studio: RunningSandbox, tmp_path: Path) -> None:
    assert two.run("account", "rename", "Studio", "Atelier Müller").code == 0
    taken = two.run("account", "rename", "default", "atelier müller", "--json")
    assert (taken.code, taken.error["code"]) == (2, "use.no_account")
    assert two.run("account", "rename", "default", "Private").code == 0
    assert names(two.run("account", "list", "--json")) == {"Private": False, "Atelier Müller": True}
    ran = two.run("enhance", pictures.write(tmp_path / "a.png"), "--account", "ATELIER MÜLLER", *LOW)
    assert ran.summary["done"] == 1
    assert jobs_at(studio) == 1
    with closing(sqlite3.connect(two.profile / "jobs.sqlite3")) as books, books:
        assert books.execute("SELECT account_id FROM ledger").fetchall() == [("studio",)]


def test_the_key_in_the_environment_is_that_of_the_account_without_a_name(
    two: Program, service: RunningSandbox, studio: RunningSandbox, tmp_path: Path
) -> None:
    """What a script exports is used, and never for jobs of another account."""
    two.env["TOPAZ_API_KEY"] = service.key
    assert two.run("enhance", pictures.write(tmp_path / "a.png"), *LOW).summary["done"] == 1
    assert (jobs_at(service), jobs_at(studio)) == (1, 0)
    ran = two.run("enhance", pictures.write(tmp_path / "b.png"), "--account", "Studio", *LOW)
    assert ran.summary["done"] == 1
    assert (jobs_at(service), jobs_at(studio)) == (1, 1)


def test_a_second_terminal_has_another_account_pay_in_the_first(
    two: Program, service: RunningSandbox, studio: RunningSandbox, tmp_path: Path
) -> None:
    """The program that has the profile works for both accounts, each with its own key; a key of another is refused."""
    studio.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 3600}})
    with two.start("enhance", pictures.write(tmp_path / "a.png"), *LOW) as first:
        assert first.stdout is not None
        for line in first.stdout:
            if json.loads(line).get("stage") == "running":
                break
        ran = two.run("enhance", pictures.write(tmp_path / "b.png"), "--account", "default", *LOW)
        assert (ran.code, ran.summary["done"]) == (0, 1), ran.out + ran.err
        assert (jobs_at(service), jobs_at(studio)) == (1, 1)
        two.env["TOPAZ_API_KEY_STUDIO"] = service.key  # the first has the studio's own
        other = two.run("enhance", pictures.write(tmp_path / "c.png"), "--account", "Studio", *LOW)
        assert other.error["code"] == "account.other"
        assert (jobs_at(service), jobs_at(studio)) == (1, 1)
        assert first.poll() is None
        first.kill()


def test_one_key_is_not_kept_under_two_names(two: Program, service: RunningSandbox, studio: RunningSandbox) -> None:
    """A daily limit of one could be walked around with the other."""
    for key, words, has_it in (
        (studio.key, ("--name", "Second"), "“Studio”"),
        (service.key, ("--name", "Studio"), "“Default account”"),
    ):
        refused = try_to_log_in(two, key, *words)
        said = json.loads(refused.stdout.splitlines()[0])
        assert (refused.returncode, said["code"]) == (2, "use.no_account")
        assert has_it in said["title"]
        assert_unsaid(refused.stdout + refused.stderr, key)
    assert names(two.run("account", "list", "--json")) == {"default": False, "Studio": True}
    log_in(two, studio.key, "--name", "Studio")  # its own


def test_a_key_that_jobs_need_is_replaced_only_if_that_is_meant(
    two: Program, studio: RunningSandbox, tmp_path: Path
) -> None:
    assert two.run("jobs", "add", pictures.write(tmp_path / "a.png"), *LOW).summary["added"] == 1
    two.env["TOPAZDESK_TOPAZ_URL"] = "http://127.0.0.1:9"  # any key is kept where it cannot be checked
    log_in(two, studio.key, "--name", "Studio")  # the same key
    asked = try_to_log_in(two, "somebody-elses-key", "--name", "Studio")
    said = json.loads(asked.stdout.splitlines()[0])
    assert (asked.returncode, said["code"]) == (2, "use.no_account")
    assert "--yes" in said["hint"]
    assert studio.key in (two.profile / "keys.json").read_text()
    log_in(two, "somebody-elses-key", "--name", "Studio", "--yes")
    assert studio.key not in (two.profile / "keys.json").read_text()
