"""Comments and PNG texts of an original: where they go in a result of another format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from topazdesk.domain.image import FileFormat
from topazdesk.domain.kept import MetadataChoice
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.metadata.library import PREFIX, exiv2

#: PNG keywords (PNG specification, 11.3.4.2), and what they are in EXIF and in XMP.
_KNOWN = {
    "Title": ("", "Xmp.dc.title"),
    "Author": ("Exif.Image.Artist", "Xmp.dc.creator"),
    "Description": ("Exif.Image.ImageDescription", "Xmp.dc.description"),
    "Copyright": ("Exif.Image.Copyright", "Xmp.dc.rights"),
    "Source": ("", "Xmp.dc.source"),
}
#: Keywords about the file itself, which are set anew or hold for the original only.
_NOT_CARRIED = frozenset(
    (
        "Software",
        "Thumb::URI",
        "Thumb::MTime",
        "Thumb::Size",
        "Thumb::Mimetype",
        "date:create",
        "date:modify",
        "date:timestamp",
    )
)
_COMMENT = "Comment"
_USER_COMMENT = "Exif.Photo.UserComment"


@dataclass
class Texts:
    """What is written as texts of a PNG, and as the comment of a JPEG."""

    png: dict[str, str] = field(default_factory=dict)
    comment: str = ""


#: ImageMagick and others write a copy of EXIF as texts, such as "exif:GPSLatitude".
_LOCATION = re.compile(r"gps|latitude|longitude|altitude|location|(^|[:.])(city|state|country)", re.IGNORECASE)
_PEOPLE = re.compile(r"owner|personinimage", re.IGNORECASE)
_SERIALS = re.compile(r"serial|imageuniqueid", re.IGNORECASE)


def carried(texts: Mapping[str, str], choice: MetadataChoice, left_out: LeftOut) -> dict[str, str]:
    """Return the texts of a PNG that the result gets; note in `left_out` what it does not."""
    kinds = (
        (choice.keeps_location, _LOCATION, "location"),
        (choice.keeps_people, _PEOPLE, "people"),
        (choice.keeps_serials, _SERIALS, "serials"),
    )
    found = {}
    for keyword, text in texts.items():
        out = [kind for is_kept, pattern, kind in kinds if not is_kept and pattern.search(keyword)]
        for kind in out:
            left_out.add(kind)
        if not out:
            found[keyword] = text
    return found


def place(comment: str, texts: dict[str, str], target: FileFormat, exif: Any, xmp: Any) -> Texts:
    """Return what the target format takes as it is; what it does not take is put into `exif` and `xmp`."""
    texts = {key: text for key, text in texts.items() if key not in _NOT_CARRIED and text}
    if target is FileFormat.PNG:
        if comment:
            texts.setdefault(_COMMENT, comment)
        return Texts(png=texts)
    comment = comment or texts.pop(_COMMENT, "")
    for key, text in texts.items():
        exif_key, xmp_key = _KNOWN.get(key, ("", ""))
        if exif_key and not _has_exif(exif, exif_key):
            exif[exif_key] = text
        if xmp_key and not _has_xmp(xmp, xmp_key):
            xmp[xmp_key] = [text] if xmp_key == "Xmp.dc.creator" else _alternative(text, xmp_key)
    others = [f"{key}: {text}" for key, text in texts.items() if key not in _KNOWN]
    if others:
        xmp[f"Xmp.{PREFIX}.SourceText"] = exiv2().XmpArrayValue(others, exiv2().TypeId.xmpBag)
    if target is FileFormat.JPEG:
        return Texts(comment=comment)
    if comment and not _has_exif(exif, _USER_COMMENT):
        exif[_USER_COMMENT] = exiv2().CommentValue(_marked(comment))
    elif comment:
        xmp[f"Xmp.{PREFIX}.SourceComment"] = comment
    return Texts()


def _marked(comment: str) -> str:
    return comment if comment.isascii() else f'charset="Unicode" {comment}'


def _alternative(text: str, key: str) -> Any:
    return text if key == "Xmp.dc.source" else exiv2().LangAltValue(f'lang="x-default" {text}')


def _has_exif(data: Any, key: str) -> bool:
    return bool(data.findKey(exiv2().ExifKey(key)) != data.end())


def _has_xmp(data: Any, key: str) -> bool:
    return bool(data.findKey(exiv2().XmpKey(key)) != data.end())
