"""Output sizes: exact factors, kept aspect."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.geometry import OutputSize, Paper, PaperUnit, Size, SizeMode, print_problem

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


@pytest.mark.parametrize(
    ("paper", "source", "target"),
    [
        (Paper(30, 20), Size(3000, 2000), Size(3543, 2362)),
        (Paper(30, 20), Size(2000, 3000), Size(2362, 3543)),
        (Paper(20, 30), Size(3000, 2000), Size(3543, 2362)),
        (Paper(12, 8, PaperUnit.INCH), Size(600, 400), Size(3600, 2400)),
        (Paper(30, 20), Size(2000, 2000), Size(2362, 2362)),
        (Paper(30, 20), Size(4000, 1000), Size(3543, 886)),
    ],
)
def test_a_print_is_as_large_as_fits_on_the_paper(paper, source, target):
    """30 × 20 cm at 300 dpi for pictures of all shapes: turned as they are, never cropped, never with bars."""
    assert OutputSize.print(paper, 300).resolve(source) == target


@given(SIZES, st.floats(1, 120), st.floats(1, 120), st.floats(36, 600))
def test_a_print_touches_the_paper_and_keeps_the_shape(source, width, height, dpi):
    page = Paper(width, height).pixels(dpi, source)
    target = OutputSize.print(Paper(width, height), dpi).resolve(source)
    assert target.width <= page.width
    assert target.height <= page.height
    assert page.width == target.width or page.height == target.height
    factor = target.width / source.width if page.width == target.width else target.height / source.height
    assert abs(target.width - source.width * factor) <= 1
    assert abs(target.height - source.height * factor) <= 1


def test_what_is_no_print_has_a_sentence():
    assert print_problem(Paper(30, 20), 300) is None
    for paper, dpi in ((Paper(0, 20), 300), (Paper(math.nan, 20), 300), (Paper(30, 20), 0), (Paper(300, 20), 300)):
        assert (print_problem(paper, dpi) or "").endswith(".")
    with pytest.raises(ValueError, match="paper"):
        OutputSize(SizeMode.PRINT, 300).resolve(Size(10, 10))
