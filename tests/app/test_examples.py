"""Before/after pictures of models: from trials alone, small, bounded, without metadata, and of their own service only."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.support.queue_jobs import job
from topazdesk.app.examples import MOST_BYTES, MOST_FILES, SIZE, Examples
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch, TrialOf


def _trial(folder: Path, model: str = "standard-2", *, size: tuple[int, int] = (800, 600)) -> Job:
    before, after = folder / "before.png", folder / "after.png"
    Image.new("RGB", (400, 300), (200, 20, 20)).save(before, exif=b"Exif\0\0private place")
    Image.new("RGB", size, (20, 20, 200)).save(after)
    plain = job("a", JobState.DONE)
    recipe = replace(plain.recipe, model=model)
    trial = TrialOf(folder / "street.jpg", Patch(0, 0, 400, 300), recipe)
    return replace(plain, recipe=recipe, source=before, result=after, result_size=Size(*size), trial=trial)


def test_a_finished_trial_becomes_the_picture_of_its_model(tmp_path: Path) -> None:
    examples = Examples(tmp_path / "examples")
    assert examples.keep(_trial(tmp_path))
    service = _trial(tmp_path).recipe.service
    (found,) = examples.read(service).items()
    assert found[0] == "standard-2"
    assert len(found[1]) < MOST_BYTES
    with Image.open(io.BytesIO(found[1])) as made:
        assert made.size == (SIZE.width, 2 * SIZE.height)
        red, _, blue = made.convert("RGB").getpixel((10, 10))  # type: ignore[misc]
        assert red > blue, "before is on top"
        red, _, blue = made.convert("RGB").getpixel((10, SIZE.height + 10))  # type: ignore[misc]
        assert blue > red, "after is below"
        assert not made.getexif()
    assert b"private place" not in found[1]
    others = {ServiceName.TOPAZ, ServiceName.RUNFLOW, ServiceName.SANDBOX} - {service}
    assert all(examples.read(other) == {} for other in others), "no service's work is shown as another's"
    if os.name == "posix":
        assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "examples").iterdir())
    examples.remove(service, "standard-2")
    assert examples.read(service) == {}


@pytest.mark.parametrize("change", [{"trial": None}, {"state": JobState.FAILED}, {"result": None}])
def test_nothing_else_does(tmp_path: Path, change: dict[str, object]) -> None:
    examples = Examples(tmp_path / "examples")
    assert not examples.keep(replace(_trial(tmp_path), **change))  # type: ignore[arg-type]


def test_a_result_of_another_shape_shows_nothing(tmp_path: Path) -> None:
    assert not Examples(tmp_path / "examples").keep(_trial(tmp_path, size=(800, 800)))


def test_their_number_is_bounded_and_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    examples = Examples(tmp_path / "examples")
    first = _trial(tmp_path, "model-0")
    for number in range(MOST_FILES + 3):
        assert examples.keep(replace(first, recipe=replace(first.recipe, model=f"model-{number}")))
    assert len(examples.read(first.recipe.service)) == MOST_FILES
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "holiday.txt").write_text("mine")
    assert not Examples(foreign).keep(first)
    assert [path.name for path in foreign.iterdir()] == ["holiday.txt"]
