"""The limits of the decoders are ours, not the libraries'."""

from __future__ import annotations

from pathlib import Path

import pytest

from topazdesk.domain.geometry import Size
from topazdesk.errors import InputError
from topazdesk.media import limits


def test_vips_keeps_no_more_than_the_budget() -> None:
    vips = limits.vips()
    assert vips.cache_get_max_mem() == limits.VIPS_CACHE_BYTES
    assert vips.cache_get_max() == limits.VIPS_CACHE_OPERATIONS


def test_pillow_takes_what_the_services_allow() -> None:
    pillow = limits.pillow()
    assert pillow.MAX_IMAGE_PIXELS == 32_000 * 32_000


def test_a_side_over_the_limit_is_named() -> None:
    limits.check_size(Size(32_000, 32_000), Path("a.png"))
    with pytest.raises(InputError) as caught:
        limits.check_size(Size(60_000, 10), Path("strip.png"))
    assert "32,000" in caught.value.title
    assert "60000 × 10" in caught.value.hint
