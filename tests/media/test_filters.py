"""Operations: every slider is seen in the pixels, neutral values do nothing, the same values give the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.media import filters

WIDTH, HEIGHT = 240, 180


@pytest.fixture(scope="module")
def picture() -> Any:
    """A working picture with edges, fine texture, skin-like and other colours, as decoded from a strong JPEG."""
    data = pictures.encode(width=WIDTH, height=HEIGHT, quality=35)
    return (pyvips.Image.new_from_buffer(data, "").cast("float") / 255).copy_memory()


def levels(image: Any) -> Any:
    """As it would be stored: 8 bits."""
    return (image * 255 + 0.5).cast("uchar")


def difference(first: Any, second: Any) -> float:
    """Mean difference of two pictures in 8-bit levels."""
    return float((levels(first).cast("short") - levels(second).cast("short")).abs().avg())


SLIDERS: list[tuple[str, Callable[..., Any], dict[str, Any], str, list[float]]] = [
    ("denoise", filters.denoise, {}, "strength", [0, 0.25, 0.5, 1]),
    ("deblock", filters.deblock, {}, "strength", [0, 0.25, 0.5, 1]),
    ("despeckle", filters.despeckle, {}, "strength", [0, 0.3, 1]),
    ("soften", filters.soften, {}, "sigma_px", [0.01, 0.2, 0.4, 1, 2]),
    ("sharpen", filters.sharpen, {}, "amount", [0, 0.25, 0.5, 1]),
    ("sharpen radius", filters.sharpen, {"amount": 0.5}, "radius_px", [0.6, 1.2, 3]),
    ("detail", filters.detail, {}, "amount", [0, 0.25, 0.5, 1]),
    ("texture", filters.texture, {}, "amount", [0, 0.25, 0.5, 1]),
    ("texture seed", filters.texture, {"amount": 0.5}, "seed", [1, 2, 2000]),
    ("grain strength", filters.grain, {}, "strength", [0, 0.25, 0.5, 1]),
    ("grain density", filters.grain, {"strength": 0.5}, "density", [0, 0.2, 0.6, 1]),
    ("grain size", filters.grain, {"strength": 0.5}, "size", [1, 2, 3, 5]),
    ("grain seed", filters.grain, {"strength": 0.5}, "seed", [1, 2, 2000]),
    ("noise sigma", filters.noise, {}, "sigma", [0.001, 0.015, 0.05, 0.1]),
    ("noise seed", filters.noise, {"sigma": 0.015}, "seed", [1, 2, 2000]),
    ("exposure", filters.exposure, {}, "value", [0, 0.5, 1, 1.5, 2]),
    ("highlight", filters.highlight, {}, "value", [0, 0.5, 1, 1.5, 2]),
    ("shadow", filters.shadow, {}, "value", [0, 0.5, 1, 1.5, 2]),
    ("temperature", filters.temperature, {}, "value", [0.01, 0.25, 0.5, 0.75, 1]),
    ("saturation", filters.saturation, {}, "factor", [0, 0.5, 1, 2]),
    ("colourise", filters.colourise, {}, "amount", [0, 0.2, 0.6, 1]),
    ("invent", filters.invent, {}, "level", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ("invent seed", filters.invent, {"level": 3}, "seed", [1, 2, 3]),
    ("faces strength", filters.faces, {"creativity": 0.0}, "strength", [0, 0.4, 0.8, 1]),
    ("faces creativity", filters.faces, {"strength": 0.8}, "creativity", [0, 0.1, 0.5, 1]),
]


@pytest.mark.parametrize(
    ("operation", "fixed", "name", "values"), [s[1:] for s in SLIDERS], ids=[s[0] for s in SLIDERS]
)
def test_every_value_is_seen(
    picture: Any, operation: Callable[..., Any], fixed: dict[str, Any], name: str, values: list[float]
) -> None:
    results = [operation(picture, **fixed, **{name: value}) for value in values]
    assert [(r.width, r.height, r.bands) for r in results] == [(WIDTH, HEIGHT, 3)] * len(values)
    for before, after in pairwise(results):
        assert difference(before, after) > 0.05


@pytest.mark.parametrize(
    ("operation", "fixed", "name", "values"), [s[1:] for s in SLIDERS], ids=[s[0] for s in SLIDERS]
)
def test_it_is_deterministic(
    picture: Any, operation: Callable[..., Any], fixed: dict[str, Any], name: str, values: list[float]
) -> None:
    first, second = (levels(operation(picture, **fixed, **{name: values[1]})).write_to_memory() for _ in range(2))
    assert bytes(first) == bytes(second)


NEUTRAL: list[tuple[Callable[..., Any], dict[str, float]]] = [
    (filters.denoise, {"strength": 0}),
    (filters.deblock, {"strength": 0}),
    (filters.despeckle, {"strength": 0}),
    (filters.soften, {"sigma_px": 0}),
    (filters.sharpen, {"amount": 0}),
    (filters.detail, {"amount": 0}),
    (filters.texture, {"amount": 0}),
    (filters.grain, {"strength": 0}),
    (filters.noise, {"sigma": 0}),
    (filters.exposure, {"value": 1}),
    (filters.highlight, {"value": 1}),
    (filters.shadow, {"value": 1}),
    (filters.temperature, {"value": 0.5}),
    (filters.saturation, {"factor": 1}),
    (filters.invent, {"level": 0}),
    (filters.faces, {"strength": 0, "creativity": 0}),
    (filters.resample, {"size": Size(WIDTH, HEIGHT)}),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(("operation", "options"), NEUTRAL, ids=[n[0].__name__ for n in NEUTRAL])
def test_neutral_values_change_nothing(picture: Any, operation: Callable[..., Any], options: dict[str, float]) -> None:
    assert difference(operation(picture, **options), picture) == 0


def test_grain_models_differ(picture: Any) -> None:
    results = [filters.grain(picture, 0.5, model=model) for model in filters.GrainModel]
    for index, first in enumerate(results):
        for second in results[index + 1 :]:
            assert difference(first, second) > 1


def test_denoise_spares_edges_and_takes_noise() -> None:
    step = (pyvips.Image.xyz(200, 100)[0] >= 100) / 255 * 0.6 + 0.2
    noisy = filters.noise(step.bandjoin([step, step]).cast("float"), 0.03)
    clean = filters.denoise(noisy, 0.6)
    assert clean.crop(20, 20, 60, 60).deviate() < 0.5 * noisy.crop(20, 20, 60, 60).deviate()
    # The step stays a step: most of it happens within four pixels.
    left, right = clean.crop(97, 0, 1, 100).avg(), clean.crop(102, 0, 1, 100).avg()
    assert right - left > 0.5


def test_deblock_works_at_the_seams() -> None:
    tiles = (pyvips.Image.xyz(64, 64) / 8).floor()
    blocks = ((tiles[0] + tiles[1]) % 2 * 0.05 + 0.5).cast("float")
    picture = blocks.bandjoin([blocks, blocks])
    changed = (filters.deblock(picture, 1.0) - picture).abs()
    assert changed.crop(15, 20, 2, 1).avg() > 5 * changed.crop(19, 20, 2, 1).avg()


def test_despeckle_takes_a_scratch(picture: Any) -> None:
    flat = picture * 0 + 0.4
    scratched = flat.insert(pyvips.Image.black(1, 80, bands=3).cast("float") + 1, 100, 50)
    assert difference(filters.despeckle(scratched, 1.0), flat) < 0.05


def test_subject_touches_its_part_only(picture: Any) -> None:
    brighter = filters.exposure(picture, 1.6)
    corner, middle = (0, 0, 12, 12), (WIDTH // 2 - 6, HEIGHT // 2 - 6, 12, 12)
    front = filters.subject(picture, brighter, "foreground")
    back = filters.subject(picture, brighter, "background")
    assert difference(front.crop(*corner), picture.crop(*corner)) == 0
    assert difference(front.crop(*middle), brighter.crop(*middle)) == 0
    assert difference(back.crop(*middle), picture.crop(*middle)) == 0
    assert difference(back.crop(*corner), brighter.crop(*corner)) == 0
    assert difference(filters.subject(picture, brighter, "all"), brighter) == 0


def test_blend(picture: Any) -> None:
    other = filters.exposure(picture, 0.5)
    assert difference(filters.blend(picture, other, 0), picture) == 0
    assert difference(filters.blend(picture, other, 1), other) == 0
    assert 0 < difference(filters.blend(picture, other, 0.5), picture) < difference(other, picture)


def test_vibrance_raises_colour(picture: Any) -> None:
    assert difference(filters.vibrance(picture), picture) > 1


def test_matte_cuts_out_what_differs_from_the_border() -> None:
    ground = pyvips.Image.black(100, 80, bands=3).cast("float") + 0.9
    thing = pyvips.Image.black(30, 30, bands=3).cast("float") + 0.2
    for mode in ("segmentation", "alpha"):
        cut = filters.matte(ground.insert(thing, 35, 25), mode)  # type: ignore[arg-type]
        assert cut.bands == 4
        assert cut.getpoint(50, 40)[3] == pytest.approx(1)
        assert cut.getpoint(5, 5)[3] == pytest.approx(0, abs=0.1)


SIDES = st.integers(1, 90)


@settings(max_examples=60, deadline=None)
@given(SIDES, SIDES, SIDES, SIDES, st.booleans())
def test_resample_meets_every_size_exactly(width: int, height: int, to_width: int, to_height: int, crop: bool) -> None:
    source = pyvips.Image.black(width, height, bands=3).cast("float") + 0.5
    result = filters.resample(source, Size(to_width, to_height), crop_to_fill=crop)
    assert (result.width, result.height, result.bands) == (to_width, to_height, 3)
    assert result.avg() <= 0.5 + 1e-6
    if crop:
        assert result.min() == pytest.approx(0.5, abs=1e-4)


def test_another_aspect_is_letterboxed_or_cut() -> None:
    white = pyvips.Image.black(100, 50, bands=3).cast("float") + 1
    boxed = filters.resample(white, Size(100, 100))
    assert (boxed.getpoint(50, 10)[0], boxed.getpoint(50, 50)[0]) == pytest.approx((0, 1))
    assert filters.resample(white, Size(100, 100), crop_to_fill=True).min() == pytest.approx(1)


@pytest.mark.parametrize("side", [1, 2, 3, 5, 8])
def test_tiny_pictures_do_no_harm(side: int) -> None:
    tiny = pyvips.Image.black(side, side, bands=3).cast("float") + 0.5
    for _, operation, fixed, name, values in SLIDERS:
        result = operation(tiny, **fixed, **{name: values[-1]})
        assert (result.width, result.height) == (side, side)
        result.avg()
    filters.matte(tiny).avg()
