"""What is odd or broken in an original's metadata: the rest comes back, and what does not is never lost without a word."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from tests.media.metadata.test_complete import RESULT, made, order
from tests.support import marked_pictures as marked
from tests.support import pictures
from topazdesk.domain.image import Companion, FileFormat
from topazdesk.domain.kept import MetadataChoice, RemarkKind
from topazdesk.media.byte_ranges import of_bytes
from topazdesk.media.companions import companions
from topazdesk.media.jpeg_segments import COMMENT, segment, segments
from topazdesk.media.metadata import big_tiff, boxed, carried_exif
from topazdesk.media.metadata import source as originals
from topazdesk.media.metadata.aside import file_metadata_aside
from topazdesk.media.metadata.complete import complete
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.metadata.read_back import not_written
from topazdesk.media.metadata.records import records_for
from topazdesk.media.probe import probe

XMP_HEAD = b"\x21\xff\x0bXMP DataXMP"


def _exif(data: bytearray) -> tuple[int, str, int]:
    """Where the EXIF block of a JPEG begins, its byte order, and where its first directory lies."""
    start = data.index(b"Exif\0\0") + 6
    order = "<" if data[start : start + 2] == b"II" else ">"
    return start, order, start + struct.unpack_from(order + "I", data, start + 4)[0]


def _point_beyond(data: bytearray, *tags: int) -> None:
    _, order, directory = _exif(data)
    for place in range(struct.unpack_from(order + "H", data, directory)[0]):
        entry = directory + 2 + 12 * place
        if struct.unpack_from(order + "H", data, entry)[0] in tags:
            struct.pack_into(order + "I", data, entry + 8, 0x7FFFFF00)


def _pointer(data: bytearray) -> None:
    _point_beyond(data, 0x8769)


def _values(data: bytearray) -> None:
    _point_beyond(data, 0x013B, 0x8298)


def _count(data: bytearray) -> None:
    _, order, directory = _exif(data)
    struct.pack_into(order + "H", data, directory, 60_000)


def _xmp(data: bytearray) -> None:
    data[:] = data.replace(b"</rdf:RDF>", b"</rdf:RXX>")


def _iptc(data: bytearray) -> None:
    place = data.index(b"\x1c\x02")
    data[place + 3 : place + 5] = b"\xff\xff"


@pytest.mark.parametrize(
    ("damage", "kind"), [(_pointer, "EXIF"), (_values, "EXIF"), (_count, "EXIF"), (_xmp, "XMP"), (_iptc, "IPTC")]
)
@pytest.mark.parametrize("to", ["jpg", "png", "tif"])
def test_damaged_metadata_is_said_and_the_rest_comes_back(
    tmp_path: Path, damage: Callable[[bytearray], None], kind: str, to: str
) -> None:
    """exiv2 tells of it in its log only: half of the fields were lost without a word."""
    source = marked.marked(tmp_path / "source.jpg")
    data = bytearray(source.read_bytes())
    damage(data)
    source.write_bytes(data)
    _, file, kept = made(source, to)
    said = [remark.text for remark in kept.report.remarks if remark.kind is RemarkKind.UNREADABLE]
    assert said == [f"{kind} of the original is damaged: what could not be read of it is missing"]
    exif, xmp = marked.exif_of(file), marked.xmp_of(file)
    if kind != "XMP":
        assert xmp["Xmp.xmp.Rating"] == "4"
    if kind != "EXIF":
        assert exif["Exif.Image.Artist"] == "Zoë Müller"
    if kind != "IPTC":
        assert marked.iptc_of(file)["Iptc.Application2.City"] == "Köln".encode()


def test_a_sound_original_is_not_called_damaged(tmp_path: Path) -> None:
    for suffix in marked.SUFFIXES:
        _, _, kept = made(marked.marked(tmp_path / f"source.{suffix}"), "jpg")
        assert not kept.report.lines, suffix


@pytest.mark.parametrize("to", ["jpg", "png", "tif"])
def test_every_comment_of_a_jpeg_comes_back(tmp_path: Path, to: str) -> None:
    """The first alone did."""
    source = marked.write(tmp_path / "source.jpg")
    data = source.read_bytes()
    parts = [segment(COMMENT, text) for text in (b"box 7\0", "Köln".encode(), b"Ulm in \xfc", b"box 7")]
    source.write_bytes(data[:2] + b"".join(parts) + data[2:])
    _, file, kept = made(source, to)
    assert kept.report.lines == ()
    words = "box 7\nKöln\nUlm in ü"
    if to == "tif":
        assert marked.exif_of(file)["Exif.Photo.UserComment"].endswith(words)
    else:
        with Image.open(file) as image:
            image.load()
            said = image.info["comment" if to == "jpg" else "Comment"]
        assert (said.decode() if isinstance(said, bytes) else said) == words


@pytest.mark.parametrize("page", [0, 1])
def test_a_further_picture_of_a_jpeg_has_its_own_exposure_and_the_rights_of_the_file(tmp_path: Path, page: int) -> None:
    """A burst: the second picture's result, and its details in the window, had the time of the first."""
    source = tmp_path / "source.mpo"
    frames, times = [], ("2001:01:01 01:01:01", "2002:02:02 02:02:02")
    for number, time in enumerate(times):
        frame = Image.new("RGB", marked.SIZE, (90, 120 + 90 * number, 30))
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = time
        if not number:
            exif[0x13B] = "Zoe"
            exif[0x10E] = "the first of them"
        frame.info["exif"] = exif.tobytes()
        frame.encoderinfo = {"exif": exif.tobytes()}
        frames.append(frame)
    frames[0].save(source, "MPO", save_all=True, append_images=frames[1:], exif=frames[0].info["exif"])
    data = bytearray(source.read_bytes())
    head = data.find(b"MPF\0") + 4
    entries = head + struct.unpack_from("<I", data, data.find(b"\x02\xb0\x07\0", head) + 8)[0]
    for number in range(2):
        struct.pack_into("<I", data, entries + 16 * number, 0x020002)  # of equal standing
    source.write_bytes(data)
    assert probe(source).pages == 2
    delivered = marked.write(tmp_path / "delivered.jpg", size=RESULT)
    given = replace(order(source, delivered), page=page)
    complete(given)
    exif = marked.exif_of(given.kept)
    assert exif["Exif.Photo.DateTimeOriginal"] == times[page]
    assert exif["Exif.Image.Artist"] == "Zoe"
    assert exif.get("Exif.Image.ImageDescription") == (None if page else "the first of them")
    said = dict(file_metadata_aside([source], [page])[0].stated)
    assert said["Taken"] == times[page].replace(":", "-", 2)


