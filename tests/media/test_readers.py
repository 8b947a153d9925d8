"""Formats that libvips has no reader for: the right colours in the copy and in the list, and faults that are told."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import pyvips
from PIL import Image, ImageCms

from topazdesk.domain.alterations import alterations
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import SERVICE_FORMATS, Companion, FileFormat
from topazdesk.errors import InputError
from topazdesk.media.collect_files import collect
from topazdesk.media.decoding import upright
from topazdesk.media.metadata import source as originals
from topazdesk.media.opening import opened
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.thumbnail import thumbnail

COLOUR = (145, 169, 207)
WIDTH, HEIGHT = 60, 40


def picture(full: int = 255) -> Any:
    """COLOUR, white at the right edge and black in a corner."""
    made = np.zeros((HEIGHT, WIDTH, 3))
    made[:, :] = COLOUR
    made[:, -10:] = 255
    made[:5, -20:-10] = 0
    return np.rint(made / 255 * full).astype(np.uint16 if full > 255 else np.uint8)


def light() -> Any:
    """The picture as linear light, as imagecodecs declares JPEG XL of 16 bits."""
    encoded = picture(65_535) / 65_535
    return np.rint(np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4) * 65_535).astype(
        np.uint16
    )


def image() -> Image.Image:
    return Image.fromarray(picture())


def by_pillow(kind: str, of: Image.Image | None = None, **options: Any) -> bytes:
    stream = io.BytesIO()
    (of or image()).save(stream, kind, **options)
    return stream.getvalue()


def assert_colour(path: Path, tolerance: int = 1, colour: tuple[int, ...] = COLOUR) -> None:
    sent = pyvips.Image.new_from_file(str(prepare(probe(path), SERVICE_FORMATS, path.parent, "token").path))
    deep = 257 if sent.format == "ushort" else 1
    values = [value / deep for value in sent.getpoint(20, 20)]
    for found in (values * 3 if sent.bands == 1 else values, thumbnail(path, Size(WIDTH, HEIGHT)).pixel(20, 20)):
        assert max(abs(a - b) for a, b in zip(found, colour, strict=False)) <= tolerance, found
    white = [value / deep for value in sent.getpoint(WIDTH - 2, 30)]
    assert min(white) >= 255 - tolerance


def heic(pixels: Any, mode: str, **options: Any) -> bytes:
    height, width = pixels.shape[:2]
    stream = io.BytesIO()
    pillow_heif.from_bytes(mode, (width, height), pixels.tobytes()).save(stream, quality=-1, chroma=444, **options)
    return stream.getvalue()


def psd(
    pixels: Any,
    *,
    packed: bool,
    layers: int = 0,
    extra: int | None = None,
    mode: int = 3,
    flat: bool = True,
    palette: bytes = b"",
) -> bytes:
    """A Photoshop file as the specification describes it, with nothing but what must be there."""
    planes = list(np.moveaxis(pixels, -1, 0))
    if extra is not None:
        planes.append(np.full(pixels.shape[:2], extra, pixels.dtype))
    wide = pixels.dtype.itemsize
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, len(planes), HEIGHT, WIDTH, wide * 8, mode)
    version = struct.pack(">IB", 1, flat) + bytes(12)
    resources = b"8BIM" + struct.pack(">HHI", 1057, 0, len(version)) + version + bytes(len(version) % 2)
    info = struct.pack(">h", layers) if layers else b""
    section = struct.pack(">I", len(info)) + info if info else b""
    data = [plane.astype(f">u{wide}").tobytes() for plane in planes]
    if packed:
        rows = [
            imagecodecs.packbits_encode(part[n : n + WIDTH * wide])
            for part in data
            for n in range(0, len(part), WIDTH * wide)
        ]
        body = struct.pack(">H", 1) + b"".join(struct.pack(">H", len(row)) for row in rows) + b"".join(rows)
    else:
        body = struct.pack(">H", 0) + b"".join(data)
    return (
        head
        + struct.pack(">I", len(palette))
        + palette
        + struct.pack(">I", len(resources))
        + resources
        + struct.pack(">I", len(section))
        + section
        + body
    )


def lab_psd(*, deep: bool) -> bytes:
    """A Photoshop file in Lab, as LittleCMS makes it of the picture: under the white of print."""
    lab = vips_image(picture()).icc_import(input_profile="srgb", pcs="lab").numpy()
    scale = np.array([65_535 / 100, 256, 256] if deep else [2.55, 1, 1])
    numbers = (lab + np.array([0, 128, 128])) * scale
    return psd(
        np.rint(numbers.clip(0, 65_535 if deep else 255)).astype(np.uint16 if deep else np.uint8), packed=True, mode=9
    )


def vips_image(pixels: Any) -> pyvips.Image:
    return pyvips.Image.new_from_array(np.ascontiguousarray(pixels), interpretation="srgb")


def palette_psd() -> bytes:
    few = image().quantize(4)
    colours = np.zeros((256, 3), np.uint8)
    found = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
    colours[: len(found)] = found
    return psd(np.asarray(few)[..., np.newaxis], packed=True, mode=2, palette=colours.T.tobytes())


def bmp(bits: int, masks: tuple[int, ...], *, upside_down: bool = True) -> bytes:
    numbers = np.zeros((HEIGHT, WIDTH), np.uint32)
    for channel, mask in enumerate(masks[:3]):
        shift = (mask & -mask).bit_length() - 1
        numbers |= np.rint(picture()[..., channel] / 255 * (mask >> shift)).astype(np.uint32) << shift
    if len(masks) > 3 and masks[3]:
        numbers |= np.uint32(masks[3])
    rows = (numbers[::-1] if upside_down else numbers).astype(f"<u{bits // 8}")
    offset = 14 + 108
    data = rows.tobytes()
    head = struct.pack(
        "<IiiHHIIiiII", 108, WIDTH, HEIGHT if upside_down else -HEIGHT, 1, bits, 3, len(data), 0, 0, 0, 0
    )
    more = struct.pack("<4I", *(*masks, 0)[:4])
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + (head + more).ljust(108, b"\0") + data


FILES: list[tuple[str, FileFormat, Callable[[], bytes], int]] = [
    ("a.tga", FileFormat.TGA, lambda: by_pillow("TGA"), 0),
    ("packed.tga", FileFormat.TGA, lambda: by_pillow("TGA", compression="tga_rle"), 0),
    ("a.ppm", FileFormat.PNM, lambda: by_pillow("PPM"), 0),
    ("deep.ppm", FileFormat.PNM, lambda: b"P6 # scanned\n60 40\n65535\n" + picture(65_535).astype(">u2").tobytes(), 0),
    ("ten.ppm", FileFormat.PNM, lambda: b"P6\n60 40 1023\n" + picture(1_023).astype(">u2").tobytes(), 1),
    ("text.ppm", FileFormat.PNM, lambda: b"P3 60 40 255\n" + b" ".join(b"%d" % v for v in picture().flat), 0),
    ("a.jp2", FileFormat.JP2, lambda: by_pillow("JPEG2000"), 1),
    ("a.j2k", FileFormat.JP2, lambda: imagecodecs.jpeg2k_encode(picture(), codecformat="j2k", reversible=True), 0),
    ("deep.jp2", FileFormat.JP2, lambda: imagecodecs.jpeg2k_encode(picture(65_535), reversible=True), 0),
    ("a.jxl", FileFormat.JXL, lambda: imagecodecs.jpegxl_encode(picture(), lossless=True), 0),
    ("deep.jxl", FileFormat.JXL, lambda: imagecodecs.jpegxl_encode(light(), lossless=True), 0),
    ("lossy.jxl", FileFormat.JXL, lambda: imagecodecs.jpegxl_encode(picture(), distance=0.5), 4),
    ("a.psd", FileFormat.PSD, lambda: psd(picture(), packed=False), 0),
    ("packed.psd", FileFormat.PSD, lambda: psd(picture(), packed=True), 0),
    ("deep.psd", FileFormat.PSD, lambda: psd(picture(65_535), packed=True), 0),
    ("selection.psd", FileFormat.PSD, lambda: psd(picture(), packed=True, extra=90), 0),
    ("flat selection.psd", FileFormat.PSD, lambda: psd(picture(), packed=False, extra=90), 0),
    ("lab.psd", FileFormat.PSD, lambda: lab_psd(deep=False), 3),
    ("deep lab.psd", FileFormat.PSD, lambda: lab_psd(deep=True), 1),
    ("palette.psd", FileFormat.PSD, palette_psd, 1),
    ("565.bmp", FileFormat.BMP, lambda: bmp(16, (0xF800, 0x07E0, 0x001F)), 5),
    ("bgra.bmp", FileFormat.BMP, lambda: bmp(32, (0xFF, 0xFF00, 0xFF0000)), 0),
    ("ten.bmp", FileFormat.BMP, lambda: bmp(32, (0x3FF00000, 0xFFC00, 0x3FF)), 1),
    ("down.bmp", FileFormat.BMP, lambda: bmp(32, (0xFF0000, 0xFF00, 0xFF), upside_down=False), 0),
    ("palette.bmp", FileFormat.BMP, lambda: by_pillow("BMP", image().quantize(4)), 1),
    ("a.heic", FileFormat.HEIC, lambda: heic(picture(), "RGB"), 2),
    ("deep.hif", FileFormat.HEIC, lambda: heic(picture(65_535), "RGB;16"), 2),
    ("burst.mpo", FileFormat.JPEG, lambda: by_pillow("MPO", save_all=True, append_images=[image()], quality=98), 2),
    ("moving.avif", FileFormat.AVIF, lambda: by_pillow("AVIF", save_all=True, append_images=[image().rotate(180)], quality=98), 3),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "make", "tolerance"), FILES, ids=[each[0] for each in FILES])
def test_the_right_colours(
    tmp_path: Path, name: str, kind: FileFormat, make: Callable[[], bytes], tolerance: int
) -> None:
    path = tmp_path / name
    path.write_bytes(make())
    info = probe(path)
    assert (info.format, info.size, info.has_alpha) == (kind, Size(WIDTH, HEIGHT), False)
    assert_colour(path, tolerance)
    assert info.bits == pyvips_bits(path, info.bits)
    assert collect([tmp_path]).files[0].suffix == path.suffix or path in collect([tmp_path]).files


def pyvips_bits(path: Path, told: int) -> int:
    """Pictures of more than 8 bits are sent with 16."""
    sent = next(path.parent.glob("token*"), path)
    deep = pyvips.Image.new_from_file(str(sent)).format == "ushort"
    assert deep is (told > 8)
    return told


@pytest.mark.parametrize("mode", ["L", "LA", "L;16", "RGBA", "RGBA;16"])
def test_heic_of_every_kind(tmp_path: Path, mode: str) -> None:
    """Grey ones were called damaged, and those of 10 bits came with 8."""
    deep = mode.endswith(";16")
    pixels = picture(65_535 if deep else 255)
    if mode.startswith("L"):
        pixels = pixels[..., :1]
    if "A" in mode:
        pixels = np.concatenate([pixels, np.full((HEIGHT, WIDTH, 1), 65_535 if deep else 255, pixels.dtype)], -1)
    path = tmp_path / "a.heic"
    path.write_bytes(heic(pixels, mode))
    info = probe(path)
    assert (info.bits, info.has_alpha) == (10 if deep else 8, "A" in mode)
    assert_colour(path, 3, (COLOUR[0],) * 3 if mode.startswith("L") else COLOUR)


@pytest.mark.parametrize("place", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("count", [4, 400])
@pytest.mark.parametrize("lost", [False, True])
def test_a_heic_with_a_hole_is_damaged(tmp_path: Path, place: float, count: int, lost: bool) -> None:
    """Its decoder covers up what is missing with flat areas, and says nothing."""
    noise = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    whole = heic(noise, "RGB")
    path = tmp_path / "a.heic"
    path.write_bytes(whole)
    probe(path)
    prepare(probe(path), SERVICE_FORMATS, tmp_path, "whole")
    start = int(len(whole) * place)
    path.write_bytes(whole[:start] + (b"" if lost else bytes(count)) + whole[start + count :])
    with pytest.raises(InputError) as caught:
        prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")
    assert caught.value.code in ("input.damaged", "input.cut_off")


def test_transparency_is_what_the_file_calls_so(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (WIDTH, HEIGHT), (*COLOUR, 255))
    clear.putpixel((0, 0), (0, 0, 0, 0))
    for name, data in {
        "a.tga": by_pillow("TGA", clear),
        "a.jp2": by_pillow("JPEG2000", clear),
        "a.jxl": imagecodecs.jpegxl_encode(np.asarray(clear), lossless=True),
        "a.psd": psd(picture(), packed=True, extra=255, layers=-1),
        "a.bmp": bmp(32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
    }.items():
        path = tmp_path / name
        path.write_bytes(data)
        assert probe(path).has_alpha, name
    path = tmp_path / "selection.psd"
    path.write_bytes(psd(picture(), packed=True, extra=255, layers=1))
    info = probe(path)
    assert (info.has_alpha, info.extra_bands) == (False, 1)


def test_the_profile_of_a_jpeg_2000_and_of_a_photoshop_file_goes_along(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "a.jp2"
    boxed = by_pillow("JPEG2000")
    place = boxed.index(b"colr") - 4
    old = int.from_bytes(boxed[place : place + 4], "big")
    box = struct.pack(">I4sBBB", 11 + len(profile), b"colr", 2, 0, 0) + profile
    outer = boxed.index(b"jp2h") - 4
    size = int.from_bytes(boxed[outer : outer + 4], "big") + len(box) - old
    path.write_bytes(boxed[:outer] + struct.pack(">I", size) + boxed[outer + 4 : place] + box + boxed[place + old :])
    assert probe(path).has_profile
    sent = pyvips.Image.new_from_file(str(prepare(probe(path), SERVICE_FORMATS, tmp_path, "token").path))
    assert sent.get("icc-profile-data") == profile


@pytest.mark.parametrize("deep", [False, True])
def test_the_transparency_of_a_photoshop_file_in_lab(tmp_path: Path, deep: bool) -> None:
    full = 65_535 if deep else 255
    numbers = np.full((HEIGHT, WIDTH, 3), (full + 1) // 2, np.uint16 if deep else np.uint8)
    path = tmp_path / "a.psd"
    path.write_bytes(psd(numbers, packed=True, mode=9, layers=-1, extra=full // 3))
    info = probe(path)
    assert (info.has_alpha, info.bands, info.bits) == (True, 4, 16 if deep else 8)
    with opened(path) as descriptor:
        values = upright(descriptor, info).getpoint(5, 5)
    grey = 119 * (257 if deep else 1)  # half of the lightness (IEC 61966-2-1)
    assert values[3] == full // 3
    assert max(abs(value - grey) for value in values[:3]) <= full / 250


UNSUPPORTED: list[tuple[str, Callable[[], bytes], str]] = [
    ("layers.psd", lambda: psd(picture(), packed=True, flat=False), "Maximize compatibility"),
    ("duotone.psd", lambda: psd(picture()[..., :1], packed=True, mode=8), "duotones"),
    ("float.psd", lambda: psd(picture().astype(np.uint32), packed=False), "32 bits"),
    ("profile.jxl", lambda: _with_a_profile(), "only a profile describes"),
]


def _with_a_profile() -> bytes:
    # 16 x 16 pixels, the rest of the header: more than the least, 8 bits, no further channels, a profile.
    bits = "1" + "10000" + "100" + "0" + "0" + "0" + "00" + "1" + "00" + "0" + "0" + "1" + "00"
    number = int(bits[::-1], 2)
    return b"\xff\x0a" + number.to_bytes(8, "little") + bytes(64)


@pytest.mark.parametrize(("name", "make", "word"), UNSUPPORTED, ids=[each[0] for each in UNSUPPORTED])
def test_what_cannot_be_read_right_is_named(tmp_path: Path, name: str, make: Callable[[], bytes], word: str) -> None:
    path = tmp_path / name
    path.write_bytes(make())
    with pytest.raises(InputError) as caught:
        probe(path)
    assert caught.value.code == "input.unsupported"
    assert word in caught.value.hint


#: What of these is cut off first does not belong to the picture.
_LONGER = ("burst.mpo", "flat selection.psd")


@pytest.mark.parametrize("name", [each[0] for each in FILES if each[0] not in _LONGER])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_what_is_cut_off_is_refused(tmp_path: Path, name: str, keep: float) -> None:
    make = next(each[2] for each in FILES if each[0] == name)
    path = tmp_path / name
    path.write_bytes(make())
    os.truncate(path, int(path.stat().st_size * keep))
    with pytest.raises(InputError):
        prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")


def test_a_letter_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("P5 is the name of a road.\n")
    with pytest.raises(InputError) as caught:
        probe(path)
    assert caught.value.code == "input.not_a_picture"


def test_a_photoshop_file_of_inks_says_that_they_are_converted(tmp_path: Path) -> None:
    """Its colours became sRGB without a word."""
    path = tmp_path / "inks.psd"
    path.write_bytes(psd(np.full((HEIGHT, WIDTH, 4), 200, np.uint8), packed=True, mode=4))
    told = [each.text for each in alterations(probe(path), SERVICE_FORMATS, keep_alpha=False)]
    assert told[0] == "CMYK converted to sRGB"


def test_further_frames_of_a_jpeg_xl_are_said_to_be_left_out(tmp_path: Path) -> None:
    """The first was taken without a word."""
    path = tmp_path / "a.jxl"
    path.write_bytes(imagecodecs.jpegxl_encode(np.stack([picture(), 255 - picture()]), photometric="rgb"))
    info = probe(path)
    assert info.beside == (Companion.FRAMES,)
    assert "further frames left out" in [each.text for each in alterations(info, SERVICE_FORMATS, keep_alpha=False)]
    assert originals.read(path, info.format).beside == (Companion.FRAMES,)
    assert_colour(path)


def test_inks_in_a_jpeg_2000_are_named(tmp_path: Path) -> None:
    """A profile for inks says so, too: its first three channels were taken for red, green and blue."""
    path = tmp_path / "a.jp2"
    profile = pyvips.Operation.call("profile_load", "cmyk")
    inks = np.concatenate([picture(), picture()[..., :1]], -1)
    data = bytearray(imagecodecs.jpeg2k_encode(inks, codecformat="jp2", reversible=True))
    place = data.index(b"colr") - 4
    box = struct.pack(">I4sBBB", 11 + len(profile), b"colr", 2, 0, 0) + profile
    length = int.from_bytes(data[place : place + 4], "big")
    whole = data.index(b"jp2h") - 4
    struct.pack_into(">I", data, whole, int.from_bytes(data[whole : whole + 4], "big") + len(box) - length)
    path.write_bytes(data[:place] + box + data[place + length :])
    with pytest.raises(InputError) as caught:
        probe(path)
    assert (caught.value.code, "CMYK" in caught.value.hint) == ("input.unsupported", True)


def test_the_transparency_of_inks_in_a_photoshop_file(tmp_path: Path) -> None:
    """It was left out as a saved selection."""
    inks = np.full((HEIGHT, WIDTH, 4), 200, np.uint8)
    for name, extra in (("opaque.psd", 255), ("half.psd", 128)):
        (tmp_path / name).write_bytes(psd(inks, packed=True, mode=4, layers=-1, extra=extra))
    colours = []
    for name in ("opaque.psd", "half.psd"):
        info = probe(tmp_path / name)
        assert (info.has_alpha, info.extra_bands) == (True, 0)
        sent = pyvips.Image.new_from_file(str(prepare(info, SERVICE_FORMATS, tmp_path, name).path))
        colours.append(sent.getpoint(20, 20))
    assert np.allclose(colours[1], (np.array(colours[0]) + 255) / 2, atol=1.5)


def jpeg_of_a_rare_kind(mark: int, bits: int, *, has_height: bool = True) -> bytes:
    """A JPEG whose frame has another mark or depth; what is in it is not looked at."""
    stream = io.BytesIO()
    Image.fromarray(picture()).save(stream, "JPEG")
    data = bytearray(stream.getvalue())
    place = data.index(b"\xff\xc0")
    data[place + 1], data[place + 4] = mark, bits
    if not has_height:
        data[place + 5 : place + 7] = b"\0\0"
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (lambda: imagecodecs.jpegls_encode(picture()), "JPEG-LS"),
        (lambda: imagecodecs.jpeg8_encode(picture().astype(np.uint16) * 16), "12 bits per channel"),
        (lambda: imagecodecs.ljpeg_encode(np.ascontiguousarray(picture()[..., 0])), "lossless coding"),
        (lambda: jpeg_of_a_rare_kind(0xC5, 8), "hierarchical coding"),
        (lambda: jpeg_of_a_rare_kind(0xC0, 8, has_height=False), "height behind its pixels"),
    ],
)
def test_a_sound_jpeg_of_a_rare_kind_is_not_called_damaged(
    tmp_path: Path, data: Callable[[], bytes], what: str
) -> None:
    """It was "damaged: copy it again from a backup", some of them only after the price had been said."""
    path = tmp_path / "a.jpg"
    path.write_bytes(data())
    with pytest.raises(InputError) as caught:
        probe(path)
    assert (caught.value.code, what in caught.value.hint) == ("input.unsupported", True)


def test_colours_that_are_multiplied_by_transparency_are_sent_as_they_look(tmp_path: Path) -> None:
    """They were laid on white as if they were not, and came out dark."""
    see_through = Image.fromarray(np.dstack([picture(), np.full((HEIGHT, WIDTH), 96, np.uint8)]))
    sent = []
    for is_multiplied in (False, True):
        path = tmp_path / f"{is_multiplied}.avif"
        see_through.save(path, quality=100, subsampling="4:4:4", alpha_premultiplied=is_multiplied)
        made = prepare(probe(path), {FileFormat.PNG}, tmp_path, f"sent {is_multiplied}")
        with Image.open(made.path) as copy:
            sent.append(np.asarray(copy.convert("RGB")).astype(int))
    right = np.asarray(picture()).astype(int) * 96 / 255 + 255 * (1 - 96 / 255)
    assert np.abs(sent[0] - right).mean() < 3
    assert np.abs(sent[1] - right).mean() < 3


def test_a_bitmap_whose_channel_for_transparency_was_never_filled_in_is_not_empty(tmp_path: Path) -> None:
    """Many programs leave the fourth byte at 0; a white sheet was sent."""
    data = bytearray(bmp(32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)))
    start = int.from_bytes(data[10:14], "little")
    data[start + 3 :: 4] = bytes(len(data[start + 3 :: 4]))
    path = tmp_path / "a.bmp"
    path.write_bytes(data)
    made = prepare(probe(path), {FileFormat.PNG}, tmp_path, "sent")
    with Image.open(made.path) as copy:
        assert np.array_equal(np.asarray(copy.convert("RGB")), picture())
