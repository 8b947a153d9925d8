"""A service that the program does not come with: traits, client, models and two entries are all that it takes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.third_service import KEY, write_models

SIZED = ("--model", "Enlarger", "--service", "third")


class WithThird(Program):
    def command(self, *words: str | Path) -> list[str]:
        return [sys.executable, "-m", "tests.support.third_service", *map(os.fspath, words)]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    write_models(tmp_path / "profile")
    return WithThird(tmp_path / "profile", {"THIRD_API_KEY": KEY})


def test_one_job_from_plan_to_result(program: Program, tmp_path: Path) -> None:
    """A closed list of services, tests which one it is and orders written by hand made a third one a change in 20 files."""
    source = pictures.write(tmp_path / "a.png")
    plan = program.run("plan", source, *SIZED, "--json")
    assert plan.code == 0, plan.out + plan.err
    assert plan.summary["usd"] == 0.02
    ran = program.run("enhance", source, *SIZED, "--yes", "--json")
    assert ran.code == 0, ran.out + ran.err
    (done,) = ran.of("done")
    with Image.open(source) as first, Image.open(done["result"]) as result:
        assert result.size == (3 * first.width, 3 * first.height), "its own default enlargement"
    assert (done["usd"], ran.summary["done"]) == (0.02, 1)
    (listed,) = program.run("jobs", "list", "--json").of("job")
    assert (listed["service"], listed["stage"]) == ("third", "done")


def test_it_is_listed_and_named_where_services_are(program: Program) -> None:
    assert [m["name"] for m in program.run("models", "--service", "third", "--json").of("model")] == ["Enlarger"]
    program.env["COLUMNS"] = "200"
    assert "[topaz|runflow|local|sandbox|third]" in program.run("enhance", "--help").out
    refused = program.run("models", "--service", "fourth", "--json")
    assert (refused.code, "'third'" in refused.error["title"]) == (2, True)


def test_its_key_is_asked_for_by_its_name(program: Program, tmp_path: Path) -> None:
    program.env.clear()
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *SIZED, "--yes", "--json")
    assert (ran.code, ran.error["title"]) == (3, "No Third key yet")


def test_without_it_the_same_profile_opens(program: Program, tmp_path: Path) -> None:
    """A program that does not know a service leaves its models and jobs alone."""
    assert program.run("enhance", pictures.write(tmp_path / "a.png"), *SIZED, "--yes").code == 0
    without = Program(program.profile, program.env)
    assert without.run("models", "--service", "third", "--json").code == 2
    assert without.run("jobs", "list", "--json").code == 0
    assert program.run("jobs", "list", "--json").of("job")[0]["stage"] == "done"
