"""What Photoshop keeps about rights outside of EXIF, IPTC and XMP: the copyright flag and the web address of its owner.

In a result both stand in XMP, which has properties for them, and where the format has a place also as Photoshop wrote
them. Other resources that a person made by hand stay with the original, which is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from topazdesk.domain.image import FileFormat
from topazdesk.media.byte_ranges import Read, of_file
from topazdesk.media.jpeg_segments import APP13, segments
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.metadata.library import exiv2
from topazdesk.media.metadata.png_text import raw_profile
from topazdesk.media.photoshop_resources import resource, resources

#: Of a segment of a JPEG that holds resources.
HEAD = b"Photoshop 3.0\0"
MARKED, ADDRESS = "Xmp.xmpRights.Marked", "Xmp.xmpRights.WebStatement"
_FLAG, _URL, _WATERMARK, _URLS = 0x040A, 0x040B, 0x0410, 0x041E
_IPTC = 0x0404
#: Paths and the name of the one that clips the picture.
_PATHS = range(2000, 3000)
_TIFF_KEY, _TIFF_IPTC_KEY = "Exif.Image.ImageResources", "Exif.Image.IPTCNAA"
_MOST = 16_000_000
#: Longest address, in bytes: browsers take about as much, and all of it has to fit into one segment of a JPEG.
_LONGEST_ADDRESS = 8_000


@dataclass
class PhotoshopRights:
    """`is_copyrighted` and `address` ("" for none) as the original has them; `others`: kinds of what stays with it."""

    is_copyrighted: bool = False
    address: str = ""
    others: list[str] = field(default_factory=list)
    iptc: bytes = b""

    @property
    def block(self) -> bytes:
        """Both as Photoshop writes them; b"" for neither."""
        flag = resource(_FLAG, b"\1") if self.is_copyrighted else b""
        return flag + (resource(_URL, self.address.encode("utf-8")) if self.address else b"")

    def into(self, xmp: Any) -> None:
        """Say both in XMP, unless that says something else: people see and change that one."""
        library = exiv2()
        for key, value in {MARKED: "True" if self.is_copyrighted else "", ADDRESS: self.address}.items():
            if value and xmp.findKey(library.XmpKey(key)) == xmp.end():
                xmp[key] = value

    def note(self, left_out: LeftOut) -> None:
        """Note in `left_out` what stays with the original."""
        for kind in self.others:
            left_out.add(kind)


def photoshop_rights(path: Path, image_format: FileFormat, exif: Any) -> PhotoshopRights:
    """Return what a file holds; `exif` are its entries, among which those of a TIFF have it. Raises OSError."""
    found = PhotoshopRights()
    held: Mapping[int, bytes] = dict(resources(_data(path, image_format, exif)))
    found.is_copyrighted = held.get(_FLAG, b"\0").strip(b"\0") != b""
    address = held.get(_URL, b"").strip(b"\0 ")
    if len(address) <= _LONGEST_ADDRESS:
        found.address = _text(address)
    else:
        found.others.append("address")
    if image_format in (FileFormat.PNG, FileFormat.JPEG):
        found.iptc = held.get(_IPTC, b"")
    if held.get(_WATERMARK, b"\0")[:1] != b"\0":
        found.others.append("watermark")
    if held.get(_URLS, b"")[:4].strip(b"\0"):
        found.others.append("addresses")
    if any(kind in _PATHS for kind in held):
        found.others.append("paths")
    return found


def iptc_block(path: Path, image_format: FileFormat) -> bytes:
    """Return the datasets of IPTC that a JPEG or PNG keeps among such resources, b"" for none. Raises OSError."""
    return dict(resources(_data(path, image_format, None))).get(_IPTC, b"")


def _data(path: Path, image_format: FileFormat, exif: Any) -> bytes:
    with path.open("rb") as file:
        read = of_file(file)
        match image_format:
            case FileFormat.JPEG:
                parts = (each.content(read) for each in segments(read) if each.marker == APP13)
                return b"".join(part.removeprefix(HEAD) for part in parts if part.startswith(HEAD))
            case FileFormat.PSD:
                return _of_psd(read)
            case FileFormat.PNG:
                # exiv2 keeps IPTC so, too, but reads none whose length ends in the byte that datasets begin with.
                return raw_profile(path, "8bim") + raw_profile(path, "iptc")
            case _:
                found = exif.findKey(exiv2().ExifKey(_TIFF_KEY))
                return b"" if found == exif.end() else bytes(found.value().data())


def _of_psd(read: Read) -> bytes:
    place = 30 + int.from_bytes(read(26, 4), "big")  # behind the palette
    return read(place + 4, min(_MOST, int.from_bytes(read(place, 4), "big")))


def put_in_tiff(exif: Any, block: bytes, *, has_iptc: bool) -> None:
    """Put a block among the entries of a TIFF.

    exiv2 writes IPTC into such a block then, and into the entry that is meant for it only where that is there already.
    """
    if block:
        exif[_TIFF_KEY] = exiv2().DataValue(block)
        if has_iptc:
            exif[_TIFF_IPTC_KEY] = exiv2().DataValue(bytes(4))


def iptc_of(data: bytes) -> Any:
    """Return the datasets of a block of IPTC, read as a file in memory: the binding has no other way to it."""
    library = exiv2()
    body = HEAD + resource(_IPTC, data)
    image = library.ImageFactory.open(b"\xff\xd8\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body + b"\xff\xd9")
    image.readMetadata()
    found = library.IptcData()
    for datum in image.iptcData():
        found.add(datum)
    return found


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8").strip("\0 ")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace").strip("\0 ")
