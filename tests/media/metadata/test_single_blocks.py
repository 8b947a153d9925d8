"""One block that makes no sense costs nothing of the others: exiv2 gives up on all of a file for it."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from tests.media.metadata.test_complete import made
from tests.support import marked_pictures as marked
from topazdesk.domain.kept import RemarkKind
from topazdesk.media.byte_ranges import of_bytes
from topazdesk.media.jpeg_segments import APP2, segment
from topazdesk.media.metadata.png_text import chunk
from topazdesk.media.png_chunks import chunks

_CUT = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()[:300]


def _with_cut_profile(path: Path) -> None:
    data = path.read_bytes()
    if path.suffix == ".jpg":
        path.write_bytes(data[:2] + segment(APP2, b"ICC_PROFILE\0\1\1" + _CUT) + data[2:])
    elif path.suffix == ".png":
        path.write_bytes(data[:33] + chunk(b"iCCP", b"a\0\0" + zlib.compress(_CUT)) + data[33:])
    else:
        with Image.open(io.BytesIO(data)) as image:
            image.save(path, exif=image.info["exif"], xmp=image.info["xmp"], icc_profile=_CUT, lossless=True)


def _with_bad_exif(path: Path) -> None:
    """Say that the first directory of the EXIF block lies far outside of it."""
    data = bytearray(path.read_bytes())
    if path.suffix == ".jpg":
        place = data.index(b"Exif\0\0") + 6
    elif path.suffix == ".png":
        place = next(each.start + 8 for each in chunks(of_bytes(bytes(data))) if each.kind == b"eXIf")
    else:
        place = data.index(b"EXIF") + 8
    struct.pack_into("<I", data, place + 4, 0x7FFFFFFF)
    path.write_bytes(data)
    if path.suffix == ".png":
        parts = [chunk(each.kind, each.content(of_bytes(bytes(data)))) for each in chunks(of_bytes(bytes(data)))]
        path.write_bytes(bytes(data[:8]) + b"".join(parts))


def _has_block(path: Path) -> bool:
    return path.suffix != ".png" or b"eXIf" in path.read_bytes()


def _source(path: Path) -> Path:
    marked.marked(path)
    if not _has_block(path):  # exiv2 writes EXIF as a text; most programs write the chunk for it
        with Image.open(path) as image:
            exif = image.getexif().tobytes()
        data = path.read_bytes()
        path.write_bytes(data[:33] + chunk(b"eXIf", exif.removeprefix(b"Exif\0\0")) + data[33:])
    return path


@pytest.mark.parametrize("of", ["jpg", "png", "webp"])
def test_a_broken_profile_costs_no_metadata(tmp_path: Path, of: str) -> None:
    """All of EXIF, IPTC and XMP stayed behind, "cannot be read (Not a valid ICC Profile)"."""
    source = _source(tmp_path / f"source.{of}")
    _with_cut_profile(source)
    _, file, kept = made(source, "jpg")
    assert not [each for each in kept.report.remarks if each.kind is RemarkKind.UNREADABLE]
    assert marked.exif_of(file)["Exif.Image.Artist"] == "Zoë Müller"
    assert marked.exif_of(file)["Exif.GPSInfo.GPSLatitudeRef"] == "N"
    assert marked.xmp_of(file)["Xmp.xmp.Rating"] == "4"
    if of != "webp":
        assert marked.iptc_of(file)["Iptc.Application2.City"] == "Köln".encode()


@pytest.mark.parametrize("of", ["jpg", "webp"])
def test_exif_that_cannot_be_read_costs_neither_iptc_nor_xmp(tmp_path: Path, of: str) -> None:
    source = _source(tmp_path / f"source.{of}")
    _with_bad_exif(source)
    _, file, kept = made(source, "jpg")
    said = [each.text for each in kept.report.remarks if each.kind is RemarkKind.UNREADABLE]
    assert len(said) == 1
    assert said[0].startswith("The EXIF of the original cannot be read")
    assert marked.xmp_of(file)["Xmp.xmp.Rating"] == "4"
    assert marked.xmp_of(file)["Xmp.dc.title"] == 'lang="x-default" The lake'
    if of == "jpg":
        assert marked.iptc_of(file)["Iptc.Application2.City"] == "Köln".encode()
