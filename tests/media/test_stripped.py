"""What is uploaded says nothing but the picture: no place, time, name or serial number, no thumbnail, nothing behind the end."""

from __future__ import annotations

import os
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from tests.support import pictures
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.stripped import OddFileError, strip

SECRET = b"SECRET-41.40N-serial-12345"


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()  # description
    exif[0x0132] = "2001:02:03 04:05:06"
    exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 24.0, 0.0)})
    exif.get_ifd(0x8769).update({0xA431: SECRET.decode(), 0xA430: SECRET.decode()})
    return exif


def full_jpeg(**options: object) -> bytes:
    """A JPEG with everything that cameras, programs and telephones write into one."""
    made = BytesIO()
    picture = Image.open(BytesIO(pictures.encode(FileFormat.JPEG, 200, 150)))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture.save(made, "JPEG", exif=_exif(), icc_profile=profile, comment=SECRET, xmp=SECRET, dpi=(300, 300), **options)
    data = made.getvalue()
    thumbnail = b"JFIF\0\1\2\1\1\x2c\1\x2c\2\2" + SECRET[:12]
    jfif = struct.pack(">BBH", 0xFF, 0xE0, 2 + len(thumbnail)) + thumbnail
    more = b"".join(
        struct.pack(">BBH", 0xFF, mark, 2 + len(body)) + body
        for mark, body in (
            (0xED, b"Photoshop 3.0\0" + SECRET),
            (0xE2, b"OTHER\0" + SECRET),
            (0xEB, SECRET),
            (0xEF, SECRET),
        )
    )
    assert data[2:4] == b"\xff\xe0"
    rest = data[4 + struct.unpack(">H", data[4:6])[0] :]
    return data[:2] + jfif + more + rest + b"\0\0\0\x18ftypmp42" + SECRET


def full_png() -> bytes:
    made = BytesIO()
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET.decode())
    texts.add_text("Comment", SECRET.decode(), zip=True)
    texts.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    texts.add(b"tIME", struct.pack(">HBBBBB", 2001, 2, 3, 4, 5, 6))
    texts.add(b"prVt", SECRET)
    picture = Image.open(BytesIO(pictures.encode(FileFormat.PNG, 200, 150)))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture.save(made, "PNG", exif=_exif(), pnginfo=texts, icc_profile=profile, dpi=(300, 300))
    return made.getvalue() + SECRET


def full_tiff() -> bytes:
    made = BytesIO()
    pixels = np.asarray(Image.open(BytesIO(pictures.encode(FileFormat.PNG, 200, 150))))
    tags = [
        (315, 2, 0, SECRET.decode(), True),
        (700, 7, len(SECRET), SECRET, True),
        (33723, 7, len(SECRET), SECRET, True),
    ]
    tifffile.imwrite(
        made, pixels, photometric="rgb", description=SECRET.decode(), extratags=tags, resolution=(300, 300)
    )
    return made.getvalue() + SECRET


FULL = {
    "plain.jpg": full_jpeg(),
    "progressive.jpg": full_jpeg(progressive=True),
    "a.png": full_png(),
    "a.tif": full_tiff(),
}


@pytest.mark.parametrize("name", FULL)
def test_only_pixels_and_colours_leave_the_computer(tmp_path: Path, name: str) -> None:
    """GPS, serial numbers, owners and comments went to the service with every file that was sent as it was."""
    data = FULL[name]
    assert SECRET in data
    source = tmp_path / name
    source.write_bytes(data)
    (tmp_path / "uploads").mkdir()
    sent = prepare(probe(source), SERVICE_FORMATS, tmp_path / "uploads", "token")
    assert sent.is_copy
    kept = sent.path.read_bytes()
    assert len(kept) == sent.bytes_on_disk
    assert SECRET not in kept
    for word in (b"2001", b"Exif", b"http", b"Photoshop", b"OTHER", b"ftyp", b"tEXt", b"eXIf", SECRET[:12]):
        assert word not in kept, word
    before, after = Image.open(BytesIO(data)), Image.open(BytesIO(kept))
    assert after.mode == before.mode
    assert after.tobytes() == before.tobytes()
    assert after.info.get("icc_profile") == before.info.get("icc_profile")
    if name != "a.tif":
        assert after.format == before.format
        assert round(after.info["dpi"][0]) == 300
        assert not after.getexif()
    assert source.read_bytes() == data


@pytest.mark.parametrize("image_format", [FileFormat.JPEG, FileFormat.PNG])
def test_what_is_bare_already_is_sent_itself(tmp_path: Path, image_format: FileFormat) -> None:
    picture = Image.open(BytesIO(pictures.encode(FileFormat.PNG, 60, 40)))
    source = tmp_path / f"a{image_format.suffix}"
    picture.save(source, image_format.value)
    sent = prepare(probe(source), SERVICE_FORMATS, tmp_path, "token")
    assert (sent.path, sent.is_copy, sent.bytes_on_disk) == (source, False, source.stat().st_size)


@pytest.mark.parametrize("scans", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}])
def test_every_way_to_code_a_jpeg_comes_out_whole(tmp_path: Path, scans: dict[str, object]) -> None:
    data = full_jpeg(**scans)
    bare, path = tmp_path / "bare.jpg", tmp_path / "full.jpg"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert strip(descriptor, FileFormat.JPEG, bare) == bare.stat().st_size < len(data)
    finally:
        os.close(descriptor)
    assert Image.open(bare).tobytes() == Image.open(path).tobytes()


@given(st.sampled_from(["plain.jpg", "progressive.jpg", "a.png"]), st.integers(0, 100_000), st.binary(max_size=40))
def test_whatever_is_in_the_file_nothing_else_happens(
    tmp_path_factory: pytest.TempPathFactory, name: str, place: int, junk: bytes
) -> None:
    """A file is stripped, or said to be odd, which has it written anew."""
    folder = tmp_path_factory.mktemp("odd")
    data = bytearray(FULL[name])
    data[place % len(data) : place % len(data) + len(junk)] = junk
    path = folder / "odd"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        strip(descriptor, FileFormat.PNG if name == "a.png" else FileFormat.JPEG, folder / "bare")
    except OddFileError:
        assert not (folder / "bare").exists()
    finally:
        os.close(descriptor)
    assert not list(folder.glob(".*.part"))


def test_a_file_that_decodes_but_is_odd_is_written_anew(tmp_path: Path) -> None:
    """An unknown critical chunk, which libpng skips with a warning: nothing is sent that could not be looked through."""
    data = pictures.encode(FileFormat.PNG, 60, 40)
    body = b"ABcD" + SECRET  # critical: its first letter is a capital
    odd = data[:33] + struct.pack(">I", len(SECRET)) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]
    path = tmp_path / "a.png"
    path.write_bytes(odd)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with pytest.raises(OddFileError):
            strip(descriptor, FileFormat.PNG, tmp_path / "bare.png")
    finally:
        os.close(descriptor)
    assert pyvips.Image.new_from_buffer(data, "").width == 60
