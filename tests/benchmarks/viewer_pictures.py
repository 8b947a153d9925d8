"""Generated pictures for the measurements of the viewer: size, noise and detail like a scan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyvips

SOURCE = (6_000, 4_000)  # 24 MP
LARGE = (12_240, 8_160)  # 100 MP
HUGE = (32_000, 21_333)  # 683 MP
_TILE = 1_024


def source(path: Path) -> Path:
    """24 MP with smooth parts, edges and noise."""
    _scene(*SOURCE, seed=3).jpegsave(str(path), Q=90)
    return path


def result(path: Path, source_path: Path) -> Path:
    """The source at its own size with other fine detail, and another pattern in one corner."""
    picture = pyvips.Image.new_from_file(str(source_path)).median(3)
    patch = (pyvips.Image.xyz(600, 400)[0] // 9 % 2 == 0).ifthenelse(40, 210).cast("uchar")
    picture.insert(patch.bandjoin([patch, patch]).copy(interpretation="srgb"), 4_000, 2_500).jpegsave(str(path), Q=90)
    return path


def candidates(folder: Path, source_path: Path, size: tuple[int, int]) -> list[Path]:
    """Four pictures of this size that differ: the source enlarged, each with noise of its own."""
    picture, made = pyvips.Image.new_from_file(str(source_path)), []
    large = picture.resize(size[0] / picture.width, vscale=size[1] / picture.height, kernel="linear").copy_memory()
    for number in range(4):
        noise = pyvips.Image.gaussnoise(large.width, large.height, mean=0, sigma=3 + number, seed=number)
        made.append(folder / f"candidate-{size[0]}-{number}.jpg")
        (large + noise).cast("uchar").copy(interpretation="srgb").jpegsave(str(made[-1]), Q=88)
    return made


def huge(path: Path, source_path: Path) -> Path:
    """683 MP: the source enlarged, with noise of its own."""
    picture = pyvips.Image.new_from_file(str(source_path), access="random")
    large = picture.resize(HUGE[0] / SOURCE[0], vscale=HUGE[1] / SOURCE[1], kernel="linear")
    noise = pyvips.Image.gaussnoise(_TILE, _TILE, mean=0, sigma=5, seed=7).copy_memory()
    grain = noise.replicate(-(-large.width // _TILE), -(-large.height // _TILE)).crop(0, 0, large.width, large.height)
    (large + grain).cast("uchar").copy(interpretation="srgb").jpegsave(str(path), Q=88)
    return path


def tiff(path: Path, picture: Path, *, is_tiled: bool) -> Path:
    """A picture as TIFF: in tiles by Deflate, or in strips by LZW."""
    packing = (
        {"compression": "deflate", "tile": True, "tile_width": 256, "tile_height": 256}
        if is_tiled
        else {"compression": "lzw"}
    )
    image = pyvips.Image.new_from_file(str(picture), access="sequential")
    image.tiffsave(str(path), predictor="horizontal", bigtiff=True, **packing)
    return path


def _scene(width: int, height: int, *, seed: int) -> Any:
    noise = pyvips.Image.gaussnoise(width, height, sigma=9, mean=0, seed=seed)
    grid = pyvips.Image.xyz(width, height)
    hills = (grid[0] / 310).sin() * 60 + (grid[1] / 170).cos() * 50 + 120
    edges = ((grid[0] / 37 + grid[1] / 53).sin() > 0.6).ifthenelse(24, 0)
    picture = hills.bandjoin([hills * 0.8 + 30, hills * 0.6 + 60]) + noise + edges
    return picture.cast("uchar").copy(interpretation="srgb")
