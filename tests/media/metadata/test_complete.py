"""What an original says about itself is in its result, corrected, with every pixel as it was delivered."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import exiv2
import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from tests.support import marked_pictures as marked
from tests.support import uneven_pixels
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.kept import CredentialsMode, Kept, MetadataChoice, MetadataMode, RemarkKind, ResolutionMode
from topazdesk.media.metadata.complete import complete
from topazdesk.media.metadata.order import Order
from topazdesk.media.metadata.provenance import Provenance
from topazdesk.media.probe import probe

FORMATS = {"jpg": FileFormat.JPEG, "png": FileFormat.PNG, "tif": FileFormat.TIFF}
RESULT = (120, 80)
CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def facts(source: Path, delivered: Path, **changes: Any) -> Provenance:
    made = Provenance(
        program="topazdesk 9",
        service="Topaz",
        is_sandbox=False,
        model="Standard 2",
        tier="precise",
        settings='{"strength": 0.5}',
        job="job-1",
        remote_job="process-1",
        source_name=source.name,
        source_digest=_sha256(source) if source.exists() else "",
        delivered_digest=_sha256(delivered),
        submitted_at=1.8e9,
        completed_at=1.8e9 + 60,
        made_at=1.8e9 + 90,
    )
    return replace(made, **changes)


def order(source: Path | None, delivered: Path, *, choice: MetadataChoice | None = None, **changes: Any) -> Order:
    there = source is not None and source.exists()
    state = source.stat() if source is not None and there else None
    return Order(
        source=source,
        source_bytes=state.st_size if state else 0,
        source_mtime_ns=state.st_mtime_ns if state else 0,
        source_size=Size(*marked.SIZE),
        delivered=delivered,
        kept=delivered.with_name(".td-1.kept"),
        promised=FORMATS[delivered.suffix[1:]],
        wanted=Size(*RESULT),
        keeps_alpha=False,
        asks_same=False,
        choice=choice or MetadataChoice(),
        facts=facts(source or delivered, delivered, **changes),
    )


def made(source: Path, suffix: str, **options: Any) -> tuple[Path, Path, Kept]:
    """The delivered file, the kept one (with its proper ending), and what was said."""
    delivered = marked.write(source.with_name(f"delivered.{suffix}"), dpi=(72, 72), size=options.pop("size", RESULT))
    asked = {
        name: options.pop(name) for name in ("print_dpi", "print_page", "is_cropped", "source_size") if name in options
    }
    given = replace(order(source, delivered, **options), **asked)
    before = delivered.read_bytes()
    kept = complete(Order.from_json(json.loads(json.dumps(given.to_json()))))
    assert delivered.read_bytes() == before, "the paid file itself is only read"
    if not kept.is_new:
        assert not given.kept.exists()
        return delivered, delivered, kept
    file = given.kept.with_name(f"kept.{suffix}")
    given.kept.rename(file)
    assert kept.digest == _sha256(file)
    assert kept.size_bytes == file.stat().st_size
    one, other = (pyvips.Image.new_from_file(str(path)) for path in (delivered, file))
    assert np.array_equal(one.numpy(), other.numpy())
    return delivered, file, kept


@pytest.mark.parametrize(("of", "to"), [*itertools.product(marked.SUFFIXES, FORMATS)])
def test_every_field_comes_back_for_every_pair_of_formats(tmp_path: Path, of: str, to: str) -> None:
    _, file, kept = made(marked.marked(tmp_path / f"source.{of}"), to)
    assert kept.report.mode is MetadataMode.EMBED
    exif, xmp, iptc = marked.exif_of(file), marked.xmp_of(file), marked.iptc_of(file)
    for key, value in marked.EXIF.items():
        assert exif[key] == value, key
    assert xmp["Xmp.dc.title"] == 'lang="x-default" The lake'
    assert xmp["Xmp.dc.subject"] == ", ".join(marked.KEYWORDS)
    assert xmp["Xmp.xmp.Rating"] == "4"
    assert xmp["Xmp.photoshop.City"] == "Köln"
    if of != "webp":  # it has no IPTC
        assert iptc["Iptc.Application2.City"] == "Köln".encode(), "Latin-1 before, UTF-8 now"
        assert iptc["Iptc.Envelope.CharacterSet"] == b"\x1b%G"
    if of == "jpg":
        assert "hand-held" in (
            _comment(file),
            xmp.get("Xmp.topazdesk.SourceComment"),
            exif.get("Exif.Photo.UserComment"),
        )
    if shutil.which("exiftool"):
        told = _exiftool(file)
        assert told["IFD0:Artist"] == "Zoë Müller"
        assert told["XMP-dc:Subject"] == marked.KEYWORDS
        assert of == "webp" or told["IPTC:City"] == "Köln"
        assert not [key for key in told if key.endswith("Warning")], told


@pytest.mark.parametrize("to", FORMATS)
def test_iptc_of_every_type_comes_back(tmp_path: Path, to: str) -> None:
    """A record's version, as exiftool and Photoshop write it, is a number: all of the metadata was lost over it."""
    source = marked.marked(tmp_path / "source.jpg")
    wanted = {
        "Iptc.Application2.RecordVersion": "4",
        "Iptc.Application2.DateCreated": "1998-05-04",
        "Iptc.Application2.TimeCreated": "10:11:12+00:00",
        "Iptc.Application2.Urgency": "5",
        "Iptc.Application2.Headline": "The harbour",
    }
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    for key, value in wanted.items():
        image.iptcData()[key] = value
    image.writeMetadata()
    _, file, kept = made(source, to)
    assert not [remark.text for remark in kept.report.remarks if "IPTC" in remark.text]
    again = exiv2.ImageFactory.open(str(file))
    again.readMetadata()
    found = {datum.key(): datum.toString() for datum in again.iptcData()}
    assert {key: found.get(key) for key in wanted} == wanted
    assert marked.xmp_of(file)["Xmp.xmp.Rating"] == "4"


