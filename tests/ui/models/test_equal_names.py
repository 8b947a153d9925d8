"""Filters look at what a name looks like; pictures of one name show as much of their folder as tells them apart."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from topazdesk.domain.text_search import searchable
from topazdesk.ui.models.namesakes import Namesakes
from topazdesk.ui.models.picture import Section
from topazdesk.ui.models.picture_list import PictureModel, spoken

pytestmark = pytest.mark.usefixtures("qapp")

CAFE = "Café Zürich.jpg"


def _named(model: PictureModel, text: str) -> list[str]:
    model.set_filter(text)
    return [str(picture.path) for picture in model.matching(Section.TODO)]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_a_filter_finds_a_name_in_either_form(form: str, typed: str) -> None:
    """A name from a Mac was not found by what a keyboard types: the two look the same and are other bytes."""
    model = PictureModel()
    path = "/in/" + unicodedata.normalize(form, CAFE)  # type: ignore[arg-type]
    model.add([Path(path), Path("/in/other.jpg")])
    for words in ("café", "CAFÉ", "zürich café", "cafe"):
        assert _named(model, unicodedata.normalize(typed, words)) == [path]  # type: ignore[arg-type]
    assert _named(model, "cafè") == []


def test_case_is_ignored_as_each_script_has_it() -> None:
    for one, other in (("STRASSE", "straße"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ǰ", "J̌")):
        assert searchable(one) == searchable(other)


@pytest.mark.parametrize(
    ("parents", "shown"),
    [
        (["/a/one"], [""]),
        (["/a/one", "/a/two"], ["one", "two"]),
        (["/a/2024/day", "/b/2024/day", "/a/2025/day"], ["a/2024/day", "b/2024/day", "2025/day"]),
        (["/", "/a"], ["/", "a"]),
        (["/day", "/a/day"], ["/day", "a/day"]),
    ],
)
def test_so_much_of_the_folder_as_is_enough(parents: list[str], shown: list[str]) -> None:
    found = Namesakes()
    for parent in parents:
        found.add(Path(parent))
    assert [found.told_apart(Path(parent)) for parent in parents] == shown


def test_rows_of_one_name_show_their_folders_as_long_as_there_are_two() -> None:
    model = PictureModel()
    (one,) = model.add([Path("/in/roll 1/001.jpg")])
    assert one.folder == ""
    two, other = model.add([Path("/in/roll 2/001.jpg"), Path("/in/roll 1/002.jpg")])
    assert (one.folder, two.folder, other.folder) == ("roll 1", "roll 2", "")
    assert spoken(two) == "001.jpg, in roll 2"
    assert _named(model, "001 roll 2") == ["/in/roll 2/001.jpg"]
    model.set_filter("")
    model.remove([one.id])
    assert two.folder == ""


def test_names_that_look_alike_are_equal_and_others_are_not() -> None:
    model = PictureModel()
    forms = [unicodedata.normalize(form, CAFE) for form in ("NFC", "NFD")]  # type: ignore[arg-type]
    alike = model.add([Path("/in/a") / forms[0], Path("/in/b") / forms[1]])
    assert [picture.folder for picture in alike] == ["a", "b"]
    upper, lower = model.add([Path("/in/a/x.jpg"), Path("/in/b/X.jpg")])
    assert upper.folder == lower.folder == "", "one sees the difference"


def test_ten_thousand_pictures_of_one_name_show_their_folders() -> None:
    model = PictureModel()
    paths = [Path(f"/scans/box {n // 100}/sheet {n}/front.tif") for n in range(10_000)]
    for at in range(0, len(paths), 250):
        model.add(paths[at : at + 250])
    assert model.pictures()[4321].folder == "sheet 4321"
