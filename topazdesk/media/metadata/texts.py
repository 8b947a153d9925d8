"""Comments and PNG texts of an original: where they go in a result of another format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from topazdesk.domain.image import FileFormat
from topazdesk.domain.kept import MetadataChoice
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.metadata.library import PREFIX, exiv2
from topazdesk.media.metadata.png_text import Text

#: PNG keywords (PNG specification, 11.3.4.2), and what they are in EXIF and in XMP.
_KNOWN = {
    "Title": ("", "Xmp.dc.title"),
    "Author": ("Exif.Image.Artist", "Xmp.dc.creator"),
    "Description": ("Exif.Image.ImageDescription", "Xmp.dc.description"),
    "Copyright": ("Exif.Image.Copyright", "Xmp.dc.rights"),
    "Source": ("", "Xmp.dc.source"),
}
#: Properties that hold a text in several languages.
_IN_LANGUAGES = frozenset(("Xmp.dc.title", "Xmp.dc.description", "Xmp.dc.rights"))
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
#: Most bytes of the comment of a JPEG: a segment has 65,533, and exiv2 ends it with a zero.
_MOST_COMMENT = 65_000
_USER_COMMENT = "Exif.Photo.UserComment"


@dataclass
class Texts:
    """What is written as texts of a PNG, and as the comment of a JPEG."""

    png: list[Text] = field(default_factory=list)
    comment: str = ""


#: ImageMagick and others write a copy of EXIF as texts, such as "exif:GPSLatitude".
_LOCATION = re.compile(r"gps|latitude|longitude|altitude|location|(^|[:.])(city|state|country)", re.IGNORECASE)
_PEOPLE = re.compile(r"owner|personinimage", re.IGNORECASE)
_SERIALS = re.compile(r"serial|imageuniqueid", re.IGNORECASE)


def carried(texts: Iterable[Text], choice: MetadataChoice, left_out: LeftOut) -> list[Text]:
    """Return the texts of a PNG that the result gets; note in `left_out` what it does not."""
    kinds = (
        (choice.keeps_location, _LOCATION, "location"),
        (choice.keeps_people, _PEOPLE, "people"),
        (choice.keeps_serials, _SERIALS, "serials"),
    )
    found = []
    for text in texts:
        out = [kind for is_kept, pattern, kind in kinds if not is_kept and pattern.search(text.keyword)]
        for kind in out:
            left_out.add(kind)
        if not out:
            found.append(text)
    return found


def place(comment: str, texts: Iterable[Text], target: FileFormat, exif: Any, xmp: Any) -> Texts:
    """Return what the target format takes as it is; what it does not take is put into `exif` and `xmp`."""
    texts = [text for text in texts if text.keyword not in _NOT_CARRIED and text.text]
    if target is FileFormat.PNG:
        if comment and not any(text.keyword == _COMMENT for text in texts):
            texts.append(Text(_COMMENT, comment))
        return Texts(png=texts)
    if not comment:
        first = next((text for text in texts if text.keyword == _COMMENT and not text.language), None)
        if first is not None:
            comment = first.text
            texts.remove(first)
    others = []
    by_keyword: dict[str, list[Text]] = {}
    for text in texts:
        by_keyword.setdefault(text.keyword, []).append(text)
    for keyword, same in by_keyword.items():
        others += _without_home(same, exif, xmp) if keyword in _KNOWN else same
    if others:
        lines = [f"{text.name}: {text.text}" for text in others]
        xmp[f"Xmp.{PREFIX}.SourceText"] = exiv2().XmpArrayValue(lines, exiv2().TypeId.xmpBag)
    if target is FileFormat.JPEG and len(comment.encode("utf-8", "replace")) <= _MOST_COMMENT:
        return Texts(comment=comment)
    if comment and target is not FileFormat.JPEG and not _has_exif(exif, _USER_COMMENT):
        exif[_USER_COMMENT] = exiv2().CommentValue(_marked(comment))
    elif comment:
        xmp[f"Xmp.{PREFIX}.SourceComment"] = comment
    return Texts()


def _without_home(same: Sequence[Text], exif: Any, xmp: Any) -> list[Text]:
    """Put the texts of one known keyword where EXIF and XMP have a place for it; return those that find it taken."""
    exif_key, xmp_key = _KNOWN[same[0].keyword]
    plain = [text for text in same if not text.language] or list(same[:1])
    if exif_key and not _has_exif(exif, exif_key):
        exif[exif_key] = plain[0].text
    said = _said(exif, xmp, exif_key, xmp_key)
    if _has_xmp(xmp, xmp_key):
        return [text for text in same if not any(text.text in words for words in said)]
    if xmp_key in _IN_LANGUAGES:
        alternatives = {"x-default": plain[0].text}
        for text in same:
            if text.language:
                alternatives.setdefault(text.language, text.text)
        xmp[xmp_key] = _alternative(alternatives)
        placed = {("", plain[0].text), *alternatives.items()}
        return [text for text in same if (text.language, text.text) not in placed]
    xmp[xmp_key] = [plain[0].text] if xmp_key == "Xmp.dc.creator" else plain[0].text
    return [text for text in same if text is not plain[0]]


def _said(exif: Any, xmp: Any, exif_key: str, xmp_key: str) -> list[str]:
    """Return the words of both places before anything is put into the second."""
    found = [exif[exif_key].toString()] if exif_key and _has_exif(exif, exif_key) else []
    return found + ([xmp[xmp_key].toString()] if _has_xmp(xmp, xmp_key) else [])


def _marked(comment: str) -> str:
    return comment if comment.isascii() else f'charset="Unicode" {comment}'


def _alternative(languages: dict[str, str]) -> Any:
    value = exiv2().LangAltValue()
    for language, text in languages.items():
        value[language] = text
    return value


def _has_exif(data: Any, key: str) -> bool:
    return bool(data.findKey(exiv2().ExifKey(key)) != data.end())


def _has_xmp(data: Any, key: str) -> bool:
    return bool(data.findKey(exiv2().XmpKey(key)) != data.end())
