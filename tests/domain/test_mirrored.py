"""Sub-folders of the originals are mirrored in the output folder, under names that are valid everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from topazdesk.domain.mirrored import Mirror
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName


@pytest.mark.parametrize(
    ("inside", "made"),
    [
        ("box 1/roll 2", "box 1/roll 2"),
        ("what?/CON/1. Mai.", "what_/_CON/1. Mai"),
        ("a:b/tab\there", "a_b/tab_here"),
        ("Cafe\u0301", "Caf\u00e9"),
        (".", ""),
    ],
)
def test_names_of_folders_are_made_valid_as_those_of_results(inside: str, made: str) -> None:
    """Windows refused the folder "what?" when results were moved there, and a run ended half copied."""
    assert Mirror([Path("/scans")]).folder_of(Path("/scans", inside, "a.jpg")) == made


def test_several_folders_keep_their_own_names() -> None:
    mirror = Mirror([Path("/x/2019"), Path("/y/2019?")])
    assert mirror.folder_of(Path("/x/2019/a.jpg")) == "2019"
    assert mirror.folder_of(Path("/y/2019?/in/a.jpg")) == "2019_/in"
    assert mirror.folder_of(Path("/z/a.jpg")) == ""


def test_only_a_recipe_with_a_folder_that_is_not_flat_is_mirrored() -> None:
    mirror = Mirror([Path("/scans")])
    recipe = Recipe(ServiceName.SANDBOX, "x", output=OutputOptions(folder="/out"))
    picture = Path("/scans/box/a.jpg")
    assert mirror.recipe_for(picture, recipe).output.folder == str(Path("/out/box"))
    for output in (replace(recipe.output, flat=True), OutputOptions()):
        assert mirror.recipe_for(picture, replace(recipe, output=output)).output == output
