"""Patches and candidates: arithmetic and prices before anything is cut or sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogue import packaged_catalogue
from topazdesk.domain.candidates import bill_of, candidates
from topazdesk.domain.geometry import OutputSize, Size, SizeMode
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.money import Unit
from topazdesk.domain.recipe import OnConflict, OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import (
    DEFAULT_SIDE_PX,
    MAX_SIDE_PX,
    MIN_SIDE_PX,
    Patch,
    TrialOf,
    default_patch,
    fitted,
    is_whole,
    on_patch,
)
from topazdesk.errors import UseError

CATALOGUE = packaged_catalogue()
TOPAZ = ServiceName.TOPAZ
# 24 MP stored on its side: upright it is 4000 × 6000.
PICTURE = ImageInfo(Path("/p/a.jpg"), FileFormat.JPEG, Size(6000, 4000), 6, 8, 3, False, True, 1, 9_000_000, 7)
sides = st.integers(1, 40_000)


@given(sides, sides, st.integers(-50_000, 50_000), st.integers(-50_000, 50_000), st.integers(0, 50_000), sides)
def test_a_fitted_patch_is_inside_even_and_of_a_useful_size(
    width: int, height: int, x: int, y: int, wide: int, high: int
) -> None:
    picture = Size(width, height)
    patch = fitted(Patch(x, y, wide, high), picture)
    assert 0 <= patch.x <= patch.x + patch.width <= width
    assert 0 <= patch.y <= patch.y + patch.height <= height
    for side, available in ((patch.width, width), (patch.height, height)):
        assert min(MIN_SIDE_PX, available) <= side <= MAX_SIDE_PX
        assert side % 2 == 0 or side == available < MIN_SIDE_PX
    assert fitted(patch, picture) == patch


def test_the_default_patch_lies_around_its_centre() -> None:
    assert default_patch(Size(4000, 3000)) == Patch(1616, 1116, DEFAULT_SIDE_PX, DEFAULT_SIDE_PX)
    assert default_patch(Size(4000, 3000), (0, 3000)) == Patch(0, 3000 - DEFAULT_SIDE_PX, 768, 768)
    small = default_patch(Size(500, 300))
    assert (small, is_whole(small, Size(500, 300))) == (Patch(0, 0, 500, 300), True)
    assert is_whole(None, Size(9, 9))


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,x", "-1,0,9,9", "0,0,0,9"])
def test_what_is_no_patch(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 the words are Python's, the command line has its own
        Patch.parse(text)


@pytest.mark.parametrize(
    ("size", "crop", "made"),
    [
        (OutputSize.scale(1.5), False, Size(300, 150)),
        (OutputSize(SizeMode.WIDTH, 8000), False, Size(400, 200)),
        (OutputSize(SizeMode.LONG_EDGE, 9000), False, Size(300, 150)),
        (OutputSize(SizeMode.MEGAPIXELS, 96), False, Size(400, 200)),
        (OutputSize(SizeMode.BOX, 8000, 6000), False, Size(200, 100)),  # bars: the smaller factor
        (OutputSize(SizeMode.BOX, 8000, 6000), True, Size(400, 200)),  # cropped: the larger
    ],
)
def test_a_patch_is_enlarged_as_the_whole_would_be(size: OutputSize, crop: bool, made: Size) -> None:
    recipe = Recipe.of(TOPAZ, "standard-2", {}, OutputOptions(size, crop_to_fill=crop))
    assert on_patch(recipe, PICTURE.size).output.size.resolve(Size(200, 100)) == made


def recipe(name: str, **output: object) -> Recipe:
    model = CATALOGUE.find(TOPAZ, name)
    size = OutputSize.scale(4.0) if model.takes_size else OutputSize.keep()
    return Recipe.of(TOPAZ, model.slug, {}, replace(OutputOptions(size), **output))  # type: ignore[arg-type]


def test_candidates_are_priced_on_the_patch_and_on_the_whole() -> None:
    wanted = [recipe("Standard 2"), recipe("Wonder 3"), recipe("Sharpen Standard")]
    found = candidates(PICTURE, Patch(0, 0, 1000, 1500), wanted, CATALOGUE, folder="/trials")
    for one in found:
        assert one.model is not None
        assert one.draft is not None
        assert one.draft.estimate == one.model.price.estimate(one.draft.target)
        assert one.draft.info.size == Size(1000, 1500)
        assert one.draft.trial == TrialOf(PICTURE.path, Patch(0, 0, 1000, 1500), one.recipe)
        assert one.draft.recipe.output.folder == "/trials"
    assert [one.draft.target for one in found if one.draft] == [Size(4000, 6000)] * 2 + [Size(1000, 1500)]
    assert [one.whole.credits for one in found if one.whole] == [16, 48, 1]
    assert bill_of(found, Unit.CREDIT).text == "5 credits"


def test_candidates_never_replace_or_skip_one_another() -> None:
    wished = recipe("Standard 2", on_conflict=OnConflict.OVERWRITE, template="fixed", folder="/home")
    (one,) = candidates(PICTURE, None, [wished], CATALOGUE, folder="/trials")
    assert one.draft is not None
    assert one.draft.recipe.output.on_conflict is OnConflict.UNIQUE
    assert one.draft.trial == TrialOf(PICTURE.path, None, wished)


def test_a_whole_that_is_too_large_can_still_be_tried_and_a_gone_model_cannot() -> None:
    giant = replace(PICTURE, stored_size=Size(30_000, 20_000))
    gone = Recipe.of(TOPAZ, "no-such-model", {}, OutputOptions())
    first, second = candidates(giant, Patch(0, 0, 500, 500), [recipe("Standard 2"), gone], CATALOGUE, folder="/t")
    assert (first.problem, first.whole) == (None, None)
    assert first.whole_problem is not None
    assert second.problem is not None
    assert second.problem.code == "use.model_gone"
    with pytest.raises(UseError):
        candidates(PICTURE, None, [gone] * 5, CATALOGUE, folder="/t")


def test_a_trial_survives_its_text() -> None:
    for patch in (None, Patch(1, 2, 300, 400)):
        trial = TrialOf(Path("/p/caf\udce9.jpg"), patch, recipe("Standard 2"))
        assert TrialOf.from_json(trial.to_json()) == trial
    for wrong in ({}, {"picture": "a", "patch": 3, "recipe": {}}, {"picture": "a", "patch": [1], "recipe": {}}):
        with pytest.raises(ValueError):  # noqa: PT011 a damaged row, told as such elsewhere
            TrialOf.from_json(wrong)
