"""Thumbnails: right way up, right colours, the shortest way."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import pyvips

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.tiling import Tile
from topazdesk.errors import InputError
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.raster import PixelFormat, Raster
from topazdesk.media.thumbnail import coarse, thumbnail
from topazdesk.media.tilecache import TileCache

BOX = Size(128, 128)


def patch(colour: list[int]) -> pyvips.Image:
    """64 × 64 pixels of one colour, not yet of any depth."""
    return pyvips.Image.black(64, 64, bands=len(colour)).linear(1, colour)


def near(raster: Raster, x: float, y: float, colour: tuple[int, ...], by: int = 6) -> bool:
    """Whether the pixel at a place (parts of the picture) has nearly that colour."""
    pixel = raster.pixel(int(x * (raster.width - 1)), int(y * (raster.height - 1)))
    return all(abs(a - b) <= by for a, b in zip(pixel, colour, strict=False))


def quarters(width: int = 400, height: int = 200) -> pyvips.Image:
    """Red, green, blue, white: top left, top right, bottom left, bottom right."""
    grid = pyvips.Image.xyz(width, height)
    right, low = grid[0] >= width // 2, grid[1] >= height // 2
    bands = [
        low.ifthenelse(right.ifthenelse(255, 0), right.ifthenelse(0, 255)),
        low.ifthenelse(right.ifthenelse(255, 0), right.ifthenelse(255, 0)),
        low.ifthenelse(255, 0),
    ]
    return bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")


@pytest.mark.parametrize("kind", [FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF, FileFormat.WEBP, FileFormat.BMP])
def test_every_format_fits_the_box_and_is_not_enlarged(tmp_path: Path, kind: FileFormat) -> None:
    path = tmp_path / f"picture{kind.suffix}"
    if kind is FileFormat.BMP:
        from PIL import Image

        Image.new("RGB", (320, 240), (10, 200, 30)).save(path)
    else:
        path.write_bytes(pictures.encode(kind, 320, 240))
    assert thumbnail(path, BOX).size == Size(128, 96)
    assert thumbnail(path, Size(1000, 1000)).size == Size(320, 240)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_orientations_come_out_upright(tmp_path: Path, orientation: int) -> None:
    upright = quarters()
    stored = {
        1: upright,
        2: upright.fliphor(),
        3: upright.rot180(),
        4: upright.flipver(),
        5: upright.rot90().fliphor(),
        6: upright.rot270(),
        7: upright.rot270().fliphor(),
        8: upright.rot90(),
    }[orientation].copy()
    stored.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    path = tmp_path / "turned.png"
    stored.write_to_file(str(path))
    raster = thumbnail(path, BOX)
    assert raster.size == Size(128, 64)
    assert near(raster, 0.1, 0.1, (255, 0, 0))
    assert near(raster, 0.9, 0.1, (0, 255, 0))
    assert near(raster, 0.1, 0.9, (0, 0, 255))
    assert near(raster, 0.9, 0.9, (255, 255, 255))


def test_an_embedded_profile_is_honoured(tmp_path: Path) -> None:
    """Pure Display P3 green lies outside sRGB; read without its profile, (60, 200, 60) would come out as it is stored."""
    path = tmp_path / "wide.png"
    plain = patch([60, 200, 60]).cast("uchar").copy(interpretation="srgb")
    plain.icc_transform("p3", input_profile="srgb").write_to_file(str(path))
    stored = pyvips.Image.new_from_file(str(path)).getpoint(32, 32)
    assert abs(stored[0] - 60) > 10
    assert near(thumbnail(path, BOX), 0.5, 0.5, (60, 200, 60), by=2)


def test_sixteen_bits_are_scaled_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "deep.tif"
    deep = patch([65_535, 32_896, 257]).cast("ushort").copy(interpretation="rgb16")
    deep.write_to_file(str(path))
    assert near(thumbnail(path, BOX), 0.5, 0.5, (255, 128, 1), by=1)


def test_grey_and_cmyk_become_rgb(tmp_path: Path) -> None:
    for name, options in {"grey": {"grey": True}, "cmyk": {"cmyk": True}}.items():
        path = tmp_path / f"{name}.jpg"
        path.write_bytes(pictures.encode(FileFormat.JPEG, **options))  # type: ignore[arg-type]
        assert thumbnail(path, BOX).format is PixelFormat.RGB


def test_alpha_is_kept_and_colour_not_multiplied(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    half = patch([200, 100, 50, 128]).cast("uchar").copy(interpretation="srgb")
    half.write_to_file(str(path))
    raster = thumbnail(path, BOX)
    assert raster.format is PixelFormat.RGBA
    assert near(raster, 0.5, 0.5, (200, 100, 50, 128), by=1)


def with_preview(path: Path, picture: bytes, preview: bytes) -> None:
    """A JPEG whose EXIF block holds `preview`."""
    start = 8 + 6 + 2 + 3 * 12 + 4
    block = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<HI", 0, 14) + struct.pack("<H", 3)
    block += struct.pack("<HHII", 0x0103, 3, 1, 6)
    block += struct.pack("<HHII", 0x0201, 4, 1, start)
    block += struct.pack("<HHII", 0x0202, 4, 1, len(preview)) + struct.pack("<I", 0) + preview
    exif = b"Exif\0\0" + block
    path.write_bytes(picture[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + picture[2:])


def solid(width: int, height: int, colour: list[int]) -> bytes:
    image = (pyvips.Image.black(width, height, bands=3) + colour).cast("uchar").copy(interpretation="srgb")
    data: bytes = image.jpegsave_buffer(keep="none")
    return data


@pytest.mark.parametrize("preview", [(160, 120), (160, 107), None])
def test_a_preview_in_the_file_is_not_taken_for_the_picture(tmp_path: Path, preview: tuple[int, int] | None) -> None:
    """Edited pictures keep the preview of what they were: the list showed another picture than was sent."""
    path = tmp_path / "camera.jpg"
    old = solid(*preview, [0, 0, 250]) if preview else b"\xff\xd8 nothing more"
    with_preview(path, solid(1600, 1200, [250, 0, 0]), old)
    for box in (Size(64, 64), Size(132, 88), Size(400, 400)):
        assert near(thumbnail(path, box), 0.5, 0.5, (250, 0, 0))


def test_coarse_knows_the_size_of_the_file_and_takes_short_ways_only(tmp_path: Path) -> None:
    jpeg, png = tmp_path / "a.jpg", tmp_path / "a.png"
    jpeg.write_bytes(pictures.encode(FileFormat.JPEG, 640, 480, orientation=6))
    png.write_bytes(pictures.encode(FileFormat.PNG, 640, 480))
    first = coarse(jpeg, BOX)
    assert first is not None
    assert first.grid.pixels == Size(480, 640)
    assert first.raster.size == Size(96, 128)
    assert coarse(png, BOX) is None


def test_what_is_no_picture_is_refused_with_a_sentence(tmp_path: Path) -> None:
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear all, this is not a picture. " * 20)
    missing = tmp_path / "gone.png"
    for path in (letter, missing):
        with pytest.raises(InputError) as caught:
            thumbnail(path, BOX)
        assert caught.value.title
        assert caught.value.hint


def test_names_with_brackets_and_line_breaks_are_just_names(tmp_path: Path) -> None:
    for name in ("scan[page=2].jpg", pictures.NEWLINE_NAME, pictures.NON_UTF8_NAME):
        path = tmp_path / name
        path.write_bytes(pictures.encode(FileFormat.JPEG))
        assert thumbnail(path, BOX).size == Size(128, 96)


@pytest.mark.parametrize(("depth", "white"), [("char", 127), ("short", 32_767), ("int", 2_147_483_647)])
@pytest.mark.parametrize("bands", [1, 3])
def test_whole_numbers_with_a_sign_keep_their_brightness(tmp_path: Path, depth: str, white: int, bands: int) -> None:
    """They were shown at half of it, or as white: libvips takes them for numbers without a sign."""
    path = tmp_path / "signed.tif"
    plane = pyvips.Image.black(100, 80, bands=bands).linear([1], [white * 0.8] * bands).cast(depth)
    plane.copy(interpretation="b-w" if bands == 1 else "srgb").tiffsave(str(path))
    raster = thumbnail(path, Size(50, 40))
    assert all(abs(value - 204) <= 1 for value in raster.pixel(25, 20))
    tile = Pyramid.open(path, TileCache(tmp_path / "cache")).tile(Tile(0, 0, 0))
    assert all(abs(value - 204) <= 1 for value in tile.pixel(25, 20))
