"""Colours that a file declares without a profile, and profiles that are faulty: shown and sent with the right values."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import exiv2
import imagecodecs
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from topazdesk.domain.alterations import alterations
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import SERVICE_FORMATS, DeclaredColour, FileFormat, ProfileFault
from topazdesk.media import icc
from topazdesk.media.decoding import upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.raster import to_display
from topazdesk.media.thumbnail import thumbnail

_SIZE = (64, 48)


def shown(path: Path) -> tuple[int, ...]:
    """The middle of the picture as the viewer shows it."""
    with opened(path) as descriptor:
        image = to_display(upright(descriptor, probe(path)))
        return tuple(round(value) for value in image(image.width // 2, image.height // 2))


def in_the_list(path: Path) -> tuple[int, ...]:
    raster = thumbnail(path, Size(32, 32))
    return raster.pixel(raster.width // 2, raster.height // 2)


def of_copy(path: Path, folder: Path) -> tuple[int, ...]:
    """The middle of what is sent, as another program with colour management shows it (LittleCMS through Pillow)."""
    sent = prepare(probe(path), SERVICE_FORMATS, folder, "token")
    with Image.open(sent.path) as picture:
        profile = picture.info.get("icc_profile")
        assert profile, "the copy has no profile"
        rgb: Any = picture.convert("RGB")
        target = ImageCms.createProfile("sRGB")
        made: Any = ImageCms.profileToProfile(rgb, ImageCms.ImageCmsProfile(io.BytesIO(profile)), target, 1)
        pixel: tuple[int, ...] = made.getpixel((rgb.width // 2, rgb.height // 2))
        return pixel


def is_near(one: tuple[int, ...], other: tuple[int, ...], most: int = 2) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def said(path: Path) -> list[str]:
    return [each.text for each in alterations(probe(path), SERVICE_FORMATS, keep_alpha=True)]


def exif(space: int, index: bytes) -> bytes:
    """An EXIF segment with a colour space and an interoperability index."""
    first, second = 8, 8 + 2 + 12 + 4
    third = second + 2 + 24 + 4
    block = b"II*\0" + struct.pack("<I", first)
    block += struct.pack("<HHHII", 1, 0x8769, 4, 1, second) + bytes(4)
    block += struct.pack("<HHHIHHHHII", 2, 0xA001, 3, 1, space, 0, 0xA005, 4, 1, third) + bytes(4)
    block += struct.pack("<HHHI4s", 1, 1, 2, 4, index + b"\0") + bytes(4)
    body = b"Exif\0\0" + block
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def jpeg(colour: tuple[int, int, int], extra: bytes = b"", **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", _SIZE, colour).save(stream, "JPEG", quality=100, subsampling=0, **options)
    data = stream.getvalue()
    return data[:2] + extra + data[2:]


def png(colour: Any, *chunks: tuple[bytes, bytes], mode: str = "RGB", **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, _SIZE, colour).save(stream, "PNG", **options)
    data = stream.getvalue()
    added = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return data[:33] + added + data[33:]


def test_adobe_rgb_that_only_exif_declares(tmp_path: Path) -> None:
    """It was shown and sent as sRGB: pale greens."""
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg((100, 200, 60), exif(65_535, b"R03")))
    assert probe(path).colour is DeclaredColour.ADOBE_RGB
    # Adobe RGB 100, 200, 60 is out of sRGB's range in red.
    assert is_near(shown(path), (0, 201, 37), 4)
    assert is_near(in_the_list(path), shown(path))
    assert is_near(of_copy(path, tmp_path), shown(path))
    assert said(path) == ["Adobe RGB profile added"]


def tiff_with_exif(space: int, index: bytes, colour: tuple[int, int, int]) -> bytes:
    """A TIFF of a camera: its own directory leads to EXIF's."""
    stream = io.BytesIO()
    Image.new("RGB", _SIZE, colour).save(stream, "TIFF")
    image = exiv2.ImageFactory.open(stream.getvalue())
    image.readMetadata()
    image.exifData()["Exif.Photo.ColorSpace"] = exiv2.UShortValue([space])
    image.exifData()["Exif.Iop.InteroperabilityIndex"] = index.decode()
    image.writeMetadata()
    made = image.io()
    made.open()
    with made.mmap() as data:
        return bytes(data)


def webp_with_exif(block: bytes, colour: tuple[int, int, int]) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", _SIZE, colour).save(stream, "WEBP", lossless=True, exif=block)
    return stream.getvalue()