@pytest.mark.parametrize("big", [False, True])
def test_a_page_has_its_own_description_and_what_the_document_says(tmp_path: Path, big: bool) -> None:
    """The result of page 2 was described as page 1: that is all of a TIFF that exiv2 reads."""
    source = tmp_path / "source.tif"
    pixels = np.zeros((marked.SIZE[1], marked.SIZE[0], 3), np.uint8)
    artist = (315, "s", 0, "Zoë Müller".encode(), True)
    with tifffile.TiffWriter(source, bigtiff=big) as tiff:
        tiff.write(pixels, description="front", metadata=None, extratags=[artist, (285, "s", 0, "recto", True)])
        tiff.write(pixels, description="back", metadata=None, resolution=(200, 200), resolutionunit=2)
        tiff.write(pixels, description=None, metadata=None)
    delivered = marked.write(tmp_path / "delivered.jpg", size=RESULT)
    for page, description in ((None, "front"), (0, "front"), (1, "back"), (2, None)):
        given = replace(order(source, delivered), page=page)
        kept = complete(given)
        assert kept.report.lines == ()
        exif = marked.exif_of(given.kept)
        assert exif.get("Exif.Image.ImageDescription") == description
        assert exif.get("Exif.Image.PageName") == (None if page else "recto")
        assert exif["Exif.Image.Artist"] == "Zoë Müller"


