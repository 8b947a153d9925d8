"""Read what a picture file says about itself, for people: camera, date, author, rights, how it was made.

Runs in a worker process: exiv2 is native code, and the file may be any.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from topazdesk.domain.displayed_text import cut
from topazdesk.domain.file_metadata import CredentialState, FileMetadata, Written, in_order
from topazdesk.errors import TopazdeskError
from topazdesk.language import say
from topazdesk.media.metadata import credentials
from topazdesk.media.metadata import source as sources
from topazdesk.media.metadata.library import PREFIX, exiv2
from topazdesk.media.opening import opened
from topazdesk.media.probe import read_header

#: Longest value that is shown, in characters.
_MOST = 2_000
_CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
#: IPTC's codes for how pixels came to be (NewsCodes, Digital Source Type), in words.
_SOURCE_TYPES = {
    "digitalCapture": say("Taken with a digital camera"),
    "computationalCapture": say("Taken with a digital camera, put together of several exposures"),
    "negativeFilm": say("Scanned from a negative"),
    "positiveFilm": say("Scanned from a slide"),
    "print": say("Scanned from a print"),
    "minorHumanEdits": say("Edited slightly by a person"),
    "humanEdits": say("Edited by a person"),
    "algorithmicallyEnhanced": say("Enhanced by an algorithm that keeps what is there"),
    "compositeWithTrainedAlgorithmicMedia": say("Partly made by generative AI"),
    "trainedAlgorithmicMedia": say("Made by generative AI"),
    "algorithmicMedia": say("Made by an algorithm"),
    "digitalCreation": say("Made by a person with a computer"),
    "compositeCapture": say("Put together of several photographs"),
    "composite": say("Put together of several pictures"),
}


def metadata_of(path: Path, page: int = 0) -> FileMetadata:
    """Return the facts of one file, of one of its pages, from 0.

    Raises OSError and TopazdeskError when it cannot be read at all.
    """
    with opened(path) as descriptor:
        image_format = read_header(descriptor, path).format
    found = sources.read(path, image_format, page)
    said = _Said(found)
    state, signer = CredentialState.NONE, ""
    if found.has_credentials:
        state, signer = credentials.checked(path)
    rows = [*_of_picture(said, found), *_of_making(said)]
    if state is not CredentialState.NONE:
        rows.append((say("Content credentials"), state.sentence(signer)))
    return FileMetadata(
        tuple((name, cut(value, _MOST)) for name, value in rows if value),
        in_order(_kinds(found, said)),
        state,
        signer,
        tuple(remark.text for remark in found.remarks),
    )


def metadata_of_all(pages: Iterable[tuple[Path, int]]) -> list[FileMetadata]:
    """Return the facts of each page of a file; of one that cannot be read only that."""
    rows = []
    for path, page in pages:
        try:
            rows.append(metadata_of(path, page))
        except TopazdeskError as error:
            rows.append(FileMetadata(trouble=(error.title,)))
        except OSError:
            rows.append(FileMetadata(trouble=(say("The file cannot be read"),)))
    return rows


class _Said:
    """Looks up values by key, in the order in which they are given: the first that says something counts."""

    def __init__(self, found: sources.SourceMetadata) -> None:
        self._exif = {datum.key(): datum for datum in found.exif}
        self._iptc: dict[str, list[str]] = {}
        for datum in found.iptc:
            self._iptc.setdefault(datum.key(), []).append(_iptc_text(datum))
        self._xmp = {datum.key(): datum for datum in found.xmp}
        self._texts = {text.keyword: text.text for text in reversed(found.texts)}
        self.keys = [*self._exif, *self._iptc, *self._xmp]

    def first(self, *keys: str) -> str:
        """Return the first value that is not empty, "" if there is none."""
        return next(filter(None, map(self._value, keys)), "")

    def printed(self, key: str) -> str:
        """Return an EXIF value as exiv2 words it: "1/125 s", "F2.8"."""
        datum = self._exif.get(key)
        return "" if datum is None else str(datum.print()).strip()

    def _value(self, key: str) -> str:
        if key.startswith("Exif."):
            datum = self._exif.get(key)
            if datum is None:
                return ""
            text = datum.print() if key.startswith("Exif.Image.XP") else datum.toString()
            return str(text).replace("\0", "").strip()
        if key.startswith("Iptc."):
            return ", ".join(filter(None, self._iptc.get(key, ())))
        if key.startswith("Text."):
            return self._texts.get(key.removeprefix("Text."), "").strip()
        datum = self._xmp.get(key)
        return "" if datum is None else _xmp_text(datum)


def _xmp_text(datum: Any) -> str:
    """Return an XMP value; of a text in several languages the default one, or the first."""
    text = str(datum.toString()).strip()
    if datum.typeId() != exiv2().TypeId.langAlt:
        return text
    found = re.match(r'lang="[^"]*" ?(.*?)(?:, lang="|$)', text, re.DOTALL)
    return found.group(1) if found else text


def _iptc_text(datum: Any) -> str:
    if datum.typeId() != exiv2().TypeId.string:
        return str(datum.toString())
    data = bytes(datum.value().data())
    try:
        return data.decode("utf-8").strip("\0 ")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace").strip("\0 ")


def _of_picture(said: _Said, found: sources.SourceMetadata) -> Iterator[tuple[str, str]]:
    maker, model = said.first("Exif.Image.Make", "Xmp.tiff.Make"), said.first("Exif.Image.Model", "Xmp.tiff.Model")
    has_maker = model.casefold().startswith(maker.casefold().partition(" ")[0]) and maker
    yield say("Camera"), model if has_maker else f"{maker} {model}".strip()
    yield say("Lens"), said.first("Exif.Photo.LensModel", "Xmp.exifEX.LensModel", "Xmp.aux.Lens")
    exposure = [said.printed(f"Exif.Photo.{name}") for name in ("ExposureTime", "FNumber", "FocalLength")]
    speed = said.first("Exif.Photo.ISOSpeedRatings")
    yield say("Exposure"), " · ".join(filter(None, [*exposure, f"ISO {speed}" if speed else ""]))
    yield (
        say("Taken"),
        _day(
            said.first(
                "Exif.Photo.DateTimeOriginal",
                "Exif.Image.DateTimeOriginal",
                "Xmp.exif.DateTimeOriginal",
                "Xmp.photoshop.DateCreated",
                "Iptc.Application2.DateCreated",
            )
        ),
    )
    yield say("Title"), said.first("Xmp.dc.title", "Iptc.Application2.ObjectName", "Exif.Image.XPTitle", "Text.Title")
    yield (
        say("Description"),
        said.first(
            "Xmp.dc.description", "Iptc.Application2.Caption", "Exif.Image.ImageDescription", "Text.Description"
        ),
    )
    yield (
        say("Author"),
        said.first(
            "Xmp.dc.creator", "Exif.Image.Artist", "Iptc.Application2.Byline", "Exif.Image.XPAuthor", "Text.Author"
        ),
    )
    yield (
        say("Rights"),
        said.first("Xmp.dc.rights", "Exif.Image.Copyright", "Iptc.Application2.Copyright", "Text.Copyright"),
    )
    yield say("Terms of use"), said.first("Xmp.xmpRights.UsageTerms")
    yield say("Copyright status"), _STATUS.get(said.first("Xmp.xmpRights.Marked").casefold(), "")
    yield say("Rights on the web"), said.first("Xmp.xmpRights.WebStatement")
    yield say("Keywords"), said.first("Xmp.dc.subject", "Iptc.Application2.Keywords", "Exif.Image.XPKeywords")
    rating = said.first("Xmp.xmp.Rating", "Exif.Image.Rating")
    yield (
        say("Rating"),
        {"-1": say("Rejected"), "0": ""}.get(rating, say("{rating} of 5", rating=rating) if rating else ""),
    )
    yield say("Comment"), said.first("Exif.Photo.UserComment", "Text.Comment") or found.comment
    yield say("Location"), _place(said)


#: What XMP's property "Marked" means; without it, nobody has said anything.
_STATUS = {"true": say("Protected by copyright"), "false": say("Public domain")}


def _place(said: _Said) -> str:
    """Return the names of the place and whether there is a position; the position itself is for maps."""
    names = [
        said.first("Xmp.iptc.Location", "Iptc.Application2.SubLocation"),
        said.first("Xmp.photoshop.City", "Iptc.Application2.City"),
        said.first("Xmp.photoshop.State", "Iptc.Application2.ProvinceState"),
        said.first("Xmp.photoshop.Country", "Iptc.Application2.CountryName"),
    ]
    has_position = bool(said.first("Exif.GPSInfo.GPSLatitude", "Xmp.exif.GPSLatitude"))
    return " · ".join(filter(None, [", ".join(filter(None, names)), say("GPS position") if has_position else ""]))


def _of_making(said: _Said) -> Iterator[tuple[str, str]]:
    code = said.first("Xmp.iptcExt.DigitalSourceType")
    name = code.removeprefix(_CODES)
    yield say("How it was made"), _SOURCE_TYPES.get(name, name)
    own = f"Xmp.{PREFIX}."
    model, service = said.first(own + "Model"), said.first(own + "Service")
    yield say("Model"), " · ".join(filter(None, [model, service]))
    if said.first(own + "Sandbox"):
        yield say("Practice result"), say("Made by the sandbox, not by Topaz")
    yield say("Settings"), _settings(said.first(own + "Settings"))
    yield say("Job"), said.first(own + "JobID")
    yield say("Made from"), said.first(own + "SourceName")
    yield say("Finished"), _day(said.first(own + "CompletedAt"))
    yield say("Software"), said.first("Exif.Image.Software", "Xmp.xmp.CreatorTool", "Text.Software")


def _settings(text: str) -> str:
    """Return settings for people: "sharpen 0.43 · face enhancement off"; anything but a JSON object as it is."""
    try:
        values = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return text
    if not isinstance(values, dict):
        return text
    words = {True: "on", False: "off"}
    shown = [(name, words[value] if isinstance(value, bool) else value) for name, value in values.items()]
    return " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in shown)


def _day(text: str) -> str:
    """Return a time as EXIF, IPTC and XMP write it in one notation; anything else as it is."""
    found = re.match(r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?", text)
    return " ".join(filter(None, ["-".join(found.groups()[:3]), found.group(4)])) if found else text


#: What keys say which kind of data a file holds. A file may hold many more of each kind; one is enough to name it.
_KINDS = (
    (
        Written.LOCATION,
        re.compile(
            r"Exif\.GPSInfo\.GPS(?!Tag|VersionID)|Xmp\.(exif\.GPS|photoshop\.(City|State|Country)|iptc\.(Location|CountryCode)"
            r"|iptcExt\.Location)|Iptc\.Application2\.(SubLocation|City|ProvinceState|Country|LocationName)"
        ),
    ),
    (
        Written.TIMES,
        re.compile(
            r"Exif\.\w+\.(DateTime|SubSecTime|OffsetTime|GPSDateStamp)|Xmp\.(xmp|exif|photoshop)\.\w*Date"
            r"|Iptc\.Application2\.(Date|Time|Digitization)"
        ),
    ),
    (
        Written.NAMES,
        re.compile(
            r"Exif\.Image\.(Artist|Copyright|XPAuthor|HostComputer)|Exif\.Photo\.CameraOwnerName"
            r"|Xmp\.(dc\.(creator|rights|contributor|publisher)|iptcExt\.PersonInImage|mwg-rs\.|MP\.|aux\.OwnerName"
            r"|photoshop\.(Credit|Source|CaptionWriter|AuthorsPosition)|xmpRights\.|plus\.|iptc\.CreatorContactInfo)"
            r"|Iptc\.Application2\.(Byline|Copyright|Credit|Source|Writer|Contact)"
        ),
    ),
    (Written.SERIALS, re.compile(r".*(Serial|ImageUniqueID)")),
    (
        Written.CAMERA,
        re.compile(
            r"Exif\.(Image\.(Make|Model)$|Photo\.(ExposureTime|FNumber|ISO|LensModel|FocalLength$))|Xmp\.(tiff\.Ma|aux\.)"
        ),
    ),
    (
        Written.TEXTS,
        re.compile(
            r"Exif\.Image\.(ImageDescription|XP(Title|Comment|Keywords|Subject)|Rating$|DocumentName)|Exif\.Photo\.UserComment"
            r"|Xmp\.(dc\.(title|description|subject)|lr\.|xmp\.(Rating|Label)|photoshop\.(Headline|Instructions))"
            r"|Iptc\.Application2\.(Object|Caption|Keywords|Headline|SpecialInstructions)"
        ),
    ),
    (
        Written.THUMBNAILS,
        re.compile(r"Exif\.(Thumbnail|SubThumb\w*)\.|Xmp\.xmp\.Thumbnails|Iptc\.Application2\.Preview"),
    ),
    (Written.EXTRAS, re.compile(r"Exif\.MpfInfo\.|Xmp\.(GCamera\.(Micro|Motion)|Container\.|hdrgm\.|GDepth|GImage)")),
)
_OWN_GROUPS = frozenset(("Image", "Photo", "GPSInfo", "Iop", "Thumbnail", "MpfInfo"))


def _kinds(found: sources.SourceMetadata, said: _Said) -> Iterator[Written]:
    for kind, pattern in _KINDS:
        if any(pattern.match(key) for key in said.keys):
            yield kind
    groups = {datum.groupName() for datum in found.exif}
    names = ("Image", "SubImage", "SubThumb")
    if "Exif.Photo.MakerNote" in said.keys or any(g not in _OWN_GROUPS and not g.startswith(names) for g in groups):
        yield Written.MAKER_NOTES
    if found.comment or found.texts:
        yield Written.TEXTS
    if {"Author", "Copyright"} & {text.keyword for text in found.texts}:
        yield Written.NAMES
    if found.has_credentials:
        yield Written.CREDENTIALS
    if found.has_more_behind or found.beside or found.other_blocks:
        yield Written.EXTRAS
