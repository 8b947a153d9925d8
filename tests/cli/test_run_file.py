"""A run in a file means what its command line means, and any past run gives its file back."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox
from topazdesk.app.resources import folder
from topazdesk.cli.run_file import SECTIONS

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
        ("version = 1\ninputs = [", "is no run"),
        ("version = 1\ninputs = []\nmodle = 'x'", "“modle” is not known"),
        ("version = 1\ninputs = []\n[output]\nyes = true", "“yes” is not known in [output]"),
    ):
        file.write_text(text)
        ran = program.run("run", file)
        assert (ran.code, said in ran.err) == (2, True), ran.err
    assert program.run("run", tmp_path / "missing.toml").code == 2


def test_the_schema_has_the_keys_of_the_file() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    top = SCHEMA["properties"]
    assert set(top) == {"version", *SECTIONS[""], *filter(None, SECTIONS)}
    for section in ("output", "caps"):
        assert set(top[section]["properties"]) == set(SECTIONS[section])