def test_a_picture_behind_its_thumbnail_has_what_both_say(tmp_path: Path) -> None:
    source = tmp_path / "source.tif"
    pixels = np.zeros((marked.SIZE[1], marked.SIZE[0], 3), np.uint8)
    with tifffile.TiffWriter(source) as tiff:
        tiff.write(pixels[::4, ::4], subfiletype=1, description="of all", metadata=None)
        tiff.write(pixels, description=None, metadata=None, extratags=[(315, "s", 0, "Zoe", True)])
    delivered = marked.write(tmp_path / "delivered.jpg", size=RESULT)
    given = order(source, delivered)
    complete(given)
    exif = marked.exif_of(given.kept)
    assert (exif["Exif.Image.ImageDescription"], exif["Exif.Image.Artist"]) == ("of all", "Zoe")


def test_a_comment_is_as_long_as_it_was(tmp_path: Path) -> None:
    """exiv2 writes a zero behind it, which other programs show."""
    source = marked.marked(tmp_path / "source.jpg", comment="Grüße\nzwei")
    _, file, _ = made(source, "jpg")
    data = file.read_bytes()
    read = of_bytes(data)
    assert [each.content(read) for each in segments(read) if each.marker == COMMENT] == ["Grüße\nzwei".encode()]
    with Image.open(file) as image:
        image.load()
        assert image.info["comment"] == "Grüße\nzwei".encode()


def test_what_does_not_get_into_a_file_is_said_by_whatever_it_is_caused(tmp_path: Path) -> None:
    """exiv2 leaves out without a word what it does not like: what was written is read again."""
    source, delivered = marked.marked(tmp_path / "source.jpg"), marked.write(tmp_path / "delivered.jpg", size=RESULT)
    found = originals.read(source, FileFormat.JPEG)
    given = order(source, delivered)
    records = records_for(found, given, probe(delivered), LeftOut())
    _, file, _ = made(source, "jpg")
    assert not_written(file, records, records.xmp, FileFormat.JPEG) == []
    names = not_written(delivered, records, records.xmp, FileFormat.JPEG)
    assert {"Artist", "GPSLatitude", "title", "Rating", "JobID", "City"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("to", ["jpg", "png", "tif"])
def test_more_exif_than_there_is_room_for_is_in_the_xmp_file(tmp_path: Path, to: str) -> None:
    """EXIF of a JPEG has one segment, without further ones as XMP has; exiv2 dropped what was long without a word."""
    source = marked.marked(tmp_path / "source.tif")
    import exiv2

    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    image.exifData()["Exif.Photo.UserComment"] = exiv2.CommentValue("long " * 20_000)
    image.writeMetadata()
    _, file, kept = made(source, to)
    if to == "tif":
        assert kept.report.lines == ()
        assert marked.exif_of(file)["Exif.Photo.UserComment"].count("long") == 20_000
        return
    assert kept.report.lines == ("Long properties are in the XMP file beside it only: the format has no room for them",)
    assert kept.report.has_packet
    assert marked.exif_of(file)["Exif.Image.Artist"] == "Zoë Müller"
    assert "Exif.Photo.UserComment" not in marked.exif_of(file)
    packet = tmp_path / "beside.xmp"
    packet.write_text(kept.packet, "utf-8")
    assert marked.xmp_of(packet)["Xmp.exif.UserComment"].count("long") == 20_000


def test_the_xmp_of_a_gif_comes_back(tmp_path: Path) -> None:
    """exiv2 does not read GIF."""
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/></rdf:RDF></x:xmpmeta>'
    )
    source = tmp_path / "source.gif"
    Image.new("P", marked.SIZE, 3).save(source, comment=b"a comment")
    data = source.read_bytes()
    ramp = bytes([1, *range(255, -1, -1), 0])
    source.write_bytes(data[:-1] + XMP_HEAD + packet + ramp + data[-1:])
    _, file, kept = made(source, "png")
    assert marked.xmp_of(file)["Xmp.xmp.Rating"] == "3"
    assert kept.report.lines == ()


