"""A labelled copy beside the result: by choice or by policy; the result stays as delivered and is not paid again."""

from __future__ import annotations

from pathlib import Path

import bagit

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox
from topazdesk.media.probe import probe

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes", "--json")


def test_a_labelled_copy_lies_beside_the_result(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    source = pictures.write(tmp_path / "in" / "a.jpg", width=300, height=200)
    plain = program.run("enhance", source, *LOW, "--out", tmp_path / "plain").of("done")[0]
    assert plain["label"] is None
    ran = program.run("enhance", source, *LOW, "--again", "--label", "--bag", tmp_path / "bag")
    (done,) = ran.of("done")
    result, label = Path(done["result"]), Path(done["label"])
    assert label == result.with_name(f"{result.stem}_labelled.jpg")
    assert probe(label).size.width == probe(result).size.width == done["width"]
    assert probe(label).size.height > probe(result).size.height == done["height"]
    assert result.read_bytes() == Path(plain["result"]).read_bytes() or done["metadata"] is not None
    bagit.Bag(str(tmp_path / "bag")).validate()
    assert (tmp_path / "bag" / "data" / "results" / label.name).read_bytes() == label.read_bytes()

    # The folder has result and copy in it now: neither is a new picture.
    again = program.run("enhance", tmp_path / "in", *LOW, "--label")
    assert sorted(again.of("left_out")[0]["paths"]) == sorted(map(str, (result, label)))
    assert len(service.rows("jobs")) == 2


def test_the_policy_can_demand_it(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "a.png", width=60)
    (tmp_path / "policy.toml").write_text("label = true", "utf-8")
    program.env["TOPAZDESK_POLICY"] = str(tmp_path / "policy.toml")
    (done,) = program.run("enhance", source, *LOW, "--out", tmp_path / "out").of("done")
    assert Path(done["label"]).is_file()


def test_a_file_of_that_name_stays(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "a.png", width=60)
    (tmp_path / "out").mkdir()
    taken = tmp_path / "out" / "a_low-resolution-2_2x_labelled.png"
    taken.write_text("mine")
    (done,) = program.run("enhance", source, *LOW, "--out", tmp_path / "out", "--label").of("done")
    assert Path(done["label"]).name == "a_low-resolution-2_2x_labelled-2.png"
    assert taken.read_text() == "mine"


def test_a_replaced_result_has_one_copy(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """The copy of the older result stayed, under the name that people look for, and the new one was called “-2”."""
    source = pictures.write(tmp_path / "a.jpg", width=60)
    words = (source, *LOW, "--out", tmp_path / "out", "--label", "--on-conflict", "overwrite", "--again")
    made = [program.run("enhance", *words).of("done")[0] for _ in range(2)]
    assert made[0]["label"] == made[1]["label"]
    assert sorted(map(str, (tmp_path / "out").iterdir())) == sorted((made[1]["result"], made[1]["label"]))
    assert len(service.rows("jobs")) == 2
