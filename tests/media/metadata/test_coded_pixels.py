"""Equal coded pixels are told without decoding them, and nothing that would decode otherwise is called equal."""

from __future__ import annotations

import os
from pathlib import Path

import exiv2
import pytest
import pyvips

from tests.support import marked_pictures as marked
from topazdesk.domain.image import FileFormat
from topazdesk.errors import InputError
from topazdesk.media.metadata.coded_pixels import coded_alike
from topazdesk.media.metadata.same_pixels import have_same_pixels

FORMATS = {"jpg": FileFormat.JPEG, "png": FileFormat.PNG, "tif": FileFormat.TIFF}
WAYS: dict[str, list[dict[str, object]]] = {
    "jpg": [{}, {"interlace": True}, {"Q": 60}],
    "png": [{}, {"interlace": True}, {"bitdepth": 8, "palette": True}],
    "tif": [
        {},
        {"compression": "deflate", "predictor": "horizontal"},
        {"compression": "lzw", "tile": True, "tile_width": 32, "tile_height": 32},
        {"compression": "jpeg"},
        {"bigtiff": True},
    ],
}
ALL = [(suffix, number) for suffix, ways in WAYS.items() for number in range(len(ways))]


def _alike(one: Path, other: Path) -> bool:
    with one.open("rb") as first, other.open("rb") as second:
        return coded_alike(first.fileno(), second.fileno(), FORMATS[one.suffix[1:]])


def _picture(path: Path, number: int, *, seed: int = 1, size: int = 96) -> Path:
    bands = [pyvips.Image.gaussnoise(size, 80, mean=128, sigma=40, seed=seed + band).cast("uchar") for band in range(3)]
    bands[0].bandjoin(bands[1:]).copy(interpretation="srgb").write_to_file(str(path), **WAYS[path.suffix[1:]][number])
    return path


@pytest.mark.parametrize(("suffix", "number"), ALL)
def test_metadata_alone_leaves_them_alike(tmp_path: Path, suffix: str, number: int) -> None:
    one = _picture(tmp_path / f"one.{suffix}", number)
    other = tmp_path / f"other.{suffix}"
    other.write_bytes(one.read_bytes())
    if number < 4:  # exiv2 does not write BigTIFF
        image = exiv2.ImageFactory.open(str(other))
        image.readMetadata()
        image.exifData()["Exif.Image.Artist"] = "Zoë"
        image.xmpData()["Xmp.dc.title"] = "x" * 9_000
        image.writeMetadata()
        assert other.read_bytes() != one.read_bytes()
    assert _alike(one, other)
    assert have_same_pixels(one, other, FORMATS[suffix])


@pytest.mark.parametrize(("suffix", "number"), ALL)
def test_no_change_of_a_byte_of_the_picture_is_overlooked(tmp_path: Path, suffix: str, number: int) -> None:
    """One byte in turn, all over the file: where the files are called alike, they open, and decode alike."""
    one = _picture(tmp_path / f"one.{suffix}", number, size=24)
    whole = one.read_bytes()
    before = pyvips.Image.new_from_buffer(whole, "").copy_memory()
    other = tmp_path / f"other.{suffix}"
    step = max(1, len(whole) // 150)
    for place in range(0, len(whole), step):
        data = bytearray(whole)
        data[place] ^= 0x15
        other.write_bytes(data)
        try:
            is_same = have_same_pixels(one, other, FORMATS[suffix])
        except InputError:
            continue
        if is_same:
            after = pyvips.Image.new_from_buffer(bytes(data), "").copy_memory()
            assert after.width == before.width, place
            assert (after - before).abs().max() == 0, place


def test_other_pictures_and_other_formats_are_not_alike(tmp_path: Path) -> None:
    for suffix in FORMATS:
        one, other = _picture(tmp_path / f"a.{suffix}", 0), _picture(tmp_path / f"b.{suffix}", 0, seed=7)
        assert not _alike(one, other)
        assert not have_same_pixels(one, other, FORMATS[suffix])
    odd = marked.write(tmp_path / "odd.png")
    assert not _alike(_picture(tmp_path / "c.jpg", 0), odd)
    os.truncate(odd, 60)
    assert not _alike(odd, odd)


def test_the_same_pixels_coded_otherwise_are_found_by_decoding(tmp_path: Path) -> None:
    one, other = _picture(tmp_path / "a.tif", 0), _picture(tmp_path / "b.tif", 1)
    assert not _alike(one, other)
    assert have_same_pixels(one, other, FileFormat.TIFF)
