"""Originals whose metadata was made to cost time and memory, or grew so by itself: bounded, completed, and said."""

from __future__ import annotations

import hashlib
import os
import struct
import time
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tests.media.metadata.test_complete import made
from tests.support import marked_pictures as marked
from topazdesk.domain.image import FileFormat
from topazdesk.domain.kept import MetadataMode
from topazdesk.errors import InputError
from topazdesk.media.byte_ranges import of_bytes
from topazdesk.media.jpeg_segments import APP1, COMMENT, segment
from topazdesk.media.metadata import png_text
from topazdesk.media.metadata.complete import is_same_result
from topazdesk.media.metadata.png_text import chunk
from topazdesk.media.metadata.source import read
from topazdesk.media.png_chunks import chunks
from topazdesk.media.probe import probe

MANY = "More than 5,000 XMP properties: some left out"
LARGE = "Properties of more than 200,000 characters left out: they hold pictures and lists of programs, not words"
#: Far more of the processor than any of these takes; before there were bounds, all took minutes, or did not end.
MOST_S = 60.0


def packet(body: str, namespaces: str = "") -> bytes:
    """An XMP packet with these elements, and what other tests look for."""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:q="http://q.example/" '
        'xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#" '
        f'{namespaces} photoshop:City="Köln">{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def jpeg(path: Path, xmp: bytes) -> Path:
    """A JPEG with this packet, in as many segments as it takes."""
    marked.write(path)
    data = path.read_bytes()
    guid = hashlib.md5(xmp, usedforsecurity=False).hexdigest().upper()
    note = packet("", f'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{guid}"')
    parts = [segment(APP1, b"http://ns.adobe.com/xap/1.0/\0" + note)]
    for start in range(0, len(xmp), 65_000):
        head = b"http://ns.adobe.com/xmp/extension/\0" + guid.encode() + struct.pack(">II", len(xmp), start)
        parts.append(segment(APP1, head + xmp[start : start + 65_000]))
    path.write_bytes(data[:2] + b"".join(parts) + data[2:])
    return path


def _long_history() -> str:
    steps = "".join(
        f'<rdf:li rdf:parseType="Resource"><stEvt:action>saved {step}</stEvt:action></rdf:li>' for step in range(20_000)
    )
    return f"<xmpMM:History><rdf:Seq>{steps}</rdf:Seq></xmpMM:History>"


PACKETS: dict[str, tuple[Callable[[], str], str]] = {
    "60 MB in one property": (lambda: f"<q:a>{'x' * 60_000_000}</q:a>", LARGE),
    "a history of 20,000 steps": (_long_history, f"{MANY}: xmpMM.History"),
    "5,100 properties": (
        lambda: "".join(f"<q:p{each}>v</q:p{each}>" for each in range(5_100)),
        # The city is the first of those that are kept.
        f"{MANY}: q.p4999, q.p5000, q.p5001, q.p5002 and 97 more",
    ),
}


@pytest.mark.parametrize("name", PACKETS)
def test_what_is_too_much_of_xmp_is_left_out_and_the_rest_comes_over(tmp_path: Path, name: str) -> None:
    body, said = PACKETS[name]
    source = jpeg(tmp_path / "source.jpg", packet(body()))
    begin = time.process_time()
    delivered, file, kept = made(source, "jpg")
    assert time.process_time() - begin < MOST_S
    assert kept.report.mode is MetadataMode.EMBED
    assert kept.report.lines == (said,)
    assert read(file, FileFormat.JPEG).xmp["Xmp.photoshop.City"].toString() == "Köln"
    assert marked.xmp_of(file)["Xmp.topazdesk.Model"] == "Standard 2", "not in the extended part, which few read"
    assert is_same_result(delivered, file, hashlib.sha256(delivered.read_bytes()).hexdigest(), "process-1")
    assert file.stat().st_size < 2_000_000


@pytest.mark.parametrize(
    "body",
    [
        b"<dc:rights>" * 100_000,
        b"<dc:rights " * 100_000,
        b'dc:rights="' * 100_000,
        b"\x1c\x02\x28\xff\xff" * 100_000,
        b"reservation" + b" " * 1_000_000,
    ],
)
def test_rights_are_looked_for_in_bounded_time(tmp_path: Path, body: bytes) -> None:
    """It is done for every picture that is added: an opening without its end must not be looked for to the end."""
    source = marked.write(tmp_path / "source.jpg")
    (tmp_path / "source.jpg.xmp").write_bytes(packet("<dc:rights>No AI training, please</dc:rights>") + body)
    begin = time.process_time()
    assert probe(source).reservations
    assert time.process_time() - begin < MOST_S


