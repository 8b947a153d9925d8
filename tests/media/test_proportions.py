"""Pixels that are not square: read in every format that states them, shown in proportion, absurd ones taken as square.

A fax of 204 × 98 dpi was shown squashed to half its height.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdf
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from tests.support import uneven_pixels
from tests.support.uneven_pixels import FAX, FAX_ASPECT, circle, ink, is_circle
from topazdesk.app import resources
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import SERVICE_FORMATS
from topazdesk.domain.trial import Patch
from topazdesk.media.changes import compare
from topazdesk.media.comparison import BAND, GAP, comparison
from topazdesk.media.contact_sheet import Pair, write_contact_sheet
from topazdesk.media.crop import cut
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.small_jpeg import small_jpeg
from topazdesk.media.thumbnail import coarse, thumbnail
from topazdesk.media.thumbnail_store import Original, ThumbnailSize, ThumbnailStore
from topazdesk.media.tilecache import TileCache

#: Every way of stating that pixels are higher than wide, as fax machines make them.
KINDS: dict[str, Callable[[Path], Path]] = {
    "g4.tif": uneven_pixels.fax,
    "g3.tif": lambda path: uneven_pixels.fax(path, "group3"),
    "grey.tif": uneven_pixels.tiff,
    "centimetres.tif": lambda path: uneven_pixels.tiff(path, (80.31, 38.58), unit=3),
    "ratio.tif": lambda path: uneven_pixels.tiff(path, (204, 98), unit=1),
    "metres.png": uneven_pixels.png,
    "ratio.png": lambda path: uneven_pixels.png(path, (204, 98), unit=0),
    "inches.jpg": uneven_pixels.jfif,
    "centimetres.jpg": lambda path: uneven_pixels.jfif(path, (80, 39), unit=2),
    "ratio.jpg": lambda path: uneven_pixels.jfif(path, (204, 98), unit=0),
    "exif.jpg": uneven_pixels.exif_jpeg,
    "exif-of-nothing.jpg": lambda path: uneven_pixels.exif_jpeg(path, (72, 72), head=(0, 204, 98)),
    "byte.gif": lambda path: uneven_pixels.gif(path, 16),  # 31/64
    "box.heic": uneven_pixels.heif,
    "box.avif": uneven_pixels.heif,
}


@pytest.mark.parametrize("name", KINDS)
def test_a_circle_is_a_circle(name: str, tmp_path: Path) -> None:
    path = KINDS[name](tmp_path / name)
    info = probe(path)
    assert info.pixel_aspect == pytest.approx(FAX_ASPECT, rel=0.03)
    assert info.size == Size(*FAX), "pixels are counted as they are: they are what is sent and paid for"
    box = Size(128, 128)
    assert is_circle(thumbnail(path, box))
    first = coarse(path, box)
    assert first is None or is_circle(first.raster)
    pyramid = Pyramid.open(path, TileCache(tmp_path / "cache"))
    assert pyramid.size == info.grid.shown == Size(432, round(286 / info.pixel_aspect))
    assert is_circle(pyramid.whole(Size(500, 600)))


@pytest.mark.parametrize(("stored", "aspect"), [((300, 400), 2.0), ((300, 400), 0.5)])
def test_turned_pixels_are_turned_with_the_picture(stored: tuple[int, int], aspect: float, tmp_path: Path) -> None:
    dpi = (100, round(100 * aspect))
    path = uneven_pixels.exif_jpeg(tmp_path / "turned.jpg", dpi, orientation=6, picture=circle(stored, aspect))
    info = probe(path)
    assert info.size == Size(400, 300)
    assert info.grid.shown == (Size(400, 600) if aspect > 1 else Size(800, 300))
    assert is_circle(thumbnail(path, Size(128, 128)))
    assert is_circle(Pyramid.open(path, TileCache(tmp_path / "cache")).whole(Size(900, 900)))
    first = coarse(path, Size(300, 300))
    assert first is not None
    assert is_circle(first.raster)


@pytest.mark.parametrize("suffix", ["heic", "avif"])
@pytest.mark.parametrize(("orientation", "size", "shown"), [(6, (300, 400), (300, 800)), (3, (400, 300), (800, 300))])
def test_a_picture_that_a_box_turns_has_its_pixels_turned(
    suffix: str, orientation: int, size: tuple[int, int], shown: tuple[int, int], tmp_path: Path
) -> None:
    path = uneven_pixels.heif(tmp_path / f"turned.{suffix}", (2, 1), orientation, circle((400, 300), 2.0))
    info = probe(path)
    assert info.size == Size(*size)
    assert info.grid.shown == Size(*shown)
    assert is_circle(thumbnail(path, Size(128, 128)))
    assert is_circle(Pyramid.open(path, TileCache(tmp_path / "cache")).whole(Size(900, 900)))


ABSURD = {
    "thin.tif": lambda path: uneven_pixels.tiff(path, (1, 10_000)),
    "wide.png": lambda path: uneven_pixels.png(path, (1_000_000, 3), unit=0),
    "nothing.png": lambda path: uneven_pixels.png(path, (0, 0), unit=1),
    "half.jpg": lambda path: uneven_pixels.jfif(path, (0, 98), unit=1),
    "wide.jpg": lambda path: uneven_pixels.jfif(path, (1, 65_535), unit=0),
    "byte.gif": lambda path: uneven_pixels.gif(path, 255),  # 4.2
    "rounded.png": lambda path: uneven_pixels.png(path, (11_811, 11_810), unit=1),
    "thin.heic": lambda path: uneven_pixels.heif(path, (1, 5)),
    "nothing.avif": lambda path: uneven_pixels.heif(path, (0, 0)),
    "none.gif": lambda path: uneven_pixels.gif(path, 0),
}


@pytest.mark.parametrize("name", ABSURD)
def test_what_cannot_be_meant_is_square(name: str, tmp_path: Path) -> None:
    path = ABSURD[name](tmp_path / name)
    info = probe(path)
    assert info.grid.is_square
    assert info.grid.shown == Size(*FAX)
    assert ink(Pyramid.open(path, TileCache(tmp_path / "cache")).whole(Size(500, 500))) == pytest.approx(
        ink(circle()), abs=2
    )


def test_a_large_one_is_streamed_into_its_pyramid_in_proportion(tmp_path: Path) -> None:
    """Above what is kept in memory, tiles come from a file that a worker process writes."""
    path = uneven_pixels.png(tmp_path / "large.png", picture=circle((3456, 2286)))
    assert (FAX_ASPECT < 1, probe(path).size.pixels > 4_000_000) == (True, True)
    cache = TileCache(tmp_path / "cache")
    pyramid = Pyramid.open(path, cache)
    assert pyramid.size == probe(path).grid.shown
    assert is_circle(pyramid.whole(Size(800, 1000)))
    again = Pyramid.ready(path, cache)
    assert again is not None
    assert again.size == pyramid.size


def test_each_page_has_its_own_proportions(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path) as file:
        for aspect, dpi in ((FAX_ASPECT, (204, 98)), (1.0, (204, 204)), (2.0, (100, 200))):
            file.write(np.asarray(circle(aspect=aspect)), resolution=dpi, resolutionunit=2)
    for page in range(3):
        assert is_circle(thumbnail(path, Size(128, 128), page))
        assert is_circle(Pyramid.open(path, TileCache(tmp_path / "cache"), page=page).whole(Size(1000, 1000)))


def test_the_change_map_compares_the_same_places(tmp_path: Path) -> None:
    """With a result that states its resolution, one that lost it, and one that somebody made square."""
    before = uneven_pixels.png(tmp_path / "before.png", picture=circle((800, 572)))
    large = circle((1600, 1144))
    same = uneven_pixels.png(tmp_path / "same.png", (16_062, 7716), picture=large)
    large.save(tmp_path / "lost.png")
    circle((800, round(572 / FAX_ASPECT)), 1.0).save(tmp_path / "square.png")
    for after in (same, tmp_path / "lost.png", tmp_path / "square.png"):
        assert compare(before, after).clear_share < 0.02, after.name


@pytest.mark.parametrize("keeps", [True, False])
def test_the_before_and_after_sheet_shows_circles(keeps: bool, tmp_path: Path) -> None:
    """A result that lost the resolution is shown as its original is."""
    before = uneven_pixels.fax(tmp_path / "before.tif")
    after = tmp_path / "after.png"
    large = circle((FAX[0] * 2, FAX[1] * 2))
    if keeps:
        uneven_pixels.png(after, (16_062, 7716), picture=large)
    else:
        large.save(after)
    sheet = comparison(before, after)
    shown = probe(before).grid.shown
    width, height = round(shown.width * 640 / shown.height), 640
    column = (sheet.width - 3 * GAP) // 2
    for place in range(2):
        left = GAP + place * (column + GAP) + (column - width) // 2
        whole = sheet.crop((left + 3, BAND + 3, left + width - 3, BAND + height - 3))  # without the ground around it
        assert is_circle(whole)


def test_the_contact_sheet_shows_circles(tmp_path: Path) -> None:
    before, after = uneven_pixels.fax(tmp_path / "page.tif"), uneven_pixels.jfif(tmp_path / "page.jpg")
    font = resources.folder() / "fonts" / "DejaVuSans.ttf"
    write_contact_sheet(tmp_path / "sheet.pdf", "Bag", "", [Pair(before, after, ("a", "b"))], font, lambda _done: None)
    (page,) = pypdf.PdfReader(tmp_path / "sheet.pdf").pages
    assert all(is_circle(image.image) for image in page.images if image.image is not None)
    assert len(page.images) == 2
    # Frames are drawn with the images' own proportions, which is how a PDF states them.
    for name in ("/I1", "/I2"):
        assert page["/Resources"]["/XObject"][name]["/Height"] > page["/Resources"]["/XObject"][name]["/Width"]


def test_a_result_that_lost_the_proportions_has_those_of_its_original_on_the_contact_sheet(tmp_path: Path) -> None:
    """So it is where metadata stays out of results: the page came out upright, and its result lying."""
    before, after = uneven_pixels.fax(tmp_path / "page.tif"), tmp_path / "result.png"
    circle((FAX[0] * 2, FAX[1] * 2)).save(after)
    font = resources.folder() / "fonts" / "DejaVuSans.ttf"
    write_contact_sheet(tmp_path / "sheet.pdf", "Bag", "", [Pair(before, after, ("a", "b"))], font, lambda _done: None)
    (page,) = pypdf.PdfReader(tmp_path / "sheet.pdf").pages
    assert len(page.images) == 2
    assert all(is_circle(each.image) for each in page.images if each.image is not None)


def test_a_squeezed_thumbnail_of_another_program_is_brought_into_proportion(tmp_path: Path) -> None:
    """Most file managers take all pixels for squares, and their thumbnails lie in the same folder as ours."""
    path = uneven_pixels.fax(tmp_path / "page.tif")
    store = ThumbnailStore(tmp_path / "thumbnails")
    original = Original.of(path, path.stat())
    for software, maker in (("gnome", circle().resize((128, 85))), ("evince", circle((93, 128), 1.0))):
        place = store.folder / "normal" / original.name
        place.parent.mkdir(parents=True, exist_ok=True)
        texts = PngImagePlugin.PngInfo()
        for key, text in (original.texts | {"Software": software}).items():
            texts.add_text(key, text)
        maker.convert("RGB").save(place, pnginfo=texts)
        shown = store.thumbnail(path, ThumbnailSize.NORMAL)
        assert is_circle(shown), software
        assert max(shown.width, shown.height) <= 128


def test_our_thumbnail_in_the_shared_folder_is_in_proportion(tmp_path: Path) -> None:
    """The specification asks for the picture's proportions; programs that know of fax pages store them so."""
    path = uneven_pixels.fax(tmp_path / "page.tif")
    store = ThumbnailStore(tmp_path / "thumbnails")
    made = store.thumbnail(path, ThumbnailSize.LARGE)
    assert is_circle(made)
    (kept,) = (store.folder / "large").iterdir()
    with Image.open(kept) as stored:
        assert is_circle(stored)
        assert stored.size == (made.width, made.height)
    assert store.thumbnail(path, ThumbnailSize.LARGE) == made