@pytest.mark.parametrize("to", FORMATS)
def test_what_the_new_pixels_made_untrue_is_corrected(tmp_path: Path, to: str) -> None:
    """The orientation of the original turned the result again; its size, date and ids were those of another file."""
    source = marked.marked(tmp_path / "source.jpg")
    _edit(
        source, exif={"Exif.Image.Orientation": "6", "Exif.Image.Software": "Old 1", "Exif.Photo.PixelXDimension": "60"}
    )
    _, file, _ = made(source, to)
    exif, xmp = marked.exif_of(file), marked.xmp_of(file)
    assert exif.get("Exif.Image.Orientation", "1") == "1"
    assert exif["Exif.Image.Software"].startswith("topazdesk 9 (Standard 2 of Topaz")
    assert exif["Exif.Image.DateTime"].startswith("2027:01:15")
    if to == "tif":  # the directory itself says it
        with tifffile.TiffFile(file) as tiff:
            assert tiff.pages[0].shape[:2] == (80, 120)
            assert len(tiff.pages) == 1
    else:
        assert (exif["Exif.Photo.PixelXDimension"], exif["Exif.Photo.PixelYDimension"]) == ("120", "80")
        assert exif["Exif.Photo.ColorSpace"] == "1"
    assert xmp["Xmp.xmpMM.DerivedFrom/stRef:documentID"] == "xmp.did:source"
    assert xmp["Xmp.xmpMM.DerivedFrom/stRef:instanceID"] == "xmp.iid:source"
    assert xmp["Xmp.xmpMM.OriginalDocumentID"] == "xmp.did:source"
    assert xmp["Xmp.xmpMM.InstanceID"] not in ("xmp.iid:source", "")
    assert xmp["Xmp.xmpMM.DocumentID"] not in ("xmp.did:source", xmp["Xmp.xmpMM.InstanceID"])
    assert xmp["Xmp.xmpMM.History[1]/stEvt:action"] == "derived"


@pytest.mark.parametrize("to", FORMATS)
def test_a_profile_that_is_not_srgb_is_said_in_exif(tmp_path: Path, to: str) -> None:
    from PIL import ImageCms

    delivered = tmp_path / f"delivered.{to}"
    made_by_hand = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    other = made_by_hand.replace("sRGB".encode("utf-16-be"), "wide".encode("utf-16-be")).replace(b"sRGB", b"wide")
    Image.fromarray(np.zeros((80, 120, 3), np.uint8)).save(delivered, icc_profile=other)
    kept = complete(order(marked.marked(tmp_path / "source.jpg"), delivered))
    assert kept.is_new
    exif = marked.exif_of(tmp_path / ".td-1.kept")
    assert to == "tif" or exif["Exif.Photo.ColorSpace"] == "65535"
    with Image.open(tmp_path / ".td-1.kept") as image:
        assert image.info["icc_profile"] == other