def test_packed_texts_are_looked_through_for_rights_up_to_a_bound(tmp_path: Path) -> None:
    source = marked.write(tmp_path / "source.png")
    data = source.read_bytes()
    packed = chunk(b"iTXt", b"K\0\1\0\0\0" + zlib.compress(b"a" * 4_000_000))
    source.write_bytes(data[:33] + packed * 1_000 + data[33:])
    begin = time.process_time()
    assert probe(source).reservations == ()
    assert time.process_time() - begin < MOST_S


@pytest.mark.parametrize("is_whole", [False, True])
def test_what_was_erased_of_a_memory_card_is_passed_over_at_once(tmp_path: Path, is_whole: bool) -> None:
    """It reads as 255, which is padding between the segments of a JPEG: some microseconds a byte, for each reader."""
    source = marked.write(tmp_path / "source.jpg")
    data = source.read_bytes()
    source.write_bytes(data[:2] + b"\xff" * 50_000_000 + (data[2:] if is_whole else b""))
    begin = time.process_time()
    if is_whole:
        assert probe(source).stored_size == probe(marked.write(tmp_path / "plain.jpg")).stored_size
    else:
        with pytest.raises(InputError):
            probe(source)
    assert time.process_time() - begin < 15


@cache
def _packed_texts() -> bytes:
    parts = [(b"Author", b"Zoe")] + [(b"K%d" % each, b"%d" % each + b"a" * 7_900_000) for each in range(20)]
    return b"".join(chunk(b"zTXt", key + b"\0\0" + zlib.compress(text)) for key, text in parts)


@pytest.mark.parametrize("to", ["jpg", "png", "tif"])
def test_packed_texts_of_any_size_are_read_up_to_a_bound(tmp_path: Path, to: str) -> None:
    source = marked.write(tmp_path / "source.png")
    data = source.read_bytes()
    source.write_bytes(data[:33] + _packed_texts() + data[33:])
    _, file, kept = made(source, to)
    assert kept.report.mode is MetadataMode.EMBED
    assert kept.report.lines[0].startswith("Texts of the original cannot be read, or are too long: K2, K3")
    assert file.stat().st_size < 20_000_000
    assert sum(len(text.text) for text in png_text.texts(source).texts) < 16_000_000


def test_a_hundred_thousand_texts_are_no_hours_work(tmp_path: Path) -> None:
    source = marked.write(tmp_path / "source.png")
    data = source.read_bytes()
    texts = b"".join(chunk(b"tEXt", b"K%d\0value" % each) for each in range(50_000))
    source.write_bytes(data[:33] + texts + data[33:])
    begin = time.process_time()
    _, _, kept = made(source, "jpg")
    assert time.process_time() - begin < MOST_S
    assert kept.report.fields >= 50_000


def test_a_picture_in_a_million_empty_parts_is_walked_through_up_to_a_bound() -> None:
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"") * 600_000 + chunk(b"IEND", b"")
    walked = [each.kind for each in chunks(of_bytes(data))]
    assert len(walked) == 500_000
    assert b"IEND" not in walked


def test_a_comment_longer_than_a_segment_is_in_xmp(tmp_path: Path) -> None:
    """Further segments of it are one comment; in a JPEG exiv2 writes one segment only."""
    source = marked.write(tmp_path / "source.jpg")
    data = source.read_bytes()
    source.write_bytes(data[:2] + segment(COMMENT, b"a" * 60_000) + segment(COMMENT, b"b" * 60_000) + data[2:])
    _, file, kept = made(source, "jpg")
    assert kept.report.lines == ()
    comment = read(file, FileFormat.JPEG).xmp["Xmp.topazdesk.SourceComment"].toString()
    assert comment == "a" * 60_000 + "\n" + "b" * 60_000
    source.write_bytes(data[:2] + b"".join(segment(COMMENT, os.urandom(9).hex().encode() * 3_000) for _ in range(20)))
    source.write_bytes(source.read_bytes() + data[2:])
    _, _, kept = made(source, "tif")
    assert kept.report.lines == (LARGE,)


def test_a_profile_that_is_packed_well_costs_the_others_nothing(tmp_path: Path) -> None:
    """exiv2 reads nothing at all of a PNG with one text that it does not unpack."""
    marked.marked(tmp_path / "source.png")
    source = tmp_path / "source.png"
    data = source.read_bytes()
    packed = zlib.compress(packet("<dc:source>the drawer</dc:source>") + b" " * 300_000)
    source.write_bytes(data[:33] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed) + data[33:])
    _, file, kept = made(source, "jpg")
    assert kept.report.lines == ()
    assert marked.exif_of(file)["Exif.Image.Artist"] == "Zoë Müller"
    broken = chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed[:50])
    source.write_bytes(data[:33] + broken + data[33:])
    _, file, kept = made(source, "jpg")
    assert kept.report.lines == ("Metadata of the original cannot be read: XML:com.adobe.xmp",)
    assert marked.exif_of(file)["Exif.Image.Artist"] == "Zoë Müller"


