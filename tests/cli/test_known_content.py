"""Pictures are known by their content: own results are left out, copies are made once, equal names do not stand in the way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--json", "--yes")


def test_a_second_run_of_a_folder_pays_for_none_of_its_results(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """Beside the originals, as by default: the second run took the results for new pictures, and paid for them."""
    for name in ("a.png", "b.png"):
        pictures.write(tmp_path / name)
    first = program.run("enhance", tmp_path, *LOW)
    assert first.summary["done"] == 2
    results = {Path(e["result"]) for e in first.of("done")}
    moved = tmp_path / "sent" / "renamed.png"
    moved.parent.mkdir()
    shutil.copy(min(results), moved)  # wherever it lies, and whatever it is called
    plan = program.run("plan", tmp_path, *LOW)
    assert (plan.summary["results"], plan.summary["credits"], plan.summary["left_out"]) == (0, 0, 3)
    again = program.run("enhance", tmp_path, *LOW)
    assert (again.code, again.summary["done"], again.summary["done_before"]) == (0, 0, 2)
    [told] = again.of("left_out")
    assert (told["count"], set(map(Path, told["paths"]))) == (3, results | {moved})
    assert len(service.rows("jobs")) == 2
    named = program.run("enhance", moved, *LOW)
    assert named.summary["done"] == 1, "who names a result wants it"
    only = program.run("enhance", moved.parent, *LOW[:-2])
    assert (only.code, "left out" in only.out) == (0, True)


def test_a_picture_twice_is_made_once(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    pictures.write(folder / "a.png")
    shutil.copy(folder / "a.png", folder / "copy of a.png")
    other = bytearray((folder / "a.png").read_bytes())
    other[-5] ^= 1  # as long, and nearly the same: another picture (and a broken one)
    pictures.write(folder / "b.png", width=90)
    plan = program.run("plan", folder, *LOW, "--out", out)
    assert (plan.summary["results"], plan.summary["credits"], plan.summary["skipped"]) == (2, 2, 1)
    ran = program.run("enhance", folder, *LOW, "--out", out)
    assert (ran.code, ran.summary["done"], ran.summary["skipped"], ran.summary["credits"]) == (0, 2, 1, 2)
    [told] = ran.of("skipped")
    assert (told["path"], told["same_as"]) == (str(folder / "copy of a.png"), str(folder / "a.png"))
    assert len(service.rows("jobs")) == len(list(out.iterdir())) == 2


def test_sub_folders_are_mirrored(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """Equal names in sub-folders, as scanners give them, were numbered through in one heap."""
    places = ("box1/roll1", "box1/roll2", "box2", ".")
    for place in places:
        (tmp_path / "t" / place).mkdir(parents=True, exist_ok=True)
        pictures.write(tmp_path / "t" / place / "scan001.png", width=60 + len(place))
    out = tmp_path / "out"
    words = (*LOW, "--out", out, "--name", "{name}")
    plan = program.run("plan", tmp_path / "t", *words)
    ran = program.run("enhance", tmp_path / "t", *words)
    wanted = {out / place / "scan001.png" for place in places}
    assert {Path(e["result"]) for e in plan.of("plan")} == {Path(e["result"]) for e in ran.of("done")} == wanted
    flat = program.run("enhance", tmp_path / "t", *words, "--out", tmp_path / "flat", "--flat", "--again")
    names = {Path(e["result"]).name for e in flat.of("done")}
    assert names == {"scan001.png", "scan001_roll1.png", "scan001_roll2.png", "scan001_box2.png"}
    both = program.run("plan", tmp_path / "t" / "box1", tmp_path / "t" / "box2", *words, "--again")
    kept = {Path(e["result"]).relative_to(out) for e in both.of("plan")}
    assert kept == {Path("box1/roll1/scan001-2.png"), Path("box1/roll2/scan001-2.png"), Path("box2/scan001-2.png")}


@pytest.mark.parametrize("conflict", ["skip", "overwrite"])
def test_the_result_of_another_picture_is_neither_a_reason_to_skip_nor_replaced(
    program: Program, service: RunningSandbox, tmp_path: Path, conflict: str
) -> None:
    """Of two boxes with scans of equal names the second was never made, or its results took the place of the first's."""
    out = tmp_path / "out"
    words = (*LOW, "--out", out, "--on-conflict", conflict)
    made: dict[str, bytes] = {}
    for box in ("box1", "box2"):
        (tmp_path / box).mkdir()
        for number in (1, 2):
            pictures.write(tmp_path / box / f"scan{number}.png")
        ran = program.run("enhance", tmp_path / box, *words)
        assert (ran.code, ran.summary["done"], ran.summary.get("skipped", 0)) == (0, 2, 0), ran.out
        for path, data in made.items():
            assert Path(path).read_bytes() == data
        made |= {e["result"]: Path(e["result"]).read_bytes() for e in ran.of("done")}
    assert len(made) == len(list(out.iterdir())) == 4
    again = program.run("enhance", tmp_path / "box2", *words, "--again")
    if conflict == "skip":  # this picture's result with these settings: skipped, counted, free
        assert (again.code, again.summary["done"], again.summary["skipped"], again.summary["credits"]) == (0, 0, 2, 0)
    else:
        assert (again.code, again.summary["done"], len(list(out.iterdir()))) == (0, 2, 4)


def test_other_files_of_a_folder_are_one_line(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    pictures.write(folder / "a.png")
    for name in ("a.pdf", "b.pdf", "c.txt"):
        (folder / name).write_text("no picture")
    [told] = program.run("plan", folder, *LOW).of("other_files")
    assert (told["count"], told["endings"]) == (3, {".pdf": 2, ".txt": 1})
    said = program.run("plan", folder, *LOW[:4]).out
    assert "3 other files in the folders are left out: 2 .pdf, 1 .txt." in said
