"""Pictures decoded whole into memory: the same pixels as those of other pyramids, and no more memory than is allowed."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Tile, grid
from topazdesk.errors import InputError
from topazdesk.media import icc
from topazdesk.media.decoded_pyramid import DecodedPyramid, at_once, decoded
from topazdesk.media.memory_budget import MemoryBudget
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.raster import PixelFormat, Raster
from topazdesk.media.tilecache import TileCache

SIZE = Size(850, 602)  # no multiple of a tile
ADOBE = icc.rgb_profile(
    "Compatible with Adobe RGB (1998)",
    icc.Primaries((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (0.3127, 0.329)),
    icc.Curve(2.199),
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def scene() -> Image.Image:
    image = pictures.scene(SIZE.width, SIZE.height)
    return Image.fromarray(np.asarray(image))


def written(path: Path, kind: str) -> Path:
    """One of the kinds of pictures that are decoded in different ways."""
    image, exif = scene(), Image.Exif()
    alpha = Image.linear_gradient("L").resize(image.size)
    match kind:
        case "baseline":
            image.save(path, "JPEG", quality=92)
        case "progressive":
            image.save(path, "JPEG", quality=92, progressive=True)
        case "grey":
            image.convert("L").save(path, "JPEG", quality=92)
        case "turned":
            exif[0x0112] = 6
            image.save(path, "JPEG", quality=92, exif=exif)
        case "sRGB by profile":
            image.save(path, "JPEG", quality=92, icc_profile=SRGB)
        case "Adobe RGB":
            image.save(path, "JPEG", quality=92, icc_profile=ADOBE)
        case "inks":
            image.convert("CMYK").save(path, "JPEG", quality=92)
        case "PNG":
            image.save(path, "PNG", compress_level=1)
        case "PNG with alpha":
            image.putalpha(alpha)
            image.save(path, "PNG", compress_level=1)
        case "16 bits":
            pyvips.Image.new_from_array(np.asarray(image)).colourspace("rgb16").write_to_file(str(path), compression=1)
        case "TIFF":
            image.save(path, "TIFF")
        case _:
            raise ValueError(kind)
    return path


KINDS = {
    "baseline": "jpg", "progressive": "jpg", "grey": "jpg", "turned": "jpg", "sRGB by profile": "jpg", "Adobe RGB": "jpg",
    "inks": "jpg", "PNG": "png", "PNG with alpha": "png", "16 bits": "png", "TIFF": "tif",
}  # fmt: skip
#: Kinds whose pixels are shown as they are, without tiles.
PLAIN = set(KINDS) - {"Adobe RGB", "inks", "16 bits"}


@pytest.mark.parametrize("kind", KINDS)
def test_its_pixels_are_those_of_other_pyramids(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / f"picture.{KINDS[kind]}", kind)
    there = Pyramid.open(path, TileCache(tmp_path / "cache"))
    here = decoded(path)
    assert here is not None
    assert (here.grid, here.levels, here.has_alpha) == (there.grid, there.levels, there.has_alpha)
    assert (here.full is not None) is (kind in PLAIN)
    for level in range(len(here.levels)):
        columns, rows = grid(here.levels[level])
        for tile in {Tile(level, 0, 0), Tile(level, columns - 1, rows - 1), Tile(level, columns // 2, rows // 2)}:
            for mine, theirs in ((here.tile(tile), there.tile(tile)), (here.painted(tile), there.painted(tile))):
                assert (mine.size, mine.format) == (theirs.size, theirs.format)
                most, mean = difference(mine, theirs)
                # Where colours are converted, the levels are averaged before here, and after it there.
                assert most <= (1 if level == 0 else 3 if kind in PLAIN else 60)
                assert mean <= (1 if kind in PLAIN else 3)
    if here.full is not None:
        corner = here.tile(Tile(0, 0, 0))
        red, green, blue = corner.pixel(9, 5)[:3]
        assert here.full.pixel(9, 5)[:3] == (blue, green, red)
        assert here.full.size == here.size


def difference(one: Raster, other: Raster) -> tuple[int, float]:
    """The largest difference of a colour, and the mean one; the byte that nobody sees does not count."""
    each = [np.frombuffer(raster.data, np.uint8).reshape(raster.height, raster.width, -1) for raster in (one, other)]
    seen = 3 if one.format is PixelFormat.BGRX else 4
    differences = np.abs(each[0][..., :seen].astype(int) - each[1][..., :seen])
    return int(differences.max()), float(differences.mean())


def test_its_first_pixels_fit_into_the_view_and_are_never_enlarged(tmp_path: Path) -> None:
    for kind in ("baseline", "Adobe RGB", "PNG with alpha"):
        here = decoded(written(tmp_path / f"picture.{KINDS[kind]}", kind))
        assert here is not None
        first = here.first(Size(400, 400))
        assert first.size == Size(400, 283)
        assert here.first(Size(9_000, 9_000)).size == SIZE


def test_memory_is_claimed_and_given_back(tmp_path: Path) -> None:
    path = written(tmp_path / "picture.jpg", "baseline")
    need = SIZE.pixels * 4
    room = MemoryBudget(need + need // 2)
    first = decoded(path, within=room)
    assert isinstance(first, DecodedPyramid)
    assert room.used_bytes == need
    assert decoded(path, within=room) is None, "two do not fit"
    del first
    gc.collect()
    assert room.used_bytes == 0
    assert decoded(path, within=room) is not None


def test_what_is_no_picture_gives_its_memory_back(tmp_path: Path) -> None:
    path = written(tmp_path / "picture.png", "PNG")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2_000] = bytes(2_000)
    path.write_bytes(data)
    room = MemoryBudget(SIZE.pixels * 4)
    with pytest.raises(InputError):
        decoded(path, within=room)
    assert room.used_bytes == 0


def test_decoding_is_given_up_when_nobody_waits(tmp_path: Path) -> None:
    path = written(tmp_path / "picture.png", "PNG")
    with pytest.raises(InputError):
        decoded(path, cancelled=lambda: True)


def test_formats_of_other_decoders_are_left_to_the_worker_process(tmp_path: Path) -> None:
    scene().save(tmp_path / "picture.bmp")
    assert decoded(tmp_path / "picture.bmp") is None


def test_levels_are_made_once_however_many_threads_ask(tmp_path: Path) -> None:
    here = decoded(written(tmp_path / "picture.jpg", "baseline"))
    assert here is not None
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(bytes(here.painted(Tile(1, 0, 0)).data))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert here.painted(Tile(1, 0, 0)).width == TILE_PX


@pytest.mark.parametrize(
    ("kind", "box", "is_at_once"),
    [
        ("baseline", Size(400, 400), True),
        ("turned", Size(400, 400), True),
        ("baseline", Size(200, 200), False),  # decoded at a quarter of its size, it is there much sooner
        ("progressive", Size(400, 400), False),
        ("inks", Size(400, 400), False),
        ("PNG", Size(400, 400), False),
    ],
)
def test_decoded_whole_at_once_where_first_pixels_take_as_long(
    tmp_path: Path, kind: str, box: Size, is_at_once: bool
) -> None:
    path = written(tmp_path / "picture", kind)
    made = at_once(path, box)
    assert (made is not None) == is_at_once
    assert at_once(path, box, within=MemoryBudget(SIZE.pixels)) is None
    if made is not None:
        there = decoded(path)
        assert there is not None
        assert made.tile(Tile(0, 0, 0)).data == there.tile(Tile(0, 0, 0)).data
