"""XMP of a JPEG beyond the 64 KB of a segment is read from, and written into, segments of its own."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import subprocess
from pathlib import Path

import exiv2
import pytest

from tests.media.metadata.test_complete import made
from tests.support import marked_pictures as marked
from topazdesk.domain.kept import RemarkKind
from topazdesk.media.byte_ranges import of_bytes
from topazdesk.media.jpeg_segments import APP1, EXTENDED_XMP, segment, segments
from topazdesk.media.metadata.extended_xmp import extended_xmp

HISTORY = "x" * 170_000
WORDS = [f"keyword number {number} of many" for number in range(3_500)]
SEGMENT = 65_533


def test_extended_xmp_of_a_jpeg_comes_back_in_every_format(tmp_path: Path) -> None:
    source = _with_extension(tmp_path / "source.jpg")
    for to in ("jpg", "png", "tif"):
        _, file, kept = made(source, to)
        assert not kept.report.lines
        assert not kept.report.has_packet, "all of it is in the file"
        xmp = marked.xmp_of(file)
        if to == "jpg":
            assert marked.xmp_of(file)["Xmp.dc.title"] == 'lang="x-default" The lake'
            xmp |= _extension_of(file)
        assert xmp["Xmp.photoshop.Instructions"] == "handle with care"
        assert xmp["Xmp.photoshop.History"] == HISTORY


def test_more_keywords_than_a_segment_has_room_for_are_in_further_ones(tmp_path: Path) -> None:
    source = marked.marked(tmp_path / "source.png")
    _edit(source, {"Xmp.dc.subject": WORDS})
    _, file, kept = made(source, "jpg")
    assert (kept.report.lines, kept.report.has_packet, kept.packet) == ((), False, "")
    xmp = marked.xmp_of(file)
    assert xmp["Xmp.dc.title"] == 'lang="x-default" The lake'
    assert xmp["Xmp.topazdesk.JobID"] == "process-1", "what a result is known by is where every reader sees it"
    assert "Xmp.dc.subject" not in xmp
    assert _extension_of(file)["Xmp.dc.subject"] == ", ".join(WORDS)
    _follows_the_specification(file)
    if shutil.which("exiftool"):
        answer = subprocess.run(["exiftool", "-m", "-j", "-G1", "-a", file], capture_output=True, check=True, text=True)
        told = json.loads(answer.stdout)[0]
        assert told["XMP-dc:Subject"] == WORDS
        assert told["XMP-dc:Title"] == "The lake"
        assert not [key for key in told if key.endswith("Warning")], told
    _, again, _ = made(file.rename(tmp_path / "second.jpg"), "tif")
    assert marked.xmp_of(again)["Xmp.dc.subject"] == ", ".join(WORDS), "and it comes back from there"


def test_a_property_of_many_short_parts_is_moved_as_one(tmp_path: Path) -> None:
    """Only properties of which a single value was long were found: a JPEG with such a history got no XMP at all."""
    source = marked.marked(tmp_path / "source.tif")
    _edit(source, {"Xmp.photoshop.DocumentAncestors": [f"xmp.did:{number:08d}-0000" for number in range(4_000)]})
    _, file, kept = made(source, "jpg")
    assert kept.report.mode.value == "embed"
    assert not kept.report.has_packet
    assert _extension_of(file)["Xmp.photoshop.DocumentAncestors"].count("xmp.did:") == 4_000


def test_xmp_that_has_room_is_in_one_segment(tmp_path: Path) -> None:
    _, file, _ = made(marked.marked(tmp_path / "source.jpg"), "jpg")
    assert extended_xmp(file) == ""
    assert "Xmp.xmpNote.HasExtendedXMP" not in marked.xmp_of(file)


def test_an_extension_that_is_not_whole_is_said(tmp_path: Path) -> None:
    """It was left out without a word."""
    source = _with_extension(tmp_path / "source.jpg")
    data = source.read_bytes()
    parts = [each for each in segments(of_bytes(data)) if each.content(of_bytes(data)).startswith(EXTENDED_XMP)]
    assert len(parts) > 1
    source.write_bytes(data[: parts[0].start] + data[parts[0].end :])
    _, file, kept = made(source, "jpg")
    said = [remark.text for remark in kept.report.remarks if remark.kind is RemarkKind.UNREADABLE]
    assert said == ["The extended XMP of the original is not all there: what stood in it is missing"]
    assert marked.xmp_of(file)["Xmp.xmp.Rating"] == "4"


def test_an_extension_that_belongs_to_an_older_packet_is_not_taken(tmp_path: Path) -> None:
    source = _with_extension(tmp_path / "source.jpg")
    older = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>"
    body = EXTENDED_XMP + hashlib.md5(older).hexdigest().upper().encode() + struct.pack(">II", len(older), 0) + older
    data = source.read_bytes()
    source.write_bytes(data[:2] + segment(APP1, body) + data[2:])
    _, file, _ = made(source, "png")
    assert marked.xmp_of(file)["Xmp.photoshop.History"] == HISTORY


@pytest.mark.parametrize("damage", [b"", EXTENDED_XMP, EXTENDED_XMP + b"A" * 32])
def test_a_stub_of_an_extension_is_none(tmp_path: Path, damage: bytes) -> None:
    source = marked.marked(tmp_path / "source.jpg")
    data = source.read_bytes()
    source.write_bytes(data[:2] + segment(APP1, damage) + data[2:])
    assert extended_xmp(source) == ""


def _with_extension(path: Path) -> Path:
    marked.marked(path)
    more = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        f'photoshop:Instructions="handle with care" photoshop:History="{HISTORY}"/></rdf:RDF></x:xmpmeta>'
    ).encode()
    guid = hashlib.md5(more).hexdigest().upper()
    _edit(path, {"Xmp.xmpNote.HasExtendedXMP": guid})
    parts = b"".join(
        segment(
            APP1, EXTENDED_XMP + guid.encode() + struct.pack(">II", len(more), start) + more[start : start + 60_000]
        )
        for start in range(0, len(more), 60_000)
    )
    data = path.read_bytes()
    path.write_bytes(data[:2] + parts + data[2:])
    return path


def _edit(path: Path, properties: dict[str, str | list[str]]) -> None:
    from topazdesk.media.metadata.library import exiv2 as ready

    ready()  # with its namespaces
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    for key, value in properties.items():
        image.xmpData()[key] = value
    image.writeMetadata()


def _extension_of(path: Path) -> dict[str, str]:
    packet = path.with_suffix(".xmp")
    packet.write_text(extended_xmp(path) or "", "utf-8")
    return marked.xmp_of(packet)


def _follows_the_specification(path: Path) -> None:
    data = path.read_bytes()
    read = of_bytes(data)
    found = [each for each in segments(read) if each.marker == APP1]
    packets = [each for each in found if each.content(read).startswith(b"http://ns.adobe.com/xap/1.0/\0")]
    parts = [each for each in found if each.content(read).startswith(EXTENDED_XMP)]
    assert len(packets) == 1
    assert len(parts) > 1
    assert packets[0].start < parts[0].start
    assert all(each.end - each.start - 2 <= SEGMENT + 2 for each in found)
    whole = b"".join(each.content(read)[len(EXTENDED_XMP) + 40 :] for each in parts)
    names = {each.content(read)[len(EXTENDED_XMP) : len(EXTENDED_XMP) + 32] for each in parts}
    assert names == {hashlib.md5(whole).hexdigest().upper().encode()}
    assert names == {marked.xmp_of(path)["Xmp.xmpNote.HasExtendedXMP"].encode()}
    assert b"xpacket" not in whole, "the extension has no wrapper"
