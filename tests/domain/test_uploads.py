"""What cannot be uploaded is said before the click, not after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.catalogue import packaged_model
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.uploads import upload_problem
from topazdesk.errors import InputError

INFO = ImageInfo(
    Path("a.jpg"),
    FileFormat.JPEG,
    Size(600, 400),
    1,
    8,
    3,
    False,
    False,
    1,
    ServiceName.RUNFLOW.traits.upload_bytes + 1,
    0,
)
TOPAZ = packaged_model("Low Resolution 2")
RUNFLOW = replace(TOPAZ, service=ServiceName.RUNFLOW)


def test_over_50_mib_is_refused_for_runflow_before_anything_is_sent():
    recipe = Recipe.of(ServiceName.RUNFLOW, RUNFLOW.slug, {}, OutputOptions(OutputSize.scale(2)))
    with pytest.raises(InputError) as caught:
        draft(INFO, RUNFLOW, recipe)
    assert "50 MiB" in caught.value.hint
    draft(replace(INFO, bytes_on_disk=ServiceName.RUNFLOW.traits.upload_bytes), RUNFLOW, recipe)


def test_topaz_takes_it():
    assert upload_problem(INFO, TOPAZ) is None


def test_a_file_that_is_sent_as_a_copy_is_judged_when_the_copy_is_made():
    for copied in ({"orientation": 6}, {"format": FileFormat.TIFF}, {"pages": 2}, {"has_alpha": True}):
        assert upload_problem(replace(INFO, **copied), RUNFLOW) is None
