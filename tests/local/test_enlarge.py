"""Tiles of a picture and the result mixed of them, with a network that doubles each pixel: any fault shows exactly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.network_tiles import CELL_PX, FEATHER_PX, tiles_of
from topazdesk.local.enlarge import make_tile, plan_work, rows_of
from topazdesk.media.enlarging import open_picture, write_enlarged

SCALE = 2


def doubled(pixels: Any) -> Any:
    return pixels.repeat(SCALE, axis=0).repeat(SCALE, axis=1)


def darker(pixels: Any) -> Any:
    """A network that shifts colours, more to the right."""
    slope = np.linspace(0.9, 0.8, pixels.shape[1] * SCALE)[None, :, None]
    return doubled(pixels) * slope


def enlarge(
    source: Path,
    target: Path,
    *,
    most_px: int = 80 * 80,
    size: Size | None = None,
    network: Callable[[Any], Any] = doubled,
    keeps_colours: bool = False,
) -> int:
    with open_picture(source) as picture:
        folder = target.with_name(f"{target.name}.tiles")
        folder.mkdir()
        work = plan_work(picture, SCALE, 4, most_px, folder, keeps_colours=keeps_colours)
        for number in work.left():
            make_tile(work, number, network)
        kind = FileFormat("jpeg" if target.suffix == ".jpg" else target.suffix[1:].replace("tif", "tiff"))
        raw = folder / "raw"
        write_enlarged(rows_of(work), work.whole, picture, raw, target, size or work.whole, kind)
        return len(work.tiles)


def noise(*shape: int, deep: bool = False) -> Any:
    most = 65_536 if deep else 256
    return np.random.default_rng(7).integers(0, most, shape).astype(np.uint16 if deep else np.uint8)


@pytest.mark.parametrize("width", [1, 33, 150])
def test_tiles_cover_a_picture_once(width: int) -> None:
    size = Size(width, 101)
    seen = np.zeros((size.height, size.width), int)
    for tile in tiles_of(size, 4, 64 * 64):
        seen[tile.core.y0 : tile.core.y1, tile.core.x0 : tile.core.x1] += 1
        assert tile.core.x0 % CELL_PX == tile.core.y0 % CELL_PX == 0
        assert tile.kept == tile.core.grown(FEATHER_PX, size)
    assert (seen == 1).all()


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("bands", [1, 2, 3, 4])
def test_every_kind_of_picture_comes_back_with_its_own_pixels(tmp_path: Path, bands: int, deep: bool) -> None:
    pixels = noise(90, 131, bands, deep=deep)
    source = tmp_path / "source.tif"
    extra = ["unassalpha"] if bands in (2, 4) else None
    photometric = "minisblack" if bands < 3 else "rgb"
    written = pixels[:, :, 0] if bands == 1 else pixels
    plan = None if bands == 1 else "contig"
    tifffile.imwrite(source, written, photometric=photometric, extrasamples=extra, planarconfig=plan)
    assert enlarge(source, tmp_path / "result.tif") > 1
    found = tifffile.imread(tmp_path / "result.tif").reshape(180, 262, bands)
    assert found.dtype == pixels.dtype
    # A tile keeps 16 bits over a range a little wider than black to white.
    assert np.abs(found.astype(int) - doubled(pixels).astype(int)).max() <= (1 if deep else 0)


def test_a_ramp_of_16_bits_has_all_its_steps(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(20_000, 20_256, dtype=np.uint16), (40, 1))
    tifffile.imwrite(tmp_path / "source.tif", ramp, photometric="minisblack")
    assert enlarge(tmp_path / "source.tif", tmp_path / "result.tif") > 1
    rises = np.diff(tifffile.imread(tmp_path / "result.tif").astype(int)[17])
    assert (rises >= 0).all()
    assert rises.max() <= 2, "no step of eight bits"


def test_the_profile_is_carried(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(noise(40, 50, 3)).save(tmp_path / "source.png", icc_profile=profile)
    for name in ("result.png", "result.jpg", "result.tif"):
        enlarge(tmp_path / "source.png", tmp_path / name)
        with Image.open(tmp_path / name) as made:
            assert made.info["icc_profile"] == profile
            assert made.mode == "RGB"


@pytest.mark.parametrize("size", [Size(150, 90), Size(75, 46), Size(163, 98)])
def test_other_sizes_are_resampled(tmp_path: Path, size: Size) -> None:
    Image.fromarray(noise(60, 100, 3)).save(tmp_path / "source.png")
    enlarge(tmp_path / "source.png", tmp_path / "result.png", size=size)
    with Image.open(tmp_path / "result.png") as made:
        assert made.size == (size.width, size.height)


def test_transparency_is_laid_on_white_for_jpeg(tmp_path: Path) -> None:
    pixels = np.zeros((40, 60, 4), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "source.png")
    enlarge(tmp_path / "source.png", tmp_path / "result.jpg")
    with Image.open(tmp_path / "result.jpg") as made:
        assert made.mode == "RGB"
        assert np.asarray(made).min() > 250


def test_a_shift_of_colours_is_taken_back(tmp_path: Path) -> None:
    pixels = np.full((128, 192, 3), 200, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "source.png")
    enlarge(tmp_path / "source.png", tmp_path / "as-is.png", network=darker)
    enlarge(tmp_path / "source.png", tmp_path / "kept.png", network=darker, keeps_colours=True)
    as_is, kept = (np.asarray(Image.open(tmp_path / name)).astype(float) for name in ("as-is.png", "kept.png"))
    assert np.abs(as_is.mean(axis=(0, 1)) - 200).max() > 15
    assert np.abs(kept.mean(axis=(0, 1)) - 200).max() < 0.5
