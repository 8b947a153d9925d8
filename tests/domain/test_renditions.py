"""Several sizes and formats of one picture: every combination once, in a stated order, with names that differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.catalogue import packaged_model
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize, Paper, Size, SizeMode
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.renditions import MOST_RENDITIONS, doubles, renditions
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError

JPEG, TIFF = FileFormat.JPEG, FileFormat.TIFF
MODEL = packaged_model("standard-2")
PICTURE = ImageInfo(Path("/p/a.jpg"), JPEG, Size(1500, 1000), 1, 8, 3, False, False, 1, 1000, 1)


def recipe(template: str = "{name}") -> Recipe:
    output = OutputOptions(OutputSize.scale(3), FileFormat.PNG, template=template)
    return Recipe.of(ServiceName.TOPAZ, MODEL.slug, {}, output)


def of_mode(mode: SizeMode, *values: float) -> list[OutputSize]:
    return [OutputSize(mode, value) for value in values]


def test_every_size_once_and_every_format_of_it():
    sizes = [OutputSize.scale(2), OutputSize.scale(4.0), OutputSize.scale(2.0)]
    found = renditions(recipe(), sizes, [JPEG, None, JPEG])
    assert [(one.output.size.value, one.output.format, one.output.copies) for one in found] == [
        (2, JPEG, (None,)),
        (4, JPEG, (None,)),
    ]
    assert len({one.digest for one in found}) == 2


def test_nothing_chosen_is_what_the_recipe_has():
    assert renditions(recipe(), [], []) == (recipe(),)
    assert renditions(recipe(), [OutputSize.scale(2)], [JPEG])[0].output.template == "{name}"


def test_more_than_the_bound_is_refused_in_words():
    sizes = of_mode(SizeMode.WIDTH, *range(1000, 1000 + MOST_RENDITIONS // 2))
    assert len(renditions(recipe(), sizes, [JPEG, TIFF])) == MOST_RENDITIONS // 2
    with pytest.raises(UseError) as told:
        renditions(recipe(), sizes, [JPEG, TIFF, None])
    assert "18" in told.value.title


@pytest.mark.parametrize(
    ("template", "sizes", "named"),
    [
        ("{name}", of_mode(SizeMode.SCALE, 2, 4), "{name}_{scale}"),
        ("{name}", of_mode(SizeMode.WIDTH, 2000, 4000), "{name}_{width}"),
        ("{name}", of_mode(SizeMode.LONG_EDGE, 2000, 4000), "{name}_{long_edge}"),
        ("{name}", [OutputSize.print(Paper(30, 20), 300), OutputSize.print(Paper(60, 40), 300)], "{width}x{height}"),
        ("{name}", [OutputSize.scale(2), *of_mode(SizeMode.HEIGHT, 500)], "{name}_{width}x{height}"),
        ("{name}_{megapixels}", of_mode(SizeMode.SCALE, 2, 4), "{name}_{megapixels}"),
    ],
)
def test_a_name_tells_the_sizes_apart(template, sizes, named):
    found = {one.output.template for one in renditions(recipe(template), sizes, [JPEG, TIFF])}
    assert len(found) == 1
    assert found.pop().endswith(named)


def test_the_same_pixels_are_made_once():
    sizes = [OutputSize.scale(2), *of_mode(SizeMode.WIDTH, 3000), *of_mode(SizeMode.SCALE, 2.0001, 4)]
    drafts = [draft(PICTURE, MODEL, one) for one in renditions(recipe(), sizes, [JPEG, None])]
    assert {number: drafts[number].target.width for number in range(4) if number not in doubles(drafts)} == {
        0: 3000,
        3: 6000,
    }
    # What is there already stays; it is its likes that are not made.
    assert set(range(4)) - doubles(drafts, {1, 2}) == {1, 2, 3}
    other = draft(replace(PICTURE, path=Path("/p/b.jpg")), MODEL, drafts[0].recipe)
    assert not doubles([drafts[0], other])
