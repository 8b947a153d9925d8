"""Nothing private leaves this computer, all of it comes back, and what shall not come back does not: from file to file.

The source has a word of its own in every private field, so that one that slips through names itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import exiv2
import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from tests.cli.conftest import Program
from tests.support import marked_pictures as marked
from tests.support.sandbox import RunningSandbox

pillow_heif.register_heif_opener()

LOW = ("--model", "Low Resolution 2", "--service", "topaz")
LOCATION = {
    "Exif.GPSInfo.GPSAreaInformation": 'charset="Ascii" MARK-gps-area',
    "Xmp.photoshop.City": "MARK-city",
    "Xmp.photoshop.State": "MARK-state",
    "Xmp.photoshop.Country": "MARK-country",
    "Xmp.iptc.Location": "MARK-sublocation",
    "Xmp.drone-dji.GpsLatitude": "MARK-dji-latitude",
}
PEOPLE = {
    "Exif.Photo.CameraOwnerName": "MARK-camera-owner",
    "Xmp.aux.OwnerName": "MARK-aux-owner",
    "Xmp.exifEX.CameraOwnerName": "MARK-exifex-owner",
    "Xmp.iptcExt.PersonInImage": "MARK-person",
}
SERIALS = {
    "Exif.Photo.BodySerialNumber": "MARK-body",
    "Exif.Photo.LensSerialNumber": "MARK-lens",
    "Xmp.aux.SerialNumber": "MARK-aux-serial",
    "Xmp.drone-dji.CameraSerialNumber": "MARK-dji-serial",
}
OTHERS = {
    "Exif.Image.Artist": "MARK-artist",
    "Exif.Image.Copyright": "MARK-copyright",
    "Exif.Image.ImageDescription": "MARK-description",
    "Exif.Photo.UserComment": 'charset="Ascii" MARK-comment',
    "Xmp.dc.creator": "MARK-creator",
    "Xmp.dc.title": "MARK-title",
    "Xmp.photoshop.Credit": "MARK-credit",
}
IPTC = {"Iptc.Application2.SubLocation": "MARK-iptc-place", "Iptc.Application2.Byline": "MARK-byline"}
ALL = {**LOCATION, **PEOPLE, **SERIALS, **OTHERS}


def _words(keys: dict[str, str]) -> set[str]:
    return {value.rpartition(" ")[2] for value in keys.values()}


@cache
def _know_drones() -> None:
    """Once: exiv2 cannot list its names any more after a test of files that call something else by a common one."""
    exiv2.XmpProperties.registerNs("http://www.dji.com/drone-dji/1.0/", "drone-dji")


def _source(path: Path) -> Path:
    """A picture with a word of its own in every private field, and behind its end."""
    plain = path.with_name("plain.jpg") if path.suffix == ".heic" else path
    marked.write(plain, size=(64, 48))
    if path.suffix == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_text("exif:GPSInfo", "MARK-png-gps")
        info.add_text("exif:BodySerialNumber", "MARK-png-serial")
        info.add_text("Comment", "MARK-png-comment")
        Image.open(path).save(path, pnginfo=info)
    _know_drones()
    image = exiv2.ImageFactory.open(str(plain))
    image.readMetadata()
    for key, value in ALL.items():
        if key.startswith("Exif."):
            image.exifData()[key] = value
        else:
            is_list = key.endswith(("PersonInImage", "creator"))
            image.xmpData()[key] = [value] if is_list else value
    for number, value in {"Exif.GPSInfo.GPSLatitudeRef": "N", "Exif.GPSInfo.GPSLatitude": "50/1 30/1 0/1"}.items():
        image.exifData()[number] = value
    for key, value in IPTC.items():
        image.iptcData()[key] = value
    image.writeMetadata()
    if plain is not path:
        with Image.open(plain) as read:
            heif = pillow_heif.from_pillow(read)
            heif.info["exif"], heif.info["xmp"] = read.info["exif"], read.info["xmp"]
            heif.save(path, quality=90)
        plain.unlink()
    if path.suffix == ".jpg":
        path.write_bytes(path.read_bytes() + b"\0\0\0\x18ftypmp42MARK-clip-behind-the-end")
    return path


def _said(path: Path) -> str:
    """Everything that a file says, as exiv2 and, where it is there, exiftool read it, and its own bytes."""
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    found = [datum.toString() for kind in (image.exifData(), image.xmpData(), image.iptcData()) for datum in kind]
    found += [*map(str, (image.comment(), path.read_bytes().decode("latin-1")))]
    if shutil.which("exiftool"):
        found.append(subprocess.run(["exiftool", "-a", "-u", "-ee", str(path)], capture_output=True, text=True).stdout)
    with Image.open(path) as read:
        found.append(str(getattr(read, "text", {})))
    return "\n".join(found)


def _has_position(path: Path) -> bool:
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    return any(datum.key().startswith("Exif.GPSInfo") for datum in image.exifData())


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".heic"])
def test_nothing_private_is_sent_and_all_of_it_comes_back(
    program: Program, service: RunningSandbox, tmp_path: Path, suffix: str
) -> None:
    source = _source(tmp_path / f"picture{suffix}")
    before = source.read_bytes()
    assert "MARK-" in _said(source)
    ran = program.run("enhance", source, *LOW, "--yes", "--json", "--format", "same" if suffix != ".heic" else "jpeg")
    assert ran.code == 0, ran.out + ran.err
    assert source.read_bytes() == before
    [sent] = [service.state / "sources" / row["id"] for row in service.rows("sources")]
    said = _said(sent)
    assert "MARK-" not in said, {each for each in said.split() if "MARK-" in each}
    assert not _has_position(sent)
    result = Path(ran.of("done")[0]["result"])
    said = _said(result)
    wanted = _words(ALL) | (set() if suffix == ".heic" else _words(IPTC))  # HEIC has no place for IPTC
    assert {word for word in wanted if word not in said} == set()
    assert _has_position(result)
    assert "MARK-clip" not in said, "a clip stays with the original"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".heic"])
def test_what_is_switched_off_is_not_in_the_result_either(
    program: Program, service: RunningSandbox, tmp_path: Path, suffix: str
) -> None:
    assert program.run("metadata", "--no-location", "--no-people", "--no-serials").code == 0
    source = _source(tmp_path / f"picture{suffix}")
    ran = program.run("enhance", source, *LOW, "--yes", "--json", "--format", "same" if suffix != ".heic" else "jpeg")
    assert ran.code == 0, ran.out + ran.err
    result = Path(ran.of("done")[0]["result"])
    said = _said(result)
    gone = _words(LOCATION) | _words(PEOPLE) | _words(SERIALS) | {"MARK-iptc-place", "MARK-png-gps", "MARK-png-serial"}
    assert {word for word in gone if word in said} == set()
    assert not _has_position(result)
    wanted = _words(OTHERS) | (set() if suffix == ".heic" else {"MARK-byline"})
    assert {word for word in wanted if word not in said} == set()
    report = str(ran.of("done")[0]["metadata"])
    for words in ("Location left out, as set", "Names of people left out, as set", "Serial numbers left out, as set"):
        assert words in report


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_a_sidecar_proves_what_was_sent(program: Program, service: RunningSandbox, tmp_path: Path, suffix: str) -> None:
    """Bytes, format, digest and name of what the service got; what of the original it did not get."""
    source = _source(tmp_path / f"picture{suffix}")
    program.profile.mkdir(parents=True, exist_ok=True)
    (program.profile / "settings.toml").write_text("sidecars = true\n")
    ran = program.run("enhance", source, *LOW, "--yes", "--json")
    result = Path(ran.of("done")[0]["result"])
    sidecar = json.loads(result.with_name(result.name + ".topazdesk.json").read_text())
    [row] = service.rows("sources")
    got = (service.state / "sources" / row["id"]).read_bytes()
    assert sidecar["sent"] == {
        "name": row["filename"],
        "format": {".jpg": "jpeg", ".tif": "tiff"}[suffix],
        "bytes": len(got),
        "sha256": hashlib.sha256(got).hexdigest(),
    }
    kinds = {"location", "names", "serials", "texts"} | ({"extras"} if suffix == ".jpg" else set())
    assert kinds <= set(sidecar["not_sent"])
    assert (sidecar["source_bytes"], sidecar["source_unchanged"]) == (source.stat().st_size, True)
    assert sidecar["source_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
