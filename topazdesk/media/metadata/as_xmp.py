"""Write EXIF and IPTC as XMP, for files beside results: also the entries for which exiv2 knows no property.

It knows those of EXIF 2.2 and the common ones of IPTC. Later ones of EXIF have properties of the same names (CIPA
DC-010); what has none at all stands under this program's own, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from topazdesk.media.metadata.library import PREFIX, exiv2

#: About IPTC's own bytes, which XMP does not have: the character set, and the versions of its two records.
_IPTC_NOT = frozenset(["CharacterSet", "ModelVersion", "RecordVersion"])
_PREFIXES = {"Photo": "exifEX.", "GPSInfo": "exif.", "Image": f"{PREFIX}.Exif"}
#: The day and the time at which the content was made, which XMP has as one property.
_DAY, _TIME, _MADE = "DateCreated", "TimeCreated", "Xmp.photoshop.DateCreated"
_MADE_MARK = b"photoshop:DateCreated"
#: What Windows writes as numbers, and people read as words.
_WORDS = "XP"


def packet(exif: Any, iptc: Any, xmp: Any) -> str:
    """Return an XMP file with all three; what `xmp` says itself goes before what the others say."""
    own, library = exiv2().XmpData(), exiv2()
    for datum in xmp:
        own.add(datum)
    has_moment = _MADE_MARK in _converted(list(exif), of_exif=True)
    for key, values in (*_rest_of_exif(exif), *_rest_of_iptc(iptc, has_moment=has_moment)):
        if own.findKey(library.XmpKey(key)) != own.end():
            continue
        if len(values) == 1:
            own[key] = values[0]
        else:
            own.add(library.XmpKey(key), library.XmpArrayValue(values, library.TypeId.xmpBag))
    return _written(exif, iptc, own).decode("utf-8")


def _rest_of_exif(exif: Any) -> Iterable[tuple[str, list[str]]]:
    for datum in _untold(list(exif), of_exif=True):
        prefix, name = _PREFIXES.get(datum.groupName()), datum.tagName()
        if prefix is None:
            continue
        said = datum.print(exif) if name.startswith(_WORDS) else datum.toString()
        if text := _plain(said):
            yield f"Xmp.{prefix}{name}", [text]


def _rest_of_iptc(iptc: Any, *, has_moment: bool) -> Iterable[tuple[str, list[str]]]:
    rest: dict[str, list[str]] = {}
    for datum in _untold(list(iptc), of_exif=False):
        if datum.tagName() not in _IPTC_NOT and (text := _plain(datum.toString())):
            rest.setdefault(datum.tagName(), []).append(text)
    if _DAY in rest and not has_moment:  # EXIF tells it to the fraction of a second
        yield _MADE, ["T".join((rest.pop(_DAY)[0], *rest.pop(_TIME, [])[:1]))]
    for name, values in rest.items():
        yield f"Xmp.{PREFIX}.Iptc{name}", values


def _untold(data: list[Any], *, of_exif: bool) -> list[Any]:
    """Return the entries that leave no trace in XMP. Some only do together with others, as a latitude with its side."""
    by_key: dict[str, list[Any]] = {}
    for datum in data:
        by_key.setdefault(datum.key(), []).append(datum)
    nothing = _converted([], of_exif=of_exif)
    alone = [key for key, same in by_key.items() if _converted(same, of_exif=of_exif) == nothing]
    if not alone:
        return []
    whole = _converted(data, of_exif=of_exif)
    untold = []
    for key in alone:
        if _converted([datum for datum in data if datum.key() != key], of_exif=of_exif) == whole:
            untold += by_key[key]
    return untold


def _converted(data: list[Any], *, of_exif: bool) -> bytes:
    library = exiv2()
    exif, iptc = library.ExifData(), library.IptcData()
    for datum in data:
        (exif if of_exif else iptc).add(datum)
    return _written(exif, iptc, library.XmpData())


def _written(exif: Any, iptc: Any, xmp: Any) -> bytes:
    library = exiv2()
    image = library.ImageFactory.create(library.ImageType.xmp)
    image.setExifData(exif)
    image.setIptcData(iptc)
    image.setXmpData(xmp)
    image.writeMetadata()
    stream = image.io()
    stream.open()
    with stream.mmap() as data:
        return bytes(data)


def _plain(text: str) -> str:
    """Return a text without the characters that XML cannot have."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n").strip()
