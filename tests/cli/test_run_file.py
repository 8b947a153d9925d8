"""A run in a file means what its command line means, and any past run gives its file back."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path

import jsonschema

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox
from topazdesk.app.resources import folder
from topazdesk.app.run_file import LISTS, SECTIONS, SWITCHES
from topazdesk.cli.commands import COMMANDS
from topazdesk.cli.program import command_of
from topazdesk.cli.run_file import given_options

SCHEMA = json.loads((folder() / "schemas" / "run-1.schema.json").read_text("utf-8"))


def test_a_file_runs_and_is_had_back(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png", "no.png"):
        pictures.write(tmp_path / "in" / name)
    file = tmp_path / "night.toml"
    text = (
        'version = 1\ninputs = ["in"]\nexclude = "no.*"\nservice = "topaz"\nmodel = ["Low Resolution 2"]\n'
        '[settings]\nsharpen = 0.5\n[output]\nscale = 3\nout = "out"\nflat = true\n'
    )
    file.write_text(text)
    ran = program.run("run", file, "--json")
    assert (ran.code, ran.error["code"]) == (2, "use.not_agreed"), "a file agrees to no price"
    assert not service.rows("jobs")
    file.write_text(f"{text}[caps]\nbudget = 1\n")
    assert program.run("run", file).code == 3, "its budget holds"
    file.write_text(f"{text}[caps]\nbudget = 20\n")
    ran = program.run("run", file, "--json")
    assert (ran.code, ran.summary["done"]) == (0, 2), ran.out + ran.err
    assert {Path(each["result"]).parent for each in ran.of("done")} == {tmp_path / "out"}
    assert {each["width"] for each in ran.of("done")} == {960}

    kept = program.run("jobs", "file", ran.summary["runs"][0][:8]).out
    data = tomllib.loads(kept)
    jsonschema.validate(data, SCHEMA)
    assert data["inputs"] == [str(tmp_path / "in")]
    assert data["output"]["scale"] == 3
    again = tmp_path / "again.toml"
    again.write_text(kept)
    second = program.run("run", again, "--json")
    assert [each["before"] for each in second.of("done")] == [True, True], "the same recipe on the same pictures"


def test_a_file_that_is_no_run_is_said(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    for text, said in (
        ("inputs = []", "version = 1"),
        ("version = 1\ninputs = [", "is not a run file"),
        ("version = 1\ninputs = []\nmodle = 'x'", "“modle” is not known"),
        ("version = 1\ninputs = []\n[output]\nyes = true", "“yes” is not known in [output]"),
    ):
        file.write_text(text)
        ran = program.run("run", file)
        assert (ran.code, said in ran.err) == (2, True), ran.err
    missing = program.run("run", tmp_path / "missing.toml")
    assert (missing.code, missing.err.split("\n")[0]) == (2, "There is no file missing.toml")


def test_the_schema_has_the_keys_of_the_file() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    top = SCHEMA["properties"]
    assert set(top) == {"version", *SECTIONS[""], *filter(None, SECTIONS)}
    for section in ("output", "caps"):
        assert set(top[section]["properties"]) == set(SECTIONS[section])
    output = {name for name, kind in top["output"]["properties"].items() if kind.get("type") == "boolean"}
    assert output == SWITCHES
    assert {name for name, kind in top.items() if {"type": "string"} in kind.get("anyOf", [])} == LISTS


def test_a_value_of_another_kind_pays_for_nothing(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """A file with again = "false" paid for a picture again, and one with budget = [] had no budget at all."""
    pictures.write(tmp_path / "a.png")
    file = tmp_path / "night.toml"
    head = 'version = 1\nservice = "topaz"\nmodel = "Low Resolution 2"\ninputs = '
    for text, said in (
        ('["a.png"]\n[output]\nagain = "false"', "“again” must be true or false"),
        ('["a.png"]\n[output]\nflat = 0', "“flat” must be true or false"),
        ('["a.png"]\n[caps]\nbudget = []', "“budget” has one value"),
        ('["a.png"]\n[caps]\nbudget = [1, 500]', "“budget” has one value"),
        ('["a.png"]\n[caps]\nbudget = true', "“budget” cannot be true or false"),
        ('["a.png"]\n[output]\nout = ""', "“out” is empty"),
        ('[""]', "“inputs” is empty"),
        ('["a\\u0000.png"]', "NUL"),
        ('[["a.png"]]', "“inputs” cannot be a section"),
        ('["a.png"]\n[settings]\nsharpen = [0.5]', "“sharpen” has one value"),
    ):
        file.write_text(head + text)
        ran = program.run("run", file, "--yes")
        assert (ran.code, said in ran.err) == (2, True), (text, ran.err)
    assert not service.rows("jobs")


def test_the_file_of_a_hundred_thousand_pictures_is_made_at_once() -> None:
    """It took minutes, before anything was said: a list of tomlkit takes a time with the square of its length."""
    enhance = command_of(next(command for command in COMMANDS if command.words == "enhance"))
    named = [Path(f'/in/{number} "é\\\n.png') for number in range(100_000)]
    began = time.process_time()
    with enhance.make_context("enhance", ["--model", "x", "--set", "a=1", "--flat", "x.png"]):
        text = given_options(named)
    data = tomllib.loads(text)
    assert time.process_time() - began < 20
    assert data.pop("inputs") == [str(path) for path in named]
    assert data == {"version": 1, "model": ["x"], "settings": {"a": "1"}, "output": {"flat": True}}
