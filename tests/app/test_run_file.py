"""The file of a run says all that determines it: what is read from it is what was written."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.catalogue import packaged_catalogue
from tests.support.queue_jobs import job
from topazdesk.app.run_file import RunTerms, read_wishes, text_of, text_of_run
from topazdesk.domain.encoding import Encoding, TiffCompression
from topazdesk.domain.geometry import OutputSize, Paper, PaperUnit, SizeMode
from topazdesk.domain.image import FileFormat
from topazdesk.domain.page_choice import PageChoice
from topazdesk.domain.params import Values
from topazdesk.domain.recipe import FileTime, OnConflict, OutputOptions, Recipe
from topazdesk.domain.renditions import renditions
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch, TrialOf
from topazdesk.errors import Code, UseError

CATALOGUE = packaged_catalogue()
FULL = OutputOptions(
    OutputSize.scale(3.5),
    FileFormat.TIFF,
    folder="/out/é \"q'",
    template="{name}-x",
    on_conflict=OnConflict.OVERWRITE,
    file_time=FileTime.TAKEN,
    flat=True,
    label=True,
    encoding=Encoding(tiff_compression=TiffCompression.LZW),
)


@pytest.mark.parametrize(
    ("service", "model", "values", "output"),
    [
        (ServiceName.TOPAZ, "Standard 2", {}, OutputOptions(OutputSize.scale(2))),
        (ServiceName.SANDBOX, "Standard 2", {"sharpen": 0.25, "face_enhancement": True}, FULL),
        (ServiceName.TOPAZ, "Recover 3", {"creativity": 4}, OutputOptions(OutputSize(SizeMode.WIDTH, 4000))),
        (ServiceName.TOPAZ, "Standard 2", {}, OutputOptions(OutputSize(SizeMode.BOX, 400, 300), crop_to_fill=True)),
        (ServiceName.TOPAZ, "Standard 2", {}, OutputOptions(OutputSize(SizeMode.LONG_EDGE, 400))),
        (ServiceName.TOPAZ, "Standard 2", {}, OutputOptions(OutputSize(SizeMode.MEGAPIXELS, 12.5))),
        (ServiceName.TOPAZ, "Standard 2", {}, OutputOptions(OutputSize.print(Paper(30, 20.5, PaperUnit.CM), 240))),
        (ServiceName.TOPAZ, "Standard 2", {}, OutputOptions(OutputSize.print(Paper(8.5, 11, PaperUnit.INCH), 300))),
    ],
)
def test_what_was_written_is_read(
    tmp_path: Path, service: ServiceName, model: str, values: Values, output: OutputOptions
) -> None:
    entry = CATALOGUE.find(service, model)
    recipe = Recipe.of(service, entry.slug, values, output)
    terms = RunTerms(250, SendingHours.read("22-6", "mon-fri"))
    inputs = (Path("/in/a.png"), Path('/in/b "\\é.png'))
    file = tmp_path / "run.toml"
    file.write_text(text_of(inputs, entry, recipe, terms, mirror=[Path("/in")]), "utf-8")
    found = read_wishes(file, CATALOGUE, ServiceName.RUNFLOW, tmp_path, "/elsewhere")
    expected = recipe if output.folder else replace(recipe, output=replace(output, folder="/elsewhere"))
    assert (found.recipe, found.terms, found.inputs, found.left_out) == (expected, terms, inputs, ())
    assert found.mirror == (() if output.flat or not output.folder else (Path("/in"),))


def test_what_only_a_command_does_is_named(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        'version = 1\ninputs = "in"\npages = "2-"\nmodel = ["Standard 2", "Recover 3"]\n[output]\nout = "o"\nreport = "r.html"\n'
    )
    found = read_wishes(file, CATALOGUE, ServiceName.TOPAZ, tmp_path, "")
    assert found.left_out == ("report", "Recover 3")
    assert (found.inputs, found.recipe.output.folder) == ((tmp_path / "in",), str(tmp_path / "o"))
    assert found.pages == PageChoice(((2, None),))
    file.write_text(
        'version = 1\ninputs = "in"\nmodel = "Standard 2"\n[output]\nwidth = [640, 960]\nformat = ["jpeg", "tiff"]\n'
    )
    found = read_wishes(file, CATALOGUE, ServiceName.TOPAZ, tmp_path, "")
    assert found.left_out == ("width = 960", "tiff")
    assert (found.recipe.output.size, found.recipe.output.format) == (OutputSize(SizeMode.WIDTH, 640), FileFormat.JPEG)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('model = "No Such"', Code.USE_UNKNOWN_MODEL),
        ('model = "Standard 2"\nservice = "nobody"', Code.USE_RUN_FILE),
        ('model = "Standard 2"\n[settings]\nnosuch = 1', Code.USE_PARAMETER),
        ('model = "Standard 2"\n[output]\nscale = "big"', Code.USE_RUN_FILE),
        ('model = "Standard 2"\n[output]\nwidth = inf', Code.USE_RUN_FILE),
        ('model = "Standard 2"\n[output]\nwidth = []', Code.USE_RUN_FILE),
        ('model = "Standard 2"\n[output]\nwidth = [640, "wide"]', Code.USE_RUN_FILE),
        ('model = "Standard 2"\n[output]\nwidth = [640, 960]\nheight = 480', Code.USE_SIZE),
        ('model = "Standard 2"\n[output]\nheight = 100.5', Code.USE_RUN_FILE),
        (f'model = "Standard 2"\n[output]\nlong_edge = 1{"0" * 400}', Code.USE_SIZE),
        ('pages = "0"\nmodel = "Standard 2"', Code.USE_RUN_FILE),
        ('model = "Standard 2"\n[caps]\nbudget = -3', Code.USE_BUDGET),
        ('model = "Standard 2"\n[schedule]\nbetween = "night"', Code.USE_HOURS),
    ],
)
def test_what_cannot_be_had_is_refused_as_a_whole(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(f'version = 1\ninputs = "a.png"\n{text}\n')
    with pytest.raises(UseError) as refused:
        read_wishes(file, CATALOGUE, ServiceName.TOPAZ, tmp_path, "")
    assert refused.value.code == code


def test_a_past_run_without_a_file_is_written_from_its_jobs(tmp_path: Path) -> None:
    hours = SendingHours.read("22-6")
    jobs = [job("a.jpg", hours=hours), job("b.jpg", hours=hours)]
    file = tmp_path / "run.toml"
    file.write_text(text_of_run(jobs, CATALOGUE))
    found = read_wishes(file, CATALOGUE, ServiceName.SANDBOX, tmp_path, "")
    assert (found.recipe, found.inputs) == (jobs[0].recipe, (Path("/pictures/a.jpg"), Path("/pictures/b.jpg")))
    assert found.terms.hours == hours
    with pytest.raises(UseError):
        text_of_run([*jobs, job("c.jpg", model="standard-2")], CATALOGUE)
    sizes, formats = [OutputSize.print(Paper(side, 20), 300) for side in (30, 40)], [None, FileFormat.TIFF]
    several = renditions(jobs[0].recipe, sizes, formats)
    jobs = [replace(each, recipe=recipe) for each in jobs for recipe in several]
    output = tomllib.loads(text_of_run(jobs, CATALOGUE))["output"]
    assert (output["print_size"], output["dpi"]) == (["30x20cm", "40x20cm"], 300)
    assert output["format"] == ["same", "tiff"]
    with pytest.raises(UseError):  # with a file for all, what one of them lacks would be paid
        text_of_run(jobs[:-1], CATALOGUE)
    # Of a JPEG, "same" and "jpeg" are one file; of a TIFF they are a result and its copy.
    one = replace(jobs[0], format=FileFormat.JPEG, recipe=replace(jobs[0].recipe, output=OutputOptions(sizes[0])))
    both = replace(one.recipe.output, copies=(FileFormat.JPEG,))
    other = replace(
        one, source=Path("/pictures/t.tif"), format=FileFormat.TIFF, recipe=replace(one.recipe, output=both)
    )
    assert tomllib.loads(text_of_run([one, other], CATALOGUE))["output"]["format"] == ["same", "jpeg"]
    with pytest.raises(UseError):
        text_of_run([replace(one, format=FileFormat.PNG), other], CATALOGUE)
    # Only the copy says its quality: the service wrote the other JPEG. What two say differently, no file can.
    low, lower = (
        replace(other, recipe=replace(other.recipe, output=replace(both, encoding=Encoding(quality))))
        for quality in (60, 40)
    )
    output = tomllib.loads(text_of_run([one, low], CATALOGUE))["output"]
    assert (output["format"], output["jpeg_quality"]) == (["same", "jpeg"], 60)
    with pytest.raises(UseError):
        text_of_run([one, low, replace(lower, source=Path("/pictures/u.tif"))], CATALOGUE)
    mixed = renditions(jobs[0].recipe, [OutputSize.scale(2), sizes[0]])
    with pytest.raises(UseError):
        text_of_run([replace(jobs[0], recipe=recipe) for recipe in mixed], CATALOGUE)
    trial = replace(jobs[0], trial=TrialOf(Path("/pictures/a.jpg"), Patch(0, 0, 64, 64), jobs[0].recipe))
    with pytest.raises(UseError) as refused:
        text_of_run([trial], CATALOGUE)
    assert "tried models on a patch" in refused.value.hint


def test_a_file_says_and_asks_nothing_of_files_that_a_service_writes(tmp_path: Path) -> None:
    model = CATALOGUE.find(ServiceName.TOPAZ, "Standard 2")
    jpeg = OutputOptions(OutputSize.scale(2), FileFormat.JPEG, encoding=Encoding(60))
    text = text_of([Path("/in/a.png")], model, Recipe.of(ServiceName.TOPAZ, model.slug, {}, jpeg))
    assert "jpeg_quality" not in text
    file = tmp_path / "run.toml"
    file.write_text(text.replace('format = "jpeg"', 'format = "jpeg"\njpeg_quality = 60'), "utf-8")
    with pytest.raises(UseError) as refused:
        read_wishes(file, CATALOGUE, ServiceName.TOPAZ, tmp_path, "")
    assert refused.value.code == Code.USE_FORMAT
