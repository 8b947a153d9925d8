"""Files for the measurements of the list: photographs of 24 MP, as many as wanted, from few bytes on the disk."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pyvips

SIZE = (6000, 4000)
#: Files of their own content; all others are further names of these.
VARIANTS = 8


def photo(seed: int = 1) -> bytes:
    """A JPEG of 24 MP with slopes, detail at two scales and grain: what a photograph or a scan costs to decode."""
    grid = pyvips.Image.xyz(*SIZE)
    slopes = (grid[0] / 310 + seed).sin() * 60 + (grid[1] / 170).cos() * 50 + 120
    detail = pyvips.Image.gaussnoise(SIZE[0] // 4, SIZE[1] // 4, sigma=30, mean=0, seed=seed).resize(4, kernel="linear")
    light = slopes + detail + pyvips.Image.gaussnoise(*SIZE, sigma=4, mean=0, seed=seed + 1)
    colours = light.bandjoin([light * 0.8 + 30, light * 0.6 + 60]).cast("uchar").copy(interpretation="srgb")
    return bytes(colours.jpegsave_buffer(Q=85, keep="none"))


def fill(folder: Path, count: int, data: bytes) -> list[Path]:
    """`count` files in `folder`: `VARIANTS` different ones (by a comment in the header), the others hard links to them."""
    folder.mkdir(parents=True)
    originals = folder.with_name(f"{folder.name}-originals")
    originals.mkdir()
    for number in range(min(VARIANTS, count)):
        comment = f"variant {number}".encode()
        block = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
        (originals / f"{number}.jpg").write_bytes(data[:2] + block + data[2:])
    made = [folder / f"scan-{number:05}.jpg" for number in range(count)]
    for number, path in enumerate(made):
        os.link(originals / f"{number % VARIANTS}.jpg", path)
    return made
