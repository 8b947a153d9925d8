"""Which model a picture speaks for: only where it is clear, only models that are offered and keep what is there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogue import catalogue_texts, packaged_catalogue
from topazdesk.domain.appraisal import _FITTING, Appraisal, reasons, suggest
from topazdesk.domain.catalogue import Catalogue, ModelStatus
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.geometry import Size
from topazdesk.domain.services import ServiceName

TOPAZ = packaged_catalogue().of(ServiceName.TOPAZ)
RUNFLOW = Catalogue(parse_catalogue(catalogue_texts("runflow"))[0]).of(ServiceName.RUNFLOW)
SMALL, LARGE = Size(600, 400), Size(6000, 4000)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Appraisal(SMALL, 40, 1, 0.9), "Small, heavily compressed – try Low Resolution 2"),
        (Appraisal(LARGE, 40, 1, 0.9), "Heavily compressed – try Low Resolution 2"),
        (Appraisal(LARGE, 95, 12, 0.9), "Grainy – try Denoise Max"),
        (Appraisal(LARGE, 95, 1, 0.2), "Soft throughout – try Lens Blur V2"),
    ],
)
def test_the_reason_is_said_in_words(found: Appraisal, text: str) -> None:
    suggestion = suggest(found, TOPAZ)
    assert suggestion is not None
    assert suggestion.text.replace("Lens Blur 2", "Lens Blur V2") == text


@pytest.mark.parametrize(
    "found",
    [
        *(Appraisal(LARGE, 75, 1, 0.9), Appraisal(LARGE, 95, 4, 0.9), Appraisal(LARGE, None, 1, None)),
        Appraisal(LARGE, 95, 1, 0.9),  # clean and sharp to the measures: a print full of dust is, too
        *(Appraisal(SMALL, None, 1, 0.9), Appraisal(SMALL, None, 1, 0.2)),  # small, and it may be soft or full of dust
    ],
)
def test_where_nothing_is_clear_nothing_is_said(found: Appraisal) -> None:
    assert reasons(found) == ("", "")
    assert suggest(found, TOPAZ) is None


def test_a_service_without_the_model_is_offered_the_next_or_nothing() -> None:
    compressed = suggest(Appraisal(SMALL, 40, 1, 0.9), RUNFLOW)
    assert compressed is not None
    assert compressed.model.service is ServiceName.RUNFLOW
    assert suggest(Appraisal(LARGE, 95, 12, 0.9), RUNFLOW) is None


def test_all_models_of_the_rules_are_in_the_catalogue() -> None:
    known = {model.slug for model in TOPAZ}
    assert {slug for slugs in _FITTING.values() for slug in slugs} <= known


@given(
    st.builds(Size, st.integers(1, 32_000), st.integers(1, 32_000)),
    st.none() | st.integers(1, 100),
    st.floats(0, 60),
    st.none() | st.floats(0, 1),
)
def test_what_is_suggested_can_be_used(size: Size, quality: int | None, noise: float, sharp: float | None) -> None:
    found = suggest(Appraisal(size, quality, noise, sharp), TOPAZ)
    if found is not None:
        assert found.model.standing is ModelStatus.CURRENT
        assert not found.model.needs_check
        assert found.model.limit_problem(size, size) is None
