"""A copy in another format: the pixels as far as it can hold them, the profile, and a word on what it cannot hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from tests.support.encoded import jpeg_quality, subsampling, tiff_compression
from topazdesk.domain.encoding import Encoding, TiffCompression
from topazdesk.domain.image import FileFormat
from topazdesk.errors import InputError
from topazdesk.media.convert import write_as
from topazdesk.media.label import write_labelled
from topazdesk.media.probe import probe

JPEG, PNG, TIFF = FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF


def _write(path: Path, bands: int, kind: str) -> np.ndarray:
    most = 255 if kind == "uint8" else 65535
    slope = np.linspace(0, most, 300 * 200 * bands).reshape(200, 300, bands).astype(kind)
    if bands in (2, 4):
        slope[..., -1] = most
        slope[:50, :, -1] = 0
    words = {1: ("b-w", "grey16"), 2: ("b-w", "grey16"), 3: ("srgb", "rgb16"), 4: ("srgb", "rgb16")}[bands]
    image = pyvips.Image.new_from_array(slope).copy(interpretation=words[kind == "uint16"], xres=11.8, yres=11.8)
    image.write_to_file(str(path), profile="srgb") if bands > 2 else image.write_to_file(str(path))
    return slope


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_a_lossless_copy_has_the_very_pixels(tmp_path: Path, bands: int, kind: str) -> None:
    pixels = _write(tmp_path / "a.tif", bands, kind)
    assert write_as(tmp_path / "a.tif", tmp_path / "a.png", PNG) == ()
    made = pyvips.Image.new_from_file(str(tmp_path / "a.png"))
    assert (made.numpy().reshape(pixels.shape) == pixels).all()
    assert probe(tmp_path / "a.png").has_profile == (bands > 2)


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_a_jpeg_has_eight_bits_and_white_where_it_was_transparent(tmp_path: Path, bands: int, kind: str) -> None:
    pixels = _write(tmp_path / "a.tif", bands, kind).astype(float)
    lost = write_as(tmp_path / "a.tif", tmp_path / "a.jpg", JPEG)
    assert ["8 bits" in each for each in lost].count(True) == (kind == "uint16")
    assert ["white" in each for each in lost].count(True) == (bands in (2, 4))
    made = pyvips.Image.new_from_file(str(tmp_path / "a.jpg"))
    colours = bands - (bands in (2, 4))
    assert (made.format, made.bands) == ("uchar", colours)
    expected = np.rint(pixels[..., :colours] / (1 if kind == "uint8" else 257))
    if bands in (2, 4):
        expected[:50] = 255
    off = np.abs(made.numpy().reshape(200, 300, colours).astype(float) - expected)
    assert off[60:].max() <= 4
    assert off[:40].max() <= 4
    info = probe(tmp_path / "a.jpg")
    assert info.has_profile == (bands > 2)
    assert made.get("jpeg-chroma-subsample") == "4:4:4" or colours == 1


def test_no_resolution_is_made_up(tmp_path: Path) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / "a.png")
    write_as(tmp_path / "a.png", tmp_path / "b.png", PNG)
    assert probe(tmp_path / "b.png").dpi is None


def test_a_damaged_result_makes_no_copy(tmp_path: Path) -> None:
    _write(tmp_path / "a.tif", 3, "uint8")
    whole = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError):
        write_as(tmp_path / "a.tif", tmp_path / "a.jpg", JPEG)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


@pytest.mark.parametrize("quality", [5, 30, 50, 80, 95, 100])
def test_a_jpeg_has_the_quality_that_was_asked_for(tmp_path: Path, quality: int) -> None:
    _write(tmp_path / "a.tif", 3, "uint8")
    write_as(tmp_path / "a.tif", tmp_path / "a.jpg", JPEG, Encoding(quality))
    assert jpeg_quality(tmp_path / "a.jpg") == quality
    assert subsampling(tmp_path / "a.jpg") == ((1, 1),) * 3


@pytest.mark.parametrize("compression", TiffCompression)
@pytest.mark.parametrize(("bands", "kind"), [(3, "uint8"), (4, "uint16"), (1, "uint16")])
def test_a_tiff_is_compressed_as_it_was_asked_for_and_loses_nothing(
    tmp_path: Path, compression: TiffCompression, bands: int, kind: str
) -> None:
    pixels = _write(tmp_path / "a.png", bands, kind)
    write_as(tmp_path / "a.png", tmp_path / "a.tif", TIFF, Encoding(tiff_compression=compression))
    assert tiff_compression(tmp_path / "a.tif") == compression
    assert (tifffile.imread(tmp_path / "a.tif").reshape(pixels.shape) == pixels).all()
    write_labelled(tmp_path / "a.tif", tmp_path / "b.tif", "AI", Encoding(tiff_compression=compression))
    assert tiff_compression(tmp_path / "b.tif") == compression
