"""A page is part of what identifies a picture: two pages of a file are two pictures, the same page twice is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.support.catalogue import packaged_model
from topazdesk.domain.candidates import candidate
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.naming import NameFacts, result_name
from topazdesk.domain.page_choice import PageChoice
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch

SCAN = ImageInfo(Path("/p/scan.tif"), FileFormat.TIFF, Size(800, 600), 1, 8, 3, False, False, 12, 99, 1)


def recipe(page: int | None = None) -> Recipe:
    made = Recipe.of(ServiceName.TOPAZ, "standard-2", {"denoise": 0.5}, OutputOptions(OutputSize.scale(2)))
    return replace(made, page=page)


def test_another_page_is_another_recipe_and_the_first_is_the_one_taken_anyway() -> None:
    digests = [recipe(page).digest for page in (None, 0, 1, 2)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_recipe_keeps_its_page_and_older_programs_refuse_it() -> None:
    """They would send the first page, and be paid for it."""
    assert Recipe.from_json(recipe(3).to_json()) == recipe(3)
    assert (recipe(3).to_json()["version"], recipe().to_json()["version"]) == (2, 1)
    assert "page" not in recipe().to_json()
    with pytest.raises(ValueError, match="page"):
        Recipe.from_json(recipe().to_json() | {"page": -1})


def test_the_page_of_a_draft_is_that_of_its_picture() -> None:
    """Whatever page the recipe was used for before, as one from the clipboard or of an older job."""
    model = packaged_model("Standard 2")
    third = replace(SCAN, page=2, is_page_chosen=True)
    assert draft(third, model, recipe()).recipe.page == 2
    assert draft(third, model, recipe(7)).recipe.page == 2
    assert draft(SCAN, model, recipe(7)).recipe.page is None
    assert draft(replace(SCAN, is_page_chosen=True), model, recipe()).recipe.page == 0


def test_a_trial_knows_the_page_though_its_patch_is_a_file_of_its_own() -> None:
    third = replace(SCAN, page=2, is_page_chosen=True)
    made = candidate(third, Patch(0, 0, 256, 256), recipe(), packaged_model("Standard 2"), "/results")
    assert made.draft is not None
    assert made.draft.trial is not None
    assert (made.draft.recipe.page, made.draft.trial.recipe.page, made.recipe.page) == (None, 2, 2)


@pytest.mark.parametrize(
    ("text", "count", "pages"),
    [
        ("all", 3, (0, 1, 2)),
        ("ALL", 1, (0,)),
        ("1,3-5", 12, (0, 2, 3, 4)),
        ("3-", 5, (2, 3, 4)),
        (" 2 , 2-3 ", 9, (1, 2)),
        ("4", 3, ()),
    ],
)
def test_pages_are_chosen_as_people_count_them(text: str, count: int, pages: tuple[int, ...]) -> None:
    assert PageChoice.parse(text).of(count) == pages


@pytest.mark.parametrize("text", ["", "0", "0-3", "3-2", "a", "1;2", "-3", "1,", "1.5", "9999999"])
def test_what_names_no_pages_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="page"):
        PageChoice.parse(text)


@pytest.mark.parametrize(
    ("template", "page", "name"),
    [
        ("{name}_{model}", 1, "scan_p02_standard-2.png"),
        ("{name}_{model}", 0, "scan_p01_standard-2.png"),
        ("{name}_{model}", None, "scan_standard-2.png"),
        ("{model}", 11, "standard-2_p12.png"),
        ("{name}", 119, "scan_p120.png"),
        ("{page} of {name}", 1, "p02 of scan.png"),
        ("{page} of {name}", None, "p01 of scan.png"),
    ],
)
def test_names_of_results_have_the_chosen_page(template: str, page: int | None, name: str) -> None:
    facts = NameFacts(
        *(Path("/p/scan.tif"), "standard-2", "precise", "topaz", Size(8, 6), Size(16, 12), FileFormat.PNG),
        day=date(2026, 11, 28),
        taken=date(1911, 6, 3),
        page=page,
    )
    assert result_name(template, facts) == name


def test_only_the_name_is_shortened_never_the_page() -> None:
    facts = NameFacts(
        *(Path(f"/p/{'x' * 400}.tif"), "m", "precise", "topaz", Size(8, 6), Size(16, 12), FileFormat.PNG),
        day=date(2026, 11, 28),
        taken=date(1911, 6, 3),
        page=1,
    )
    assert result_name("{name}_{model}", facts).endswith("x_p02_m.png")