def test_who_sent_a_picture_comes_back(tmp_path: Path) -> None:
    """IPTC's envelope was left out without a word; only what is about the file itself is, and that is said."""
    import exiv2

    source = marked.marked(tmp_path / "source.jpg")
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    image.iptcData()["Iptc.Envelope.ServiceId"] = "AFP"
    image.iptcData()["Iptc.Envelope.UNO"] = "1987:AFP:42"
    image.iptcData()["Iptc.Envelope.FileFormat"] = "11"
    image.iptcData()["Iptc.Envelope.ModelVersion"] = "4"
    image.writeMetadata()
    _, file, kept = made(source, "tif")
    assert kept.report.lines == ("IPTC about the original's file left out: its format and its pixels",)
    result = exiv2.ImageFactory.open(str(file))
    result.readMetadata()
    found = {datum.key(): datum.toString() for datum in result.iptcData()}
    assert (found["Iptc.Envelope.ServiceId"], found["Iptc.Envelope.UNO"]) == ("AFP", "1987:AFP:42")
    assert found["Iptc.Envelope.ModelVersion"] == "4"
    assert "Iptc.Envelope.FileFormat" not in found
    assert found["Iptc.Envelope.CharacterSet"] == "\x1b%G"


def test_every_tag_of_the_first_directory_comes_back_or_is_said_to_be_left_out() -> None:
    """Those that nobody had thought of, as TargetPrinter, were left out without a word."""
    import exiv2

    known = [(each["tag"], each["name"]) for each in exiv2.ExifTags.tagList("Image")]
    assert len(known) > 200
    library = exiv2.ExifData()
    for tag, name in known:
        key = exiv2.ExifKey(tag, "Image")
        if name not in _STRUCTURE:
            library.add(key, exiv2.Value.create(exiv2.TypeId.asciiString))
    silent = []
    for datum in library:
        left_out, one = LeftOut(), exiv2.ExifData()
        one.add(datum)
        kept = carried_exif.carry(one, MetadataChoice(), left_out)
        if kept.empty() and not left_out.remarks:
            silent.append(datum.tagName())
    assert not silent


#: How the file is built, which its result says itself, and what is set anew or has a record of its own.
_STRUCTURE = frozenset(
    [
        "ProcessingSoftware",
        "Software",
        "DateTime",
        "NewSubfileType",
        "SubfileType",
        "ImageWidth",
        "ImageLength",
        "BitsPerSample",
        "Compression",
        "PhotometricInterpretation",
        "FillOrder",
        "StripOffsets",
        "Orientation",
        "SamplesPerPixel",
        "RowsPerStrip",
        "StripByteCounts",
        "XResolution",
        "YResolution",
        "ResolutionUnit",
        "PlanarConfiguration",
        "PageNumber",
        "T4Options",
        "T6Options",
        "TransferFunction",
        "TransferRange",
        "Predictor",
        "WhitePoint",
        "PrimaryChromaticities",
        "ColorMap",
        "TileWidth",
        "TileLength",
        "TileOffsets",
        "TileByteCounts",
        "SubIFDs",
        "InkSet",
        "InkNames",
        "NumberOfInks",
        "DotRange",
        "ExtraSamples",
        "SampleFormat",
        "SMinSampleValue",
        "SMaxSampleValue",
        "JPEGTables",
        "JPEGProc",
        "JPEGInterchangeFormat",
        "JPEGInterchangeFormatLength",
        "JPEGRestartInterval",
        "JPEGLosslessPredictors",
        "JPEGPointTransforms",
        "JPEGQTables",
        "JPEGDCTables",
        "JPEGACTables",
        "YCbCrCoefficients",
        "YCbCrSubSampling",
        "YCbCrPositioning",
        "ReferenceBlackWhite",
        "XMLPacket",
        "IPTCNAA",
        "ImageResources",
        "ExifTag",
        "GPSTag",
        "InterColorProfile",
        "CompressedBitsPerPixel",
    ]
)


@pytest.mark.parametrize("to", ["jpg", "png", "tif"])
def test_for_which_printer_a_picture_is_comes_back(tmp_path: Path, to: str) -> None:
    import exiv2

    source = marked.marked(tmp_path / "source.jpg")
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    image.exifData()["Exif.Image.TargetPrinter"] = "Heidelberg 4"
    image.exifData()["Exif.Image.HalftoneHints"] = exiv2.UShortValue([10, 200])
    image.writeMetadata()
    _, file, kept = made(source, to)
    said = ["EXIF about the original's file, its sensor or its printing left out"]
    if to == "tif":  # where exiv2 takes them for parts of the file itself
        said.append("Could not be written into the file, but is in the XMP file beside it: TargetPrinter")
        assert "Heidelberg 4" in kept.packet
    else:
        assert marked.exif_of(file)["Exif.Image.TargetPrinter"] == "Heidelberg 4"
    assert list(kept.report.lines) == said


