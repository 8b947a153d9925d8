"""Names of results are safe whatever the source is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.naming import result_name, safe_name, template_problem, unique_path
from topazdesk.domain.recipe import DEFAULT_TEMPLATE


def name_of(source: str, template: str = DEFAULT_TEMPLATE) -> str:
    return result_name(
        template, Path(source), "recover-3", "topaz", Size(1500, 1000), Size(6000, 4000), FileFormat.TIFF
    )


def test_default_template():
    assert name_of("/p/mountain-lake.jpg") == "mountain-lake_recover-3_4x.tif"


def test_newline_and_foreign_bytes():
    assert name_of("/p/a\nb.jpg") == "a_b_recover-3_4x.tif"
    name_of(os.fsdecode(b"/p/\xff\xfe.jpg")).encode("utf-8")


@pytest.mark.parametrize("template", ["{name", "{nome}", "  ", "{0}"])
def test_a_bad_template_has_a_sentence(template):
    assert template_problem(template)


@given(st.text())
def test_any_stem_becomes_a_file_name(stem):
    name = safe_name(stem)
    assert name
    assert "/" not in name
    assert "\x00" not in name
    assert len(name.encode()) <= 250
    assert name not in (".", "..")


def test_unique_counts_on():
    taken = {Path("a.png"), Path("a-2.png")}
    assert unique_path(Path("a.png"), taken.__contains__) == Path("a-3.png")
    assert unique_path(Path("b.png"), taken.__contains__) == Path("b.png")
