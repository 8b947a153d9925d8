"""What a picture's owner reserved is read from every place where such statements stand, and nothing else is taken for one."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from topazdesk.domain.usage_rights import Reservation, reservations_text
from topazdesk.media.headers import from_row, to_row
from topazdesk.media.probe import probe

R = Reservation
_RDF = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" '
    'xmlns:tdm="http://www.w3.org/ns/tdmrep/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" {attributes}>{elements}</rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)
_PLUS = "<plus:DataMining>http://ns.useplus.org/ldf/vocab/{}</plus:DataMining>"
_RIGHTS = "<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>{}</rdf:li></rdf:Alt></dc:rights>"


def packet(elements: str = "", attributes: str = "") -> bytes:
    return _RDF.format(elements=elements, attributes=attributes).encode()


def write(path: Path, xmp: bytes = b"", *, copyright_: str = "") -> Path:
    """Write a small picture in the format of its suffix, with an XMP packet and an EXIF copyright notice."""
    image = Image.new("RGB", (40, 30), (90, 120, 60))
    exif = image.getexif()
    if copyright_:
        exif[33432] = copyright_
    match path.suffix:
        case ".png":
            chunks = PngImagePlugin.PngInfo()
            if xmp:
                chunks.add_itxt("XML:com.adobe.xmp", xmp.decode(), zip=True)
            image.save(path, pnginfo=chunks, exif=exif)
        case ".tif":
            image.save(path, tiffinfo={**({700: xmp} if xmp else {}), **dict(exif)})
        case ".avif":
            image.save(path, xmp=xmp, exif=exif)
        case _:
            image.save(path, xmp=xmp, exif=exif)
    return path


def segment(path: Path, marker: int, data: bytes) -> Path:
    """Put a segment behind the start mark of a JPEG."""
    raw = path.read_bytes()
    path.write_bytes(raw[:2] + struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data + raw[2:])
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif"])
def test_the_vocabulary_of_plus_in_every_format(tmp_path: Path, suffix: str) -> None:
    """A picture that forbids AI training was sent without a word."""
    found = write(tmp_path / f"a{suffix}", packet(_PLUS.format("DMI-PROHIBITED-AIMLTRAINING")))
    assert probe(found).reservations == (R.AI_TRAINING,)
    silent = write(tmp_path / f"b{suffix}", packet(_PLUS.format("DMI-ALLOWED")), copyright_="(c) 2026 Ada")
    assert probe(silent).reservations == ()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_a_sentence_in_the_copyright_notice(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", copyright_="(c) Ada. Must not be used for AI training")
    assert probe(path).reservations == (R.AI,)


@pytest.mark.parametrize(
    ("xmp", "wanted"),
    [
        (packet(_PLUS.format("DMI-PROHIBITED")), (R.DATA_MINING,)),
        (packet(_PLUS.format("DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING")), (R.DATA_MINING,)),
        (packet(_PLUS.format("DMI-PROHIBITED-GENAIMLTRAINING")), (R.GENERATIVE_TRAINING,)),
        (packet(_PLUS.format("DMI-UNSPECIFIED")), ()),
        (packet(attributes='plus:DataMining="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING"'), (R.AI_TRAINING,)),
        (packet(attributes='tdm:reservation="1"'), (R.DATA_MINING,)),
        (packet("<tdm:reservation>1</tdm:reservation>"), (R.DATA_MINING,)),
        (packet(attributes='tdm:reservation="0"'), ()),
        (packet(_RIGHTS.format("© Ada. No AI.")), (R.AI,)),
        (packet(_RIGHTS.format("Text and data mining reserved under Art. 4 DSM")), (R.DATA_MINING,)),
        (packet(attributes='photoshop:Instructions="NoAI"'), (R.AI,)),
        (packet(_RIGHTS.format("No AI was used in this picture")), ()),
        (packet(_RIGHTS.format("All rights reserved. Maiden, Nairobi")), ()),
        (packet("<dc:description>There is no AI in this story</dc:description>"), ()),
        (packet(_RIGHTS.format("Keine Nutzung für KI; no data mining") + _PLUS.format("DMI-PROHIBITED-AIMLTRAINING")),
         (R.AI_TRAINING, R.DATA_MINING)),
    ],
)  # fmt: skip
def test_what_each_statement_reserves(tmp_path: Path, xmp: bytes, wanted: tuple[Reservation, ...]) -> None:
    assert probe(write(tmp_path / "a.jpg", xmp)).reservations == wanted


@pytest.mark.parametrize("label", [b"c2pa.training-mining", b"cawg.training-mining"])
def test_the_assertion_of_content_credentials(tmp_path: Path, label: bytes) -> None:
    """In CBOR, as it is written; what it allows is no reservation."""

    def store(**uses: bytes) -> bytes:
        entries = b"".join(
            bytes([0x78, len(key) + 5]) + b"c2pa." + key.encode() + b"\xa1cuse" + bytes([0x60 + len(use)]) + use
            for key, use in uses.items()
        )
        boxes = b"jumbc2pa\0" + label + b"\0\xa1gentries" + bytes([0xA0 + len(uses)]) + entries
        return b"JP\0\1\0\0\0\1" + struct.pack(">I", len(boxes) + 4) + boxes

    path = segment(write(tmp_path / "a.jpg"), 0xEB, store(ai_training=b"notAllowed", data_mining=b"allowed"))
    assert probe(path).reservations == (R.AI_TRAINING,)
    path = segment(
        write(tmp_path / "b.jpg"), 0xEB, store(ai_inference=b"constrained", ai_generative_training=b"notAllowed")
    )
    assert probe(path).reservations == (R.AI, R.GENERATIVE_TRAINING)


def test_iptc_instructions_and_the_xmp_file_beside(tmp_path: Path) -> None:
    text = b"No machine learning"
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x18\x1c\x02\x28" + struct.pack(">H", len(text)) + text
    assert probe(segment(write(tmp_path / "a.jpg"), 0xED, block)).reservations == (R.AI,)
    scan = write(tmp_path / "scan.tif")
    (tmp_path / "scan.tif.xmp").write_bytes(packet(_PLUS.format("DMI-PROHIBITED")))
    assert probe(scan).reservations == (R.DATA_MINING,)


def test_broken_metadata_says_nothing_and_stops_nothing(tmp_path: Path) -> None:
    jpeg = segment(write(tmp_path / "a.jpg"), 0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert probe(jpeg).reservations == ()
    tiff = write(tmp_path / "b.tif", packet(_PLUS.format("DMI-PROHIBITED")))
    raw = tiff.read_bytes()
    place = raw.index(struct.pack("<H", 700))
    tiff.write_bytes(raw[: place + 8] + b"\xf0\xff\xff\x7f" + raw[place + 12 :])
    assert probe(tiff).reservations == ()


def test_it_goes_through_the_pipe_and_into_words(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", packet(_PLUS.format("DMI-PROHIBITED") + _RIGHTS.format("No AI")))
    info = probe(path)
    assert from_row(path, to_row(info)) == info
    assert reservations_text(info.reservations) == "no use with AI, no data mining"