@pytest.mark.parametrize("to", ["jpg", "png", "tif"])
def test_entries_in_the_wrong_directory_come_back_in_the_right_one(tmp_path: Path, to: str) -> None:
    """exiftool and scanning programs write some of TIFF/EP into EXIF's own directory, and others the reverse: all was lost."""
    import exiv2

    source = marked.marked(tmp_path / "source.jpg")
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    exif = image.exifData()
    exif["Exif.Photo.0x9213"] = "scanned 1998"
    exif["Exif.Image.0xa433"] = "Schneider"
    exif["Exif.Image.0xa434"] = "not this one: it is in its place already"
    exif["Exif.Photo.0xa436"] = "Am See"
    exif["Exif.Image.0x8546"] = "of an electron microscope"
    image.writeMetadata()
    _, file, kept = made(source, to)
    found = marked.exif_of(file)
    assert found["Exif.Image.ImageHistory"] == "scanned 1998"
    assert found["Exif.Photo.LensMake"] == "Schneider"
    assert found["Exif.Photo.LensModel"] == "EF 50mm"
    assert found["Exif.Photo.ImageTitle"] == "Am See"
    assert kept.report.lines == ("Private tags of the original's program left out",)


def test_what_shall_stay_out_does_so_in_the_wrong_directory_too(tmp_path: Path) -> None:
    import exiv2

    source = marked.marked(tmp_path / "source.jpg")
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    image.exifData()["Exif.Image.0xa430"] = "Owner"
    image.exifData()["Exif.Image.0xa435"] = "4711"
    image.writeMetadata()
    choice = MetadataChoice(keeps_people=False, keeps_serials=False)
    _, file, kept = made(source, "jpg", choice=choice)
    data = file.read_bytes()
    assert b"Owner" not in data
    assert b"4711" not in data
    assert {"Names of people left out, as set", "Serial numbers left out, as set"} <= set(kept.report.lines)


def _metadata_first(data: bytes) -> bytes:
    """Put the metadata of a HEIC before the picture, as exiftool does that adds it to a file without any."""
    place = data.index(b"iloc") + 8  # sizes of the fields: 4 for each
    count = struct.unpack_from(">H", data, place + 2)[0]
    entries = [(place + 4 + 18 * at, *struct.unpack_from(">IHII", data, place + 8 + 18 * at)) for at in range(count)]
    start = data.index(b"mdat") + 4
    made, moved = bytearray(data[:start]), b""
    for entry, base, _, offset, length in (*entries[1:], entries[0]):
        struct.pack_into(">IHII", made, entry + 4, 0, 1, start + len(moved), length)
        moved += data[base + offset : base + offset + length]
    return bytes(made) + moved


def test_metadata_of_a_heic_comes_back_wherever_it_stands_in_the_file(tmp_path: Path) -> None:
    """Of a file to which exiftool had added all fields, none came back, and nothing was said."""
    import pillow_heif

    jpeg = marked.marked(tmp_path / "a.jpg")
    with Image.open(jpeg) as picture:
        exif, xmp = picture.info["exif"], picture.info["xmp"]
        heif = pillow_heif.from_pillow(picture)
    source = tmp_path / "source.heic"
    heif.save(source, exif=exif, xmp=xmp)
    source.write_bytes(_metadata_first(source.read_bytes()))
    _, file, kept = made(source, "png")
    assert not [remark.text for remark in kept.report.remarks if remark.kind is RemarkKind.UNREADABLE]
    assert marked.exif_of(file)["Exif.Image.Artist"] == "Zoë Müller"
    assert marked.xmp_of(file)["Xmp.xmp.Rating"] == "4"


def test_a_broken_list_of_items_holds_nothing(tmp_path: Path) -> None:
    whole = pictures.write(tmp_path / "a.avif", width=60, height=40).read_bytes()
    place = whole.index(b"iloc")
    assert boxed.blocks(tmp_path / "a.avif").exif[:2] in (b"II", b"MM")
    for data in (whole[:200], whole[: place + 9], whole.replace(b"infe", b"infx"), b"", b"\0" * 64):
        (tmp_path / "b.avif").write_bytes(data)
        assert boxed.blocks(tmp_path / "b.avif") == boxed.Blocks()


