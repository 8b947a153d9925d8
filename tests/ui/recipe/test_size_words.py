"""Sizes in the words of the sheet for several of them follow the language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from topazdesk.domain.geometry import OutputSize, SizeMode
from topazdesk.language import MARKS, use
from topazdesk.ui.recipe.renditions_sheet import size_words


@pytest.fixture
def german_numbers() -> Iterator[None]:
    use("en", marks=MARKS["de"])
    yield
    use("en")


@pytest.mark.usefixtures("german_numbers")
def test_the_comma_of_the_language() -> None:
    """They had the point of English everywhere."""
    assert size_words(OutputSize.scale(1.5)) == "1,5×"
    assert size_words(OutputSize(SizeMode.MEGAPIXELS, 12.5)) == "12,5 MP"