_COLOUR = (100, 200, 60)
WITH_EXIF = {
    "a.tif": lambda space, index: tiff_with_exif(space, index, _COLOUR),
    "a.png": lambda space, index: png(_COLOUR, (b"eXIf", exif(space, index)[10:])),
    "a.webp": lambda space, index: webp_with_exif(exif(space, index)[10:], _COLOUR),
    "marked.webp": lambda space, index: webp_with_exif(exif(space, index)[4:], _COLOUR),
}


@pytest.mark.parametrize("name", WITH_EXIF)
def test_adobe_rgb_that_exif_declares_in_other_formats(tmp_path: Path, name: str) -> None:
    """TIFFs of cameras, and what programs made of such JPEGs: they were shown and sent as sRGB."""
    path = tmp_path / name
    path.write_bytes(WITH_EXIF[name](65_535, b"R03"))
    assert probe(path).colour is DeclaredColour.ADOBE_RGB
    assert is_near(shown(path), (0, 201, 37), 4)
    assert is_near(of_copy(path, tmp_path), shown(path))
    assert "Adobe RGB profile added" in said(path)
    path.write_bytes(WITH_EXIF[name](65_535, b"R98"))
    assert probe(path).colour is DeclaredColour.NONE


def test_what_a_png_says_itself_counts_before_exif(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(_COLOUR, (b"sRGB", b"\0"), (b"eXIf", exif(65_535, b"R03")[10:])))
    assert probe(path).colour is DeclaredColour.NONE
    path.write_bytes(png(_COLOUR, (b"gAMA", struct.pack(">I", 45_455)), (b"eXIf", exif(65_535, b"R03")[10:])))
    assert probe(path).colour is DeclaredColour.NONE


@pytest.mark.parametrize(("space", "index"), [(1, b"R98"), (65_535, b"R98"), (1, b"R03")])
def test_what_is_srgb_stays_so(tmp_path: Path, space: int, index: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg((100, 200, 60), exif(space, index)))
    assert probe(path).colour is DeclaredColour.NONE
    assert is_near(shown(path), (100, 200, 60))
    assert said(path) == []


def test_a_profile_counts_before_exif(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg((100, 200, 60), exif(65_535, b"R03"), icc_profile=srgb))
    assert probe(path).colour is DeclaredColour.NONE
    assert is_near(shown(path), (100, 200, 60))


@pytest.mark.parametrize("ending", [".avif", ".heic"])
def test_display_p3_by_code_points(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    image = Image.new("RGB", _SIZE, (100, 200, 60))
    stream = io.BytesIO()
    if ending == ".avif":
        image.save(stream, "AVIF", quality=100, subsampling="4:4:4")
    else:
        pillow_heif.encode("RGB", _SIZE, image.tobytes(), stream, quality=100, chroma=444)
    data = stream.getvalue()
    place = data.find(b"colrnclx")
    assert place > 0
    path.write_bytes(data[: place + 8] + struct.pack(">HH", 12, 13) + data[place + 12 :])
    assert probe(path).colour is DeclaredColour.DISPLAY_P3
    # Display P3 100, 200, 60 by the matrices of both spaces.
    assert is_near(shown(path), (45, 203, 6), 8)  # lossy: near black a step of the coded colours is many
    assert is_near(in_the_list(path), shown(path))
    assert is_near(of_copy(path, tmp_path), shown(path))
    assert "Display P3 profile added" in said(path)


def chromaticities(primaries: icc.Primaries) -> bytes:
    points = (primaries.white, primaries.red, primaries.green, primaries.blue)
    return struct.pack(">8I", *(round(value * 100_000) for point in points for value in point))


@pytest.mark.parametrize(
    ("chunks", "colour", "right"),
    [
        ([(b"cICP", bytes((12, 13, 0, 1)))], DeclaredColour.DISPLAY_P3, (45, 203, 6)),
        ([(b"cHRM", chromaticities(icc.DISPLAY_P3))], DeclaredColour.DISPLAY_P3, (45, 203, 6)),
        (
            [(b"gAMA", struct.pack(">I", 45_455)), (b"cHRM", chromaticities(icc.ADOBE_RGB))],
            DeclaredColour.ADOBE_RGB,
            (0, 201, 37),
        ),
        # Light itself: 100/255 = 0.392 is sRGB 168.
        ([(b"gAMA", struct.pack(">I", 100_000))], DeclaredColour.OWN, (168, 228, 133)),
        ([(b"gAMA", struct.pack(">I", 45_455))], DeclaredColour.NONE, (100, 200, 60)),
        ([(b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100_000))], DeclaredColour.NONE, (100, 200, 60)),
        ([(b"gAMA", bytes(4))], DeclaredColour.NONE, (100, 200, 60)),
        ([(b"cHRM", bytes(32))], DeclaredColour.NONE, (100, 200, 60)),
        ([(b"cHRM", struct.pack(">8I", *[30_000] * 8))], DeclaredColour.NONE, (100, 200, 60)),
    ],
)
def test_chunks_of_png(
    tmp_path: Path, chunks: list[tuple[bytes, bytes]], colour: DeclaredColour, right: tuple[int, int, int]
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png((100, 200, 60), *chunks))
    assert probe(path).colour is colour
    assert is_near(shown(path), right, 3)
    assert is_near(in_the_list(path), right, 3)
    if colour is not DeclaredColour.NONE:
        assert is_near(of_copy(path, tmp_path), right, 3)