def test_the_depth_map_of_a_heic_is_said_to_stay_behind(tmp_path: Path) -> None:
    """Phones store gain maps, depth and masks in their HEIC as further pictures: gone without a word."""
    import pillow_heif

    source = tmp_path / "source.heic"
    pillow_heif.from_pillow(Image.new("RGBA", marked.SIZE, (90, 120, 30, 128))).save(source)
    assert _left_out(source) == [], "transparency is told of elsewhere"
    name = b"urn:mpeg:hevc:2015:auxid:"
    data = source.read_bytes()
    assert data.count(name + b"1") == 1
    source.write_bytes(data.replace(name + b"1", name + b"2"))
    assert _left_out(source) == ["Depth map and sound left out: they stay with the original"]


@pytest.mark.parametrize(
    ("auxiliary", "item", "last", "found"),
    [
        (b"urn:com:apple:photo:2020:aux:hdrgainmap", b"hvc1", b"free", (("gain_map",), ())),
        (b"urn:com:apple:photo:2019:aux:semanticskymatte", b"hvc1", b"free", ((), ("semanticskymatte",))),
        (
            b"urn:com:apple:photo:2018:aux:portraiteffectsmatte",
            b"hvc1",
            b"mpvd",
            (("motion",), ("portraiteffectsmatte",)),
        ),
        (b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth", b"tmap", b"free", (("gain_map", "depth"), ())),
        (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"av01", b"free", ((), ())),
    ],
)
def test_what_a_phone_stores_beside_a_picture_in_boxes(
    tmp_path: Path, auxiliary: bytes, item: bytes, last: bytes, found: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", 8 + len(content)) + kind + content

    entry = box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 1, 0) + item + b"\0")
    properties = box(b"iprp", box(b"ipco", box(b"auxC", bytes(4) + auxiliary + b"\0")))
    meta = box(b"meta", bytes(4) + box(b"iinf", bytes(4) + struct.pack(">H", 1) + entry) + properties)
    (tmp_path / "a.heic").write_bytes(box(b"ftyp", b"heic" + bytes(4)) + meta + box(last, bytes(40)))
    path = tmp_path / "a.heic"
    with path.open("rb") as file:
        held = companions(file.fileno(), FileFormat.HEIC, path.stat().st_size)
    masks = boxed.blocks(path).masks
    assert (tuple(each.value for each in held if each is not Companion.MASKS), masks) == found
    assert (Companion.MASKS in held) == bool(masks)


def test_what_a_camera_stored_beside_the_picture_is_said_to_be_left_out(tmp_path: Path) -> None:
    """The measured temperatures of a thermal camera, a sound, a clip without any mark in XMP: gone without a word."""
    source = marked.marked(tmp_path / "source.jpg")
    whole = source.read_bytes()
    assert not [text for text in _left_out(source) if "beside" in text or "follows" in text]
    measured = b"FLIR\0\1\0\0" + b"\1" * 500
    blocks = b"".join(
        b"\xff\xe1" + (len(each) + 2).to_bytes(2, "big") + each for each in (measured, b"\0" * 60, measured)
    )
    source.write_bytes(whole[:2] + blocks + whole[2:])
    assert "Data that the camera or a program stored beside the picture left out: FLIR" in _left_out(source)
    behind = "What follows the picture in the original's file left out: a clip, sound or another picture"
    for data, is_said in ((b"\0" * 5000, False), (b"\0\0\0\x18ftypmp42" + b"\1" * 5000, True)):
        source.write_bytes(whole + data)
        assert (behind in _left_out(source)) is is_said


def _left_out(source: Path) -> list[str]:
    _, _, kept = made(source, "jpg")
    return [remark.text for remark in kept.report.remarks if remark.kind is RemarkKind.LEFT_OUT]


