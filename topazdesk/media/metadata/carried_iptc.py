"""IPTC datasets of an original for its result, as UTF-8 whatever they were written in."""

from __future__ import annotations

from typing import Any

from topazdesk.domain.kept import MetadataChoice
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.metadata.library import exiv2

_ENVELOPE, _APPLICATION = 1, 2
#: Of the envelope: the format of the file and its version (IIM 4.2, 1:20, 1:22), and the character set.
_ABOUT_THE_FILE = frozenset((20, 22))
_CHARACTER_SET = 90
#: Datasets that hold a preview or a picture of the caption (IIM 4.2, 2:125, 2:200 to 2:202).
_PREVIEWS = frozenset((125, 200, 201, 202))
#: Sub-location, city, province, country code and name, content location code and name.
_LOCATION = frozenset((26, 27, 90, 92, 95, 100, 101))
#: The envelope's code for UTF-8 (ISO 2022).
_UTF_8 = "\x1b%G"


def carry(source: Any, choice: MetadataChoice, left_out: LeftOut) -> Any:
    """Return the datasets of `source` (exiv2's IptcData) that the result gets; none where it has none."""
    library = exiv2()
    carried = library.IptcData()
    kept = [datum for datum in source if _is_carried(datum, choice, left_out)]
    if not kept:
        return carried
    # Numbers, dates and times have types of their own, without bytes.
    raw = [bytes(datum.value().data()) if datum.typeId() == library.TypeId.string else None for datum in kept]
    encoding = "utf-8" if _are_utf_8([data for data in raw if data is not None]) else "cp1252"
    carried["Iptc.Envelope.CharacterSet"] = _UTF_8
    for datum, data in zip(kept, raw, strict=True):
        if data is None:
            carried.add(datum)
        else:
            carried.add(library.IptcKey(datum.key()), library.StringValue(data.decode(encoding, "replace")))
    return carried


def _is_carried(datum: Any, choice: MetadataChoice, left_out: LeftOut) -> bool:
    if datum.record() == _ENVELOPE:
        if datum.tag() in _ABOUT_THE_FILE:
            left_out.add("iptc_file")
            return False
        return bool(datum.tag() != _CHARACTER_SET)
    if datum.record() != _APPLICATION:  # the others are about pixels
        left_out.add("iptc_file")
        return False
    if datum.tag() in _PREVIEWS:
        left_out.add("thumbnails")
        return False
    if datum.tag() in _LOCATION and not choice.keeps_location:
        left_out.add("location")
        return False
    return True


def _are_utf_8(values: list[bytes]) -> bool:
    """Tell by the bytes: files that declare UTF-8 without using it, and the reverse, are both common."""
    try:
        for value in values:
            value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