def test_transparency_survives_stretching(tmp_path: Path) -> None:
    alpha = Image.new("RGBA", FAX, (255, 255, 255, 0))
    alpha.paste((255, 255, 255, 255), (100, 100, 300, 200))
    path = uneven_pixels.png(tmp_path / "alpha.png", picture=alpha)
    whole = Pyramid.open(path, TileCache(tmp_path / "cache")).whole(Size(500, 700))
    pixels = [whole.pixel(x, y) for x in range(90, 110) for y in range(190, 215)]
    assert all(max(pixel[:3]) <= pixel[3] for pixel in pixels), "colour times alpha is never brighter than alpha"


@pytest.mark.parametrize("name", ["inches.jpg", "ratio.png"])
def test_a_patch_for_a_trial_keeps_the_shape_of_its_pixels(name: str, tmp_path: Path) -> None:
    info = probe(KINDS[name](tmp_path / name))
    patch = cut(info, Patch(10, 10, 200, 200), tmp_path / "patches")
    assert patch.pixel_aspect == pytest.approx(info.pixel_aspect, rel=0.001)
    assert patch.dpi == info.dpi
    assert patch.size == Size(200, 200), "the area is in pixels of the source"


def test_a_patch_of_a_picture_without_a_resolution_has_none(tmp_path: Path) -> None:
    """libvips writes 25.4 dpi of its own accord."""
    circle().save(tmp_path / "a.png")
    assert cut(probe(tmp_path / "a.png"), Patch(0, 0, 200, 200), tmp_path / "patches").dpi is None


