"""The limits of the decoders are ours, not the libraries'."""

from __future__ import annotations

from topazdesk.media import limits


def test_vips_keeps_no_more_than_the_budget() -> None:
    vips = limits.vips()
    assert vips.cache_get_max_mem() == limits.VIPS_CACHE_BYTES
    assert vips.cache_get_max() == limits.VIPS_CACHE_OPERATIONS


def test_pillow_takes_what_the_services_allow() -> None:
    pillow = limits.pillow()
    assert pillow.MAX_IMAGE_PIXELS == 32_000 * 32_000
