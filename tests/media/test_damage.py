"""Whatever range of bytes of whatever format is damaged: it is refused before money, or the picture is right.

What can be known differs. Formats with checksums (PNG, Deflate and LZMA in TIFF) show every damage. Pixels that are stored as
they are show none, and no other pixel changes. Of the rest, most show it when a sector of a disk (512 bytes) is lost, and
a single wrong byte only at times: it makes another picture that is sound in itself, and what is sent is that picture,
whole, as another reader sees it, never one that a decoder filled up.
"""

from __future__ import annotations

import io
import os
import random
import struct
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
CHECKED = frozenset(
    {"a.png", "deep.png", "interlaced.png", "deflate.tif", "deflate.tiles", "lzma.tif", "planes.tiles", "alpha.tif"}
)
#: Formats in which a byte is a part of one pixel, and nothing says whether it is right.
STORED = frozenset({"none.tif", "none.tiles", "a.bmp", "a.ppm"})
#: Formats in which a lost sector may not show: lossless WebP, ZSTD and RLE have bytes that are just pixels, JPEG 2000 is made
#: to be read with gaps, and zeros show in HEIC, but not noise. In progressive JPEG and small tiles most show, but not all.
LENIENT = frozenset(
    {
        *("lossless.webp", "webp.tif", "zstd.tif", "zstd.tiles", "a.tga", "a.jp2", "a.heic"),
        *("progressive.jpg", "jpeg.tif", "jpeg.tiles"),
    }
)


@cache
def whole(name: str, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """A good picture in the format that the name says."""
    stem, _, ending = name.partition(".")
    scene = pictures.encode(FileFormat.PNG, width, height)
    pixels = np.asarray(Image.open(io.BytesIO(scene)))
    stream = io.BytesIO()
    match stem, ending:
        case "deep", "png":
            return pictures.encode(FileFormat.PNG, width, height, bits=16)
        case "interlaced", "png":
            return bytes(pictures.scene(width, height).pngsave_buffer(interlace=True))
        case "progressive", "jpg":
            return pictures.encode(FileFormat.JPEG, width, height, progressive=True)
        case "restarts", "jpg":
            return bytes(pictures.scene(width, height).jpegsave_buffer(Q=90, restart_interval=5))
        case "inks", "jpg":
            Image.fromarray(pixels).convert("CMYK").save(stream, "JPEG", quality=90)
        case "lossless", "webp":
            return bytes(pictures.scene(width, height).webpsave_buffer(lossless=True))
        case "planes", "tiles":
            planes = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
            tifffile.imwrite(
                stream, planes, photometric="rgb", planarconfig="separate", compression="deflate", tile=(32, 32)
            )
        case "alpha", "tif":
            inks = np.concatenate([pixels, pixels[..., :1], np.full((height, width, 1), 200, np.uint8)], -1)
            tifffile.imwrite(stream, inks, photometric="separated", extrasamples=[2], compression="deflate")
        case "bare", "gif":
            data = bytearray(pictures.encode(FileFormat.GIF, width, height))
            struct.pack_into("<2H", data, 6, width + 8, height + 8)
            return bytes(data)
        case compression, "tif":
            kind = None if compression == "none" else compression
            tifffile.imwrite(stream, pixels, photometric="rgb", compression=kind, rowsperstrip=16)
        case compression, "tiles":
            kind = None if compression == "none" else compression
            tifffile.imwrite(stream, pixels, photometric="rgb", compression=kind, tile=(32, 32))
        case _, "heic":
            pillow_heif.from_pillow(Image.fromarray(pixels)).save(stream, quality=90)
        case _, "jxl":
            return bytes(imagecodecs.jpegxl_encode(pixels, lossless=stem == "lossless", level=90))
        case _, "psd":
            return flattened_psd(pixels)
        case _, "jp2" | "tga" | "ppm":
            kind = {"jp2": "JPEG2000", "tga": "TGA", "ppm": "PPM"}[ending]
            Image.fromarray(pixels).save(stream, kind, **({"compression": "tga_rle"} if kind == "TGA" else {}))
        case _:
            kind = {"jpg": "jpeg"}.get(ending, ending)
            return pictures.encode(FileFormat(kind), width, height)
    return stream.getvalue()


def flattened_psd(pixels: Any) -> bytes:
    """A Photoshop file without layers, packed row by row."""
    height, width, bands = pixels.shape
    rows = [
        bytes(imagecodecs.packbits_encode(pixels[row, :, band].tobytes()))
        for band in range(bands)
        for row in range(height)
    ]
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, bands, height, width, 8, 3) + bytes(12)
    return head + struct.pack(f">H{len(rows)}H", 1, *map(len, rows)) + b"".join(rows)