def test_a_grey_picture_with_a_gamma(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(100, (b"gAMA", struct.pack(">I", 100_000)), mode="L"))
    assert is_near(shown(path), (168, 168, 168))
    sent = prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")
    with Image.open(sent.path) as picture:
        assert picture.mode == "L"
        assert picture.info["icc_profile"][16:20] == b"GRAY"


def bmp(profile: bytes = b"", endpoints: bytes = bytes(36), gamma: float = 0) -> bytes:
    """A bitmap with a header of version 5."""
    width, height = 8, 8
    kind = b"DEBM" if profile else bytes(4)
    pixels = bytes((60, 200, 100)) * width * height
    head = struct.pack("<IiiHHIIiiII16s", 124, width, height, 1, 24, 0, len(pixels), 0, 0, 0, 0, bytes(16))
    gammas = struct.pack("<3I", *[round(gamma * 65_536)] * 3)
    head += kind + endpoints + gammas + struct.pack("<IIII", 4, 124 + len(pixels), len(profile), 0)
    return b"BM" + struct.pack("<IHHI", 138 + len(pixels) + len(profile), 0, 0, 138) + head + pixels + profile


def test_the_profile_of_a_bitmap(tmp_path: Path) -> None:
    path = tmp_path / "a.bmp"
    path.write_bytes(bmp(icc.rgb_profile("P3", icc.DISPLAY_P3, icc.SRGB_CURVE)))
    assert is_near(shown(path), (45, 203, 6))
    assert is_near(of_copy(path, tmp_path), (45, 203, 6))
    matrix = icc.DISPLAY_P3.to_xyz()
    ends = struct.pack("<9I", *(round(matrix[row][column] * 2**30) for column in range(3) for row in range(3)))
    path.write_bytes(bmp(endpoints=ends, gamma=2.2))
    assert probe(path).colour is DeclaredColour.DISPLAY_P3
    assert is_near(shown(path), (45, 203, 6), 4)


@pytest.mark.parametrize(("code", "colour"), [(16, DeclaredColour.PQ), (18, DeclaredColour.HLG)])
def test_high_dynamic_range_is_brought_down(tmp_path: Path, code: int, colour: DeclaredColour) -> None:
    """The numbers of PQ were sent as if they were sRGB: a grey, flat picture.

    What reflects 18 % of the light of white paper is sRGB 118, in all systems.
    """
    share = 0.18 * 203
    if colour is DeclaredColour.PQ:
        power = (share / 10_000) ** (1_305 / 8_192)
        signal = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** (2_523 / 32)
    else:
        signal = (3 * (share / 1_000) ** (1 / 1.2)) ** 0.5
    path = tmp_path / "a.png"
    image = (vips().Image.black(*_SIZE, bands=3) + signal * 65_535).cast("ushort").copy(interpretation="rgb16")
    data = image.pngsave_buffer()
    points = bytes((9, code, 0, 1))
    chunk = struct.pack(">I", 4) + b"cICP" + points + struct.pack(">I", zlib.crc32(b"cICP" + points))
    path.write_bytes(data[:33] + chunk + data[33:])
    assert probe(path).colour is colour
    assert is_near(shown(path), (118, 118, 118))
    assert is_near(in_the_list(path), (118, 118, 118))
    assert "high dynamic range converted to a normal one" in said(path)
    sent = prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")
    copy = probe(sent.path)
    assert (copy.format, copy.bits, copy.has_profile) == (FileFormat.TIFF, 16, True)
    assert is_near(shown(sent.path), (118, 118, 118))


