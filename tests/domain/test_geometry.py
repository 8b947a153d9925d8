"""Output sizes: exact factors, kept aspect."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.geometry import OutputSize, Size, SizeMode

SIZES = st.builds(Size, st.integers(1, 8000), st.integers(1, 8000))


@given(SIZES, st.sampled_from([1, 2, 3, 4, 6]))
def test_whole_factors_are_exact(source, factor):
    assert OutputSize.scale(factor).resolve(source) == Size(source.width * factor, source.height * factor)


@given(SIZES, st.integers(1, 32_000))
def test_long_edge_is_met_and_the_aspect_kept_within_a_pixel(source, edge):
    target = OutputSize(SizeMode.LONG_EDGE, edge).resolve(source)
    assert target.long_edge == max(edge, 1)
    ratio = edge / source.long_edge
    assert abs(target.width - source.width * ratio) <= 1
    assert abs(target.height - source.height * ratio) <= 1


@given(SIZES, st.floats(0.01, 900))
def test_megapixels_are_never_exceeded(source, wanted):
    target = OutputSize(SizeMode.MEGAPIXELS, wanted).resolve(source)
    assert min(target.width, target.height) == 1 or target.pixels <= math.ceil(wanted * 1_000_000)


def test_width_height_and_box():
    source = Size(1500, 1000)
    assert OutputSize(SizeMode.WIDTH, 3000).resolve(source) == Size(3000, 2000)
    assert OutputSize(SizeMode.HEIGHT, 500).resolve(source) == Size(750, 500)
    assert OutputSize(SizeMode.BOX, 800, 600).resolve(source) == Size(800, 600)
    assert OutputSize.keep().resolve(source) == source


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_a_size_that_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="positive"):
        OutputSize.scale(value).resolve(Size(10, 10))
