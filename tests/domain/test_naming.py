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


BAD = [
    *("{name", "{nome}", "  ", "{0}", "{}", "{name}}", "a" * 501),
    *("{scale:.1f}", "{name:d}", "{name!x}", "{name!r}", "{name:x>400000000}", "{width:400000000}", "{width:,}"),
    *("{name.__class__}", "{name[0]}", "{name:{width}}", "{name:{name.__class__.__mro__}}", "{" * 499, "{name!}"),
]


@pytest.mark.parametrize("template", BAD)
def test_a_bad_template_has_a_sentence(template):
    problem = template_problem(template)
    assert problem
    assert len(problem) < 250
    with pytest.raises(ValueError, match=r"\w"):
        name_of("/p/a.jpg", template)


@given(
    st.text() | st.lists(st.sampled_from(["{name}", "{scale}", "{{", "}}", "{", "}", ":", "!r", "x", "ü"])).map("".join)
)
def test_every_template_that_passes_makes_a_name(template):
    """What is not refused beforehand cannot fail once a result is paid."""
    if template_problem(template) is None:
        assert name_of("/p/a.jpg", template).endswith(".tif")


def test_braces_that_are_meant():
    assert name_of("/p/a.jpg", "{{{name}}}") == "{a}.tif"


@given(st.text(st.characters(min_codepoint=0xD7FE, max_codepoint=0xE001, categories=["Cs", "Lo", "Co"])))
def test_halves_of_characters_are_no_reason_to_fail(text):
    name_of(f"/p/{text}.jpg", "{name}" + text).encode()


def test_a_very_long_name_is_cut_in_no_time():
    assert len(safe_name("ü" * 10_000_000).encode()) <= 240


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