@pytest.mark.parametrize("ending", [".avif", ".heic"])
@pytest.mark.parametrize("code", [16, 18])
def test_high_dynamic_range_of_cameras_is_brought_down(tmp_path: Path, code: int, ending: str) -> None:
    """As cameras write it: 10 bits in AVIF and HEIC. Both systems show the same scene alike, with the hue of each colour."""
    luminance = np.array([0.2627, 0.6780, 0.0593])  # of ITU-R BT.2020
    bright = np.array([[0.18, 0.18, 0.18], [1, 1, 1], [3, 3, 3], [0.6, 0.42, 0.24], [3, 2.1, 1.2]]) * 203
    if code == 16:
        power = (bright / 10_000) ** (2_610 / 16_384)
        signal = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** (2_523 / 32)
    else:
        scene = bright / 1_000 * ((bright @ luminance) / 1_000)[:, None] ** (1 / 1.2 - 1)
        bent = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
        signal = np.where(scene <= 1 / 12, np.sqrt(3 * scene), bent)
    patches = np.repeat(np.repeat((signal * 65_535 + 0.5).astype(np.uint16)[None], 64, 0), 32, 1)
    path = tmp_path / f"a{ending}"
    if ending == ".avif":
        points = {"primaries": 9, "transfer": code, "matrix": 9}
        data = bytes(imagecodecs.avif_encode(patches >> 6, 95, speed=10, bitspersample=10, pixelformat="444", **points))
    else:
        stream = io.BytesIO()
        size = (patches.shape[1], patches.shape[0])
        pillow_heif.encode("RGB;16", size, patches.tobytes(), stream, quality=95, chroma=444, bit_depth=10)
        data = stream.getvalue()
        place = data.index(b"colrnclx")
        data = data[: place + 8] + struct.pack(">HH", 9, code) + data[place + 12 :]
    path.write_bytes(data)
    info = probe(path)
    assert (info.bits, info.colour) == (10, DeclaredColour.PQ if code == 16 else DeclaredColour.HLG)
    with opened(path) as descriptor:
        image = to_display(upright(descriptor, info)).copy_memory()
    grey, paper, lamp, skin, bright_skin = ([round(value) for value in image(16 + 32 * at, 32)] for at in range(5))
    assert is_near(tuple(grey), (118, 118, 118), 3)
    assert is_near(tuple(paper), (225, 225, 225), 3)
    assert min(lamp) > max(paper)
    assert skin[0] > skin[1] > skin[2]
    assert bright_skin[0] > bright_skin[1] > bright_skin[2]
    assert bright_skin[0] > skin[0]


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("ending", [".avif", ".heic"])
def test_white_of_10_and_12_bits_is_white(tmp_path: Path, ending: str, bits: int) -> None:
    """The lower bits were zeros: white came out as 65,472."""
    white = np.full((48, 64, 3), 65_535, np.uint16)
    path = tmp_path / f"a{ending}"
    if ending == ".avif":
        image = vips().Image.new_from_array(white, interpretation="rgb16")
        image.heifsave(str(path), compression="av1", bitdepth=bits, lossless=True, effort=0)
    else:
        pillow_heif.encode("RGB;16", (64, 48), white.tobytes(), path, quality=-1, chroma=444, bit_depth=bits)
    info = probe(path)
    assert info.bits in (10, bits)
    with opened(path) as descriptor:
        image = upright(descriptor, info)
        assert (image.format, image.min(), image.max()) == ("ushort", 65_535, 65_535)


def test_light_above_white_keeps_its_order(tmp_path: Path) -> None:
    """Highlights are compressed, not cut: brighter stays brighter, and white paper is no longer the brightest."""
    from topazdesk.media.tone_map import to_sdr

    steps = vips().Image.identity(ushort=True, size=65_536)
    wide = steps.bandjoin([steps, steps]).copy(interpretation="rgb16")
    made = to_sdr(wide, is_pq=True, primaries=icc.BT2020)
    values = [made(place, 0)[0] for place in range(0, 50_000, 500)]
    assert values == sorted(values)
    assert made(0, 0)[0] == 0
    paper, lamp = made(round(0.5807 * 65_535), 0)[0] / 65_535, made(round(0.75 * 65_535), 0)[0] / 65_535
    assert 0.8 < paper < 0.95
    assert paper < lamp <= 1


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def cmyk_like() -> bytes:
    profile = icc.rgb_profile("P3", icc.DISPLAY_P3, icc.SRGB_CURVE)
    return profile[:16] + b"CMYK" + profile[20:]


