"""One folder, mounted here on one machine and there on another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError
from topazdesk.team.roots import Roots

HERE = Roots({"scans": Path("/mnt/scans"), "best": Path("/mnt/scans/best")})
THERE = Roots({"scans": Path("/srv/a b"), "best": Path("/best")})


@pytest.mark.parametrize("name", [b"a.tif", b"box 7/caf\xe9 \xff\n.tif", b"", b"x:/y"])
def test_a_path_is_the_same_file_on_both_machines(name: bytes) -> None:
    there = THERE.local(HERE.portable(b"/mnt/scans/" + name if name else b"/mnt/scans"))
    assert there == (b"/srv/a b/" + name if name else b"/srv/a b")


def test_the_inner_root_counts_where_one_lies_in_another() -> None:
    assert HERE.portable(b"/mnt/scans/best/a") == b"best:/a"
    assert HERE.portable(b"/mnt/scans/bestial") == b"scans:/bestial"


def test_a_path_of_a_root_that_is_not_here_is_no_file_and_goes_back_as_it_was() -> None:
    stranger = Roots({})
    path = stranger.local(b"scans:/box/1.tif")
    assert Path(os.fsdecode(path)).is_absolute()
    assert not Path(os.fsdecode(path)).exists()
    assert stranger.portable(path) == b"scans:/box/1.tif"
    assert stranger.root_of(Path(os.fsdecode(path))) == "scans"


def test_what_no_other_machine_could_reach_is_refused() -> None:
    with pytest.raises(UseError, match="no folder that the team shares"):
        HERE.root_of(Path("/home/anna/a.tif"))
    recipe = Recipe.of(ServiceName.TOPAZ, "m", {}, OutputOptions(OutputSize.scale(2), folder="/home/anna"))
    with pytest.raises(UseError, match="no folder that the team shares"):
        HERE.portable_recipe(recipe)


def test_the_folder_of_a_recipe_is_that_of_each_machine() -> None:
    recipe = Recipe.of(ServiceName.TOPAZ, "m", {}, OutputOptions(OutputSize.scale(2), folder="/mnt/scans/out"))
    assert THERE.local_recipe(HERE.portable_recipe(recipe)).output.folder == "/srv/a b/out"


@pytest.mark.parametrize(("name", "folder"), [("Scans", "/a"), ("a:b", "/a"), ("", "/a"), ("scans", "relative")])
def test_what_cannot_be_a_root(name: str, folder: str) -> None:
    with pytest.raises(UseError, match="no root"):
        Roots({name: Path(folder)})
