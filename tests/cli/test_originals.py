"""After a run the originals are read again: it is said that they are unchanged, or which are not."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")


def test_originals_are_witnessed(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    sources = [pictures.write(tmp_path / name) for name in ("a.png", "b.jpg", "c.tif")]
    before = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources]
    ran = program.run("enhance", *sources, *LOW, "--json")
    assert ran.summary["originals"] == {"checked": 3, "unchanged": 3, "changed": 0, "missing": 0}
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources] == before
    text = program.run("enhance", *sources, *LOW, "--again")
    assert " · 3 of 3 originals unchanged" in text.out


def test_a_picture_that_was_refused_is_witnessed_too(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """An archive asks for every file that it handed over: "1 of 1 originals unchanged" was said of two."""
    good, bad = pictures.write(tmp_path / "a.png"), pictures.write(tmp_path / "b.png")
    data = bytearray(bad.read_bytes())
    data[len(data) // 2] ^= 0xFF
    bad.write_bytes(data)
    ran = program.run("enhance", good, bad, *LOW, "--json")
    assert (ran.summary["done"], ran.summary["failed"]) == (1, 1)
    assert ran.summary["originals"] == {"checked": 2, "unchanged": 2, "changed": 0, "missing": 0}
    assert bad.read_bytes() == bytes(data)


def test_an_original_that_was_edited_meanwhile_is_told(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """Its result is of the older picture."""
    service.scenario({"match": {"path": "^/image/v1/status"}, "do": {"status": 503}})
    edited, gone, kept = (pictures.write(tmp_path / name) for name in ("edited.png", "gone.png", "kept.png"))
    running = program.start("enhance", edited, gone, kept, *LOW, "--json", "--out", tmp_path / "out")
    assert running.stdout is not None
    sent: set[str] = set()
    with running:
        lines = []
        for line in running.stdout:
            lines.append(json.loads(line))
            if lines[-1].get("stage") == "running":
                sent.add(lines[-1]["path"])
            if len(sent) == 3 and gone.exists():
                gone.unlink()
                edited.write_bytes(edited.read_bytes() + b"edited")
                service.scenario()
    assert lines[-1]["originals"] == {"checked": 3, "unchanged": 1, "changed": 1, "missing": 1}
    told = {line["event"]: line["path"] for line in lines if line["event"].startswith("original_")}
    assert told == {"original_changed": str(edited), "original_missing": str(gone)}

    # The list tells it afterwards, too, and so does the log.
    listed = {event["path"]: event for event in program.run("jobs", "list", "--json").of("job")}
    states = {str(edited): "changed", str(gone): "missing", str(kept): "unchanged"}
    assert {path: event["original"] for path, event in listed.items()} == states
    lines_ = program.run("jobs", "list").out.splitlines()
    assert [edited.name in line for line in lines_] == ["original changed since" in line for line in lines_]
    for path, state in states.items():
        (shown,) = program.run("jobs", "show", listed[path]["job"], "--json").of("job")
        assert shown["original"] == state
    assert "the result is of the older picture" in program.run("jobs", "show", listed[str(edited)]["job"]).out
