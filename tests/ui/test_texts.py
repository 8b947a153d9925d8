"""Sizes in words."""

from __future__ import annotations

import pytest

from topazdesk.domain.geometry import Size
from topazdesk.ui.texts import megapixels_text


@pytest.mark.parametrize(
    ("size", "short", "exact"),
    [
        (Size(3000, 2000), "6 MP", "6.0 MP"),
        (Size(1500, 1030), "1.5 MP", "1.5 MP"),
        (Size(8475, 5660), "48 MP", "47.96 MP"),  # below the step of 48, and priced so
        (Size(1200, 800), "1 MP", "0.96 MP"),
        (Size(6000, 4000), "24 MP", "24.0 MP"),
        (Size(6001, 4000), "24 MP", "24.0 MP"),
        (Size(100, 200), "0.02 MP", "0.02 MP"),
    ],
)
def test_an_exact_size_is_never_rounded_over_a_price_step(size: Size, short: str, exact: str) -> None:
    assert megapixels_text(size) == short
    assert megapixels_text(size, exact=True) == exact
