"""Write EXIF and IPTC as XMP, for files beside results: also the entries for which exiv2 knows no property.

It knows those of EXIF 2.2 and the common ones of IPTC. Later ones of EXIF have properties of the same names (CIPA
DC-010); what has none at all stands under this program's own, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from topazdesk.media.metadata.library import PREFIX, exiv2, top_of

#: About IPTC's own bytes, which XMP does not have: the character set, and the versions of its two records.
_IPTC_NOT = frozenset(["CharacterSet", "ModelVersion", "RecordVersion"])
_PREFIXES = {"Photo": "exifEX.", "GPSInfo": "exif.", "Image": f"{PREFIX}.Exif"}
#: The day and the time at which the content was made, which XMP has as one property.
_DAY, _TIME, _MADE = "DateCreated", "TimeCreated", "Xmp.photoshop.DateCreated"
#: What each file has that has anything.
_WHOLE = b"<x:xmpmeta"
_MADE_MARK = b"photoshop:DateCreated"
#: What Windows writes as numbers, and people read as words.
_WORDS = "XP"


def packet(exif: Any, iptc: Any, xmp: Any) -> str:
    """Return an XMP file with all three; what `xmp` says itself goes before what the others say."""
    exif = _in_utf_8(exif)
    data = _with_rest(exif, iptc, xmp)
    if _WHOLE not in data:
        sound, spoilers = _without_spoilers(exif)
        data = _with_rest(sound, iptc, xmp, spoilers)
    return data.decode("utf-8")


def _with_rest(exif: Any, iptc: Any, xmp: Any, spoilers: Iterable[Any] = ()) -> bytes:
    own, library = exiv2().XmpData(), exiv2()
    for datum in xmp:
        own.add(datum)
    for datum in spoilers:
        if text := _plain(datum.toString()):
            own[f"Xmp.{PREFIX}.Exif{datum.tagName()}"] = text
    has_moment = _MADE_MARK in _converted(list(exif), of_exif=True)
    rest = [*_rest_of_exif(exif), *_rest_of_iptc(iptc, has_moment=has_moment)]
    for key, values in (*rest, *_contradicted(exif, iptc, xmp)):
        if own.findKey(library.XmpKey(key)) != own.end():
            continue
        if len(values) == 1:
            own[key] = values[0]
        else:
            own.add(library.XmpKey(key), library.XmpArrayValue(values, library.TypeId.xmpBag))
    return _written(exif, iptc, own)


def _without_spoilers(exif: Any) -> tuple[Any, list[Any]]:
    """Return the entries without those, of damaged EXIF, with which exiv2 makes an empty file of all, and those."""
    library = exiv2()
    sound, start = library.ExifData(), library.ExifData()
    start["Exif.Image.Make"] = "any"
    kept, spoilers = list(start), []
    for datum in exif:
        if _WHOLE in _converted([*kept, datum], of_exif=True):
            kept.append(datum)
            sound.add(datum)
        elif not datum.tagName().startswith("0x"):
            spoilers.append(datum)
    return sound, spoilers


def _in_utf_8(exif: Any) -> Any:
    """Return the entries with their words in UTF-8: of a single one in another encoding, exiv2 makes an empty file."""
    library = exiv2()
    readable = library.ExifData()
    for datum in exif:
        said = datum.toString()
        if _is_utf_8(said):
            readable.add(datum)
        elif datum.tagName() == "UserComment":
            readable.add(library.ExifKey(datum.key()), library.CommentValue(_plain(said)))
        else:
            readable.add(library.ExifKey(datum.key()), library.AsciiValue(_plain(said)))
    return readable


def _rest_of_exif(exif: Any) -> Iterable[tuple[str, list[str]]]:
    for datum in _untold(list(exif), of_exif=True):
        prefix, name = _PREFIXES.get(datum.groupName()), datum.tagName()
        if prefix is None or name.startswith("0x"):
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


def _contradicted(exif: Any, iptc: Any, xmp: Any) -> Iterable[tuple[str, list[str]]]:
    """Yield the words of EXIF and IPTC in whose place the original's own XMP says something else, under own names."""
    said: dict[str, str] = {}
    for datum in xmp:
        top = top_of(datum.key())
        said[top] = f"{said.get(top, '')}\n{datum.toString()}"
    other: dict[str, list[str]] = {}
    for data, kind in ((exif, "Exif"), (iptc, "Iptc")):
        for datum in data:
            text, name = _plain(datum.toString()), datum.tagName()
            if datum.typeId() not in (exiv2().TypeId.asciiString, exiv2().TypeId.string) or "Date" in name or not text:
                continue
            tops = _tops(_converted([datum], of_exif=kind == "Exif"))
            if tops and all(top in said and text not in said[top] for top in tops):
                other.setdefault(f"Xmp.{PREFIX}.{kind}{name}", []).append(text)
    yield from other.items()


def _tops(data: bytes) -> set[str]:
    """Return the properties in an XMP file."""
    image = exiv2().ImageFactory.open(data)
    image.readMetadata()
    return {top_of(datum.key()) for datum in image.xmpData()}


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


def _is_utf_8(text: str) -> bool:
    """Return whether a text of exiv2's was in UTF-8: other bytes are single halves of surrogates."""
    return not any("\udc80" <= letter <= "\udcff" for letter in text)


def _plain(text: str) -> str:
    """Return a text as XML can have it: without control characters, and in UTF-8 whatever it was written in."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n").strip()
