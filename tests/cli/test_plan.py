"""`plan` foretells what `enhance` does with the same words: names, prices, refusals, what is skipped, and the exit code."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Program, Ran
from tests.support import pictures
from tests.support.sandbox import RunningSandbox, started

LOW = ("--model", "Low Resolution 2", "--service", "topaz")


def foretold(ran: Ran) -> tuple[object, ...]:
    """What both commands say, each in its own events."""
    made = sorted((e["path"], e["result"], e["width"], e["height"]) for e in ran.of("plan") + ran.of("done"))
    refused = sorted((e["path"], e["code"], e["title"]) for e in ran.of("failed"))
    skipped = sorted((e["path"], e["result"]) for e in ran.of("skipped"))
    return made, refused, skipped, ran.summary["credits"], ran.summary.get("skipped", 0), ran.code


@pytest.mark.parametrize("conflict", ["unique", "skip", "overwrite"])
def test_names_prices_and_refusals_are_foretold(
    program: Program, service: RunningSandbox, tmp_path: Path, conflict: str
) -> None:
    """The plan worked names out by itself: two pictures of one name, and a name that is taken, came out otherwise; it paid for
    what is skipped."""
    for folder in ("one", "two"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        pictures.write(tmp_path / "in" / folder / "same.png", width=60 if folder == "one" else 70)
    pictures.write(tmp_path / "in" / "taken.png", width=80)
    pictures.truncated(tmp_path / "in" / "cut.png")
    out = tmp_path / "out"
    out.mkdir()
    (out / "taken_2x.png").write_bytes(b"somebody else's")
    words = (
        tmp_path / "in",
        *LOW,
        "--out",
        out,
        "--name",
        "{name}_{scale}",
        "--on-conflict",
        conflict,
        "--flat",
        "--yes",
        "--json",
    )
    before = sorted(out.iterdir())
    planned = program.run("plan", *words)
    assert service.rows("jobs") == service.rows("sources") == []
    assert sorted(out.iterdir()) == before
    times = [each["duration_s"] for each in planned.of("plan")]
    assert planned.summary["duration_s"] == max(times), "three at a time are done in one round"
    assert planned.summary["duration_unknown"] == 0
    ran = program.run("enhance", *words)
    assert foretold(planned) == foretold(ran), planned.out + ran.out
    assert ran.of("price")[0]["credits"] == planned.summary["credits"] == 3
    names = {Path(e["result"]).name for e in ran.of("done")}
    assert names == {"same_2x.png", "same_2x_two.png", "taken_2x-2.png"}
    assert (out / "taken_2x.png").read_bytes() == b"somebody else's"
    planned, ran = program.run("plan", *words, "--again"), program.run("enhance", *words, "--again")
    assert foretold(planned) == foretold(ran), planned.out + ran.out
    assert ran.summary["credits"] == (0 if conflict == "skip" else 3)
    skipped = {Path(e["result"]).name for e in ran.of("skipped")}
    assert skipped == (names if conflict == "skip" else set())
    assert len(list(out.iterdir())) == (7 if conflict == "unique" else 4)


def test_a_folder_that_cannot_be_written_holds_up_only_its_own_pictures(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """It is told for its pictures, unpaid, by plan and run alike; the others go on."""
    good, locked = pictures.write(tmp_path / "a.png"), tmp_path / "locked"
    locked.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(locked)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no volume can be made here")
    try:
        other = pictures.write(locked / "b.png", width=70)
        subprocess.run(["mount", "-o", "remount,ro", str(locked)], check=True)
        planned, ran = (program.run(verb, good, other, *LOW, "--yes", "--json") for verb in ("plan", "enhance"))
    finally:
        subprocess.run(["umount", "-l", str(locked)], check=True)
    assert foretold(planned) == foretold(ran)
    [refused] = ran.of("failed")
    assert (refused["path"], refused["code"]) == (str(other), "computer.folder_read_only")
    assert (ran.code, ran.summary["done"], ran.summary["refused"], ran.summary["credits"]) == (1, 1, 1, 1)
    assert len(service.rows("jobs")) == 1


def test_all_that_ends_a_run_ends_its_plan(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """With the same error and exit code: a folder that cannot be made (it is not made either), a budget, a limit, a
    picture that the model does not take, a price that only the service knows, a model that it refuses."""
    source = pictures.write(tmp_path / "a.png")
    program.profile.mkdir(mode=0o700)
    settings = program.profile / "settings.toml"
    file = tmp_path / "file"
    file.write_bytes(b"")
    no_wonder = {"match": {"path": "/estimate"}, "do": {"status": 400}}
    empty = {"available_credits": 0, "reserved_credits": 0, "total_credits": 0}
    broke = {"match": {"path": "/balance"}, "do": {"status": 200, "body": empty}}
    for words, limits, rules, code in (
        ([*LOW, "--out", file / "out"], "", [], "computer.folder_gone"),
        ([*LOW, "--budget", "0"], "", [], "budget.run"),
        ([*LOW, "--scale", "20", "--width", "9"], "", [], "use.size"),
        (["-m", "Standard 2", "--scale", "30", "-s", "topaz"], "run_cap = 1\n", [], "budget.run"),
        (["-m", "Wonder 4", "-s", "topaz"], "", [no_wonder], "use.model_refused"),
        ([*LOW, "--scale", "2"], "", [broke], "credit.too_little"),
    ):
        settings.write_text(limits, "utf-8")
        service.scenario(*rules)
        planned, ran = (program.run(verb, source, *words, "--yes", "--json") for verb in ("plan", "enhance"))
        assert (planned.code, planned.error["code"]) == (ran.code, ran.error["code"]), planned.out + ran.out
        assert (ran.error["code"], ran.error["title"]) == (code, planned.error["title"])
    settings.write_text("", "utf-8")
    service.scenario()
    planned, ran = (
        program.run(verb, source, "-m", "Bloom Precision", "-s", "topaz", "--yes", "--json")
        for verb in ("plan", "enhance")
    )
    assert planned.summary["credits"] == ran.summary["credits"] == ran.of("price")[0]["credits"] > 0
    assert len(service.rows("jobs")) == 1


def test_what_a_limit_holds_back_and_what_goes_on_besides_is_said_before(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """The daily limit stopped a run half-way without a word before it; pictures of an earlier run, not sent yet, were paid
    with the next one, whose price did not tell of them."""
    sources = [pictures.write(tmp_path / name) for name in ("a.png", "b.png")]
    assert program.run("account", "cap", "1").code == 0
    planned = program.run("plan", *sources, *LOW, "--json")
    assert planned.summary["left_today"] == 1
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"credits": 499}})
    ran = program.run("enhance", *sources, *LOW, "--yes", "--json")
    assert (ran.of("price")[0]["left_today"], ran.summary["done"], ran.summary["unfinished"]) == (1, 1, 1)
    assert program.run("account", "cap", "none").code == 0
    third = pictures.write(tmp_path / "c.png", width=70)
    poor = program.run("enhance", third, *LOW, "--yes", "--json")  # 1 credit is left of the 500
    assert (poor.error["code"], poor.of("price")[0]["earlier_price"]) == ("credit.too_little", 1)
    service.scenario({"match": {"path": "/balance", "nth": 1}, "do": {"top_up": 1}})
    more = program.run("enhance", third, *LOW, "--yes")
    assert more.code == 0, more.err
    assert "1 picture of earlier goes on with it: 1 credit more, agreed to then." in more.out
    assert len(service.rows("jobs")) == 3
    assert json.loads(program.run("jobs", "run", "--json").out)["unfinished"] == 0


def test_a_print_is_planned_and_made_in_its_size(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    for name, size in (("wide.png", (60, 40)), ("tall.png", (40, 60))):
        pictures.write(tmp_path / name, width=size[0], height=size[1])
    both = (tmp_path / "wide.png", tmp_path / "tall.png", *LOW, "--json", "--yes")
    words = (*both, "--print-size", "3x2cm", "--dpi", "254")
    plan, ran = program.run("plan", *words), program.run("enhance", *words)
    sizes = [(300, 200), (200, 300)]
    assert [(e["width"], e["height"]) for e in plan.of("plan")] == sizes
    assert sorted((e["width"], e["height"]) for e in ran.of("done")) == sorted(sizes)
    for each in ran.of("done"):
        with Image.open(each["result"]) as image:
            assert tuple(round(value) for value in image.info["dpi"]) == (254, 254)
    for wrong in ("3x2", "3cm", "0x2cm", "300x200cm", "3x2cmm"):
        assert program.run("plan", *both, "--print-size", wrong).code == 2
    assert program.run("plan", *both, "--dpi", "200").code == 2


def test_the_time_of_all_of_it_is_an_estimate_from_the_services_figures(tmp_path: Path) -> None:
    """It was named for each picture where a price had been asked for, and for the run not at all."""
    (tmp_path / "in").mkdir()
    for number in range(7):
        pictures.write(tmp_path / "in" / f"{number}.png", width=200 + number)
    with started(tmp_path / "service", speed=1.0) as service:
        program = Program(tmp_path / "profile", {"TOPAZ_API_KEY": service.key, "TOPAZDESK_TOPAZ_URL": service.url})
        planned = program.run("plan", tmp_path / "in", *LOW, "--json")
        times = [each["duration_s"] for each in planned.of("plan")]
        assert planned.summary["duration_s"] == round(2 * sum(times) / 7, 1) > 0, "two rounds of six at a time"
        text = program.run("plan", tmp_path / "in", *LOW).out
        assert re.search(
            r"Estimated time: about \d+ (s|min) at the service, 6 at a time; sending and fetching", text
        ), text
        assert service.rows("jobs") == service.rows("sources") == []
        keyless = Program(tmp_path / "profile", {"TOPAZDESK_TOPAZ_URL": service.url})
        assert "Estimated time" not in keyless.run("plan", tmp_path / "in", *LOW).out
