"""Of several formats the best is bought, and only what holds less is made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.catalogue import packaged_model
from topazdesk.domain.copies import ResultCopy, best_bought, can_be_made
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName

JPEG, PNG, TIFF = FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF
MODEL = packaged_model("standard-2")


def recipe(*formats: FileFormat | None) -> Recipe:
    output = OutputOptions(OutputSize.scale(2), formats[0], copies=tuple(formats[1:]))
    return Recipe.of(ServiceName.TOPAZ, MODEL.slug, {}, output)


@pytest.mark.parametrize(
    ("told", "source", "allowed", "bought", "copies"),
    [
        ((JPEG, TIFF), JPEG, (JPEG, PNG, TIFF), TIFF, (JPEG,)),
        ((JPEG, PNG, TIFF), JPEG, (JPEG, PNG, TIFF), TIFF, (JPEG, PNG)),
        ((JPEG, PNG), JPEG, (JPEG, PNG), PNG, (JPEG,)),
        ((None, JPEG), TIFF, (JPEG, PNG, TIFF), None, (JPEG,)),
        ((JPEG, None), JPEG, (JPEG, PNG, TIFF), JPEG, ()),
        ((PNG, None), PNG, (JPEG, PNG, TIFF), PNG, ()),
        ((None, JPEG), TIFF, (JPEG, PNG), None, (JPEG,)),  # "same" is a PNG where the model writes no TIFF
        ((JPEG,), JPEG, (JPEG, PNG), JPEG, ()),
    ],
)
def test_the_best_of_the_formats_is_bought(told, source, allowed, bought, copies):
    found = best_bought(recipe(*told), source, allowed)
    assert (found.output.format, found.output.copies) == (bought, copies)
    assert best_bought(found, source, allowed) == found


def test_a_draft_buys_the_best_of_its_own_picture():
    picture = ImageInfo(Path("/p/a.jpg"), JPEG, Size(1500, 1000), 1, 8, 3, False, False, 1, 1000, 1)
    found = [draft(replace(picture, format=kind), MODEL, recipe(JPEG, None)).recipe.output for kind in (JPEG, TIFF)]
    assert [(each.format, each.copies) for each in found] == [(JPEG, ()), (None, (JPEG,))]


def test_only_what_holds_less_is_made():
    assert [(a, b) for a in (TIFF, PNG, JPEG) for b in (TIFF, PNG, JPEG) if can_be_made(a, b)] == [
        (PNG, TIFF),
        (JPEG, TIFF),
        (JPEG, PNG),
    ]
    assert not can_be_made(JPEG, FileFormat.WEBP)


def test_copies_have_no_say_in_what_is_known_as_the_same():
    plain, several = recipe(TIFF), recipe(TIFF, JPEG, None)
    assert plain.digest == several.digest != recipe(PNG).digest
    assert plain.digest_of_any_format == recipe(None, PNG).digest_of_any_format
    assert plain.digest_of_any_format != replace(plain, model="other").digest_of_any_format
    assert Recipe.from_json(json.loads(json.dumps(several.to_json()))) == several
    assert "copies" not in plain.to_json()["output"], "a recipe without copies is as it was before there were any"


@pytest.mark.parametrize("name", ["", "..", "../a.jpg", "/etc/a.jpg", "a\0.jpg", 7])
def test_a_copy_of_a_damaged_list_names_no_file_elsewhere(name):
    data = ResultCopy(JPEG, "a.jpg", 5, "d").to_json() | {"name": name}
    with pytest.raises(ValueError, match="no name"):
        ResultCopy.from_json(data)
