"""`--json` against its published schema: real output of real commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema

import topazdesk.cli
from tests.cli.conftest import Program, Ran
from tests.support import pictures
from topazdesk.app.resources import folder
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit

SCHEMA = json.loads((folder() / "schemas" / "json-lines-1.schema.json").read_text("utf-8"))


def test_every_line_is_as_it_is_published(alone: Program, tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    source, broken = pictures.write(tmp_path / "a.png"), tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0nonsense")
    free = ("--service", "sandbox", "--sandbox-speed", "0")
    recipe = ("--model", "Standard 2", "--service", "sandbox")

    def run(*words: str | Path) -> Ran:
        ran = alone.run(*words, "--json")
        for event in ran.events:
            validator.validate(event)
            assert event["event"] in SCHEMA["$defs"]["events"]["enum"]
        assert ran.events[-1]["event"] == "summary"
        return ran

    run("plan", source, broken, *recipe)
    run("estimate", source, *recipe)
    run("estimate", "--size", "6000x4000", *recipe)
    made = run("enhance", source, broken, "--model", "Standard 2", *free)
    run("enhance", source, "--model", "Standard 2", *free)
    (done,) = made.of("done")
    shown = run("jobs", "show", done["job"]).of("job")[0]
    assert shown["sent"]["bytes"] > 0
    assert shown["recipe"]["model"] == "standard-2"
    assert len(shown["source_sha256"]) == len(shown["result_sha256"]) == 64
    for words in (
        ("jobs", "list"),
        ("jobs", "report", "last"),
        ("jobs", "run"),
        ("jobs", "show", "nosuch"),
        ("models", "recover-3"),
        ("account", "balance"),
        ("account", "ledger"),
        ("account", "cap"),
        ("metadata",),
        ("metadata", source),
        ("bag", tmp_path / "bag"),
    ):
        run(*words)


def test_the_schema_knows_every_event_stage_and_unit() -> None:
    known = set(SCHEMA["$defs"]["events"]["enum"])
    code = "".join(path.read_text("utf-8") for path in Path(topazdesk.cli.__file__).parent.glob("*.py"))
    said = set(re.findall(r'\bevent\(\s*"([a-z_]+)"', code))
    assert said <= known
    assert set(SCHEMA["$defs"]["stage"]["enum"]) == {state.value for state in JobState}
    assert set(SCHEMA["$defs"]["unit"]["enum"]) == {unit.value for unit in Unit}
