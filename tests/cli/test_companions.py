"""What a file holds beside its picture is in the one list of changes: plan, run and sidecar say the same."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Program
from tests.media.test_companions import CASES
from tests.support.sandbox import RunningSandbox


def test_plan_run_and_sidecar_say_the_same(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    make, _ = CASES["both"]
    source = make(tmp_path / "in.jpg")
    words = (source, "--service", "topaz", "--model", "Low Resolution 2", "--json", "--yes", "--out", tmp_path / "out")
    wanted = ["HDR gain map left out", "motion clip left out"]
    (planned,) = program.run("plan", *words).of("plan")
    assert [(each["kind"], each["text"]) for each in planned["changes"]] == [("beside", text) for text in wanted]
    (done,) = program.run("enhance", *words, "--bag", tmp_path / "bag").of("done")
    assert done["changes"] == planned["changes"]
    (held,) = (tmp_path / "bag").rglob("*.topazdesk.json")
    sidecar = json.loads(held.read_text())
    assert sidecar["changes"] == planned["changes"]
    told = [text for kind, text in sidecar["metadata"]["remarks"] if kind == "left_out"]
    assert sorted(text.partition(":")[0].lower() for text in told) == sorted(text.lower() for text in wanted)
