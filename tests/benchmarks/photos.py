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


def with_preview(data: bytes) -> bytes:
    """The JPEG with an EXIF preview of 160 × 107 pixels, as cameras store it."""
    small = pyvips.Image.thumbnail_buffer(data, 160, height=107, size="force")
    preview = bytes(small.jpegsave_buffer(Q=80, keep="none"))
    # IFD0 is empty; IFD1 has compression, offset and length of the preview, which follows it.
    start = 8 + 6 + 2 + 3 * 12 + 4
    block = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<HI", 0, 14) + struct.pack("<H", 3)
    block += struct.pack("<HHII", 0x0103, 3, 1, 6) + struct.pack("<HHII", 0x0201, 4, 1, start)
    block += struct.pack("<HHII", 0x0202, 4, 1, len(preview)) + struct.pack("<I", 0) + preview
    exif = b"Exif\0\0" + block
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


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
