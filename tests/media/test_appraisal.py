"""What a picture looks like in numbers: against pictures whose noise, blur and compression are known."""

from __future__ import annotations

from pathlib import Path

import pytest
import pyvips

from tests.support import pictures
from topazdesk.domain.appraisal import SOFT, Appraisal, reasons
from topazdesk.errors import InputError
from topazdesk.media.appraisal import appraise

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"


@pytest.fixture(scope="module")
def sharp() -> pyvips.Image:
    """Many sharp edges and plain fields, 2000 × 1600."""
    tile = pyvips.Image.black(100, 80) + 60
    tile = tile.draw_rect([190], 20, 20, 60, 40, fill=True)
    return pyvips.Image.arrayjoin([tile] * 400, across=20).copy_memory()


def _appraise(image: pyvips.Image, path: Path, **how: int) -> Appraisal:
    image.cast("uchar").write_to_file(str(path), **how)
    return appraise(path)


@pytest.mark.parametrize("quality", [20, 30, 60, 75, 90, 98])
def test_the_quality_of_a_jpeg_is_read_from_its_tables(sharp: pyvips.Image, tmp_path: Path, quality: int) -> None:
    found = _appraise(sharp, tmp_path / "a.jpg", Q=quality)
    assert found.jpeg_quality is not None
    assert abs(found.jpeg_quality - quality) <= 2


@pytest.mark.parametrize("sigma", [3, 8, 15])
def test_noise_is_found_and_the_edges_are_not_taken_for_it(sharp: pyvips.Image, tmp_path: Path, sigma: int) -> None:
    clean = _appraise(sharp, tmp_path / "clean.png")
    assert clean.noise < 1
    noisy = sharp + pyvips.Image.gaussnoise(sharp.width, sharp.height, sigma=sigma, mean=0)
    found = _appraise(noisy, tmp_path / "noisy.png")
    assert sigma * 0.6 < found.noise < sigma * 1.2


def test_blur_lowers_the_sharpness_step_by_step(sharp: pyvips.Image, tmp_path: Path) -> None:
    found = [_appraise(sharp.gaussblur(s) if s else sharp, tmp_path / "b.png").sharpness for s in (0, 1, 2, 4)]
    values = [value for value in found if value is not None]
    assert len(values) == 4
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.8
    assert values[-1] < SOFT


def test_nothing_is_said_about_a_plain_surface(tmp_path: Path) -> None:
    plain = _appraise(pyvips.Image.black(2000, 1500) + 128, tmp_path / "plain.png")
    assert plain.sharpness is None
    assert reasons(plain) == ("", "")


def test_the_sample_that_was_compressed_hard_is_recognised() -> None:
    assert reasons(appraise(SAMPLES / "mountain-lake.jpg"))[1] == "Small, heavily compressed"


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (33, 33), (70, 70)])
def test_small_and_narrow_pictures_are_no_trouble(tmp_path: Path, size: tuple[int, int]) -> None:
    found = _appraise(pyvips.Image.black(*size) + 9, tmp_path / "s.png")
    assert (found.size.width, found.size.height) == size


def test_transparent_deep_and_turned_pictures_are_looked_at(tmp_path: Path) -> None:
    deep = pictures.write(tmp_path / "deep.png", bits=16)
    assert appraise(deep).noise >= 0


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    for path in (pictures.text_named_jpg(tmp_path / "t.jpg"), pictures.empty(tmp_path / "e.jpg"), tmp_path / "none"):
        with pytest.raises(InputError):
            appraise(path)


@pytest.mark.parametrize("cut", [0, 3, 20, 60, 200])
def test_a_jpeg_whose_tables_are_cut_or_spoiled_has_no_quality(sharp: pyvips.Image, tmp_path: Path, cut: int) -> None:
    from topazdesk.media.appraisal import _luminance_table

    data = sharp.cast("uchar").write_to_buffer(".jpg", Q=70)
    assert _luminance_table(data[:cut]) is None or cut == 200
    spoiled = data[:2] + b"\xff\xdb\x00\x01" + data[2:]
    assert _luminance_table(spoiled) is None