TEXT = packet("<dc:source>the drawer</dc:source>").decode()
DECLARED = '<?xml version="1.0" encoding="{}"?>\n' + TEXT


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + TEXT.encode(),
        b"\n  " + TEXT.encode(),
        DECLARED.format("UTF-16").encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-32"),
        DECLARED.format("ISO-8859-1").encode("latin-1"),
    ],
)
def test_an_xmp_file_is_read_in_every_encoding(tmp_path: Path, data: bytes) -> None:
    source = marked.write(tmp_path / "source.jpg")
    (tmp_path / "source.jpg.xmp").write_bytes(data)
    _, file, kept = made(source, "png")
    assert kept.report.lines == ()
    assert marked.xmp_of(file)["Xmp.photoshop.City"] == "Köln"
    assert marked.xmp_of(file)["Xmp.dc.source"] == "the drawer"


@pytest.mark.parametrize("data", [TEXT[:-60], packet("<q:a><rdf:Description>" * 2_000).decode(), "<x:xmpmeta>no"])
def test_an_xmp_file_of_which_nothing_can_be_read_is_named(tmp_path: Path, data: str) -> None:
    source = marked.write(tmp_path / "source.jpg")
    (tmp_path / "source.jpg.xmp").write_text(data)
    _, _, kept = made(source, "png")
    (line,) = kept.report.lines
    assert line.startswith("The file source.jpg.xmp cannot be read")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    """Ten lines that stand for a billion words: what names entities is not read, which is said."""
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{each} "{f"&a{each - 1};" * 10}">' for each in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>'.encode() + packet("<dc:source>&a9;</dc:source>")
    source = jpeg(tmp_path / "source.jpg", bomb)
    begin = time.process_time()
    _, file, kept = made(source, "jpg")
    assert time.process_time() - begin < MOST_S
    assert len(kept.report.lines) == 1
    assert file.stat().st_size < 100_000


def test_directories_that_lead_back_to_themselves_are_read_once(tmp_path: Path) -> None:
    source = marked.write(tmp_path / "source.jpg")
    data = source.read_bytes()
    entries = [struct.pack("<HHI4s", 0x10F, 2, 4, b"abc\0")]
    entries += [struct.pack("<HHII", tag, 4, 1, 8) for tag in (0x014A, 0x8769, 0x8825, 0xA005)]
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", 8)
    source.write_bytes(data[:2] + segment(APP1, b"Exif\0\0" + block) + data[2:])
    _, file, kept = made(source, "jpg")
    assert kept.report.mode is MetadataMode.EMBED
    assert marked.exif_of(file)["Exif.Image.Make"] == "abc"


def test_ten_megabytes_of_iptc_come_over(tmp_path: Path) -> None:
    datasets = b"".join(b"\x1c\x02\x19" + struct.pack(">H", 60) + b"%060d" % each for each in range(160_000))
    source = tmp_path / "source.tif"
    pixels = np.zeros((marked.SIZE[1], marked.SIZE[0], 3), "uint8")
    pixels[::2] = 200
    tags = [(33_723, 7, len(datasets), datasets, True)]
    tifffile.imwrite(source, pixels, photometric="rgb", extratags=tags, metadata=None)
    begin = time.process_time()
    _, file, kept = made(source, "jpg")
    assert time.process_time() - begin < MOST_S
    assert kept.report.lines == ()
    assert file.stat().st_size > 10_000_000


def test_a_file_that_calls_something_else_by_a_common_name_spoils_no_other(tmp_path: Path) -> None:
    """exiv2 knows one namespace a prefix, in all files of a process: the titles of later results were in the wrong one."""
    strange = packet("<dc:source>else</dc:source>").replace(b"http://purl.org/dc/elements/1.1/", b"urn:another:")
    source = marked.write(tmp_path / "source.jpg")
    (tmp_path / "source.jpg.xmp").write_bytes(strange)
    _, file, kept = made(source, "jpg")
    (line,) = kept.report.lines
    assert line.startswith("XMP of the original uses dc as names for something else")
    assert b"urn:another:" not in file.read_bytes()
    assert marked.xmp_of(file)["Xmp.photoshop.City"] == "Köln"
    (tmp_path / "source.jpg.xmp").write_bytes(packet("<dc:source>the drawer</dc:source>"))
    _, file, kept = made(source, "jpg")
    assert kept.report.lines == ()
    assert b'xmlns:dc="http://purl.org/dc/elements/1.1/"' in file.read_bytes()