def test_the_thumbnail_is_of_the_result(tmp_path: Path) -> None:
    source = marked.marked(tmp_path / "source.jpg")
    red = tmp_path / "red.jpg"
    Image.new("RGB", (160, 120), "red").save(red)
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    exiv2.ExifThumb(image.exifData()).setJpegThumbnail(red.read_bytes())
    image.writeMetadata()
    _, file, _ = made(source, "jpg")
    image = exiv2.ImageFactory.open(str(file))
    image.readMetadata()
    small = Image.open(_stream(bytes(exiv2.ExifThumb(image.exifData()).copy().data())))
    assert small.size == (120, 80), "a result this small is not enlarged"
    assert np.asarray(small.convert("RGB")).std() > 20, "noise, not the red of before"


@pytest.mark.parametrize(
    ("xmp", "said"),
    [
        ({"Xmp.hdrgm.Version": "1.0"}, "HDR gain map"),
        ({"Xmp.GCamera.MotionPhoto": "1"}, "Motion clip"),
        ({"Xmp.crs.Exposure2012": "1.0"}, "Develop settings"),
    ],
)
def test_what_would_lie_is_left_out_and_said(tmp_path: Path, xmp: dict[str, str], said: str) -> None:
    from topazdesk.media.metadata.library import exiv2 as ready

    ready()  # with its namespaces
    source = marked.marked(tmp_path / "source.jpg")
    _edit(source, xmp=xmp)
    _, file, kept = made(source, "jpg")
    assert any(remark.text.startswith(said) for remark in kept.report.remarks)
    assert not set(xmp) & set(marked.xmp_of(file))


def test_tags_of_a_tiffs_structure_and_scale_do_not_come_along(tmp_path: Path) -> None:
    source = tmp_path / "source.tif"
    tags = [(33550, "d", 3, (1.0, 1.0, 0.0), True), (42112, "s", 0, "<GDALMetadata/>", True)]
    pixels = np.zeros((40, 60, 3), np.uint16)
    tifffile.imwrite(source, pixels, compression="zlib", tile=(16, 16), extratags=tags, description="<OME xmlns=''/>")
    _, file, kept = made(source, "jpg")
    exif = marked.exif_of(file)
    for name in ("ImageWidth", "TileOffsets", "Compression", "BitsPerSample", "SampleFormat", "ImageDescription"):
        assert f"Exif.Image.{name}" not in exif
    said = " ".join(kept.report.lines)
    assert "GeoTIFF" in said
    assert "OME" in said


def test_maker_notes_are_left_out_and_said(tmp_path: Path) -> None:
    source = marked.marked(tmp_path / "source.jpg")
    _edit(source, exif={"Exif.Canon.OwnerName": "Zoë"})
    assert "Exif.Canon.OwnerName" in marked.exif_of(source)
    _, file, kept = made(source, "jpg")
    assert any(line.startswith("Maker notes") for line in kept.report.lines)
    assert not [key for key in marked.exif_of(file) if key.startswith("Exif.Canon") or key.endswith("MakerNote")]


@pytest.mark.parametrize("to", FORMATS)
def test_texts_of_a_png_and_comments(tmp_path: Path, to: str) -> None:
    texts = {"Title": "See", "Author": "Zoë", "parameters": "steps 20 日本", "Software": "GIMP"}
    _, file, _ = made(marked.png_with_texts(tmp_path / "source.png", texts), to)
    if to == "png":
        with Image.open(file) as image:
            found = {key: str(value) for key, value in image.text.items()}
        assert {key: found[key] for key in ("Title", "Author", "parameters")} == {
            key: texts[key] for key in ("Title", "Author", "parameters")
        }
    else:
        xmp = marked.xmp_of(file)
        assert xmp["Xmp.dc.title"] == 'lang="x-default" See'
        assert marked.exif_of(file)["Exif.Image.Artist"] == "Zoë"
        assert xmp["Xmp.topazdesk.SourceText"] == "parameters: steps 20 日本"


