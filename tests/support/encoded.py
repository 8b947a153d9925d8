"""How a file is encoded, by readers that the program does not write with: Pillow's tables, tifffile's tags."""

from __future__ import annotations

from pathlib import Path

import tifffile
from PIL import Image

#: The corners of the luminance table of the JPEG standard (Annex K), which libjpeg scales by its quality.
_FIRST, _LAST = 16, 99


def jpeg_quality(path: Path) -> int:
    """Return the quality on libjpeg's scale, of a file by libjpeg."""
    with Image.open(path) as image:
        table = image.quantization[0]  # type: ignore[attr-defined]
    return next(quality for quality in range(100, 0, -1) if (table[0], table[-1]) == _corners(quality))


def _corners(quality: int) -> tuple[int, int]:
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    first, last = (min(255, max(1, (number * scale + 50) // 100)) for number in (_FIRST, _LAST))
    return first, last


def subsampling(path: Path) -> tuple[tuple[int, int], ...]:
    """Return the sampling factors of a JPEG's components."""
    with Image.open(path) as image:
        return tuple((across, along) for _, across, along, _ in image.layer)  # type: ignore[attr-defined]


def tiff_compression(path: Path) -> str:
    """Return the compression of a TIFF's first page, in this program's words."""
    with tifffile.TiffFile(path) as file:
        number = int(file.pages.first.compression)
    return {1: "none", 5: "lzw", 8: "deflate"}[number]
