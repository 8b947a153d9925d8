"""Recipes travel through JSON unchanged; drafts are priced or refused with a sentence; values carry over by meaning."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from tests.support.catalogue import packaged_catalogue, packaged_model
from topazdesk.domain.draft import draft, output_with_default
from topazdesk.domain.geometry import OutputSize, Paper, PaperUnit, Size, SizeMode
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.params import carry_over
from topazdesk.domain.recipe import FileTime, OnConflict, OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import InputError, UseError


def picture(width=1500, height=1000, orientation=1):
    return ImageInfo(
        Path("/p/a.jpg"), FileFormat.JPEG, Size(width, height), orientation, 8, 3, False, False, 1, 1000, 1
    )


def recipe_for(model, values=None, **output):
    chosen = output_with_default(OutputOptions(**output), ServiceName.TOPAZ, model)
    return Recipe.of(ServiceName.TOPAZ, model.slug, values or {}, chosen)


def test_json_round_trip_and_digest():
    output = OutputOptions(OutputSize(SizeMode.BOX, 800, 600), FileFormat.TIFF, True, "/out", "{name}", OnConflict.SKIP)
    recipe = Recipe.of(ServiceName.TOPAZ, "recover-3", {"creativity": 4, "prompt": "ä"}, output)
    assert Recipe.from_json(recipe.to_json()) == recipe
    other = Recipe.of(ServiceName.TOPAZ, "recover-3", {"creativity": 5, "prompt": "ä"}, output)
    assert recipe.digest != other.digest
    moved = Recipe.of(
        ServiceName.TOPAZ,
        "recover-3",
        {"creativity": 4, "prompt": "ä"},
        OutputOptions(output.size, output.format, True, "/else"),
    )
    assert recipe.digest == moved.digest


def test_a_number_is_the_same_however_it_is_written():
    """2 and 2.0 had two digests: the same picture with the same recipe was not recognised, and would have been paid again."""
    whole, point = (
        Recipe.of(ServiceName.TOPAZ, "recover-3", {"strength": number}, OutputOptions(OutputSize.scale(number)))
        for number in (2, 2.0)
    )
    assert whole.digest == point.digest == Recipe.from_json(whole.to_json()).digest
    is_on = Recipe.of(ServiceName.TOPAZ, "recover-3", {"strength": True}, OutputOptions(OutputSize.scale(2)))
    assert is_on.digest != Recipe.of(is_on.service, is_on.model, {"strength": 1}, is_on.output).digest


def test_names_and_times_do_not_make_another_picture():
    one = Recipe.of(ServiceName.TOPAZ, "recover-3", {}, OutputOptions())
    other = Recipe.of(ServiceName.TOPAZ, "recover-3", {}, OutputOptions(file_time=FileTime.TAKEN))
    assert one.digest == other.digest
    assert Recipe.from_json(other.to_json()) == other
    old = other.to_json()
    del old["output"]["file_time"]
    assert Recipe.from_json(old) == one, "a recipe of an older program"


@pytest.mark.parametrize("bad", [{}, {"version": 99}, {"version": 1, "service": "moon"}])
def test_a_foreign_object_is_no_recipe(bad):
    with pytest.raises(ValueError, match=r"recipe|newer"):
        Recipe.from_json(bad)


def test_default_size_is_twice_where_the_model_takes_one_and_none_where_not():
    enlarge, keep = packaged_model("Standard 2"), packaged_model("Lens Blur 2")
    assert draft(picture(), enlarge, recipe_for(enlarge)).target == Size(3000, 2000)
    assert draft(picture(), keep, recipe_for(keep, size=OutputSize.scale(4))).target == Size(1500, 1000)


def test_an_upright_size_counts_for_turned_pictures():
    model = packaged_model("Standard 2")
    assert draft(picture(1500, 1000, orientation=6), model, recipe_for(model)).target == Size(2000, 3000)


def test_over_a_limit_is_refused_with_the_limit():
    model = packaged_model("Recover 3")
    with pytest.raises(InputError) as caught:
        draft(picture(6000, 5000), model, recipe_for(model))
    assert "up to 24 MP" in caught.value.hint
    assert caught.value.title == "Too large for Recover 3"
    assert "smaller size" not in caught.value.hint, "a smaller result does not help"
    with pytest.raises(InputError) as caught:
        draft(picture(5000, 4000), model, recipe_for(model, size=OutputSize.scale(6)))
    assert "up to 384 MP" in caught.value.hint
    assert caught.value.title == "Result too large for Recover 3"
    with pytest.raises(InputError) as caught:
        draft(
            picture(9000, 100),
            packaged_model("Standard 2"),
            recipe_for(packaged_model("Standard 2"), size=OutputSize.scale(4)),
        )
    assert "32,000" in caught.value.hint


def test_wrong_values_are_refused_before_anything_else():
    model = packaged_model("Recover 3")
    with pytest.raises(UseError) as caught:
        draft(picture(), model, recipe_for(model, {"creativity": 12}))
    assert "Creativity" in caught.value.title
    assert "between 1 and 9" in caught.value.hint.lower()
    with pytest.raises(UseError) as caught:
        draft(picture(), model, recipe_for(model, {"prompt": "x" * 1025}))
    assert "1 character too long" in caught.value.hint


def test_values_survive_only_where_name_meaning_and_range_agree():
    low, standard = packaged_model("Low Resolution 2").parameters, packaged_model("Standard 2").parameters
    recover, lens = packaged_model("Recover 3").parameters, packaged_model("Lens Blur 2").parameters
    values = {
        "sharpen": 0.3,
        "strength": 0.5,
        "fix_compression": 0.2,
        "face_enhancement": True,
        "subject_detection": "all",
    }
    assert carry_over(values, low, standard) == values
    assert carry_over(values, low, recover) == {"sharpen": 0.3, "face_enhancement": True, "subject_detection": "all"}
    assert carry_over(values, low, lens) == {"face_enhancement": True}


def test_a_carried_value_is_always_valid():
    for old, new in permutations(packaged_catalogue(), 2):
        values = {p.name: p.maximum for p in old.parameters if p.maximum is not None}
        kept = carry_over(values, old.parameters, new.parameters)
        assert not new.parameters.problems(kept)


@pytest.mark.parametrize("source", list(FileFormat))
@pytest.mark.parametrize("asked", [None, FileFormat.TIFF, FileFormat.PNG, FileFormat.JPEG])
def test_a_format_that_the_model_does_not_write_never_becomes_a_silent_jpeg(
    source: FileFormat, asked: FileFormat | None
) -> None:
    """A TIFF with the format "same" came back as JPEG from models that write JPEG and PNG."""
    made = OutputOptions(format=asked).format_for(source, (FileFormat.JPEG, FileFormat.PNG))
    wants_jpeg = asked is FileFormat.JPEG or (asked is None and source is FileFormat.JPEG)
    assert made is (FileFormat.JPEG if wants_jpeg else FileFormat.PNG)


def test_a_print_comes_back_and_leaves_other_recipes_as_they_were():
    """A recipe of an older program keeps its digest, or its pictures would be paid again."""
    size = OutputSize.print(Paper(30, 20), 300)
    recipe = Recipe(ServiceName.TOPAZ, "recover-3", output=OutputOptions(size))
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    whole = replace(recipe, output=OutputOptions(OutputSize.print(Paper(30.0, 20.0), 300.0)))
    inches = replace(recipe, output=OutputOptions(OutputSize.print(Paper(30, 20, PaperUnit.INCH), 300)))
    assert recipe.digest == whole.digest != inches.digest
    assert "paper" not in Recipe(ServiceName.TOPAZ, "recover-3").to_json()["output"]["size"]
    assert (
        Recipe(ServiceName.TOPAZ, "recover-3", output=OutputOptions(OutputSize.scale(2))).digest == "28f85c229fd38549"
    )