@pytest.mark.parametrize("name", ["source.jpg.xmp", "source.xmp"])
def test_the_xmp_file_beside_an_original_is_read(tmp_path: Path, name: str) -> None:
    source = marked.marked(tmp_path / "source.jpg")
    shutil.copy(source, tmp_path / "other.jpg")
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5" '
        'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" xmpRights:Marked="True"/></rdf:RDF></x:xmpmeta>'
    )
    (tmp_path / name).write_text(packet)
    _, file, _ = made(source, "png")
    xmp = marked.xmp_of(file)
    assert (xmp["Xmp.xmp.Rating"], xmp["Xmp.xmpRights.Marked"]) == ("5", "True")
    assert xmp["Xmp.dc.title"] == 'lang="x-default" The lake'


def test_the_xmp_file_of_a_raw_picture_is_not_its_jpegs(tmp_path: Path) -> None:
    source = marked.marked(tmp_path / "source.jpg")
    (tmp_path / "source.CR2").write_bytes(b"raw")
    (tmp_path / "source.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="1"/></rdf:RDF></x:xmpmeta>'
    )
    _, file, _ = made(source, "jpg")
    assert marked.xmp_of(file)["Xmp.xmp.Rating"] == "4"


@pytest.mark.parametrize("to", FORMATS)
def test_metadata_that_cannot_be_read_is_said_and_the_result_is_made(tmp_path: Path, to: str) -> None:
    source = tmp_path / "source.jpg"
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(source)
    body = b"Exif\0\0II*\0\xff\xff\xff\x7f" + b"\xff" * 40
    data = source.read_bytes()
    source.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:])
    _, file, kept = made(source, to)
    assert kept.is_new
    assert marked.xmp_of(file)["Xmp.topazdesk.JobID"] == "process-1"


def test_an_original_that_is_gone_or_changed_gives_nothing_and_it_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone.jpg"
    _, _, kept = made(gone, "jpg")
    assert kept.is_new
    assert any("original" in line.lower() for line in kept.report.lines)
    changed = marked.marked(tmp_path / "changed.jpg")
    delivered = marked.write(tmp_path / "new.jpg", size=RESULT)
    given = order(changed, delivered)
    _edit(changed, exif={"Exif.Image.Artist": "somebody else"})
    kept = complete(given)
    assert "Exif.Image.Artist" not in marked.exif_of(given.kept)
    assert any("changed" in line for line in kept.report.lines)
    touched = marked.marked(tmp_path / "touched.jpg")
    given = order(touched, delivered)
    touched.touch()
    complete(given)
    assert marked.exif_of(given.kept)["Exif.Image.Artist"] == "Zoë Müller", "the same picture with another time"


@pytest.mark.parametrize("of", ["jpg", "png", "tif"])
@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("mode", ResolutionMode)
def test_the_result_states_the_resolution_everywhere_alike(
    tmp_path: Path, of: str, to: str, mode: ResolutionMode
) -> None:
    """A scan of 204 × 98 dpi prints as large as before, and as before a circle stays a circle."""
    source = marked.write(tmp_path / f"source.{of}", dpi=(204, 98))
    _, file, _ = made(source, to, choice=MetadataChoice(resolution=mode))
    factor = 2 if mode is ResolutionMode.PRINT_SIZE else 1
    assert _stated(file) == [(204 * factor, 98 * factor)] * (2 if to == "jpg" else 2 if to == "png" else 1)


