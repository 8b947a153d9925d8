"""Finished results as an archive bag, with the run or later: what bagit accepts, whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import bagit
import pypdf
from PIL import Image

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")


def _sources(folder: Path) -> list[Path]:
    (folder / "in" / "sub").mkdir(parents=True)
    names = ("a.png", "sub/a.png", "sub/ünïcode 日本 100%.jpg")
    return [pictures.write(folder / "in" / name, width=60 + at, height=40) for at, name in enumerate(names)]


def _rows(bag: Path) -> list[dict[str, str]]:
    with (bag / "data" / "runs.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_run_ends_in_a_bag_with_all_that_belongs_to_it(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    sources, bag = _sources(tmp_path), tmp_path / "bag"
    words = (tmp_path / "in", *LOW, "--out", tmp_path / "out")
    ran = program.run("enhance", *words, "--bag", bag, "--with-originals", "--sha512", "--json")
    assert ran.code == 0, ran.out
    assert ran.of("bag")[0]["originals"] == {"checked": 3, "unchanged": 3, "changed": 0, "missing": 0}
    read = bagit.Bag(str(bag))
    read.validate()
    assert sorted(read.algorithms) == ["sha256", "sha512"]
    assert read.info["Internal-Sender-Description"] == "3 of 3 originals unchanged"
    rows = _rows(bag)
    results = [Path(event["result"]) for event in ran.of("done")]
    assert len(rows) == len(results) == 3
    for row in rows:
        copy, original = bag / "data" / row["result"], bag / "data" / row["original"]
        assert hashlib.sha256(copy.read_bytes()).hexdigest() == row["result_sha256"]
        assert hashlib.sha256(original.read_bytes()).hexdigest() == row["original_sha256"]
        assert row["original_after"] == "unchanged"
        sidecar = json.loads(Path(f"{copy}.topazdesk.json").read_text("utf-8"))
        assert sidecar["result_sha256"] == row["result_sha256"]
        assert "changed_since_it_was_made" not in sidecar
        assert (sidecar["source_unchanged"], sidecar["not_sent"], sidecar["changes"]) == (True, [], [])
        assert row["page"] == "1"
    kept = {f"originals/{path.relative_to(tmp_path / 'in')}".replace("%", "_") for path in sources}
    assert {row["original"] for row in rows} == kept
    made = {f"results/{path.relative_to(tmp_path / 'out')}".replace("%", "_") for path in results}
    assert {row["result"] for row in rows} == made
    (page,) = [page.extract_text() for page in pypdf.PdfReader(bag / "data" / "contact-sheet.pdf").pages]
    assert page.count("Low Resolution 2") == 3
    assert "ünïcode" in page
    assert not [path for path in tmp_path.rglob(".*") if path.name.endswith(".part")]

    # What was done before is in the next bag, too, and nothing is sent for it.
    sent = len(service.rows("jobs"))
    again = program.run("enhance", *words, "--bag", tmp_path / "bag 2", "--json")
    assert (again.code, len(_rows(tmp_path / "bag 2")), len(service.rows("jobs"))) == (0, 3, sent)
    bagit.Bag(str(tmp_path / "bag 2")).validate()
    assert not (tmp_path / "bag 2" / "data" / "originals").exists()


def test_a_bag_tells_of_each_page_and_of_what_was_changed_for_the_upload(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    sheets = [Image.effect_noise((60 + 4 * at, 40), 60).convert("CMYK") for at in range(3)]
    source = tmp_path / "scan.tif"
    sheets[0].save(source, save_all=True, append_images=sheets[1:])
    ran = program.run(
        "enhance", source, *LOW, "--pages", "2-3", "--out", tmp_path / "out", "--bag", tmp_path / "bag", "--json"
    )
    assert ran.code == 0, ran.out
    rows = _rows(tmp_path / "bag")
    assert [row["page"] for row in rows] == ["2", "3"]
    said = {Path(event["result"]).name: event["changes"] for event in ran.of("done")}
    for row in rows:
        sidecar = json.loads((tmp_path / "bag" / "data" / f"{row['result']}.topazdesk.json").read_text("utf-8"))
        assert sidecar["changes"] == said[Path(row["result"]).name] != []


def test_a_bag_that_cannot_be_is_refused_before_anything_is_sent(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    _sources(tmp_path)
    (tmp_path / "bag").mkdir()
    (tmp_path / "file").write_text("x")
    for bag, code in ((tmp_path / "bag", "use.bag_taken"), (tmp_path / "file" / "bag", "computer.folder_gone")):
        for command in ("plan", "enhance"):
            ran = program.run(command, tmp_path / "in", *LOW, "--bag", bag, "--json")
            assert ran.error["code"] == code
            assert ran.code in (2, 5)
    assert service.rows("jobs") == []
    assert list((tmp_path / "bag").iterdir()) == []


def test_results_are_saved_later_and_what_became_of_them_is_told(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    sources = _sources(tmp_path)
    done = program.run("enhance", *sources, *LOW, "--out", tmp_path / "out", "--flat", "--json").of("done")
    gone, rated, kept = (Path(event["result"]) for event in done)
    gone.unlink()
    rated.write_bytes(rated.read_bytes() + b"rated")
    Path(done[2]["path"]).write_bytes(b"edited")
    ran = program.run("bag", tmp_path / "bag", "--json")
    assert (ran.code, ran.summary["results"], ran.summary["missing"]) == (1, 2, 1)
    assert ran.of("left_out")[0]["path"] == str(gone)
    assert ran.of("result_changed")[0]["path"] == str(rated)
    assert ran.of("bag")[0]["originals"] == {"checked": 2, "unchanged": 1, "changed": 1, "missing": 0}
    bagit.Bag(str(tmp_path / "bag")).validate()
    rows = {row["result_sha256"]: row for row in _rows(tmp_path / "bag")}
    digests = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in (rated, kept)}
    assert set(rows) == set(digests.values())
    assert rows[digests[kept]]["original_after"] == "changed"
    name = rows[digests[rated]]["result"]
    sidecar = json.loads((tmp_path / "bag/data" / f"{name}.topazdesk.json").read_text("utf-8"))
    assert sidecar["changed_since_it_was_made"]["sha256"] == digests[rated]

    one = program.run("bag", tmp_path / "one", kept, "--json")
    assert (one.code, one.summary["results"]) == (0, 1)
    none = program.run("bag", tmp_path / "none", sources[0], "--json")
    assert (none.code, none.error["code"]) == (2, "use.no_results")
    taken = program.run("bag", tmp_path / "one", "--json")
    assert (taken.code, taken.error["code"]) == (2, "use.bag_taken")
    assert not (tmp_path / "none").exists()


def test_each_result_of_a_picture_that_was_edited_between_them_has_its_own_truth(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "a.png", width=60, height=40)
    old = program.run("enhance", source, *LOW, "--out", tmp_path / "out", "--json").of("done")
    pictures.write(source, width=70, height=40)
    new = program.run("enhance", source, *LOW, "--out", tmp_path / "out", "--json").of("done")
    ran = program.run("bag", tmp_path / "bag", "--with-originals", "--json")
    assert ran.of("bag")[0]["originals"] == {"checked": 1, "unchanged": 0, "changed": 1, "missing": 0}
    by_result = {Path(row["result"]).name: row for row in _rows(tmp_path / "bag")}
    rows = [by_result[Path(event["result"]).name] for event in (*old, *new)]
    assert [row["original_after"] for row in rows] == ["changed", "unchanged"]
    assert rows[0]["original"] == rows[1]["original"] == "originals/a.png"
    for row, is_unchanged, not_sent in zip(rows, (False, True), (None, []), strict=True):
        sidecar = json.loads((tmp_path / "bag" / "data" / f"{row['result']}.topazdesk.json").read_text("utf-8"))
        assert sidecar["source_unchanged"] is is_unchanged
        assert sidecar["not_sent"] == not_sent, "nothing is said of what a file held that is not there any more"


def test_a_profile_without_results_has_no_bag(program: Program, tmp_path: Path) -> None:
    ran = program.run("bag", tmp_path / "bag", "--json")
    assert (ran.code, ran.error["code"]) == (2, "use.no_results")
    assert not (tmp_path / "bag").exists()
