"""How files are encoded: said only where this program writes them, and no part of what is known as the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalogue import whole_catalogue
from topazdesk.domain.copies import CopyForm, ResultCopy, may_be_written_here, written_here
from topazdesk.domain.draft import draft
from topazdesk.domain.encoding import USUAL, Encoding, TiffCompression
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import SERVICES, ServiceName

JPEG, PNG, TIFF = FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF
ALL = (JPEG, PNG, TIFF)
OTHER = Encoding(60, TiffCompression.LZW)


def recipe(service: ServiceName, *formats: FileFormat | None, **output: Any) -> Recipe:
    slug = "real-esrgan-fast" if service is ServiceName.LOCAL else "standard-2"
    told = OutputOptions(OutputSize.scale(2), formats[0], copies=tuple(formats[1:]), encoding=OTHER)
    return Recipe.of(service, slug, {}, replace(told, **output))


def test_only_this_computer_writes_its_results() -> None:
    """No contract of another service has a JPEG quality or a compression of TIFF."""
    assert [name for name in SERVICES if name.traits.writes_here] == [ServiceName.LOCAL]


@pytest.mark.parametrize(
    ("service", "formats", "source", "label", "written"),
    [
        (ServiceName.TOPAZ, (JPEG,), JPEG, False, set()),
        (ServiceName.TOPAZ, (JPEG,), JPEG, True, {JPEG}),
        (ServiceName.TOPAZ, (TIFF, JPEG), PNG, False, {JPEG}),
        (ServiceName.TOPAZ, (None, JPEG), JPEG, False, set()),
        (ServiceName.TOPAZ, (None, JPEG), TIFF, False, {JPEG}),
        (ServiceName.SANDBOX, (TIFF,), PNG, False, set()),
        (ServiceName.LOCAL, (None,), TIFF, False, {TIFF}),
        (ServiceName.LOCAL, (TIFF, JPEG), PNG, False, {TIFF, JPEG}),
        (ServiceName.LOCAL, (PNG,), JPEG, False, {PNG}),
    ],
)
def test_a_draft_says_it_of_the_files_that_are_written_here(service, formats, source, label, written):
    wanted = recipe(service, *formats, label=label)
    assert written_here(wanted, source, ALL) == written
    model = whole_catalogue().find(service, "Real-ESRGAN Fast" if service is ServiceName.LOCAL else "Standard 2")
    info = ImageInfo(Path("/p/a"), source, Size(300, 200), 1, 8, 3, False, False, 1, 1000, 1)
    made = draft(info, model, wanted).recipe
    assert made.output.encoding == OTHER.only_for(written)
    assert made.digest == replace(made, output=replace(made.output, encoding=USUAL)).digest


def test_of_pictures_that_are_not_known_it_is_what_may_be():
    assert may_be_written_here(recipe(ServiceName.TOPAZ, None), ALL) == set()
    assert may_be_written_here(recipe(ServiceName.TOPAZ, None, JPEG), ALL) == {JPEG}
    assert may_be_written_here(recipe(ServiceName.LOCAL, None), ALL) == set(ALL)


def test_what_is_as_usual_is_not_said():
    usual = recipe(ServiceName.LOCAL, JPEG, encoding=USUAL)
    assert not {"jpeg_quality", "tiff_compression"} & usual.to_json()["output"].keys(), "as it was before"
    other = replace(usual, output=replace(usual.output, encoding=OTHER))
    assert other.to_json()["output"]["jpeg_quality"] == 60
    for each in (usual, other):
        assert Recipe.from_json(json.loads(json.dumps(each.to_json()))) == each
    assert (other.digest, other.digest_of_any_format) == (usual.digest, usual.digest_of_any_format)


@pytest.mark.parametrize(
    "said",
    [
        {"jpeg_quality": 0},
        {"jpeg_quality": 101},
        {"jpeg_quality": True},
        {"jpeg_quality": 80.5},
        {"jpeg_quality": "80"},
        {"tiff_compression": "jpeg"},
        {"tiff_compression": None},
    ],
)
def test_what_no_file_can_have_is_no_recipe(said):
    data = recipe(ServiceName.LOCAL, JPEG).to_json()
    with pytest.raises(ValueError, match=r"quality|Compression"):
        Recipe.from_json({**data, "output": data["output"] | said})


def test_a_copy_of_an_older_list_has_the_usual_quality():
    old = {"format": "jpeg", "name": "a.jpg", "bytes": 1, "digest": "00"}
    assert ResultCopy.from_json(old).form == CopyForm(JPEG, USUAL)
    new = ResultCopy(JPEG, "a.jpg", 1, "00", encoding=Encoding(60))
    assert ResultCopy.from_json(json.loads(json.dumps(new.to_json()))) == new
    assert ResultCopy.from_json(old).to_json() == old