@pytest.mark.parametrize(
    ("profile", "fault", "is_kept"),
    [
        (srgb_profile(), ProfileFault.NONE, True),
        (icc.rgb_profile("P3", icc.DISPLAY_P3, icc.SRGB_CURVE), ProfileFault.NONE, True),
        (srgb_profile() + b"\0\0\0", ProfileFault.PADDED, True),
        (srgb_profile()[:300], ProfileFault.CUT, False),
        (cmyk_like(), ProfileFault.WRONG_KIND, False),
        (icc.grey_profile("grey", icc.Curve(2.2)), ProfileFault.WRONG_KIND, False),
        (b"no profile at all" * 20, ProfileFault.NO_PROFILE, False),
    ],
)
@pytest.mark.parametrize("kind", [FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF])
def test_a_faulty_profile_never_makes_the_picture_damaged(
    tmp_path: Path, kind: FileFormat, profile: bytes, fault: ProfileFault, is_kept: bool
) -> None:
    path = tmp_path / f"a{kind.suffix}"
    Image.new("RGB", _SIZE, (100, 200, 60)).save(path, kind.value.upper(), icc_profile=profile)
    info = probe(path)
    if kind is FileFormat.PNG:  # its decoder passes over what it cannot read, and what follows a profile
        fault = ProfileFault.NO_PROFILE if not is_kept else ProfileFault.NONE
    assert info.profile_fault is fault
    assert shown(path)[1] > 190
    assert in_the_list(path)[1] > 190
    sent = prepare(info, SERVICE_FORMATS, tmp_path, "token", keep_alpha=True)
    copy = probe(sent.path)
    assert copy.has_profile is is_kept
    assert copy.profile_fault is ProfileFault.NONE
    assert any("colour profile" in text for text in said(path)) is (info.profile_fault is not ProfileFault.NONE)


def test_profiles_that_are_written_are_read_by_others() -> None:
    for primaries, curve in ((icc.ADOBE_RGB, icc.ADOBE_CURVE), (icc.BT2020, icc.BT709_CURVE)):
        data = icc.rgb_profile("A name", primaries, curve)
        assert icc.sound(data, "srgb") == (data, ProfileFault.NONE)
        read = ImageCms.ImageCmsProfile(io.BytesIO(data))
        assert ImageCms.getProfileDescription(read).strip() == "A name"
        red = read.profile.red_primary
        assert red is not None
        # As the profile has it, under D50; back under D65 it is the declared one.
        x, y, _ = read.profile.chromaticity[0] if read.profile.chromaticity else red[1]
        assert (x, y) != (0, 0)


def jxl(colours: str) -> bytes:
    """A JPEG XL of 60 × 40 pixels in one colour, with these bits for its colours (ISO 18181-1, annex E)."""
    picture = np.full((40, 60, 3), _COLOUR, np.uint8)
    data = imagecodecs.jpegxl_encode(picture, lossless=True)
    before, plain, behind = "100100001" + "0000010000"[:9], "1", "001"
    size = len(before + plain + behind)
    assert "".join(f"{byte:08b}"[::-1] for byte in data[2:5])[:size] == before + plain + behind
    bits = before + colours + behind
    bits += "0" * (-len(bits) % 8)
    head = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    return data[:2] + head + data[5:]


#: Words for RGB with the white D65, and for the rest.
_RGB_D65 = "0" + "0" + "00" + "10"
_P3, _BT2100, _OF_SRGB = "01" + "1001", "01" + "1110", "10"
_BY_SRGB, _BY_LINEAR, _BY_PQ, _BY_HLG = (
    "0" + "01" + "1101",
    "0" + "01" + "0110",
    "0" + "01" + "0111",
    "0" + "11" + "000000",
)


@pytest.mark.parametrize(
    ("primaries", "transfer", "wanted"),
    [
        (_P3, _BY_SRGB, DeclaredColour.DISPLAY_P3),
        (_P3, _BY_LINEAR, DeclaredColour.DISPLAY_P3),
        (_BT2100, _BY_PQ, DeclaredColour.PQ),
        (_P3, _BY_HLG, DeclaredColour.HLG),
        (_OF_SRGB, _BY_SRGB, DeclaredColour.NONE),
        (_OF_SRGB, _BY_LINEAR, DeclaredColour.NONE),
    ],
)
def test_colours_of_a_jpeg_xl(tmp_path: Path, primaries: str, transfer: str, wanted: DeclaredColour) -> None:
    """All but sRGB's were refused."""
    path = tmp_path / "a.jxl"
    path.write_bytes(jxl(_RGB_D65 + primaries + transfer + "10"))
    assert probe(path).colour is wanted
    if transfer == _BY_SRGB:
        assert is_near(shown(path), (45, 203, 6) if wanted is DeclaredColour.DISPLAY_P3 else _COLOUR)
    if wanted is DeclaredColour.DISPLAY_P3:
        assert "Display P3 profile added" in said(path)
        assert is_near(of_copy(path, tmp_path), shown(path))
    elif wanted is not DeclaredColour.NONE:
        assert "high dynamic range converted to a normal one" in said(path)
