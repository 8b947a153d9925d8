"""JPEG quality and TIFF compression: of what this program writes, said where it has no effect, and never a new payment."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import tifffile

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.encoded import jpeg_quality, subsampling, tiff_compression
from tests.support.sandbox import RunningSandbox
from topazdesk.app.presets import Preset, Presets
from topazdesk.app.resources import folder
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName

SCHEMA = json.loads((folder() / "schemas" / "run-1.schema.json").read_text("utf-8"))
MODEL = ("--model", "Low Resolution 2", "--service", "topaz", "--scale", "2", "--name", "{name}")
BOTH = ("--format", "tiff", "--format", "jpeg")
HERE = ("--service", "local", "--model", "Real-ESRGAN Fast", "--name", "{name}")


def test_a_copy_has_the_quality_that_was_asked_for_and_another_is_free(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "a.png")
    words = (source, *MODEL, *BOTH, "--out", tmp_path / "out", "--json")
    planned = program.run("plan", *words, "--jpeg-quality", "60")
    ((copy,),) = (each["copies"] for each in planned.of("plan"))
    assert copy["jpeg_quality"] == 60
    said = program.run("plan", *words[:-1], "--jpeg-quality", "60").out
    assert "a.jpg is made here from the TIFF, free · JPEG quality 60" in said
    ran = program.run("enhance", *words, "--jpeg-quality", "60", "--plan", planned.summary["plan"], "--yes")
    assert (ran.code, ran.summary["credits"]) == (0, planned.summary["credits"]), ran.out + ran.err
    made = tmp_path / "out" / "a.jpg"
    assert (jpeg_quality(made), subsampling(made)) == (60, ((1, 1),) * 3)
    kept = tomllib.loads(program.run("jobs", "file", "last").out)
    jsonschema.validate(kept, SCHEMA)
    assert kept["output"]["jpeg_quality"] == 60

    # Without a word of agreement to a price: it costs nothing. What was there stays.
    usual = program.run("enhance", *words)
    assert (usual.code, usual.summary["done_before"], usual.summary["copies"]) == (0, 1, 1), usual.out + usual.err
    (done,) = usual.of("done")
    assert [(Path(each["result"]).name, each["jpeg_quality"]) for each in done["copies"]] == [
        ("a.jpg", 60),
        ("a-2.jpg", 95),
    ]
    assert [jpeg_quality(tmp_path / "out" / name) for name in ("a.jpg", "a-2.jpg")] == [60, 95]
    planned = program.run("plan", *words, "--jpeg-quality", "70").of("plan")
    assert Path(planned[0]["copies"][-1]["result"]).name == "a-3.jpg"
    for quality in ("60", "95"):
        again = program.run("enhance", *words, "--jpeg-quality", quality)
        assert (again.code, "copies" in again.summary) == (0, False)
    replaced = program.run("enhance", *words, "--jpeg-quality", "70", "--on-conflict", "overwrite")
    assert replaced.code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.tif", "a.jpg", "a-2.jpg"}
    assert jpeg_quality(made) == 70
    assert len(service.rows("jobs")) == 1
    shown = program.run("jobs", "show", done["job"]).out
    assert "a.jpg · JPEG quality 70" in shown


def test_where_a_service_writes_the_file_it_is_refused_before_anything_is_paid(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "a.jpg")
    quality, packed = ("--jpeg-quality", "60"), ("--tiff-compression", "lzw")
    writes = "--jpeg-quality has no effect: Topaz writes the JPEG itself"
    for words, said in (
        ((*quality, "--format", "jpeg"), writes),
        (quality, writes),
        ((*quality, "--format", "png"), "--jpeg-quality has no effect: no JPEG is written"),
        ((*packed, "--format", "tiff"), "--tiff-compression has no effect: Topaz writes the TIFF itself"),
        ((*packed, *BOTH), "--tiff-compression has no effect: Topaz writes the TIFF itself"),
        (("--jpeg-quality", "0", *BOTH), "--jpeg-quality"),
        (("--jpeg-quality", "101", *BOTH), "--jpeg-quality"),
        (("--tiff-compression", "jpeg", *BOTH), "--tiff-compression"),
    ):
        ran = program.run("enhance", source, *MODEL, *words, "--yes")
        assert (ran.code, said in ran.err) == (2, True), (words, ran.err)
    ran = program.run("enhance", source, *MODEL, *quality, "--format", "jpeg", "--yes")
    assert "--format tiff --format jpeg" in ran.err, "what does what was wanted"
    assert not service.rows("jobs")
    # A copy with a caption is written here.
    ran = program.run("enhance", source, *MODEL, *quality, "--format", "jpeg", "--label", "--yes", "--json")
    (done,) = ran.of("done")
    assert jpeg_quality(Path(done["label"])) == 60
    assert jpeg_quality(Path(done["result"])) == 95, "as the service delivered it"


def test_a_preset_may_say_it_for_any_service_and_a_file_is_refused_as_the_command(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "a.png")
    file = tmp_path / "night.toml"
    file.write_text(
        'version = 1\ninputs = "a.png"\nservice = "topaz"\nmodel = "Low Resolution 2"\n'
        '[output]\nformat = ["tiff", "jpeg"]\njpeg_quality = 60\nname = "{name}"\n'
    )
    jsonschema.validate(tomllib.loads(file.read_text()), SCHEMA)
    ran = program.run("run", file, "--yes", "--json")
    assert (ran.code, jpeg_quality(tmp_path / "a.jpg")) == (0, 60), ran.out + ran.err
    file.write_text(file.read_text().replace('["tiff", "jpeg"]', '"jpeg"'))
    ran = program.run("run", file, "--yes")
    assert (ran.code, "Topaz writes the JPEG itself" in ran.err) == (2, True), ran.err
    assert len(service.rows("jobs")) == 1

    output = OutputOptions(OutputSize.scale(2), FileFormat.JPEG, template="web", encoding=Encoding(60))
    Presets(program.profile / "presets").save(
        Preset("Web", Recipe.of(ServiceName.TOPAZ, "low-resolution-2", {}, output))
    )
    ran = program.run("enhance", source, "--service", "topaz", "--preset", "Web", "--again", "--yes", "--json")
    assert ran.code == 0, ran.out + ran.err
    (done,) = ran.of("done")
    assert jpeg_quality(Path(done["result"])) == 95, "as the service delivered it"
    recipe = program.run("jobs", "show", done["job"], "--json").of("job")[0]["recipe"]
    assert "jpeg_quality" not in recipe["output"], "it would not be true of this result"
    ran = program.run("enhance", source, "--service", "topaz", "--preset", "Web", *BOTH, "--again", "--yes", "--json")
    (done,) = ran.of("done")
    assert [each["jpeg_quality"] for each in done["copies"]] == [60]


def test_results_of_this_computer_are_written_as_it_is_wished(alone: Program, tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "a.png", width=48, height=32)
    words = (source, *HERE, "--json", "--out", tmp_path / "out")

    def run(*more: str) -> Path:
        ran = alone.run("enhance", *words, *more)
        assert ran.code == 0, ran.out + ran.err
        (done,) = ran.of("done")
        assert not done.get("before")
        return Path(done["result"])

    low = run("--format", "jpeg", "--jpeg-quality", "40")
    assert (jpeg_quality(low), subsampling(low)) == (40, ((1, 1),) * 3)
    (job,) = alone.run("jobs", "list", "--json").of("job")
    shown = alone.run("jobs", "show", job["job"], "--json").of("job")[0]
    assert (shown["jpeg_quality"], shown["recipe"]["output"]["jpeg_quality"]) == (40, 40)
    assert "JPEG quality 40" in alone.run("jobs", "show", job["job"]).out
    again = alone.run("enhance", *words, "--format", "jpeg", "--jpeg-quality", "40")
    assert again.summary["done_before"] == 1
    usual = run("--format", "jpeg")
    assert (usual.name, jpeg_quality(usual), jpeg_quality(low)) == ("a-2.jpg", 95, 40)

    pixels = []
    for compression in ("none", "lzw", "deflate"):
        made = run("--format", "tiff", "--tiff-compression", compression, "--name", compression)
        assert tiff_compression(made) == compression
        pixels.append(tifffile.imread(made))
    assert all(np.array_equal(pixels[0], each) for each in pixels), "each is lossless"
    # Now there is something lossless: any quality is made of it at once.
    copied = alone.run("enhance", *words, "--format", "jpeg", "--jpeg-quality", "70")
    assert (copied.summary["done_before"], copied.summary["copies"]) == (1, 1), copied.out + copied.err


@pytest.mark.parametrize("word", ["high", "95.5", "true"])
def test_a_file_with_no_quality_is_refused(program: Program, tmp_path: Path, word: str) -> None:
    pictures.write(tmp_path / "a.png")
    file = tmp_path / "night.toml"
    value = word if word in ("true", "95.5") else f'"{word}"'
    file.write_text(
        'version = 1\ninputs = "a.png"\nservice = "topaz"\nmodel = "Low Resolution 2"\n'
        f'[output]\nformat = ["tiff", "jpeg"]\njpeg_quality = {value}\n'
    )
    ran = program.run("run", file, "--yes")
    assert (ran.code, "jpeg" in ran.err) == (2, True), ran.err
