"""All of EXIF and IPTC is in an XMP file: exiv2 knows no property for many entries, and they were lost without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import exiv2
import pytest

from tests.media.metadata.test_complete import made
from tests.support import marked_pictures as marked
from topazdesk.domain.kept import MetadataChoice, MetadataMode
from topazdesk.media.metadata import carried_exif, carried_iptc
from topazdesk.media.metadata.as_xmp import packet
from topazdesk.media.metadata.left_out import LeftOut


def xmp_of(text: str) -> dict[str, str]:
    image = exiv2.ImageFactory.open(text.encode())
    image.readMetadata()
    return {datum.key(): datum.toString() for datum in image.xmpData()}


@pytest.mark.parametrize("group", ["Image", "Photo", "GPSInfo"])
def test_no_text_of_exif_is_lost(group: str) -> None:
    exif, words = exiv2.ExifData(), {}
    for number, each in enumerate(exiv2.ExifTags.tagList(group)):
        key = exiv2.ExifKey(f"Exif.{group}.{each['name']}")
        if key.defaultTypeId() is exiv2.TypeId.asciiString and "Date" not in key.tagName():
            words[key.tagName()] = f"word {number} of {group}"
            exif.add(key, exiv2.AsciiValue(words[key.tagName()]))
    kept = carried_exif.carry(exif, MetadataChoice(), LeftOut())
    assert len(list(kept)) > 4
    text = packet(kept, exiv2.IptcData(), exiv2.XmpData())
    sides = ("GPSLatitudeRef", "GPSLongitudeRef", "GPSDestLatitudeRef", "GPSDestLongitudeRef")  # of no number
    lost = [datum.tagName() for datum in kept if datum.tagName() not in sides and datum.toString() not in text]
    assert not lost


def test_no_text_of_iptc_is_lost() -> None:
    iptc, words = exiv2.IptcData(), []
    lists: list[Any] = [exiv2.IptcDataSets.envelopeRecordList(), exiv2.IptcDataSets.application2RecordList()]
    for record, known in zip(("Envelope", "Application2"), lists, strict=True):
        for number, each in enumerate(known):
            key = exiv2.IptcKey(f"Iptc.{record}.{each['name']}")
            if each["type"] is exiv2.TypeId.string and each["name"] != "CharacterSet":
                words.append(f"word {number} of {record}")
                iptc.add(key, exiv2.StringValue(words[-1]))
    kept = carried_iptc.carry(iptc, MetadataChoice(), LeftOut())
    text = packet(exiv2.ExifData(), kept, exiv2.XmpData())
    lost = [datum.tagName() for datum in kept if datum.toString() not in text]
    assert lost == ["CharacterSet"]


def test_what_later_editions_of_exif_added_has_its_own_properties(tmp_path: Path) -> None:
    """Where a result keeps its content credentials, the XMP file beside it is all there is of the metadata."""
    source = marked.marked(tmp_path / "source.jpg")
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    exif = image.exifData()
    exif["Exif.Photo.OffsetTimeOriginal"] = "+09:00"
    exif["Exif.Photo.LensSerialNumber"] = "L 77"
    exif["Exif.Photo.Gamma"] = exiv2.URationalValue((22, 10))
    exif["Exif.Image.PageName"] = "f. 12r"
    exif["Exif.Image.XPTitle"] = "71 0 114 0 252 0 0 0"
    image.iptcData()["Iptc.Envelope.ServiceId"] = "AFP"
    image.iptcData()["Iptc.Application2.ReferenceNumber"] = "1"
    image.iptcData().add(exiv2.IptcKey("Iptc.Application2.ReferenceNumber"), exiv2.StringValue("2"))
    image.writeMetadata()
    _, _, kept = made(source, "jpg", choice=MetadataChoice(mode=MetadataMode.SIDECAR))
    found = xmp_of(kept.packet)
    assert found["Xmp.exifEX.LensModel"] == "EF 50mm"
    assert found["Xmp.exifEX.OffsetTimeOriginal"] == "+09:00"
    assert found["Xmp.exifEX.LensSerialNumber"] == "L 77"
    assert found["Xmp.exifEX.Gamma"] == "22/10"
    assert found["Xmp.topazdesk.ExifPageName"] == "f. 12r"
    assert found["Xmp.topazdesk.ExifXPTitle"] == "Grü"
    assert found["Xmp.topazdesk.IptcServiceId"] == "AFP"
    assert found["Xmp.topazdesk.IptcReferenceNumber"] == "1, 2"
    assert found["Xmp.tiff.Make"] == "Canon"


def test_what_the_xmp_says_itself_stays() -> None:
    exif, xmp = exiv2.ExifData(), exiv2.XmpData()
    exif["Exif.Photo.LensModel"] = "by EXIF\0\1"
    text = packet(exif, exiv2.IptcData(), xmp)
    assert xmp_of(text)["Xmp.exifEX.LensModel"] == "by EXIF"
    xmp["Xmp.exifEX.LensModel"] = "by XMP"
    assert xmp_of(packet(exif, exiv2.IptcData(), xmp))["Xmp.exifEX.LensModel"] == "by XMP"
    assert len(list(xmp)) == 1


@pytest.mark.parametrize("mode", [MetadataMode.SIDECAR, MetadataMode.EMBED])
def test_words_in_latin_1_empty_no_packet(tmp_path: Path, mode: MetadataMode) -> None:
    """A single "Jörg" of an older program left an XMP file with nothing in it, beside a result that keeps its credentials."""
    source = marked.marked(tmp_path / "source.jpg")
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    image.exifData()["Exif.Image.Artist"] = "J??rg"
    image.exifData()["Exif.Image.PageName"] = "f??r"
    image.exifData()["Exif.Photo.LensModel"] = "L??ns"
    image.exifData()["Exif.Photo.UserComment"] = "G??te"
    image.writeMetadata()
    data = source.read_bytes()
    for word, other in (("J??rg", "Jö rg"), ("f??r", "fü r"), ("L??ns", "Lé ns"), ("G??te", "Gü te")):
        data = data.replace(word.encode(), other.encode("latin-1"))
    source.write_bytes(data)
    _, _, kept = made(source, "jpg", choice=MetadataChoice(mode=mode))
    assert not kept.report.lines
    if mode is MetadataMode.SIDECAR:
        found = xmp_of(kept.packet)
        assert found["Xmp.dc.creator"] == "Jö rg"
        assert found["Xmp.topazdesk.ExifPageName"] == "fü r"
        assert found["Xmp.exifEX.LensModel"] == "Lé ns"
        assert "Gü te" in found["Xmp.exif.UserComment"]
        assert found["Xmp.tiff.Make"] == "Canon"


def test_a_latitude_without_a_side_empties_no_packet() -> None:
    exif = exiv2.ExifData()
    exif["Exif.Image.Make"] = "Canon"
    exif["Exif.GPSInfo.GPSLatitudeRef"] = "\u00e9"
    exif["Exif.GPSInfo.GPSLatitude"] = exiv2.URationalValue([(50, 1), (30, 1), (0, 1)])
    exif.add(exiv2.ExifKey(0xC3, "GPSInfo"), exiv2.AsciiValue("?"))
    found = xmp_of(packet(exif, exiv2.IptcData(), exiv2.XmpData()))
    assert found["Xmp.tiff.Make"] == "Canon"
    assert "50/1 30/1 0/1" in found.values()


def test_what_the_xmp_contradicts_is_kept_beside_it() -> None:
    """XMP goes before EXIF and IPTC; what those said otherwise was nowhere then."""
    exif, iptc, xmp = exiv2.ExifData(), exiv2.IptcData(), exiv2.XmpData()
    exif["Exif.Image.Copyright"] = "© 1998 Zoë"
    exif["Exif.Image.Artist"] = "Zoë"
    exif["Exif.Image.Make"] = "Canon"
    for word in ("Köln", "Ulm"):
        iptc.add(exiv2.IptcKey("Iptc.Application2.Keywords"), exiv2.StringValue(word))
    xmp["Xmp.dc.rights"] = "© 2020 Kim"
    xmp["Xmp.dc.creator"] = "Zoë"
    xmp["Xmp.dc.subject"] = "Köln"
    found = xmp_of(packet(exif, iptc, xmp))
    assert found["Xmp.dc.rights"] == 'lang="x-default" © 2020 Kim'
    assert found["Xmp.topazdesk.ExifCopyright"] == "© 1998 Zoë"
    assert found["Xmp.topazdesk.IptcKeywords"] == "Ulm"
    assert found["Xmp.tiff.Make"] == "Canon"
    assert "Xmp.topazdesk.ExifArtist" not in found