@pytest.mark.parametrize("of", ["jpg", "png", "webp"])
@pytest.mark.parametrize("to", FORMATS)
def test_a_picture_without_a_resolution_gets_none(tmp_path: Path, of: str, to: str) -> None:
    source = marked.write(tmp_path / f"source.{of}", dpi=None)
    _, file, _ = made(source, to)
    assert _stated(file) == []


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("dpi", [None, (72, 72)])
def test_a_result_that_was_made_for_a_print_states_its_resolution(
    tmp_path: Path, to: str, dpi: tuple[int, int] | None
) -> None:
    """30 × 20 cm at 300 dpi came back as 30 × 20 cm at whatever the camera had written."""
    source = marked.write(tmp_path / "source.jpg", dpi=dpi)
    _, file, _ = made(source, to, print_dpi=300.0)
    assert set(_stated(file)) == {(300, 300)}


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize(
    ("size", "is_cropped", "factor"), [((240, 400), False, 4), ((240, 40), True, 4), ((120, 79), False, 2)]
)
def test_a_result_of_another_shape_has_pixels_of_the_same_shape(
    tmp_path: Path, to: str, size: tuple[int, int], is_cropped: bool, factor: int
) -> None:
    """With bars around it, a result stated 1200 × 3000 dpi: in print everything on it was squeezed to less than half."""
    source = marked.write(tmp_path / "source.jpg", dpi=(300, 300))
    _, file, _ = made(source, to, size=size, is_cropped=is_cropped)
    assert set(_stated(file)) == {(300 * factor, 300 * factor)}


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("of", ["jpg", "png", "tif", "gif", "heic", "avif"])
def test_proportions_without_a_resolution_come_back_as_proportions(tmp_path: Path, of: str, to: str) -> None:
    """A JPEG that says "0, 204, 98" states no size in print, but its pixels are not square: the result said that they are."""
    small = uneven_pixels.circle(marked.SIZE)
    kinds = {"jpg": uneven_pixels.jfif, "png": uneven_pixels.png, "tif": uneven_pixels.tiff}
    source = tmp_path / f"source.{of}"
    if of == "gif":
        uneven_pixels.gif(source, 16, small)
    elif of in ("heic", "avif"):
        uneven_pixels.heif(source, picture=small)
    else:
        kinds[of](source, (204, 98), unit={"tif": 1}.get(of, 0), picture=small)
    _, file, _ = made(source, to)
    assert _stated(file) == [], "no size in print"
    found = probe(file)
    assert found.dpi is None
    assert found.pixel_aspect == pytest.approx(31 / 64 if of == "gif" else 98 / 204, rel=0.001)


@pytest.mark.parametrize("to", FORMATS)
def test_a_print_of_a_fax_has_its_proportions_and_fits_on_the_paper(tmp_path: Path, to: str) -> None:
    """300 × 300 dpi for pixels that are twice as high as wide: the print was squashed to half its height."""
    source = marked.write(tmp_path / "source.tif", dpi=(204, 98))
    _, file, _ = made(source, to, print_dpi=300.0, print_page=Size(120, 90))
    across, down = _stated(file)[0]
    width, height = RESULT[0] / across, RESULT[1] / down
    assert height / width == pytest.approx(marked.SIZE[1] / marked.SIZE[0] / (98 / 204), rel=0.01)
    page = (90 / 300, 120 / 300) if height > width else (120 / 300, 90 / 300)
    assert width <= page[0] * 1.01
    assert height <= page[1] * 1.01
    assert max(width / page[0], height / page[1]) == pytest.approx(1, rel=0.02), "as large as fits"


def test_a_turned_original_has_its_resolution_turned(tmp_path: Path) -> None:
    source = marked.write(tmp_path / "source.jpg", dpi=(300, 150), size=(40, 60))
    _edit(source, exif={"Exif.Image.Orientation": "6"})
    _, file, _ = made(source, "tif")
    assert _stated(file) == [(300, 600)]