@pytest.mark.parametrize("order", ["<", ">"])
def test_metadata_of_a_big_tiff_comes_back(tmp_path: Path, order: str) -> None:
    """exiv2 knows no BigTIFF, and a scan above 4 GB is one: "the metadata of the original cannot be read"."""
    with Image.open(marked.marked(tmp_path / "a.jpg")) as picture:
        xmp = picture.info["xmp"]
    source = _big_tiff(tmp_path / "source.tif", order, xmp, b"\x1c\x02\x5a\0\5" + "Köln".encode())
    _, file, kept = made(source, "tif")
    assert not [remark.text for remark in kept.report.remarks if remark.kind is RemarkKind.UNREADABLE]
    exif = marked.exif_of(file)
    assert exif["Exif.Image.Artist"] == "Zoë Müller"
    assert exif["Exif.Photo.ExposureTime"] == "1/125"
    assert exif["Exif.GPSInfo.GPSLatitudeRef"] == "N"
    assert marked.xmp_of(file)["Xmp.xmp.Rating"] == "4"
    assert marked.iptc_of(file)["Iptc.Application2.City"] == "Köln".encode()
    source.write_bytes(source.read_bytes()[:60])
    assert big_tiff.as_classic(source)


def _big_tiff(path: Path, order: str, xmp: bytes, iptc: bytes) -> Path:
    """A BigTIFF of 60 × 40 in grey, with EXIF, GPS, XMP and IPTC (the format's own page, awaresystems.be)."""
    data = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "HHHQ", 43, 8, 0, 16))

    def directory(fields: list[tuple[int, int, int, bytes]]) -> bytes:
        return (
            struct.pack(order + "Q", len(fields))
            + b"".join(struct.pack(order + "HHQ", *field[:3]) + field[3].ljust(8, b"\0") for field in fields)
            + bytes(8)
        )

    def number(tag: int, value: int) -> tuple[int, int, int, bytes]:
        return tag, 3, 1, struct.pack(order + "H", value)

    artist = "Zoë Müller\0".encode()
    count = 13
    place = 16 + 8 + 20 * count + 8
    exif = directory([(33_434, 5, 1, struct.pack(order + "II", 1, 125))])
    gps = directory([(1, 2, 2, b"N\0")])
    places, behind = [], b""
    for part in (bytes(range(60)) * 40, artist, xmp, iptc, exif, gps):
        places.append(struct.pack(order + "Q", place + len(behind)))
        behind += part
    fields = [number(256, 60), number(257, 40), number(258, 8), number(259, 1), number(262, 1)]
    fields += [(273, 16, 1, places[0]), number(278, 40), (279, 16, 1, struct.pack(order + "Q", 2400))]
    fields += [(315, 2, len(artist), places[1]), (700, 1, len(xmp), places[2]), (33_723, 7, len(iptc), places[3])]
    fields += [(34_665, 18, 1, places[4]), (34_853, 16, 1, places[5])]
    path.write_bytes(data + directory(fields) + behind)
    return path


@pytest.mark.parametrize("name", ["a.j2k", "broken list.tif", "wrong profile.jpg"])
def test_nothing_is_said_that_is_not_so(tmp_path: Path, name: str) -> None:
    """A codestream has no metadata to be unreadable; of a scan only the list of pages was; a left out profile is no loss."""
    source = tmp_path / name
    match name:
        case "a.j2k":
            grey = np.zeros((48, 64), np.uint8)
            source.write_bytes(imagecodecs.jpeg2k_encode(grey, codecformat="j2k", reversible=True))
            wanted: tuple[str, ...] = ()
        case "broken list.tif":
            exif = Image.Exif()
            exif[0x013B] = "Zoe"
            Image.new("RGB", (64, 48)).save(source, exif=exif)
            data = bytearray(source.read_bytes())
            (place,) = struct.unpack_from("<I", data, 4)
            struct.pack_into("<I", data, place + 2 + 12 * struct.unpack_from("<H", data, place)[0], 0x7FFF_FFFF)
            source.write_bytes(data)
            wanted = ("Further pages of the original left out: its list of them is broken",)
        case _:
            inks = pyvips.Operation.call("profile_load", "cmyk")
            Image.new("L", (64, 48)).save(source, icc_profile=inks)
            wanted = ()
    _, file, kept = made(source, "jpg")
    assert kept.report.lines == wanted
    if wanted:
        assert marked.exif_of(file)["Exif.Image.Artist"] == "Zoe"
