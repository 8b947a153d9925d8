"""Values of single pixels come from the file itself, upright and unconverted."""

from __future__ import annotations

from pathlib import Path

import pytest
import pyvips

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.errors import InputError
from topazdesk.media.values import Values


def test_every_depth_and_space_keeps_its_numbers(tmp_path: Path) -> None:
    base = pyvips.Image.black(40, 30, bands=3)
    cases = {
        "eight.png": (base.linear(1, [1, 127, 255]).cast("uchar").copy(interpretation="srgb"), "1 127 255", 8),
        "deep.tif": (
            base.linear(1, [1, 40_000, 65_535]).cast("ushort").copy(interpretation="rgb16"),
            "1 40000 65535",
            16,
        ),
        "whole.tif": (base.linear(1, [1, 70_000, 9]).cast("uint").copy(interpretation="srgb"), "1 70000 9", 32),
        "part.tif": (base.linear(1, [0.25, 0.5, 1]).cast("float").copy(interpretation="scrgb"), "0.2500 0.5000 1", 32),
        "grey.png": (base[0].linear(1, 77).cast("uchar").copy(interpretation="b-w"), "77", 8),
    }
    for name, (image, text, bits) in cases.items():
        image.write_to_file(str(tmp_path / name))
        value = Values(tmp_path / name).at(5, 6)
        assert (value.text(), value.bits) == (text, bits), name


def test_transparency_is_named(tmp_path: Path) -> None:
    """The value under the pointer said "RGB 16 1 8 117"."""
    base = pyvips.Image.black(8, 8, bands=4).cast("uchar")
    cases = {
        "rgba.png": (base.copy(interpretation="srgb"), "RGBA"),
        "grey.png": (base[0:2].copy(interpretation="b-w"), "grey and alpha"),
        "inks.tif": (base.copy(interpretation="cmyk"), "CMYK"),
    }
    for name, (image, names) in cases.items():
        image.write_to_file(str(tmp_path / name))
        assert Values(tmp_path / name).at(1, 1).names == names


def test_places_are_those_of_the_upright_picture(tmp_path: Path) -> None:
    image = pictures.scene(60, 40)
    turned = image.rot270().copy()
    turned.set_type(pyvips.GValue.gint_type, "orientation", 6)
    turned.write_to_file(str(tmp_path / "turned.png"))
    values = Values(tmp_path / "turned.png")
    assert values.size == Size(60, 40)
    assert list(values.at(50, 3).channels) == image.getpoint(50, 3)
    assert (values.at(999, -4).x, values.at(999, -4).y) == (59, 0)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.png").write_text("no")
    with pytest.raises(InputError):
        Values(tmp_path / "no.png")


def test_a_decode_that_nobody_waits_for_any_more_ends(tmp_path: Path) -> None:
    """The end of the program waited for a gigapixel file that was being read for one pixel."""
    pictures.scene(5_000, 4_000).write_to_file(str(tmp_path / "large.png"), compression=1)
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return True

    with pytest.raises(InputError):
        Values(tmp_path / "large.png", cancelled).at(4_999, 3_999)
    assert asked
