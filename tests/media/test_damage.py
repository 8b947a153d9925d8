"""Whatever range of bytes of whatever format is damaged: it is refused before money, or the picture is right.

Formats with checksums (PNG, Deflate in TIFF) show every damage. The others cannot: a flipped bit in a JPEG, or in pixels
that are stored as they are, may make another picture that is sound in itself. Then what is sent is that picture, whole,
as another reader sees it, never one that a decoder filled up.
"""

from __future__ import annotations

import io
import os
import random
from functools import cache
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import pyvips
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.media.test_optional import dng
from tests.support import pictures
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.errors import InputError
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe

EXAMPLES = int(os.environ.get("TOPAZDESK_DAMAGED_FILES", "25"))
WIDTH, HEIGHT = 96, 64
#: Formats in which no damage of the pixels goes unnoticed.
CHECKED = frozenset({"a.png", "deep.png", "deflate.tif"})


@cache
def whole(name: str) -> bytes:
    """A good picture in the format that the name says."""
    stem, _, ending = name.partition(".")
    scene = pictures.encode(FileFormat.PNG, WIDTH, HEIGHT)
    pixels = np.asarray(Image.open(io.BytesIO(scene)))
    stream = io.BytesIO()
    match stem, ending:
        case "deep", "png":
            return pictures.encode(FileFormat.PNG, WIDTH, HEIGHT, bits=16)
        case "progressive", "jpg":
            return pictures.encode(FileFormat.JPEG, WIDTH, HEIGHT, progressive=True)
        case compression, "tif":
            tifffile.imwrite(stream, pixels, photometric="rgb", compression=compression, rowsperstrip=16)
        case _, "tiles":
            tifffile.imwrite(stream, pixels, photometric="rgb", compression=stem, tile=(32, 32))
        case _, "heic":
            pillow_heif.from_pillow(Image.fromarray(pixels)).save(stream, quality=90)
        case _, "jxl":
            return bytes(imagecodecs.jpegxl_encode(pixels, lossless=True))
        case _, "jp2" | "tga" | "ppm":
            kind = {"jp2": "JPEG2000", "tga": "TGA", "ppm": "PPM"}[ending]
            Image.fromarray(pixels).save(stream, kind, **({"compression": "tga_rle"} if kind == "TGA" else {}))
        case _:
            kind = {"jpg": "jpeg"}.get(ending, ending)
            return pictures.encode(FileFormat(kind), WIDTH, HEIGHT)
    return stream.getvalue()


NAMES = [
    *("a.jpg", "progressive.jpg", "a.png", "deep.png", "a.webp", "a.gif", "a.bmp", "a.avif", "a.heic"),
    *("none.tif", "lzw.tif", "deflate.tif", "packbits.tif", "zstd.tif", "jpeg.tif", "webp.tif"),
    *("lzw.tiles", "zstd.tiles", "jpeg.tiles", "a.jxl", "a.jp2", "a.tga", "a.ppm"),
]


def damaged(data: bytes, kind: str, place: float, count: int, seed: int) -> bytes:
    start = int(place * len(data))
    end = min(len(data), start + count)
    dice = random.Random(seed)
    match kind:
        case "zeros":
            new = bytes(end - start)
        case "noise":
            new = dice.randbytes(end - start)
        case "flip":
            end = start + 1
            new = bytes([data[start] ^ 1 << dice.randrange(8)]) if start < len(data) else b""
        case "more":
            end, new = start, dice.randbytes(count)
        case _:
            new = b""
    return data[:start] + new + data[end:]


def sent(path: Path) -> Any:
    """The pixels that would be sent for `path`. Raises InputError."""
    made = prepare(probe(path), SERVICE_FORMATS, path.parent, "token")
    try:
        image = pyvips.Image.new_from_buffer(made.path.read_bytes(), "", fail_on="error")
        assert (image.width, image.height) == (made.size.width, made.size.height)
        return image.numpy()
    finally:
        if made.is_copy:
            made.path.unlink()


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from(["zeros", "noise", "flip", "lost", "more"]),
    place=st.floats(0, 1, exclude_max=True),
    count=st.integers(1, 4_000),
    seed=st.integers(0, 1_000),
)
def test_any_damage(tmp_path: Path, name: str, kind: str, place: float, count: int, seed: int) -> None:
    path = tmp_path / name.replace(".tiles", ".tif")
    good = whole(name)
    path.write_bytes(damaged(good, kind, place, count, seed))
    try:
        pixels, refusal = sent(path), None
    except InputError as error:
        pixels, refusal = None, error
    if refusal is not None:
        assert refusal.code.startswith("input.")
        assert refusal.title
        assert refusal.hint
        return
    assert pixels.min() < pixels.max()
    if name in CHECKED:
        path.write_bytes(good)
        assert np.array_equal(pixels, sent(path))
        return
    other = second_opinion(path)
    if other is not None and other.shape == pixels.shape:
        # The readers round differently; what one of them had to invent would differ by far more, in whole rows.
        assert np.median(np.abs(other.astype(int) - pixels.astype(int))) <= 4


def second_opinion(path: Path) -> Any:
    """What Pillow makes of the file; None when it has no opinion."""
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except Exception:  # noqa: BLE001 - whatever it thinks of a damaged file
        return None


@pytest.mark.parametrize("share", [0.0, 0.2, 0.7])
def test_a_raw_picture_that_is_cut_off(tmp_path: Path, share: float) -> None:
    path = dng(tmp_path / "a.dng", 1)
    prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")
    size = 320 * 240 * 2
    os.truncate(path, path.stat().st_size - size + int(size * share))
    with pytest.raises(InputError):
        prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")
