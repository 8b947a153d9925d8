"""For which pictures the settings are, as people say it."""

from __future__ import annotations

import pytest

from topazdesk.ui.recipe.scope_line import common_text


@pytest.mark.parametrize(
    ("count", "own", "text"),
    [
        (1, 0, ""),
        (2, 0, "For both pictures"),
        (36, 0, "For all 36 pictures"),
        (2, 1, "For the picture without its own settings"),
        (36, 2, "For the 34 without their own settings"),
    ],
)
def test_for_which_pictures(count: int, own: int, text: str) -> None:
    assert common_text(count, own) == text
