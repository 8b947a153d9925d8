"""Small pictures full of metadata, as cameras, archives and scanners leave them; written by Pillow and exiv2."""

from __future__ import annotations

from pathlib import Path

import exiv2
import numpy as np
from PIL import Image, PngImagePlugin

SUFFIXES = ("jpg", "png", "tif", "webp")
SIZE = (60, 40)
#: What the EXIF of such a picture says; all of it must come back.
EXIF = {
    "Exif.Image.Artist": "Zoë Müller",
    "Exif.Image.Copyright": "© 2001 Archive",
    "Exif.Image.ImageDescription": "A lake",
    "Exif.Image.Make": "Canon",
    "Exif.Image.Model": "EOS 5D",
    "Exif.Photo.DateTimeOriginal": "2001:02:03 04:05:06",
    "Exif.Photo.ExposureTime": "1/125",
    "Exif.Photo.FNumber": "28/10",
    "Exif.Photo.ISOSpeedRatings": "200",
    "Exif.Photo.LensModel": "EF 50mm",
    "Exif.Photo.BodySerialNumber": "123456",
    "Exif.GPSInfo.GPSLatitudeRef": "N",
    "Exif.GPSInfo.GPSLatitude": "50/1 30/1 0/1",
}
XMP = {
    "Xmp.dc.title": "The lake",
    "Xmp.xmp.Rating": "4",
    "Xmp.photoshop.City": "Köln",
    "Xmp.iptcExt.PersonInImage": "Zoë",
    "Xmp.xmpMM.DocumentID": "xmp.did:source",
    "Xmp.xmpMM.InstanceID": "xmp.iid:source",
    "Xmp.iptcExt.DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm",
}
KEYWORDS = ["lake", "Köln"]
IPTC_CITY = "Köln"


def write(path: Path, *, dpi: tuple[float, float] | None = (300, 300), size: tuple[int, int] = SIZE) -> Path:
    """A plain picture, its format by the suffix; with noise, so that no two pixels are alike by chance."""
    pixels = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    extra = {} if dpi is None or path.suffix == ".webp" else {"dpi": dpi}
    if path.suffix == ".webp":
        extra["lossless"] = True
    Image.fromarray(pixels).save(path, **extra)
    return path


def marked(path: Path, *, iptc: bytes = IPTC_CITY.encode("latin-1"), comment: str = "hand-held") -> Path:
    """The same with all of the above, and IPTC in Latin-1 as old programs wrote it, where the format takes that."""
    write(path)
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    for key, value in EXIF.items():
        image.exifData()[key] = value
    for key, value in XMP.items():
        image.xmpData()[key] = [value] if key.endswith("PersonInImage") else value
    image.xmpData()["Xmp.dc.subject"] = KEYWORDS
    if path.suffix != ".webp":
        city = exiv2.Value.create(exiv2.TypeId.string)
        city.read(iptc)
        image.iptcData().add(exiv2.IptcKey("Iptc.Application2.City"), city)
    if path.suffix == ".jpg":
        image.setComment(comment)
    image.writeMetadata()
    return path


def png_with_texts(path: Path, texts: dict[str, str]) -> Path:
    """A PNG with text chunks, UTF-8 where Latin-1 does not do."""
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_text(key, text) if text.isascii() else info.add_itxt(key, text)
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(path, pnginfo=info)
    return path


def exif_of(path: Path) -> dict[str, str]:
    """All EXIF of a file, as exiv2 reads it."""
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    return {datum.key(): datum.toString() for datum in image.exifData()}


def xmp_of(path: Path) -> dict[str, str]:
    """All XMP of a file or of an XMP file."""
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    return {datum.key(): datum.toString() for datum in image.xmpData()}


def iptc_of(path: Path) -> dict[str, bytes]:
    """All IPTC of a file, as bytes."""
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    return {datum.key(): bytes(datum.value().data()) for datum in image.iptcData()}
