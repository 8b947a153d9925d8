"""The copyright flag and the web address that Photoshop keeps outside of EXIF, IPTC and XMP are in the result."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import exiv2
import numpy as np
import pytest
import tifffile

from tests.media.metadata.test_complete import made
from tests.support import marked_pictures as marked
from topazdesk.domain.kept import MetadataChoice, MetadataMode
from topazdesk.media.jpeg_segments import APP13, segment
from topazdesk.media.metadata.file_metadata import metadata_of
from topazdesk.media.metadata.png_text import chunk
from topazdesk.media.photoshop_resources import resource, resources

URL = "https://archive.example/rights/é"
FLAG, ADDRESS, IPTC = 0x040A, 0x040B, 0x0404
RIGHTS = resource(FLAG, b"\1") + resource(ADDRESS, URL.encode())
MARKED, STATEMENT = "Xmp.xmpRights.Marked", "Xmp.xmpRights.WebStatement"
PREVIEW = resource(0x040C, b"\0" * 41)


def _source(path: Path, block: bytes = RIGHTS) -> Path:
    """A picture with these resources, as Photoshop, exiftool or ImageMagick put them into its format."""
    suffix = path.suffix
    if suffix == ".psd":
        head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, marked.SIZE[1], marked.SIZE[0], 8, 3)
        pixels = bytes(marked.SIZE[0] * marked.SIZE[1] * 3)
        parts = struct.pack(">I", 0) + struct.pack(">I", len(block)) + block + struct.pack(">I", 0)
        path.write_bytes(head + parts + b"\0\0" + pixels)
        return path
    marked.write(path)
    data = path.read_bytes()
    if suffix == ".jpg":
        path.write_bytes(data[:2] + segment(APP13, b"Photoshop 3.0\0" + block) + data[2:])
    elif suffix == ".png":
        text = f"\n8bim\n{len(block):8}\n" + "\n".join(block.hex()[at : at + 72] for at in range(0, 2 * len(block), 72))
        path.write_bytes(
            data[:33] + chunk(b"zTXt", b"Raw profile type 8bim\0\0" + zlib.compress(text.encode())) + data[33:]
        )
    else:
        image = exiv2.ImageFactory.open(str(path))
        image.readMetadata()
        image.exifData()["Exif.Image.ImageResources"] = exiv2.DataValue(block)
        image.writeMetadata()
    return path


def _block_of(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".tif":
        image = exiv2.ImageFactory.open(str(path))
        image.readMetadata()
        return bytes(image.exifData()["Exif.Image.ImageResources"].value().data())
    start = data.index(b"Photoshop 3.0\0") + 14
    return data[start : start + int.from_bytes(data[start - 16 : start - 14], "big") - 16]


@pytest.mark.parametrize("to", ["jpg", "png", "tif"])
@pytest.mark.parametrize("of", ["jpg", "tif", "psd", "png"])
def test_the_copyright_flag_and_the_address_come_back(tmp_path: Path, of: str, to: str) -> None:
    source = _source(tmp_path / f"source.{of}", PREVIEW + RIGHTS)
    _, file, kept = made(source, to)
    assert kept.report.lines == ()
    assert kept.report.fields >= 2
    xmp = marked.xmp_of(file)
    assert (xmp[MARKED], xmp[STATEMENT]) == ("True", URL)
    if to != "png":
        held = dict(resources(_block_of(file)))
        assert (held[FLAG], held[ADDRESS]) == (b"\1", URL.encode())
        assert 0x040C not in held, "the preview shows the original"
    shown = dict(metadata_of(file).stated)
    assert (shown["Copyright status"], shown["Rights on the web"]) == ("Protected by copyright", URL)
    if shutil.which("exiftool"):
        answer = subprocess.run(["exiftool", "-j", "-G1", "-a", file], capture_output=True, check=True, text=True)
        told = json.loads(answer.stdout)[0]
        assert told["XMP-xmpRights:Marked"] is True
        assert told["XMP-xmpRights:WebStatement"] == URL
        assert to == "png" or told["Photoshop:CopyrightFlag"] is True
        assert to == "png" or told["Photoshop:URL"] == URL
        assert not [key for key in told if key.endswith("Warning")], told


def test_both_are_in_the_xmp_file_beside_a_result(tmp_path: Path) -> None:
    source = _source(tmp_path / "source.jpg")
    _, _, kept = made(source, "jpg", choice=MetadataChoice(mode=MetadataMode.SIDECAR))
    packet = tmp_path / "beside.xmp"
    packet.write_text(kept.packet, "utf-8")
    assert (marked.xmp_of(packet)[MARKED], marked.xmp_of(packet)[STATEMENT]) == ("True", URL)


@pytest.mark.parametrize("to", ["jpg", "tif"])
def test_iptc_and_the_flag_stand_beside_each_other(tmp_path: Path, to: str) -> None:
    source = _source(tmp_path / "source.jpg")
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    image.iptcData()["Iptc.Application2.City"] = "Köln"
    image.writeMetadata()
    _, file, _ = made(source, to)
    assert marked.iptc_of(file)["Iptc.Application2.City"] == "Köln".encode()
    assert {FLAG, ADDRESS, IPTC} <= set(dict(resources(_block_of(file))))


def test_iptc_that_imagemagick_stored_among_the_resources_of_a_png_comes_back(tmp_path: Path) -> None:
    """exiv2 reads IPTC of a PNG under a name of its own only."""
    source = _source(tmp_path / "source.png", resource(IPTC, b"\x1c\x02\x5a\0\5" + "Köln".encode()))
    _, file, kept = made(source, "jpg")
    assert kept.report.lines == ()
    assert marked.iptc_of(file)["Iptc.Application2.City"] == "Köln".encode()


def test_what_xmp_says_goes_before(tmp_path: Path) -> None:
    source = _source(tmp_path / "source.tif")
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    image.xmpData()[MARKED] = "False"
    image.writeMetadata()
    _, file, _ = made(source, "png")
    assert (marked.xmp_of(file)[MARKED], marked.xmp_of(file)[STATEMENT]) == ("False", URL)


def test_a_flag_that_is_not_set_says_nothing(tmp_path: Path) -> None:
    _, file, kept = made(_source(tmp_path / "source.jpg", resource(FLAG, b"\0") + resource(ADDRESS, b"")), "jpg")
    assert MARKED not in marked.xmp_of(file)
    assert STATEMENT not in marked.xmp_of(file)
    assert b"Photoshop 3.0" not in file.read_bytes()
    assert kept.report.lines == ()


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (resource(0x0410, b"\1"), "Mark of a digital watermark left out"),
        (resource(0x041E, struct.pack(">I", 1) + b"\0" * 12), "Web addresses of slices left out"),
        (resource(2_000, b"\0" * 26), "Paths drawn in Photoshop left out"),
        (resource(2_999, b"\4Path"), "Paths drawn in Photoshop left out"),
    ],
)
@pytest.mark.parametrize("of", ["jpg", "tif", "psd"])
def test_what_else_was_made_by_hand_is_said_to_stay_behind(tmp_path: Path, of: str, block: bytes, said: str) -> None:
    _, _, kept = made(_source(tmp_path / f"source.{of}", block), "jpg")
    assert [line.partition(":")[0] for line in kept.report.lines] == [said]


def test_broken_resources_are_read_as_far_as_they_go() -> None:
    whole = RIGHTS + resource(2_000, b"\0" * 26)
    assert [each.kind for each in resources(whole)] == [FLAG, ADDRESS, 2_000]
    for end in range(len(whole)):
        assert [each.kind for each in resources(whole[:end])] == [FLAG, ADDRESS, 2_000][: _whole(whole, end)]
    assert list(resources(b"8BIM" + b"\xff" * 40)) == []


def _whole(data: bytes, end: int) -> int:
    return sum(len(resource_before) <= end for resource_before in _beginnings(data))


def _beginnings(data: bytes) -> list[bytes]:
    found, made_of = [], b""
    for each in resources(data):
        made_of += resource(each.kind, each.content)
        found.append(made_of if len(each.content) % 2 == 0 else made_of[:-1])
    return found


def test_a_long_block_is_over_several_segments(tmp_path: Path) -> None:
    whole = resource(1_058, b"\0" * 70_000) + RIGHTS
    path = marked.write(tmp_path / "source.jpg")
    data = path.read_bytes()
    parts = [segment(APP13, b"Photoshop 3.0\0" + whole[at : at + 65_000]) for at in range(0, len(whole), 65_000)]
    path.write_bytes(data[:2] + b"".join(parts) + data[2:])
    _, file, _ = made(path, "png")
    assert marked.xmp_of(file)[STATEMENT] == URL


@pytest.mark.parametrize("to", ["jpg", "png", "tif"])
@pytest.mark.parametrize("of", ["tif", "psd", "png"])
def test_an_address_longer_than_a_segment_is_left_out_and_said(tmp_path: Path, of: str, to: str) -> None:
    """Only JPEG bounds what a resource may hold; everything else of the file comes over as ever."""
    source = _source(tmp_path / f"source.{of}", resource(FLAG, b"\1") + resource(ADDRESS, b"https://" + b"a" * 70_000))
    _, file, kept = made(source, to)
    assert kept.report.mode is MetadataMode.EMBED
    assert kept.report.lines == ("Web address of the owner of the rights left out: it has more than 8,000 bytes",)
    xmp = marked.xmp_of(file)
    assert xmp[MARKED] == "True"
    assert STATEMENT not in xmp


def test_what_exiftool_wrote_into_a_png_comes_back(tmp_path: Path) -> None:
    """Its name for the block has two words, and the second was taken for its length."""
    source = marked.write(tmp_path / "source.png")
    data = source.read_bytes()
    text = f"\nIPTC profile\n{len(RIGHTS):8}\n{RIGHTS.hex()}\n"
    source.write_bytes(
        data[:33] + chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(text.encode())) + data[33:]
    )
    _, file, _ = made(source, "jpg")
    xmp = marked.xmp_of(file)
    assert (xmp[MARKED], xmp[STATEMENT]) == ("True", URL)


def test_iptc_in_a_tiff_stands_where_other_programs_look_for_it(tmp_path: Path) -> None:
    """It stood within Photoshop's block alone, which exiftool calls the wrong place and others do not read."""
    source = marked.marked(tmp_path / "source.jpg")
    data = source.read_bytes()
    source.write_bytes(data[:2] + segment(APP13, b"Photoshop 3.0\0" + RIGHTS) + data[2:])
    _, file, _ = made(source, "tif")
    assert dict(resources(_block_of(file)))[ADDRESS] == URL.encode()
    with tifffile.TiffFile(file) as read:
        iptc = read.pages.first.tags[33723].value
    assert "Köln".encode() in bytes(np.asarray(iptc, "<u4") if not isinstance(iptc, bytes) else iptc)
