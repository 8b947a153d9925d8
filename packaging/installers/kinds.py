"""Write a picture of each kind that the program reads: `kinds.py FOLDER`, with the Python of the environment to freeze.

Each shows something else, since a picture is known by its content and made once.
"""

from __future__ import annotations

import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import pyvips
import tifffile
from PIL import Image

_SIZE = (64, 96, 3)
_NAMES = (
    *("jpg", "png", "tif", "webp", "gif", "bmp", "avif", "heic", "jxl", "jp2", "ppm", "tga"),
    *("zstd.tif", "deep.tif", "jpeg2000.tif", "dng"),
)
#: What Adobe asks of a DNG at least: tag, type (in the words of TIFF's numbers), count, value.
_DNG = (
    (33421, 3, 2, (2, 2)),
    (33422, 1, 4, bytes([0, 1, 1, 2])),
    (50706, 1, 4, bytes([1, 4, 0, 0])),
    (50708, 2, 0, "Test"),
    (50714, 4, 1, 512),
    (50717, 4, 1, 16383),
    (50721, 10, 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1)),
    (50728, 5, 3, (1, 1, 1, 1, 1, 1)),
    (50778, 3, 1, 21),
)


def _pixels(seed: int) -> np.ndarray:
    """Return soft colours with some noise."""
    rows, columns, _ = np.indices(_SIZE)
    noise = np.random.default_rng(seed).integers(0, 24, _SIZE)
    return ((rows * 2 + columns + seed * 9) % 200 + noise).astype(np.uint8)


def write(path: Path, seed: int) -> None:
    """Write a picture whose kind its name says."""
    pixels = _pixels(seed)
    kind = path.name.partition(".")[2]
    match kind:
        case "heic":
            pillow_heif.from_pillow(Image.fromarray(pixels)).save(path)
        case "jxl":
            path.write_bytes(imagecodecs.jpegxl_encode(pixels))
        case "jp2":
            path.write_bytes(imagecodecs.jpeg2k_encode(pixels, codecformat="jp2", level=0))
        case "zstd.tif":
            tifffile.imwrite(path, pixels, photometric="rgb", compression="zstd")
        case "jpeg2000.tif":
            tifffile.imwrite(path, pixels, photometric="rgb", compression="jpeg2000")
        case "deep.tif":
            tifffile.imwrite(path, pixels.astype(np.uint16) * 257, photometric="rgb", compression="deflate")
        case "dng":
            deep = 512 + pixels[:, :, 0].astype(np.uint16) * 40
            tifffile.imwrite(path, deep, photometric="cfa", metadata=None, extratags=[(*tag, True) for tag in _DNG])
        case "tif" | "webp" | "gif":
            pyvips.Image.new_from_array(pixels).copy(interpretation="srgb").write_to_file(str(path))
        case _:
            Image.fromarray(pixels).save(path)


def main() -> int:
    """Write one of each."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    for seed, name in enumerate(_NAMES):
        write(folder / f"picture{seed}.{name}", seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
