"""Several sizes and formats of each picture in one run: a size is paid once, whatever the formats, from one upload."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import bagit
import jsonschema
import pyvips

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox
from topazdesk.app.resources import folder

SCHEMA = json.loads((folder() / "schemas" / "run-1.schema.json").read_text("utf-8"))
MODEL = ("--model", "Low Resolution 2", "--service", "topaz")
FOUR = ("--scale", "2", "--scale", "4", "--format", "jpeg", "--format", "tiff", "--name", "{name}")
NAMES = {f"{name}_{size}.{end}" for name in "ab" for size in ("2x", "4x") for end in ("jpg", "tif")}


def two(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for seed, name in enumerate(("a.png", "b.png")):
        pictures.write(tmp_path / "in" / name, seed=seed)
    return tmp_path / "in"


def names(found: list[dict[str, object]]) -> set[str]:
    """The names of results and of the copies that are made of them."""
    paths = [each["result"] for each in found]
    paths += [copy["result"] for each in found for copy in each.get("copies", [])]  # type: ignore[attr-defined]
    return {Path(str(path)).name for path in paths}


def test_two_pictures_in_two_sizes_and_two_formats(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    words = (two(tmp_path), *MODEL, *FOUR, "--out", tmp_path / "out", "--json")
    planned = program.run("plan", *words)
    assert names(planned.of("plan")) == NAMES
    assert [planned.summary[each] for each in ("pictures", "results", "copies")] == [2, 4, 4]
    price, has = planned.summary["credits"], service.rows("account")[0]["available"]
    assert price == sum(each["credits"] for each in planned.of("plan")) == 4, "each size is paid once"
    asked = program.run("estimate", *MODEL, tmp_path / "in", *FOUR[:4], "--json").summary
    assert (asked["pictures"], asked["results"], asked["credits"]) == (2, 4, price)
    assert program.run("enhance", *words, "--budget", str(price - 1)).code == 3
    assert not service.rows("jobs")

    # As a run that was cut short: what it has made is a part of the plan, and the rest is made by it.
    part = program.run("enhance", *words[:5], *FOUR[2:8], "--name", "{name}_{scale}", *words[-3:], "--yes")
    assert part.summary["credits"] == 2
    ran = program.run("enhance", *words, "--plan", planned.summary["plan"], "--budget", str(price - 2))
    assert (ran.code, ran.summary["done"], ran.summary["credits"]) == (0, 2, price - 2), ran.out + ran.err
    assert [(each["planned"], each["before"]) for each in ran.of("plan_rest")] == [(4, 2)]
    assert (
        names(ran.of("done")) == NAMES == {path.name for path in (tmp_path / "out").iterdir() if path.suffix != ".json"}
    )
    assert {each["width"] for each in ran.of("done")} == {640, 1280}
    assert {job["output_format"] for job in service.rows("jobs")} == {"tiff"}, "the best is bought"
    assert len(service.rows("sources")) == 4, "each run sends each picture once"
    assert has - service.rows("account")[0]["available"] == price
    for result in (tmp_path / "out").glob("*.jpg"):
        made, of = (pyvips.Image.new_from_file(str(path)) for path in (result, result.with_suffix(".tif")))
        assert (made.width, made.height) == (of.width, of.height)
        assert (made.colourspace("srgb") - of.colourspace("srgb")).abs().avg() < 2, "it shows the same picture"
    ran = program.run("enhance", *words[:-1], "--scale", "3", "--plan", planned.summary["plan"], "--again", "--yes")
    assert "a.png with Low Resolution 2 (a_2x.tif): it would be saved as" in ran.err
    assert sum(line["charged"] for line in program.run("account", "ledger", "--json").of("account")) == price

    again = program.run("enhance", *words, "--budget", "0")
    assert (again.code, again.summary["done_before"]) == (0, 4), again.out
    more = program.run("enhance", *words, "--scale", "3", "--yes")
    assert (more.summary["done"], more.summary["copies"], more.summary["done_before"]) == (2, 2, 4)
    assert len(service.rows("jobs")) == 6

    shown = program.run("jobs", "show", more.of("done")[-1]["job"], "--json").of("job")[0]
    assert [copy["format"] for copy in shown["copies"]] == ["jpeg"]
    left = program.run("enhance", tmp_path / "out", *MODEL, "--yes", "--json")
    assert left.of("left_out")[0]["count"] == 12, "copies are known as results of this profile"


def test_what_can_be_made_of_a_result_is_never_paid_for(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    words = (two(tmp_path), *MODEL, "--scale", "2", "--name", "{name}", "--out", tmp_path / "out", "--json")
    made = program.run("enhance", *words, "--format", "tiff", "--yes")
    assert made.summary["credits"] == 2
    # Another format of the same: planned and made for free, without a word of agreement to a price.
    planned = program.run("plan", *words, "--format", "jpeg", "--format", "png")
    assert (planned.summary["credits"], planned.summary["copies"]) == (0, 4)
    ran = program.run("enhance", *words, "--format", "jpeg", "--format", "png", "--bag", tmp_path / "bag")
    assert (ran.code, ran.summary["done_before"], ran.summary["copies"]) == (0, 2, 4), ran.out + ran.err
    files = {f"{name}.{end}" for name in "ab" for end in ("tif", "jpg", "png")}
    assert {path.name for path in (tmp_path / "out").iterdir()} == files
    bagit.Bag(str(tmp_path / "bag")).validate()
    kept = {path.name for path in (tmp_path / "bag" / "data" / "results").iterdir() if path.suffix != ".json"}
    assert kept == files
    assert names(ran.of("done")) == {path for path in files if not path.endswith("tif")}
    # Asked for again it is there; deleted, it is made again; changed by somebody, it is left, and made beside it.
    again = program.run("enhance", *words, "--format", "jpeg")
    assert "copies" not in again.summary
    assert {Path(each["result"]).name for each in again.of("done")} == {"a.jpg", "b.jpg"}
    (tmp_path / "out" / "a.jpg").unlink()
    (tmp_path / "out" / "b.jpg").write_bytes(b"retouched")
    ran = program.run("enhance", *words, "--format", "jpeg")
    assert (ran.code, ran.summary["copies"]) == (0, 2)
    assert {Path(each["result"]).name for each in ran.of("done")} == {"a.jpg", "b-2.jpg"}
    assert (tmp_path / "out" / "b.jpg").read_bytes() == b"retouched"
    # The result may be gone: the copy is what was paid for, too.
    (tmp_path / "out" / "a.tif").unlink()
    assert program.run("enhance", *words, "--format", "jpeg").code == 0
    assert len(service.rows("jobs")) == 2
    # Of a JPEG nothing better can be made: a format that holds more is paid for.
    lossy = program.run("enhance", *words, "--scale", "3", "--format", "jpeg", "--yes")
    assert lossy.summary["credits"] == 2
    better = program.run("enhance", *words, "--scale", "3", "--format", "jpeg", "--format", "png", "--yes")
    assert {job["output_format"] for job in service.rows("jobs")} == {"tiff", "jpeg", "png"}
    assert better.summary["done"] == 2


def test_several_models_are_told_apart_as_sizes_are(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    words = (two(tmp_path), *MODEL, "--model", "Recover 3", "--name", "{name}", *FOUR[:4], "--json")
    found = names(program.run("plan", *words).of("plan"))
    models, sizes = ("low-resolution-2", "recover-3"), ("2x", "4x")
    assert found == {f"{name}_{size}_{model}.png" for name in "ab" for size in sizes for model in models}


def test_what_is_killed_in_mid_run_is_paid_once(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    has = service.rows("account")[0]["available"]
    # No result comes back before the end: what is paid by then is only at the service.
    service.scenario({"match": {"method": "GET", "path": "/storage/"}, "do": {"delay_s": 3600}})
    running = program.start("enhance", two(tmp_path), *MODEL, *FOUR, "--out", tmp_path / "out", "--yes", "--json")
    assert running.stdout is not None
    begun: set[str] = set()
    with running:
        for line in running.stdout:
            event = json.loads(line)
            begun |= {event["job"]} if event.get("stage") == "running" else set()
            if len(begun) == 4:  # one that is killed in mid-submit is waited for as long as its answer may take
                running.kill()
    assert running.returncode != 0
    service.scenario()
    rest = program.run("jobs", "run", "--json")
    assert (rest.code, rest.summary["done"]) == (0, 4), rest.out + rest.err
    assert names(rest.of("done")) == NAMES
    assert has - service.rows("account")[0]["available"] == len(service.rows("jobs")) == 4


def test_what_is_killed_while_copies_are_made_has_each_once(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """A killed program leaves neither a half copy nor a file of its own beside the results."""
    folder = two(tmp_path)
    running = program.start("enhance", folder, *MODEL, *FOUR, "--out", tmp_path / "out", "--yes", "--json")
    assert running.stdout is not None
    begun: set[str] = set()
    with running:
        for line in running.stdout:
            event = json.loads(line)
            begun |= {event["job"]} if event.get("stage") == "running" else set()
            # One that is killed in mid-submit is waited for as long as its answer may take.
            if len(begun) == 4 and event.get("stage") == "verifying":
                running.kill()
    rest = program.run("jobs", "run", "--json")
    assert rest.code == 0, rest.out + rest.err
    again = program.run("enhance", folder, *MODEL, *FOUR, "--out", tmp_path / "out", "--budget", "0", "--json")
    assert (again.code, again.summary["done_before"]) == (0, 4), again.out + again.err
    assert "copies" not in again.summary
    assert {path.name for path in (tmp_path / "out").iterdir()} == NAMES
    assert len(service.rows("jobs")) == 4


def test_a_file_with_sizes_and_formats_runs_and_is_had_back(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    two(tmp_path)
    file = tmp_path / "night.toml"
    file.write_text(
        'version = 1\ninputs = "in"\nservice = "topaz"\nmodel = "Low Resolution 2"\n'
        '[output]\nwidth = [640, 960]\nformat = ["png", "same"]\nout = "out"\nname = "{name}"\n'
    )
    ran = program.run("run", file, "--yes", "--json")
    assert (ran.code, ran.summary["done"]) == (0, 4), "of a PNG, png is the same"
    assert names(ran.of("done")) == {f"{name}_{width}.png" for name in "ab" for width in (640, 960)}
    kept = program.run("jobs", "file", "last").out
    jsonschema.validate(tomllib.loads(kept), SCHEMA)
    output = tomllib.loads(kept)["output"]
    assert (output["width"], output["format"]) == ([640, 960], ["png", "same"])
    file.write_text(kept)
    assert program.run("run", file, "--json").summary["done_before"] == 4
    assert len(service.rows("jobs")) == 4
    # Other words for the same pixels are the same results.
    file.write_text(kept.replace('["png", "same"]', '["same", "png"]'))
    assert program.run("run", file, "--json").summary["done_before"] == 4
    # What has one value stays what every program reads.
    program.run("enhance", tmp_path / "in", *MODEL, "--scale", "2", "--format", "png", "--yes")
    output = tomllib.loads(program.run("jobs", "file", "last").out)["output"]
    assert (output["scale"], output["format"]) == (2, "png")


def test_what_cannot_be_combined_is_refused_before_anything_is_paid(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    folder = two(tmp_path)
    for words, said in (
        (("--scale", "2", "--width", "640", "--width", "960"), "Only one way to say the size"),
        (("--width", "640", "--width", "960", "--height", "480"), "--width and --height together are one size"),
        (("--scale", "2", "--scale", "-1"), "--scale -1 cannot be used"),
        (("--format", "png", "--format", "webp"), "--format webp is not known"),
        (tuple(word for n in range(13) for word in ("--width", str(640 + n))), "Too many results of each picture"),
        (("--dpi", "200", "--scale", "2", "--scale", "3"), "--dpi goes with --print-size"),
    ):
        ran = program.run("enhance", folder, *MODEL, *words, "--yes")
        assert (ran.code, said in ran.err) == (2, True), (words, ran.err)
    ran = program.run("enhance", folder, "--model", "Denoise Natural", "--service", "topaz", "--scale", "2", "--yes")
    assert ran.code == 2
    assert not service.rows("jobs")


def test_what_fails_or_is_refused_says_which_and_a_reason_once(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    folder = two(tmp_path)
    ran = program.run("plan", folder, *MODEL, "--scale", "200", *FOUR[4:8], "--json")
    assert [Path(each["path"]).name for each in ran.of("failed")] == ["a.png", "b.png"], "not once for each format"
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"fail_job": True}})
    told = program.run("enhance", folder / "a.png", *MODEL, *FOUR, "--yes").err
    for size in ("640 × 480", "1280 × 960"):
        assert f"a.png · Low Resolution 2 · {size} .tif: " in told


def test_a_result_that_is_there_is_skipped_and_its_likes_are_made(program: Program, tmp_path: Path) -> None:
    folder = two(tmp_path)
    words = (folder, *MODEL, "--name", "{name}", "--out", tmp_path / "out", "--on-conflict", "skip", "--again", "--yes")
    first = program.run("enhance", *words, *FOUR[:4], "--json")
    assert names(first.of("done")) == {"a_2x.png", "a_4x.png", "b_2x.png", "b_4x.png"}
    second = program.run("enhance", *words, *FOUR[:4], "--scale", "3", "--json")
    assert (second.summary["done"], second.summary["skipped"]) == (2, 4), second.out
    assert names(second.of("done")) == {"a_3x.png", "b_3x.png"}
