"""The picture that goes to the clipboard: upright, 8 bits in sRGB, and nothing where it would be too much."""

from __future__ import annotations

import tempfile
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from topazdesk.media.clipboard_picture import picture_for_clipboard


def _made(path: Path) -> Image.Image:
    return Image.open(BytesIO(picture_for_clipboard(path, lambda: False)))


def test_it_is_upright_and_has_no_metadata(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "where I live"
    Image.new("RGB", (60, 40), (200, 10, 10)).save(path, exif=exif, dpi=(300, 300))
    made = _made(path)
    assert (made.format, made.size, made.mode) == ("PNG", (40, 60), "RGB")
    assert not made.getexif()
    assert set(made.info) <= {"dpi"}


def test_16_bits_become_8_and_transparency_stays(tmp_path: Path) -> None:
    path = tmp_path / "deep.tif"
    pixels = np.full((20, 30, 4), 40_000, np.uint16)
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["unassalpha"])
    made = _made(path)
    assert (made.size, made.mode) == ((30, 20), "RGBA")
    assert made.getpixel((5, 5)) == (156, 156, 156, 156)


def test_a_picture_that_is_too_large_is_not_even_decoded(tmp_path: Path) -> None:
    """A gigapixel result would fill the memory of whatever keeps the clipboard."""
    path = tmp_path / "large.png"
    Image.new("1", (32_000, 32_000)).save(path)
    begin = time.process_time()
    assert picture_for_clipboard(path, lambda: False) == b""
    assert time.process_time() - begin < 1


def test_what_is_no_picture_or_not_wanted_any_more_gives_nothing(tmp_path: Path) -> None:
    broken, gone, whole = tmp_path / "broken.png", tmp_path / "gone.png", tmp_path / "whole.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    Image.new("RGB", (4_000, 4_000)).save(whole)
    assert picture_for_clipboard(broken, lambda: False) == b""
    assert picture_for_clipboard(gone, lambda: False) == b""
    assert picture_for_clipboard(whole, lambda: True) == b""


def test_a_disk_without_room_for_it_gives_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tmp_path / "whole.png"
    Image.new("RGB", (40, 40)).save(whole)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert picture_for_clipboard(whole, lambda: False) == b""