@pytest.mark.parametrize(
    ("kind", "raw", "unit"),
    [
        (5, struct.pack("<II", 204, 1), 0),
        (5, struct.pack("<II", 204, 1), 4),
        (10, struct.pack("<ii", -5, 1), 2),
        (12, struct.pack("<d", math.nan), 2),
    ],
)
def test_an_odd_resolution_does_not_make_a_picture_damaged(kind: int, raw: bytes, unit: int, tmp_path: Path) -> None:
    """libvips refuses the pixels for an unknown unit or a number below zero: a sound scan was called damaged."""
    path = uneven_pixels.tiff(tmp_path / "odd.tif")
    data = bytearray(path.read_bytes())
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    entries = {struct.unpack_from("<H", data, at)[0]: at for at in range(start + 2, start + 2 + 12 * count, 12)}
    (value,) = struct.unpack_from("<I", data, entries[282] + 8)
    struct.pack_into("<H", data, entries[282] + 2, kind)
    data[value : value + 8] = raw
    struct.pack_into("<H", data, entries[296] + 8, unit)
    path.write_bytes(data)
    small = thumbnail(path, Size(128, 128), is_strict=True)
    assert is_circle(small) == (unit != 2), "proportions need no unit, and nothing is made of what is no number"
    made = prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")
    assert probe(made.path).size == Size(*FAX)
    assert probe(made.path).dpi is None


def test_a_page_of_a_scan_is_the_page_on_the_contact_sheet(tmp_path: Path) -> None:
    """It showed the first page beside the result of another, and in the proportions of the first."""
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(np.full((FAX[1], FAX[0]), 255, "uint8"), resolution=(204, 204), resolutionunit=2)
        file.write(np.asarray(circle()), resolution=(204, 98), resolutionunit=2)
    after = tmp_path / "result.png"
    circle((FAX[0] * 2, FAX[1] * 2)).save(after)
    for page, original in ((1, None), (0, (path, 1))):
        found = small_jpeg(path if original is None else after, Size(200, 200), page=page, original=original)
        assert found is not None
        with Image.open(BytesIO(found[0])) as shown:
            assert is_circle(shown)
            assert shown.size == (found[1].width, found[1].height)