NAMES = [
    *("a.jpg", "progressive.jpg", "restarts.jpg", "inks.jpg", "a.png", "deep.png", "interlaced.png"),
    *("a.webp", "lossless.webp", "a.gif", "a.bmp", "a.avif", "a.heic"),
    *("none.tif", "lzw.tif", "deflate.tif", "packbits.tif", "zstd.tif", "jpeg.tif", "webp.tif", "lzma.tif"),
    *("none.tiles", "lzw.tiles", "deflate.tiles", "zstd.tiles", "jpeg.tiles", "planes.tiles", "alpha.tif", "bare.gif"),
    *("lossless.jxl", "lossy.jxl", "a.jp2", "a.psd", "a.tga", "a.ppm"),
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
    derandomize="TOPAZDESK_CHANCE" not in os.environ,
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
    path.write_bytes(good)
    right = sent(path)
    if name in CHECKED:
        assert np.array_equal(pixels, right)
        return
    if name in STORED and kind in ("zeros", "noise", "flip") and place * len(good) > 1_100:
        assert (pixels != right).any(axis=-1).sum() <= (1 if kind == "flip" else count)
        return
    path.write_bytes(damaged(good, kind, place, count, seed))
    other = second_opinion(path)
    if other is not None and other.shape == pixels.shape:
        # The readers round differently; what one of them had to invent would differ by far more, in whole rows.
        assert np.median(np.abs(other.astype(int) - pixels.astype(int))) <= 4


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LENIENT | STORED])
@pytest.mark.parametrize("what", ["zeros", "noise"])
def test_a_lost_sector_is_always_found(tmp_path: Path, name: str, what: str) -> None:
    """512 bytes are the least that disks and cards lose; a part of a download is more."""
    path = tmp_path / name.replace(".tiles", ".tif")
    good = whole(name, 320, 240)
    assert ready(path, good)
    dice = random.Random(7)
    first = _HEAD.get(path.suffix, 1_100)
    for _ in range(12):
        start = dice.randrange(first, len(good) - 512)
        lost = bytes(512) if what == "zeros" else dice.randbytes(512)
        assert not ready(path, good[:start] + lost + good[start + 512 :]), start


#: What precedes the pixels; in what is not named here it is shorter than a sector or two.
_HEAD = {".psd": 3_000}


def ready(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    try:
        sent(path)
    except InputError:
        return False
    return True


@pytest.mark.parametrize("photo", [True, False])
@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (7, 9), (131, 77), (640, 480)])
def test_a_whole_webp_is_whole(tmp_path: Path, size: tuple[int, int], lossless: bool, photo: bool) -> None:
    """The pixels of a WebP are found damaged by what is left over: an encoder never leaves as much."""
    image = pictures.scene(max(2, size[0]), max(2, size[1])).crop(0, 0, *size)
    image = image if photo else (image * 0 + 250).cast("uchar")
    path = tmp_path / "a.webp"
    for quality in (1, 75, 100):
        assert ready(path, image.webpsave_buffer(Q=quality, lossless=lossless))
    assert ready(path, image.bandjoin(128).copy(interpretation="srgb").webpsave_buffer(lossless=lossless))
    if size[0] > 1:
        frames = [Image.fromarray(image.numpy()), Image.fromarray(255 - image.numpy())]
        frames[0].save(path, "WEBP", save_all=True, append_images=frames[1:], lossless=lossless)
        assert ready(path, path.read_bytes())


def second_opinion(path: Path) -> Any:
    """What Pillow makes of the file; None when it has no opinion."""
    try:
        with Image.open(path) as image:
            # Everybody has another idea of the colours of inks.
            return None if image.mode == "CMYK" else np.asarray(image.convert("RGB"))
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


@pytest.mark.parametrize("kind", ["nothing", "zeros"])
def test_a_raw_picture_without_the_data_of_its_sensor(tmp_path: Path, kind: str) -> None:
    """A coloured pattern, or black, was made of it, sent and charged."""
    if kind == "zeros":
        path = dng(tmp_path / "a.dng", 1)
        size = 320 * 240 * 2
        path.write_bytes(path.read_bytes()[:-size] + bytes(size))
    else:
        path = _rw2_head(tmp_path / "a.rw2")
    with pytest.raises(InputError) as caught:
        prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")
    assert caught.value.code == "input.damaged"


def _rw2_head(path: Path) -> Path:
    """A raw file of Panasonic that ends where the data of the sensor begins: LibRaw makes a picture of it."""
    width, height, start = 476, 320, 1024
    fields = [(1, 7, 4, 0x30303330), (2, 3, 1, width), (3, 3, 1, height), (4, 3, 1, 6), (5, 3, 1, 8)]
    fields += [(6, 3, 1, height - 12), (7, 3, 1, width - 68), (45, 3, 1, 4), (271, 2, 10, 800), (272, 2, 8, 816)]
    fields += [(274, 3, 1, 1), (280, 4, 1, start)]
    head = b"IIU\0\x18\0\0\0".ljust(24, b"\0") + struct.pack("<H", len(fields))
    head += b"".join(struct.pack("<HHII", *field) for field in fields) + bytes(4)
    path.write_bytes((head.ljust(800, b"\0") + b"Panasonic".ljust(16, b"\0") + b"DMC-LX3").ljust(start, b"\0"))
    return path
