"""A run that names its plan is the run that was planned, or it does not begin and says what differs."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

LOW = ("--model", "Low Resolution 2", "--service", "topaz")


def test_a_run_is_what_was_planned_or_names_the_difference(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        pictures.write(folder / name)
    words = (folder, *LOW, "--out", out)
    planned = program.run("plan", *words, "--json")
    plan = planned.summary["plan"]
    assert {each["tier"] for each in planned.of("plan")} == {"precise"}
    assert program.run("plan", *words, "--json").summary["plan"] == plan, "the same plan has the same hash"
    assert f"--plan {plan}" in program.run("plan", *words).out

    def refused(*more: str | Path) -> str:
        ran = program.run("enhance", *more, "--plan", plan, "--yes", "--json")
        assert (ran.code, ran.error["code"]) == (2, "use.plan"), ran.out
        assert not service.rows("jobs")
        return str(ran.error["title"])

    (out).mkdir()
    (out / "a_low-resolution-2_2x.png").write_bytes(b"somebody's")
    assert "a.png with Low Resolution 2: it would be saved as" in refused(*words)
    (out / "a_low-resolution-2_2x.png").unlink()
    assert "its settings are others" in refused(*words, "--on-conflict", "overwrite")
    assert "the price is" in refused(*words, "--scale", "20")
    pictures.write(folder / "c.png")
    assert refused(*words).endswith("c.png with Low Resolution 2 was not in the plan")
    (folder / "c.png").unlink()
    old = (folder / "b.png").read_bytes()
    pictures.write(folder / "b.png", seed=5)
    assert "b.png with Low Resolution 2: the picture was changed since" in refused(*words)
    (folder / "b.png").write_bytes(old)
    assert "a.png with Low Resolution 2 would not be made any more" in refused(folder / "b.png", *LOW, "--out", out)
    assert program.run("enhance", *words, "--plan", "000000000000", "--yes").code == 2

    # A plan is no agreement to a price.
    ran = program.run("enhance", *words, "--plan", plan, "--json")
    assert (ran.code, ran.error["code"]) == (2, "use.not_agreed")
    ran = program.run("enhance", *words, "--plan", plan, "--yes", "--json")
    assert (ran.code, ran.summary["done"]) == (0, 2), ran.out
    assert sorted(each["result"] for each in ran.of("done")) == sorted(each["result"] for each in planned.of("plan"))


def test_what_was_done_of_a_plan_is_no_difference(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """A run that was cut short could not go on by its plan: "a.png would not be made any more", of what was done."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for seed, name in enumerate(("a.png", "b.png")):
        pictures.write(folder / name, seed=seed)
    words = (folder, *LOW, "--out", out)
    plan = program.run("plan", *words, "--json").summary["plan"]
    first = program.run("enhance", folder / "a.png", *LOW, "--out", out, "--yes", "--json")
    assert first.summary["done"] == 1
    rest = program.run("enhance", *words, "--plan", plan, "--yes", "--json")
    assert (rest.code, rest.summary["done"], rest.summary["done_before"]) == (0, 1, 1), rest.out
    assert len(service.rows("jobs")) == 2
    again = program.run("enhance", *words, "--plan", plan, "--yes", "--json")
    assert (again.code, again.summary["done_before"]) == (0, 2)
    assert [(each["planned"], each["before"]) for each in rest.of("plan_rest")] == [(2, 1)]
    other = program.run("enhance", folder / "b.png", *LOW, "--out", out, "--plan", plan, "--yes", "--json")
    assert other.error["code"] == "use.plan", "one that this run does not have is still a difference"
    assert len(service.rows("jobs")) == 2


def test_what_is_on_the_way_or_was_made_elsewhere_is_no_difference_either(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """One that was queued and not sent, and one whose result is in another folder: "would not be made any more"."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for seed, name in enumerate(("a.png", "b.png", "c.png")):
        pictures.write(folder / name, seed=seed)
    words = (folder, *LOW, "--out", out)
    plan = program.run("plan", *words, "--json").summary["plan"]
    elsewhere = program.run("enhance", folder / "a.png", *LOW, "--out", tmp_path / "other", "--yes", "--json")
    assert elsewhere.code == 0
    assert program.run("jobs", "add", folder / "b.png", *LOW, "--out", out, "--yes").code == 0
    ran = program.run("enhance", *words, "--plan", plan, "--yes", "--json")
    assert (ran.code, ran.summary["done"], ran.summary["done_before"]) == (0, 2, 1), ran.out
    assert [(each["planned"], each["before"]) for each in ran.of("plan_rest")] == [(3, 2)]
    assert len(service.rows("jobs")) == 3


def test_a_planned_picture_that_became_one_that_was_done_before_is_a_difference(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """It counted as made: the run ended well, without the picture that had been planned."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for seed, name in enumerate(("a.png", "b.png")):
        pictures.write(folder / name, seed=seed)
    old = pictures.write(tmp_path / "old.png", seed=7)
    assert program.run("enhance", old, *LOW, "--out", out, "--yes").code == 0
    words = (folder, *LOW, "--out", out)
    plan = program.run("plan", *words, "--json").summary["plan"]
    kept = (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes(old.read_bytes())
    ran = program.run("enhance", *words, "--plan", plan, "--yes", "--json")
    assert (ran.code, ran.error["code"]) == (2, "use.plan"), ran.out
    assert "b.png with Low Resolution 2: the picture was changed since" in ran.error["title"]
    (folder / "b.png").write_bytes(kept)
    assert program.run("enhance", *words, "--scale", "3", "--yes").code == 0
    ran = program.run("enhance", *words, "--scale", "3", "--plan", plan, "--yes", "--json")
    assert (ran.code, "its settings are others" in ran.error["title"]) == (2, True), ran.out
    assert len(service.rows("jobs")) == 3