@pytest.mark.parametrize(
    ("tier", "code"),
    [
        ("precise", "algorithmicallyEnhanced"),
        ("generative", "compositeWithTrainedAlgorithmicMedia"),
        ("creative", "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_how_it_was_made_is_in_the_file(tmp_path: Path, tier: str, code: str) -> None:
    source = marked.marked(tmp_path / "source.tif")
    delivered, file, _ = made(source, "jpg", tier=tier)
    xmp = marked.xmp_of(file)
    assert xmp["Xmp.iptcExt.DigitalSourceType"] == CODES + code
    assert xmp["Xmp.topazdesk.SourceDigitalSourceType"] == CODES + "negativeFilm"
    assert xmp["Xmp.topazdesk.SourceSHA256"] == _sha256(source)
    assert xmp["Xmp.topazdesk.DeliveredSHA256"] == _sha256(delivered)
    assert xmp["Xmp.topazdesk.SourceName"] == "source.tif"
    assert xmp["Xmp.topazdesk.Model"] == "Standard 2"
    assert json.loads(xmp["Xmp.topazdesk.Settings"]) == {"strength": 0.5}


def test_a_result_of_the_sandbox_says_that_and_no_more(tmp_path: Path) -> None:
    _, file, _ = made(marked.marked(tmp_path / "source.jpg"), "jpg", is_sandbox=True, service="sandbox")
    xmp = marked.xmp_of(file)
    assert "Xmp.iptcExt.DigitalSourceType" not in xmp
    assert xmp["Xmp.topazdesk.Sandbox"] == "True"
    assert "not made by Topaz" in marked.exif_of(file)["Exif.Image.Software"]


def test_what_shall_stay_out_stays_out(tmp_path: Path) -> None:
    choice = MetadataChoice(keeps_location=False, keeps_people=False, keeps_serials=False)
    _, file, kept = made(marked.marked(tmp_path / "source.jpg"), "jpg", choice=choice)
    exif, xmp, iptc = marked.exif_of(file), marked.xmp_of(file), marked.iptc_of(file)
    assert not [key for key in exif if "GPS" in key or "Serial" in key]
    assert not {"Xmp.photoshop.City", "Xmp.iptcExt.PersonInImage"} & set(xmp)
    assert "Iptc.Application2.City" not in iptc
    assert exif["Exif.Image.Artist"] == "Zoë Müller"
    assert {"Location left out, as set", "Names of people left out, as set", "Serial numbers left out, as set"} <= set(
        kept.report.lines
    )


@pytest.mark.parametrize("to", FORMATS)
def test_beside_the_file_all_of_it_is_in_one_packet(tmp_path: Path, to: str) -> None:
    source = marked.marked(tmp_path / "source.jpg")
    _, _, kept = made(source, to, choice=MetadataChoice(mode=MetadataMode.SIDECAR))
    assert not kept.is_new
    assert kept.report.has_packet
    packet = tmp_path / "result.xmp"
    packet.write_text(kept.packet, "utf-8")
    xmp = marked.xmp_of(packet)
    assert xmp["Xmp.tiff.Make"] == "Canon"
    assert xmp["Xmp.dc.creator"] == "Zoë Müller"
    assert xmp["Xmp.photoshop.City"] == "Köln"
    assert xmp["Xmp.topazdesk.JobID"] == "process-1"


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize(("stated", "wanted"), [("", "0232"), ("0220", "0232"), ("0300", "0300")])
def test_the_edition_of_exif_has_what_is_written(tmp_path: Path, to: str, stated: str, wanted: str) -> None:
    """Time zones came with 2.31; under 2.1, as exiv2 says, or the original's number they are no valid EXIF."""
    source = marked.marked(tmp_path / "source.jpg")
    if stated:
        image = exiv2.ImageFactory.open(str(source))
        image.readMetadata()
        image.exifData()["Exif.Photo.ExifVersion"] = exiv2.DataValue(stated.encode())
        image.writeMetadata()
    _, file, _ = made(source, to)
    exif = marked.exif_of(file)
    assert "Exif.Photo.OffsetTime" in exif
    assert bytes(map(int, exif["Exif.Photo.ExifVersion"].split())).decode() == wanted


def test_off_changes_nothing(tmp_path: Path) -> None:
    _, _, kept = made(marked.marked(tmp_path / "source.jpg"), "jpg", choice=MetadataChoice(mode=MetadataMode.OFF))
    assert (kept.is_new, kept.packet) == (False, "")


@pytest.mark.parametrize("to", ["jpg", "png"])
@pytest.mark.parametrize("mode", CredentialsMode)
def test_content_credentials_are_kept_whole_or_taken_out_whole(tmp_path: Path, to: str, mode: CredentialsMode) -> None:
    delivered = marked.write(tmp_path / f"delivered.{to}", size=RESULT)
    data = delivered.read_bytes()
    box = b"\0\0\0\x40jumb\0\0\0\x38jumdc2pa" + b"\0" * 44
    if to == "jpg":
        body = b"JP\0\1\0\0\0\1" + box
        data = data[:2] + b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body + data[2:]
    else:
        from topazdesk.media.metadata.png_text import chunk

        data = data[:33] + chunk(b"caBX", box) + data[33:]
    delivered.write_bytes(data)
    choice = MetadataChoice(credentials=mode)
    kept = complete(order(marked.marked(tmp_path / "source.jpg"), delivered, choice=choice))
    assert kept.report.signed_by
    assert any(remark.kind is RemarkKind.CREDENTIALS for remark in kept.report.remarks)
    if mode is CredentialsMode.KEEP:
        assert not kept.is_new
        assert "Zoë Müller" in kept.packet
    else:
        assert b"jumb" not in (tmp_path / ".td-1.kept").read_bytes()
    assert delivered.read_bytes() == data


def test_less_than_promised_is_said(tmp_path: Path) -> None:
    source = tmp_path / "source.tif"
    tifffile.imwrite(source, np.zeros((40, 60, 4), np.uint16), photometric="rgb", extrasamples=["unassalpha"])
    delivered = marked.write(tmp_path / "delivered.png", size=(100, 80))
    kept = complete(replace(order(source, delivered), keeps_alpha=True))
    said = [remark.text for remark in kept.report.remarks if remark.kind is RemarkKind.DIFFERENCE]
    assert said == [
        "It has 100 × 80 pixels; promised were 120 × 80",
        "It has 8 bits a channel; the original has 16",
        "It came back without the transparency of the original",
    ]


def test_another_format_than_the_originals_is_said_where_that_was_asked_for(tmp_path: Path) -> None:
    source, delivered = marked.marked(tmp_path / "source.tif"), marked.write(tmp_path / "delivered.png", size=RESULT)
    kept = complete(replace(order(source, delivered), asks_same=True))
    assert "It is PNG: this model does not write TIFF" in kept.report.lines


@pytest.mark.parametrize("to", FORMATS)
def test_the_same_job_makes_the_same_file_again(tmp_path: Path, to: str) -> None:
    """After a crash the file is recognised by its digest."""
    source = marked.marked(tmp_path / "source.jpg")
    assert made(source, to)[2].digest == made(source, to)[2].digest


def test_a_large_tiff_that_exiv2_cannot_write_gets_a_packet(tmp_path: Path) -> None:
    delivered = tmp_path / "delivered.tif"
    tifffile.imwrite(delivered, np.zeros((80, 120, 3), np.uint8), bigtiff=True)
    kept = complete(order(marked.marked(tmp_path / "source.jpg"), delivered))
    assert not kept.is_new
    assert "Zoë Müller" in kept.packet
    assert any(remark.kind is RemarkKind.FAILED for remark in kept.report.remarks)


def test_16_bits_keep_every_pixel(tmp_path: Path) -> None:
    delivered = tmp_path / "delivered.tif"
    pixels = np.random.default_rng(1).integers(0, 65_536, (80, 120, 3), dtype=np.uint16)
    tifffile.imwrite(delivered, pixels, compression="zlib", predictor=True)
    kept = complete(order(marked.marked(tmp_path / "source.jpg"), delivered))
    assert kept.is_new
    assert np.array_equal(tifffile.imread(tmp_path / ".td-1.kept"), pixels)


def _stated(path: Path) -> list[tuple[int, int]]:
    """Every place of a file in which it states dots per inch, by hand and by another reader than ours."""
    exif = marked.exif_of(path)
    found = []
    if exif.get("Exif.Image.ResolutionUnit") == "2":
        found.append(tuple(round(_rational(exif[f"Exif.Image.{name}"])) for name in ("XResolution", "YResolution")))
    with Image.open(path) as image:
        if "jfif_unit" in image.info:
            found += [image.info["jfif_density"]] if image.info["jfif_unit"] == 1 else []
        elif path.suffix == ".png" and "dpi" in image.info:
            found.append(tuple(round(value) for value in image.info["dpi"]))
    return found


def _rational(text: str) -> float:
    above, _, below = text.partition("/")
    return int(above) / int(below)


def _edit(path: Path, exif: dict[str, str] | None = None, xmp: dict[str, str] | None = None) -> None:
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    for key, value in (exif or {}).items():
        image.exifData()[key] = value
    for key, value in (xmp or {}).items():
        image.xmpData()[key] = value
    image.writeMetadata()


def _comment(path: Path) -> str:
    with Image.open(path) as image:
        comment = image.info.get("comment") or image.info.get("Comment") or b""
    return comment.decode() if isinstance(comment, bytes) else comment


def _exiftool(path: Path) -> dict[str, Any]:
    answer = subprocess.run(["exiftool", "-j", "-G1", path], capture_output=True, check=True, text=True)
    return dict(json.loads(answer.stdout)[0])


def _stream(data: bytes) -> Any:
    from io import BytesIO

    return BytesIO(data)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
