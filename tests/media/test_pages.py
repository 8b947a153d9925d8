"""The right page: thumbnails in a file are not the picture, and what else is in it is said."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from topazdesk.domain.alterations import alterations
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import SERVICE_FORMATS, Companion, PageKind
from topazdesk.media.limits import vips
from topazdesk.media.metadata import source as originals
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.thumbnail import thumbnail
from topazdesk.media.tilecache import TileCache


def directory(offset: int, size: tuple[int, int], value: int, kind: int, *, follows: bool) -> bytes:
    """An uncompressed grey page of a TIFF at an offset."""
    fields = [(254, 4, kind), (256, 4, size[0]), (257, 4, size[1]), (258, 3, 8), (259, 3, 1), (262, 3, 1)]
    fields += [(273, 4, offset + 2 + 12 * 9 + 4), (278, 4, size[1]), (279, 4, size[0] * size[1])]
    pixels = bytes([value]) * size[0] * size[1]
    end = offset + 2 + 12 * 9 + 4 + len(pixels)
    body = struct.pack("<H", 9) + b"".join(struct.pack("<HHII", tag, form, 1, number) for tag, form, number in fields)
    return body + struct.pack("<I", end if follows else 0) + pixels


def tiff(*pages: tuple[tuple[int, int], int, int]) -> bytes:
    data = b"II*\0" + struct.pack("<I", 8)
    for number, (size, value, kind) in enumerate(pages):
        data += directory(len(data), size, value, kind, follows=number + 1 < len(pages))
    return data


def test_a_thumbnail_that_comes_first_is_not_the_picture(tmp_path: Path) -> None:
    """The scan of 1200 × 800 was sent as its thumbnail of 120 × 80, and paid for."""
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(((120, 80), 10, 1), ((1200, 800), 200, 0)))
    info = probe(path)
    assert (info.size, info.pages) == (Size(1200, 800), 1)
    raster = thumbnail(path, Size(128, 128))
    assert raster.pixel(5, 5) == (200, 200, 200)
    sent = prepare(info, SERVICE_FORMATS, tmp_path, "token")
    copy = vips().Image.new_from_file(str(sent.path))
    assert (copy.width, copy.height, copy(5, 5)[0]) == (1200, 800, 200)
    pyramid = Pyramid.open(path, TileCache(tmp_path / "cache", 1_000_000))
    assert pyramid.whole(Size(64, 64)).pixel(3, 3) == (200, 200, 200)


def test_a_picture_within_its_thumbnails_directory(tmp_path: Path) -> None:
    """As in DNG: the thumbnail of 30 × 20 was sent, and paid for."""
    picture = np.full((80, 120, 3), (200, 60, 30), np.uint8)
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(np.ascontiguousarray(picture[::4, ::4]), photometric="rgb", subfiletype=1, subifds=2)
        writer.write(np.ascontiguousarray(picture[::2, ::2]), photometric="rgb", subfiletype=1)
        writer.write(picture, photometric="rgb", subfiletype=0)
    info = probe(path)
    assert (info.size, info.pages, info.has_alpha) == (Size(120, 80), 1, False)
    sent = vips().Image.new_from_file(str(prepare(info, SERVICE_FORMATS, tmp_path, "token").path))
    assert (sent.width, sent.height, sent(5, 5)) == (120, 80, [200, 60, 30])
    assert thumbnail(path, Size(128, 128)).pixel(5, 5) == (200, 60, 30)
    pyramid = Pyramid.open(path, TileCache(tmp_path / "cache", 1_000_000))
    assert pyramid.whole(Size(60, 40)).pixel(3, 3) == (200, 60, 30)


def test_smaller_copies_within_the_directory_are_no_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(np.full((80, 120), 90, np.uint8), subfiletype=1, subifds=1)
        writer.write(np.full((40, 60), 10, np.uint8), subfiletype=0)
    assert (probe(path).size, probe(path).pages) == (Size(120, 80), 1)


def test_a_mask_is_no_page(tmp_path: Path) -> None:
    """It was offered as page 2 of 2, and would have been paid for."""
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(((120, 80), 200, 0), ((120, 80), 255, 4)))
    info = probe(path)
    assert (info.pages, info.beside) == (1, (Companion.MASKS,))
    assert [each.text for each in alterations(info, SERVICE_FORMATS, keep_alpha=False)] == [
        "masks beside the picture left out"
    ]
    source = originals.read(path, info.format)
    assert source.beside == (Companion.MASKS,)


@pytest.mark.parametrize("beyond", [0x7FFF_FFFF, None])
def test_a_broken_list_of_pages_does_not_damage_the_first(tmp_path: Path, beyond: int | None) -> None:
    """Only the number behind the directory is broken: the scan was called damaged, after its price had been said."""
    data = bytearray(tiff(((120, 80), 200, 0)))
    struct.pack_into("<I", data, 8 + 2 + 12 * 9, len(data) - 1 if beyond is None else beyond)
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    info = probe(path)
    assert (info.pages, info.beside) == (1, (Companion.LOST_PAGES,))
    sent = vips().Image.new_from_file(str(prepare(info, SERVICE_FORMATS, tmp_path, "token").path))
    assert (sent.width, sent.height, sent(5, 5)[0]) == (120, 80, 200)
    assert originals.read(path, info.format).beside == (Companion.LOST_PAGES,)


def test_all_pages_reduced(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(((120, 80), 10, 1)))
    assert probe(path).size == Size(120, 80)


def test_a_circle_of_directories_ends(tmp_path: Path) -> None:
    data = bytearray(tiff(((120, 80), 10, 1)))
    struct.pack_into("<I", data, 8 + 2 + 12 * 9, 8)
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    assert probe(path).size == Size(120, 80)


@pytest.mark.parametrize(
    ("ending", "kind"),
    [(".tif", PageKind.PAGE), (".gif", PageKind.FRAME), (".webp", PageKind.FRAME), (".png", PageKind.FRAME)],
)
def test_further_pages_are_said(tmp_path: Path, ending: str, kind: PageKind) -> None:
    path = tmp_path / f"a{ending}"
    frames = [Image.new("RGB", (40, 30), (value, 0, 0)) for value in (50, 100, 200)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    info = probe(path)
    assert (info.pages, info.page_kind) == (3, kind)
    texts = [each.text for each in alterations(info, SERVICE_FORMATS, keep_alpha=True)]
    assert texts[0] == f"{kind.value} 1 of 3 taken"


def test_pictures_of_a_camera_file(tmp_path: Path) -> None:
    """A JPEG with several pictures (3D, panoramas) is one of several; a preview or a gain map does not count."""
    frames = [Image.new("RGB", (40, 30), (value, 0, 0)) for value in (50, 100)]
    stream = io.BytesIO()
    frames[0].save(stream, "MPO", save_all=True, append_images=frames[1:])
    data = stream.getvalue()
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    plain = probe(path).pages
    index = data.find(b"MPF\0") + 4
    entries = data.find(b"\x02\xb0\x07\0", index)
    place = index + struct.unpack_from("<I", data, entries + 8)[0]
    odd = bytearray(data)
    for number in range(2):
        struct.pack_into("<I", odd, place + 16 * number, 0x020002)
    path.write_bytes(odd)
    assert (plain, probe(path).pages) == (1, 2)
    assert probe(path).page_kind is PageKind.PICTURE


def test_resolution_as_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.new("L", (40, 30)).save(path, dpi=(204, 98))
    info = probe(path)
    assert info.dpi == (204, 98)
    assert info.pixel_aspect == pytest.approx(98 / 204)
    for ending in (".png", ".jpg"):
        path = tmp_path / f"a{ending}"
        Image.new("L", (40, 30)).save(path, dpi=(300, 300))
        found = probe(path).dpi
        assert found == (pytest.approx(300, abs=0.1), pytest.approx(300, abs=0.1))
        Image.new("L", (40, 30)).save(path)
        assert probe(path).dpi is None
