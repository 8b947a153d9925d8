"""The records for a result: what its original brings, corrected for the new pixels, with how it was made."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import Companion, FileFormat, ImageInfo
from topazdesk.domain.kept import Remark, RemarkKind
from topazdesk.language import say
from topazdesk.media.companions import FOLLOWING
from topazdesk.media.metadata import as_xmp, carried_exif, carried_iptc, carried_xmp, provenance, texts
from topazdesk.media.metadata.density import erase
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.metadata.library import exiv2, top_of
from topazdesk.media.metadata.order import Order
from topazdesk.media.metadata.source import SourceMetadata

_log = logging.getLogger(__name__)

#: EXIF's words for the colour space (EXIF 3.0, 4.6.6.2): sRGB, or whatever the profile says.
_SRGB, _UNCALIBRATED = 1, 65_535
#: The edition of EXIF that has the time zones that every result states (2.31, or later).
_VERSION_KEY, _VERSION = "Exif.Photo.ExifVersion", "2.32"
#: Bytes of an entry of EXIF beside its value.
_ENTRY = 12
#: Longest property, in characters, where the format has little room.
_SHORT = 2_000


class Records:
    """EXIF, XMP and IPTC for one result, not yet in any file. `fields` counts those that the original brought."""

    def __init__(
        self, exif: Any, xmp: Any, iptc: Any, fields: int, *, has_thumbnail: bool, delivered: ImageInfo, software: str
    ) -> None:
        self.exif, self.xmp, self.iptc = exif, xmp, iptc
        self.fields = fields
        self.has_thumbnail = has_thumbnail
        self._delivered = delivered
        self._software = software

    def into(self, exif: Any, xmp: Any, iptc: Any, own_xmp: Any) -> None:
        """Put it into the records of the delivered file; what that says of its own otherwise, stays.

        `own_xmp` is as much of our XMP as there is room for.
        """
        for datum in self.exif:
            erase(exif, datum.key())
        for datum in self.exif:
            exif.add(datum)
        self._correct(exif)
        tops = {top_of(datum.key()) for datum in own_xmp}
        own = [datum.key() for datum in xmp if top_of(datum.key()) in tops]
        for key in reversed(own):
            _erase_xmp(xmp, key)
        for datum in own_xmp:
            xmp.add(datum)
        if not self.iptc.empty():
            iptc.clear()
            for datum in self.iptc:
                iptc.add(datum)

    def packet(self) -> str:
        """Return the whole of it as the text of an XMP file, EXIF and IPTC included."""
        exif = exiv2().ExifData()
        for datum in self.exif:
            exif.add(datum)
        self._correct(exif)
        return as_xmp.packet(exif, self.iptc, self.xmp)

    @property
    def exif_bytes(self) -> int:
        """How many bytes EXIF takes in a file, about."""
        return sum(datum.size() + _ENTRY for datum in self.exif)

    def shorten_exif(self, most: int) -> None:
        """Drop the longest entries until so many bytes suffice: exiv2 would do so without a word."""
        for key in sorted({datum.key() for datum in self.exif}, key=lambda key: -self.exif[key].size()):
            if self.exif_bytes <= most:
                return
            erase(self.exif, key)

    def shorten(self) -> bool:
        """Drop what is long, for a format with little room; return whether there was any such thing."""
        long_ = {top_of(datum.key()) for datum in self.xmp if len(datum.toString()) > _SHORT}
        for key in reversed([datum.key() for datum in self.xmp if top_of(datum.key()) in long_]):
            _erase_xmp(self.xmp, key)
        long_exif = [datum.key() for datum in self.exif if datum.size() > _SHORT]
        for key in long_exif:
            erase(self.exif, key)
        return bool(long_ or long_exif or self.has_thumbnail)

    def _correct(self, exif: Any) -> None:
        library, delivered = exiv2(), self._delivered
        if delivered.format is not FileFormat.TIFF:
            exif["Exif.Image.Orientation"] = library.UShortValue([delivered.orientation])
            exif["Exif.Photo.PixelXDimension"] = library.ULongValue([delivered.stored_size.width])
            exif["Exif.Photo.PixelYDimension"] = library.ULongValue([delivered.stored_size.height])
            space = _UNCALIBRATED if delivered.has_profile and not _is_srgb(delivered) else _SRGB
            exif["Exif.Photo.ColorSpace"] = library.UShortValue([space])
        elif delivered.orientation == 1:
            erase(exif, "Exif.Image.Orientation")
        exif["Exif.Image.Software"] = self._software
        stated = exif.findKey(library.ExifKey(_VERSION_KEY))
        if stated == exif.end() or stated.print(exif) < _VERSION:
            exif[_VERSION_KEY] = library.DataValue(_VERSION.replace(".", "").zfill(4).encode())


def records_for(source: SourceMetadata, order: Order, delivered: ImageInfo, left_out: LeftOut) -> Records:
    """Return the records for the result; note in `left_out` what does not come over."""
    factor = delivered.size.width / order.source_size.width
    same_frame = source.orientation == 1 and _is_same_frame(order.source_size, delivered.size)
    library, choice = exiv2(), order.choice
    exif = _carried("EXIF", source, library.ExifData, lambda: carried_exif.carry(source.exif, choice, left_out))
    iptc = _carried("IPTC", source, library.IptcData, lambda: carried_iptc.carry(source.iptc, choice, left_out))
    xmp = _carried(
        "XMP",
        source,
        library.XmpData,
        lambda: carried_xmp.carry(source.xmp, choice, left_out, same_frame=same_frame, factor=factor),
    )
    for kind in source.beside:
        left_out.add("blocks" if kind is Companion.MASKS else kind.value)
    if source.has_more_behind and not any(kind.value in left_out for kind in FOLLOWING):
        left_out.add("behind")
    source.photoshop.note(left_out)
    if source.other_blocks:
        left_out.add("blocks", ", ".join(source.other_blocks))
    source.texts = texts.carried(source.texts, choice, left_out)
    if len(source.comment) > carried_xmp.MOST_CHARACTERS:
        source.comment = ""
        left_out.add("large")
    fields = exif.count() + max(0, iptc.count() - 1) + len({top_of(datum.key()) for datum in xmp})
    fields += len(source.texts) + bool(source.comment)
    moment = datetime.fromtimestamp(order.facts.made_at).astimezone()
    exif["Exif.Image.DateTime"] = f"{moment:%Y:%m:%d %H:%M:%S}"
    offset = f"{moment:%z}"
    exif["Exif.Photo.OffsetTime"] = f"{offset[:3]}:{offset[3:5]}"
    _correct_regions(xmp, delivered)
    provenance.put(xmp, source.xmp, order.facts)
    has_thumbnail = any(datum.groupName() == "Thumbnail" for datum in source.exif)
    return Records(
        exif,
        xmp,
        iptc,
        fields,
        has_thumbnail=has_thumbnail,
        delivered=delivered,
        software=order.facts.software,
    )


def _carried(name: str, source: SourceMetadata, empty: Callable[[], Any], carry: Callable[[], Any]) -> Any:
    """Return what `carry` returns; if it fails, nothing of this kind comes over, which is said, and the others do."""
    try:
        return carry()
    except Exception as error:  # noqa: BLE001 values of files of all kinds, in types of a library of another language
        _log.warning("%s was not carried over: %s", name, type(error).__name__)
        source.remarks.append(
            Remark(RemarkKind.UNREADABLE, say("{name} of the original could not be carried over", name=name))
        )
        return empty()


def _correct_regions(xmp: Any, delivered: ImageInfo) -> None:
    """State the size that regions are given for; they themselves are shares of it."""
    start = "Xmp.mwg-rs.Regions/mwg-rs:AppliedToDimensions/stDim:"
    for name, value in (("w", delivered.size.width), ("h", delivered.size.height)):
        if xmp.findKey(exiv2().XmpKey(start + name)) != xmp.end():
            xmp[start + name] = str(value)


def _is_same_frame(source: Size, result: Size) -> bool:
    """Return whether the result shows all of the source in its proportions, but for rounding to whole pixels."""
    across, down = result.width / source.width, result.height / source.height
    return abs(across - down) <= max(1 / source.width, 1 / source.height) + 0.002 * across


def _is_srgb(delivered: ImageInfo) -> bool:
    from topazdesk.media.metadata.profile import is_srgb

    return is_srgb(delivered.path)


def _erase_xmp(xmp: Any, key: str) -> None:
    found = xmp.findKey(exiv2().XmpKey(key))
    if found != xmp.end():
        xmp.erase(found)
