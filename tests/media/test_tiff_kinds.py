"""TIFFs of every kind have the right colours in the copy, the list and the viewer, or a reason of their own."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
import tifffile

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import SERVICE_FORMATS, ColourSpace, SampleKind
from topazdesk.domain.tiling import Tile
from topazdesk.errors import InputError
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.thumbnail import thumbnail
from topazdesk.media.tilecache import TileCache

COLOUR = (145, 169, 207)
WIDTH, HEIGHT = 120, 80


def plain(full: float, kind: str, channels: int = 3) -> Any:
    """A picture of COLOUR on the left and white at the right edge, in numbers from 0 to `full`."""
    picture = np.zeros((HEIGHT, WIDTH, 3))
    picture[:, :] = np.array(COLOUR) / 255
    picture[:, -10:] = 1
    picture[:5, -20:-10] = 0
    numbers = picture[..., :channels] * full
    return numbers.astype(kind) if kind.startswith("f") else np.minimum(np.rint(numbers), float(full)).astype(kind)


def seen(path: Path, folder: Path) -> list[tuple[int, ...]]:
    """The colour at (40, 40) in the copy that is sent, in the list, and in the viewer."""
    copy = pyvips.Image.new_from_file(str(prepare(probe(path), SERVICE_FORMATS, folder, "token").path))
    deep = 257 if copy.format == "ushort" else 1
    values = copy.getpoint(40, 40)
    sent = tuple(round(value / deep) for value in (values * 3 if copy.bands == 1 else values))
    listed = thumbnail(path, Size(WIDTH, HEIGHT)).pixel(40, 40)
    viewed = Pyramid.open(path, TileCache(folder / "cache")).tile(Tile(0, 0, 0)).pixel(40, 40)
    return [sent[:3], listed[:3], viewed[:3]]


def assert_colour(path: Path, folder: Path, tolerance: int = 1, colour: tuple[int, ...] = COLOUR) -> None:
    for found in seen(path, folder):
        assert max(abs(a - b) for a, b in zip(found, colour, strict=True)) <= tolerance, found


COMPRESSIONS = ["zstd", "lzma", "lerc", "png", "jpeg2000", "jpegxl", "webp", "lzw", "deflate", "packbits"]


@pytest.mark.parametrize("are_zeros", [False, True])
@pytest.mark.parametrize("rows", [16, HEIGHT])
@pytest.mark.parametrize("compression", [None, "lzw", "deflate"])
def test_strips_of_which_nobody_says_how_long_they_are(
    tmp_path: Path, compression: str | None, rows: int, are_zeros: bool
) -> None:
    """Scans of the nineties leave the numbers out or write zeros: decoders work them out, and these were called damaged."""
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, plain(255, "u1"), photometric="rgb", compression=compression, rowsperstrip=rows)
    data = bytearray(path.read_bytes())
    (place,) = struct.unpack_from("<I", data, 4)
    for number in range(struct.unpack_from("<H", data, place)[0]):
        entry = place + 2 + 12 * number
        tag, kind, count = struct.unpack_from("<HHI", data, entry)
        if tag == 279 and are_zeros:
            size = count * (2 if kind == 3 else 4)
            at = entry + 8 if size <= 4 else struct.unpack_from("<I", data, entry + 8)[0]
            data[at : at + size] = bytes(size)
        elif tag == 279:
            struct.pack_into("<H", data, entry, 65_279)
    path.write_bytes(data)
    assert_colour(path, tmp_path)
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(InputError):
        prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")


@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_tiles_of_separate_planes(tmp_path: Path, kind: str) -> None:
    """libvips does not read them: they were called damaged, after their price had been said."""
    path = tmp_path / "a.tif"
    planes = np.ascontiguousarray(np.moveaxis(plain(255 if kind == "u1" else 65_535, kind), -1, 0))
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate", tile=(16, 16))
    assert_colour(path, tmp_path)


@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_compression(tmp_path: Path, compression: str, tile: tuple[int, int] | None) -> None:
    """Zstandard was black: shown, stored for the whole desktop, sent and paid for."""
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, plain(255, "u1"), photometric="rgb", compression=compression, tile=tile)
    assert_colour(path, tmp_path, 4 if compression in ("webp", "jpegxl") else 1)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 7, 10, 12, 14, 15])
def test_odd_numbers_of_bits(tmp_path: Path, bits: int) -> None:
    """They were called damaged."""
    path = tmp_path / "a.tif"
    full = 2**bits - 1
    tifffile.imwrite(path, plain(full, "u1" if bits <= 8 else "u2"), photometric="rgb", bitspersample=bits)
    rounded = tuple(round(round(value / 255 * full) / full * 255) for value in COLOUR)
    assert_colour(path, tmp_path, 1, rounded)


RANGES = [
    ("f4", 255.0, SampleKind.FLOAT),
    ("f4", 65_535.0, SampleKind.FLOAT),
    ("f8", 255.0, SampleKind.FLOAT),
    ("i1", 127, SampleKind.SIGNED),
    ("i2", 32_767, SampleKind.SIGNED),
    ("i4", 2**31 - 1, SampleKind.SIGNED),
    ("u4", 2**32 - 1, SampleKind.WIDE),
    ("u8", 2**64 - 2048, SampleKind.WIDE),
    ("u4", 4_000, SampleKind.WIDE),  # a measurement fills a part of its range: the numbers themselves say which
    ("i2", 900, SampleKind.SIGNED),
]


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize(("kind", "full", "samples"), RANGES)
def test_numbers_without_a_fixed_range(
    tmp_path: Path, kind: str, full: float, samples: SampleKind, planar: str
) -> None:
    path = tmp_path / "a.tif"
    numbers = plain(full, kind)
    if planar == "separate":
        numbers = np.moveaxis(numbers, -1, 0).copy()
    tifffile.imwrite(path, numbers, photometric="rgb", planarconfig=planar)
    assert probe(path).samples is samples
    assert_colour(path, tmp_path, 2 if kind == "i1" else 1)


def test_the_range_that_the_file_states(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    numbers = plain(2_000, "u4")[:, :-20]  # neither black nor white is in it
    tifffile.imwrite(
        path, numbers, photometric="rgb", extratags=[(340, 4, 3, (0, 0, 0), True), (341, 4, 3, (2_000,) * 3, True)]
    )
    assert_colour(path, tmp_path)


def test_floats_from_0_to_1_are_linear_light(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    encoded = plain(1, "f8")
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype("f4")
    tifffile.imwrite(path, light, photometric="rgb")
    assert_colour(path, tmp_path)


@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize(("meaning", "has_alpha"), [(0, False), (1, True), (2, True)])
def test_only_what_the_file_calls_transparency_is(tmp_path: Path, kind: str, meaning: int, has_alpha: bool) -> None:
    """The infrared channel of a scan was taken for transparency and laid on white."""
    full = 255 if kind == "u1" else 65_535
    more = np.full((HEIGHT, WIDTH, 1), full // 3, kind)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.concatenate([plain(full, kind), more], -1), photometric="rgb", extrasamples=[meaning])
    info = probe(path)
    assert (info.has_alpha, info.extra_bands, info.bands) == (has_alpha, int(not has_alpha), 3 + has_alpha)
    if not has_alpha:
        assert_colour(path, tmp_path)


@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize("meaning", [1, 2])
def test_the_transparency_of_inks(tmp_path: Path, kind: str, meaning: int) -> None:
    """It was left out as a saved selection, and what lies under it was sent."""
    full, half = (255, 128) if kind == "u1" else (65_535, 32_896)
    inks = np.empty((HEIGHT, WIDTH, 4), kind)
    inks[:] = np.rint(np.array([0.6, 0.2, 0.4, 0.1]) * full)
    tifffile.imwrite(tmp_path / "opaque.tif", inks, photometric="separated")
    opaque = seen(tmp_path / "opaque.tif", tmp_path)[0]
    alpha = np.full((HEIGHT, WIDTH, 1), half, kind)
    path = tmp_path / "a.tif"
    stored = inks // 2 if meaning == 1 else inks
    tifffile.imwrite(path, np.concatenate([stored, alpha], -1), photometric="separated", extrasamples=[meaning])
    info = probe(path)
    assert (info.has_alpha, info.extra_bands, info.space) == (True, 0, ColourSpace.CMYK)
    on_white = tuple(round((value + 255) / 2) for value in opaque)
    sent = seen(path, tmp_path)[0]
    assert max(abs(a - b) for a, b in zip(sent, on_white, strict=True)) <= 2
    assert thumbnail(path, Size(WIDTH, HEIGHT)).pixel(40, 40)[3] == 128


def test_the_transparency_behind_another_channel(tmp_path: Path) -> None:
    more = np.stack([np.full((HEIGHT, WIDTH), 9, np.uint8), np.full((HEIGHT, WIDTH), 255, np.uint8)], -1)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.concatenate([plain(255, "u1"), more], -1), photometric="rgb", extrasamples=[0, 2])
    info = probe(path)
    assert (info.has_alpha, info.extra_bands) == (True, 1)
    assert_colour(path, tmp_path)


#: sRGB's linear light as XYZ under the whites of print and of screens (D50 by Bradford, D65; IEC 61966-2-1, ICC.1).
XYZ_OF_RGB = {
    "D50": ((0.4360747, 0.3850649, 0.1430804), (0.2225045, 0.7168786, 0.0606169), (0.0139322, 0.0971045, 0.7141733)),
    "D65": ((0.4123908, 0.3575843, 0.1804808), (0.2126390, 0.7151687, 0.0721923), (0.0193308, 0.1191948, 0.9505322)),
}


def lab_of(colour: tuple[int, ...], white: str) -> tuple[float, float, float]:
    """CIE L*a*b* of an sRGB colour (ISO 11664-4)."""
    shares = np.array(colour) / 255
    light = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    matrix = np.array(XYZ_OF_RGB[white])
    share = matrix @ light / matrix.sum(axis=1)
    x, y, z = np.where(share > 216 / 24_389, np.cbrt(share), (24_389 / 27 * share + 16) / 116)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("photometric", ["cielab", "icclab"])
@pytest.mark.parametrize("white", ["D50", "D65"])
def test_lab(tmp_path: Path, photometric: str, deep: bool, white: str) -> None:
    """8 bits were called damaged, Adobe's kind was shown in other colours, and all under the white of screens.

    Without a word in the file the white is that of print; ImageMagick writes its own, that of screens, into the file.
    """
    light, a, b = lab_of(COLOUR, white)
    steps = 256 if deep else 1
    if photometric == "cielab":
        full = 65_535 if deep else 255
        numbers = [round(light / 100 * full), round(a * steps), round(b * steps)]
    else:
        full = 65_280 if deep else 255
        numbers = [round(light / 100 * full), round((a + 128) * steps), round((b + 128) * steps)]
    dtype = np.uint16 if deep else np.uint8
    value = np.array(numbers).astype(np.int64).astype(dtype)
    picture = np.broadcast_to(value, (HEIGHT, WIDTH, 3)).copy()
    picture[:, -10:, 0] = full
    path = tmp_path / "a.tif"
    stated = [(318, 5, 2, (3_127, 10_000, 3_290, 10_000), True)] if white == "D65" else []
    tifffile.imwrite(path, picture, photometric=photometric, extratags=stated)
    assert_colour(path, tmp_path, 1 if deep else 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_without_a_word_about_the_colours(tmp_path: Path, channels: int) -> None:
    """A file without the field Photometric was called damaged."""
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, plain(255, "u1", channels).squeeze(), photometric="rgb" if channels == 3 else "minisblack")
    data = bytearray(path.read_bytes())
    place = data.index(struct.pack("<HH", 262, 3))
    data[place : place + 2] = struct.pack("<H", 263)
    path.write_bytes(data)
    assert_colour(path, tmp_path, 1, COLOUR if channels == 3 else (COLOUR[0],) * 3)


def test_white_is_zero(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, 4_095 - plain(4_095, "u2", 1)[..., 0], photometric="miniswhite", bitspersample=12)
    assert_colour(path, tmp_path, 1, (COLOUR[0],) * 3)


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_what_the_second_reader_reads_is_turned_too(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "a.tif"
    picture = plain(4_095, "u2")
    tifffile.imwrite(path, picture, photometric="rgb", bitspersample=12, extratags=[(274, 3, 1, orientation, True)])
    info = probe(path)
    assert info.size == (Size(HEIGHT, WIDTH) if orientation == 6 else Size(WIDTH, HEIGHT))
    copy = pyvips.Image.new_from_file(str(prepare(info, SERVICE_FORMATS, tmp_path, "token").path))
    assert Size(copy.width, copy.height) == info.size
    white = {1: (WIDTH - 1, 40), 3: (0, 40), 6: (40, WIDTH - 1)}[orientation]
    assert copy.getpoint(*white) == [65_535] * 3


UNSUPPORTED: list[tuple[str, dict[str, Any]]] = [
    ("sensor", {"photometric": "cfa"}),
    ("LogL", {"photometric": 32_844}),
]


@pytest.mark.parametrize(("what", "kind"), UNSUPPORTED)
def test_what_no_reader_knows_is_named_and_not_called_damaged(tmp_path: Path, what: str, kind: dict[str, Any]) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, plain(65_535, "u2", 1)[..., 0], photometric="minisblack")
    data = bytearray(path.read_bytes())
    number = {"cfa": 32_803}.get(kind["photometric"], kind["photometric"])
    place = data.index(struct.pack("<HH", 262, 3))
    data[place + 8 : place + 10] = struct.pack("<H", number)
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        probe(path)
    assert caught.value.code == "input.unsupported"
    assert what in caught.value.hint


def test_a_compression_that_no_reader_knows(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, plain(255, "u1"), photometric="rgb")
    data = bytearray(path.read_bytes())
    place = data.index(struct.pack("<HH", 259, 3))
    for number, tiles in ((40_000, False), (6, True)):
        data[place + 8 : place + 10] = struct.pack("<H", number)
        if tiles:  # old-style JPEG in tiles came out white
            place = data.index(struct.pack("<H", 278), place)
            data[place : place + 2] = struct.pack("<H", 322)
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            probe(path)
        assert caught.value.code == "input.unsupported"
