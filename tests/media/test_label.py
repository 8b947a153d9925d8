"""The labelled copy: the picture as it is, a legible strip below it, depth, profile and metadata kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image

from tests.support import uneven_pixels
from topazdesk.domain.image import FileFormat
from topazdesk.errors import InputError
from topazdesk.media.label import write_labelled
from topazdesk.media.probe import probe


def _write(path: Path, bands: int, kind: str, width: int = 400, height: int = 300) -> np.ndarray:
    most = 255 if kind == "uint8" else 65535
    rng = np.random.default_rng(1)
    pixels = rng.integers(most // 3, most // 2, (height, width, bands)).astype(kind)
    if bands in (2, 4):
        pixels[..., -1] = most
    image = pyvips.Image.new_from_array(pixels)
    words = {1: ("b-w", "grey16"), 2: ("b-w", "grey16"), 3: ("srgb", "rgb16"), 4: ("srgb", "rgb16")}[bands]
    image = image.copy(interpretation=words[kind == "uint16"])
    options = {"Q": 95, "subsample_mode": "off"} if path.suffix == ".jpg" else {}
    image.copy(xres=11.8, yres=11.8).write_to_file(str(path), **options)
    return pixels


@pytest.mark.parametrize(
    ("name", "bands", "kind"),
    [
        ("a.png", 3, "uint8"),
        ("a.png", 4, "uint8"),
        ("a.png", 1, "uint8"),
        ("a.png", 2, "uint16"),
        ("a.png", 3, "uint16"),
        ("a.tif", 3, "uint16"),
        ("a.tif", 1, "uint16"),
        ("a.tif", 4, "uint8"),
    ],
)
def test_the_picture_is_as_it_is_and_the_strip_below_it(tmp_path: Path, name: str, bands: int, kind: str) -> None:
    pixels = _write(tmp_path / name, bands, kind)
    write_labelled(tmp_path / name, tmp_path / f"made{name[1:]}", "AI-enhanced")
    made = pyvips.Image.new_from_file(str(tmp_path / f"made{name[1:]}")).numpy()
    made = made.reshape(made.shape[0], made.shape[1], -1)
    assert made.dtype == pixels.dtype
    assert (made[:300] == pixels).all()
    strip = made[300:]
    most = 255 if kind == "uint8" else 65535
    assert strip.shape[0] >= 18
    assert strip.shape[1:] == (400, bands)
    assert strip[..., 0].max() == most
    assert strip[..., 0].min() < most / 3, "letters"
    if bands in (2, 4):
        assert (strip[..., -1] == most).all(), "it is opaque"


@pytest.mark.parametrize(("width", "height"), [(80, 60), (80, 2000), (2000, 40), (4000, 600)])
def test_it_is_whole_at_every_size(tmp_path: Path, width: int, height: int) -> None:
    _write(tmp_path / "a.png", 3, "uint8", width, height)
    write_labelled(tmp_path / "a.png", tmp_path / "made.png", "AI-enhanced")
    strip = pyvips.Image.new_from_file(str(tmp_path / "made.png")).numpy()[height:, :, 0]
    inked = np.flatnonzero((strip < 200).any(axis=0))
    assert inked.size, "there is something to read"
    assert inked[0] >= 0
    assert inked[-1] < width - 1, "the end is not cut off"


def test_a_jpeg_keeps_profile_resolution_and_metadata(tmp_path: Path) -> None:
    _write(tmp_path / "plain.jpg", 3, "uint8")
    image = pyvips.Image.new_from_file(str(tmp_path / "plain.jpg"))
    image = image.copy()
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Artist", "José (José, ASCII, 5 components, 5 bytes)")
    image.write_to_file(str(tmp_path / "a.jpg"), Q=95, profile="p3", subsample_mode="off")
    write_labelled(tmp_path / "a.jpg", tmp_path / "made.jpg", "AI-enhanced")
    made = pyvips.Image.new_from_file(str(tmp_path / "made.jpg"))
    assert made.get("icc-profile-data") == pyvips.Image.new_from_file(str(tmp_path / "a.jpg")).get("icc-profile-data")
    assert round(made.xres, 1) == 11.8
    assert "Jos" in made.get("exif-ifd0-Artist")
    assert made.get("exif-ifd2-PixelYDimension").split()[0] == str(made.height)


def test_what_is_no_picture_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(InputError):
        write_labelled(tmp_path / "a.png", tmp_path / "made.png", "AI-enhanced")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_a_picture_without_a_resolution_gets_none(tmp_path: Path, name: str) -> None:
    """The encoder wrote 72 dpi into the copy of a result that states no resolution."""
    kind = {"jpg": FileFormat.JPEG, "png": FileFormat.PNG, "tif": FileFormat.TIFF}[name[2:]]
    Image.new("RGB", (400, 300), (90, 80, 70)).save(tmp_path / name)
    assert probe(tmp_path / name).dpi is None
    made = tmp_path / f"made{name[1:]}"
    write_labelled(tmp_path / name, made, "AI-enhanced")
    assert probe(made).dpi is None
    assert probe(made).size.width == 400
    with Image.open(made) as image:
        assert image.getexif().get(282) in (None, 1) or kind is FileFormat.TIFF
        image.load()


def test_letters_have_their_shape_on_pixels_that_are_not_square(tmp_path: Path) -> None:
    """Shown in proportion, the strip is as high as on any picture of that shape; and the proportions stay stated."""
    for path in (
        uneven_pixels.png(tmp_path / "a.png", (204, 98), unit=0),
        uneven_pixels.jfif(tmp_path / "a.jpg", (204, 98), unit=0),
        uneven_pixels.fax(tmp_path / "a.tif"),
    ):
        target = path.with_stem("made")
        write_labelled(path, target, "AI-enhanced")
        before, after = probe(path), probe(target)
        assert after.pixel_aspect == pytest.approx(before.pixel_aspect, rel=0.001)
        assert (after.dpi is None) == (before.dpi is None)
        strip = after.grid.shown.height - before.grid.shown.height
        assert strip == pytest.approx(0.065 * min(before.grid.shown.width, before.grid.shown.height), abs=3)
