"""Read all metadata of an original: EXIF, IPTC, XMP, texts and comments, from its file and the `.xmp` beside it."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from topazdesk.domain.image import Companion, FileFormat
from topazdesk.domain.kept import Remark, RemarkKind
from topazdesk.language import say
from topazdesk.media.byte_ranges import of_file
from topazdesk.media.companions import companions
from topazdesk.media.metadata import big_tiff, boxed, credentials, jpeg_extras, png_text
from topazdesk.media.metadata.extended_xmp import extended_xmp
from topazdesk.media.metadata.library import complaints, exiv2, take_back_names, top_of, why
from topazdesk.media.metadata.photoshop_rights import PhotoshopRights, iptc_of, photoshop_rights
from topazdesk.media.metadata.single_blocks import SingleBlocks, single_blocks
from topazdesk.media.multi_picture_index import places
from topazdesk.media.sniff import RAW_SUFFIXES

#: Most bytes of an XMP file that is read.
_MOST_XMP = 16_000_000
#: Longest list of names that is said.
_MOST_LETTERS = 120


@dataclass
class SourceMetadata:
    """What an original says about itself. `exif`, `iptc` and `xmp` are exiv2's records."""

    exif: Any
    iptc: Any
    xmp: Any
    comment: str = ""
    texts: list[png_text.Text] = field(default_factory=list)
    photoshop: PhotoshopRights = field(default_factory=PhotoshopRights)
    orientation: int = 1
    has_credentials: bool = False
    has_more_behind: bool = False  # the end of the picture: a clip, or another picture
    beside: tuple[Companion, ...] = ()  # what goes with the picture
    other_blocks: list[str] = field(default_factory=list)  # of data that is not read here, by name
    remarks: list[Remark] = field(default_factory=list)


def nothing() -> SourceMetadata:
    """Return the metadata of an original that is not there."""
    library = exiv2()
    return SourceMetadata(library.ExifData(), library.IptcData(), library.XmpData())


def read(path: Path, image_format: FileFormat, page: int = 0) -> SourceMetadata:
    """Return the metadata of the file at `path`, of one of its pages, from 0. Raises OSError.

    What cannot be read is left out, with a remark.
    """
    library = exiv2()
    take_back_names()
    found = nothing()
    try:
        with complaints() as told:
            image = _image_read(path, image_format, found)
    except (library.Exiv2Error, ValueError) as error:
        blocks = single_blocks(path, image_format)
        if blocks is not None:
            _take_single(found, blocks)
        elif not _holds_none(path, image_format):
            found.remarks.append(_unreadable(say("The metadata of the original cannot be read"), error))
    else:
        _take(found, image)
        found.remarks += _damage(told)
    match image_format:
        case FileFormat.JPEG:
            found.comment = "\n".join(dict.fromkeys(map(_text, jpeg_extras.comments(path)))) or found.comment
            _take_extended(found, path)
            _take_picture(found, path, page)
            found.has_more_behind = jpeg_extras.has_more_behind(path)
            found.other_blocks = jpeg_extras.other_blocks(path)
        case FileFormat.PNG:
            found.texts, broken = png_text.texts(path)
            if broken:
                text = say(
                    "Texts of the original cannot be read, or are too long: {broken}",
                    broken=", ".join(broken)[:_MOST_LETTERS],
                )
                found.remarks.append(Remark(RemarkKind.UNREADABLE, text))
            found.comment = ""  # exiv2 takes the text "Description" for one
        case FileFormat.TIFF:
            _take_page(found, path, page)
        case FileFormat.HEIC | FileFormat.AVIF:
            _take_boxed(found, path)
        case FileFormat.GIF:
            found.comment, packet = _of_gif(path)
            _merge(found, packet, say("The XMP of the original cannot be read"))
        case _:
            pass
    with path.open("rb") as file:
        held = companions(file.fileno(), image_format, os.fstat(file.fileno()).st_size)
    # Whether anything follows the picture was looked up above, in all of the file.
    found.beside = tuple(each for each in held if each is not Companion.BEHIND)
    found.has_credentials = credentials.has_credentials(path, image_format)
    beside = packet_beside(path, image_format)
    if beside is not None:
        name = beside.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        _merge(found, _packet_text(beside.read_bytes()), say("The file {name} cannot be read", name=name))
    _drop_strangers(found)
    _take_photoshop(found, path, image_format)
    return found


def _drop_strangers(found: SourceMetadata) -> None:
    """Leave out properties that only bear the name of others: they would come back as what they never were."""
    if not (strangers := take_back_names()):
        return
    rest = exiv2().XmpData()
    for datum in found.xmp:
        if not datum.key().startswith(tuple(f"Xmp.{prefix}." for prefix in strangers)):
            rest.add(datum)
    found.xmp = rest
    text = say(
        "XMP of the original uses {strangers} as names for something else: what stands there is left out",
        strangers=", ".join(strangers),
    )
    found.remarks.append(Remark(RemarkKind.LEFT_OUT, text))


def _image_read(path: Path, image_format: FileFormat, found: SourceMetadata) -> Any:
    """Return exiv2's image of a file, read; of a PNG that it does not read, because of a text, without its texts.

    What is broken of that is said in `found`.
    """
    library = exiv2()
    image = opened(path)
    try:
        image.readMetadata()
    except library.Exiv2Error:
        if image_format is not FileFormat.PNG:
            raise
        rest = png_text.without_texts(path)
        image = library.ImageFactory.open(rest.data)
        image.readMetadata()
        if rest.broken:
            text = say(
                "Metadata of the original cannot be read: {broken}", broken=", ".join(rest.broken)[:_MOST_LETTERS]
            )
            found.remarks.append(Remark(RemarkKind.UNREADABLE, text))
    return image


def _take_extended(found: SourceMetadata, path: Path) -> None:
    stated = found.xmp.findKey(exiv2().XmpKey("Xmp.xmpNote.HasExtendedXMP"))
    guid = "" if stated == found.xmp.end() else str(stated.toString())
    packet = extended_xmp(path, guid)
    if packet is None:
        text = say("The extended XMP of the original is not all there: what stood in it is missing")
        found.remarks.append(Remark(RemarkKind.UNREADABLE, text))
    else:
        _merge(found, packet, say("The extended XMP of the original cannot be read"))


def _take_photoshop(found: SourceMetadata, path: Path, image_format: FileFormat) -> None:
    found.photoshop = photoshop_rights(path, image_format, found.exif)
    found.photoshop.into(found.xmp)
    if found.photoshop.iptc and found.iptc.empty():
        try:
            found.iptc = iptc_of(found.photoshop.iptc)
        except (exiv2().Exiv2Error, ValueError) as error:
            found.remarks.append(_unreadable(say("The IPTC of the original cannot be read"), error))
        else:
            if not found.iptc.empty():
                found.remarks = [remark for remark in found.remarks if remark not in _damage(["decode IPTC"])]


#: Entries that are about one page; all others are about the document, and most programs write them to its first only.
_OF_A_PAGE = frozenset(("Exif.Image.ImageDescription", "Exif.Image.PageName"))


def _take_page(found: SourceMetadata, path: Path, page: int) -> None:
    """Put what a page that is not the first says in the place of what the first does."""
    library = exiv2()
    try:
        place = big_tiff.own_directory(path, page)
        if place is None:
            return
        image = library.ImageFactory.open(big_tiff.as_classic(path, place))
        image.readMetadata()
    except (library.Exiv2Error, ValueError, KeyError) as error:
        found.remarks.append(_unreadable(say("The metadata of the page cannot be read"), error))
        return
    own = nothing()
    _take(own, image)
    _overlay(found, own, lambda key: not (page and key in _OF_A_PAGE))


def _take_picture(found: SourceMetadata, path: Path, page: int) -> None:
    """Put what a further picture of a JPEG says of itself in the place of what the first says of its own exposure.

    It is a whole JPEG. Title, rights and keywords stand in the first alone.
    """
    if not page:
        return
    library = exiv2()
    try:
        with path.open("rb") as file:
            read = of_file(file)
            pictures = places(read)
            data = read(*pictures[page]) if page < len(pictures) else b""
        image = library.ImageFactory.open(data)
        image.readMetadata()
    except (library.Exiv2Error, ValueError) as error:
        found.remarks.append(_unreadable(say("The metadata of the page cannot be read"), error))
        return
    own = nothing()
    _take(own, image)
    is_silent = own.exif.empty()
    _overlay(found, own, lambda key: is_silent or key in _OF_THE_FILE)


def _overlay(found: SourceMetadata, own: SourceMetadata, holds_for_all: Callable[[str], bool]) -> None:
    """Put what a page says itself in the place of what was found for the first.

    Of the first page's EXIF stays what the page does not say, if `holds_for_all` tells of the key that it may.
    """
    said = {datum.key() for datum in own.exif}
    for datum in found.exif:
        if datum.key() not in said and holds_for_all(datum.key()):
            own.exif.add(datum)
    found.exif = own.exif
    found.iptc = found.iptc if own.iptc.empty() else own.iptc
    found.xmp = found.xmp if own.xmp.empty() else own.xmp
    found.orientation = own.orientation


#: What holds for all pictures of a file.
_OF_THE_FILE = frozenset(f"Exif.Image.{name}" for name in ("Artist", "Copyright", "Make", "Model", "HostComputer"))


def _take_boxed(found: SourceMetadata, path: Path) -> None:
    """Take the blocks of a HEIC or AVIF file of which exiv2 found none."""
    held = boxed.blocks(path)
    found.other_blocks = list(held.masks)
    if held.exif and not len(list(found.exif)):
        _take_exif(found, held.exif)
    if held.xmp and not len(list(found.xmp)):
        _merge(found, held.xmp.decode("utf-8", "replace"), say("The XMP of the original cannot be read"))


def _take_single(found: SourceMetadata, held: SingleBlocks) -> None:
    """Take each block that makes sense, whatever is wrong with the others. A broken profile is told of elsewhere."""
    if held.exif:
        _take_exif(found, held.exif)
    if held.iptc:
        library = exiv2()
        try:
            with complaints() as told:
                found.iptc = iptc_of(held.iptc)
            found.remarks += _damage(told)
        except (library.Exiv2Error, ValueError) as error:
            found.remarks.append(_unreadable(say("The IPTC of the original cannot be read"), error))
    if held.xmp:
        _merge(found, _packet_text(held.xmp), say("The XMP of the original cannot be read"))


def _take_exif(found: SourceMetadata, block: bytes) -> None:
    """Take a block of EXIF, which begins with the head of its TIFF."""
    library = exiv2()
    try:
        with complaints() as told:
            image = library.ImageFactory.open(block)
            image.readMetadata()
    except (library.Exiv2Error, ValueError) as error:
        found.remarks.append(_unreadable(say("The EXIF of the original cannot be read"), error))
    else:
        _take(found, image)
        found.remarks += _damage(told)


def _damage(told: list[str]) -> list[Remark]:
    """Return a remark for each kind of metadata of which a part is broken: only what is whole is read."""
    broken = [kind for kind, pattern in _COMPLAINTS if any(pattern.search(words) for words in told)]
    text = say("{kind} of the original is damaged: what could not be read of it is missing")
    return [Remark(RemarkKind.UNREADABLE, text.format(kind=kind)) for kind in broken]


#: How exiv2 words it; directories of maker notes, which are not carried over anyway, have other names.
_COMPLAINTS = (
    ("EXIF", re.compile(r"directory (Image|Photo|GPSInfo|Iop)\b", re.IGNORECASE)),
    ("IPTC", re.compile(r"decode IPTC")),
    ("XMP", re.compile(r"decode XMP|XMP Toolkit error")),
)


def _holds_none(path: Path, image_format: FileFormat) -> bool:
    """Return whether such a file has no place for EXIF, IPTC or XMP: outside of containers JPEG XL, too, has none."""
    if image_format in _BARE:
        with path.open("rb") as file:
            return file.read(2) == _BARE[image_format]
    return image_format in (FileFormat.GIF, FileFormat.BMP, FileFormat.PNM, FileFormat.TGA)


#: How pictures begin that are in no container.
_BARE = {FileFormat.JXL: b"\xff\x0a", FileFormat.JP2: b"\xff\x4f"}


def opened(path: Path) -> Any:
    """Return exiv2's image of a file. It takes names in UTF-8 only; a file of another name is read whole.

    It knows no BigTIFF, and calls all of a TIFF damaged whose list of pages is: of both, it gets the fields without the
    picture.
    """
    if big_tiff.is_big_tiff(path) or big_tiff.has_broken_chain(path):
        return exiv2().ImageFactory.open(big_tiff.as_classic(path))
    try:
        name = os.fspath(path)
        name.encode("utf-8")
    except UnicodeEncodeError:
        return exiv2().ImageFactory.open(path.read_bytes())
    return exiv2().ImageFactory.open(name)


def packet_beside(path: Path, image_format: FileFormat) -> Path | None:
    """Return the XMP file that belongs to a picture, if there is one.

    `scan.tif.xmp` is for that file alone (darktable, digiKam). `scan.xmp` (Adobe) is for a raw file of that name first.
    """
    for suffix in (".xmp", ".XMP"):
        own = path.with_name(path.name + suffix)
        if _is_readable(own):
            return own
    for suffix in (".xmp", ".XMP"):
        shared = path.with_suffix(suffix)
        if not _is_readable(shared):
            continue
        if image_format is FileFormat.RAW or not _has_raw_twin(path):
            return shared
    return None


#: Endings of raw files; the last is of a format that is not read here, and has XMP files all the same.
_RAW = RAW_SUFFIXES | {".crw"}


def _has_raw_twin(path: Path) -> bool:
    try:
        names = [each.name for each in os.scandir(path.parent) if each.name.startswith(path.stem + ".")]
    except OSError:
        return False
    return any(name[len(path.stem) :].lower() in _RAW for name in names if name != path.name)


def _is_readable(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size <= _MOST_XMP
    except OSError:
        return False


def _take(found: SourceMetadata, image: Any) -> None:
    library = exiv2()
    for datum in image.exifData():
        found.exif.add(datum)
    for datum in image.iptcData():
        found.iptc.add(datum)
    for datum in image.xmpData():
        found.xmp.add(datum)
    found.comment = _text(image.comment())
    orientation = found.exif.findKey(library.ExifKey("Exif.Image.Orientation"))
    if orientation != found.exif.end():
        value = orientation.toInt64()
        found.orientation = value if 1 <= value <= 8 else 1


def _merge(found: SourceMetadata, packet: str, trouble: str) -> None:
    """Add the properties of a packet; what it says goes before what is there."""
    if not packet:
        return
    library = exiv2()
    try:
        with complaints() as told:
            more = decoded(packet)
    except (library.Exiv2Error, ValueError) as error:
        found.remarks.append(_unreadable(trouble, error))
        return
    if told and more.empty():
        found.remarks.append(Remark(RemarkKind.UNREADABLE, trouble))
        return
    tops = {top_of(datum.key()) for datum in more}
    merged = library.XmpData()
    for datum in found.xmp:
        if top_of(datum.key()) not in tops:
            merged.add(datum)
    for datum in more:
        merged.add(datum)
    found.xmp = merged


#: The marks at the beginning of an XMP file (XMP specification, part 3, 2), and the encodings; the longer mark first.
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


def _packet_text(data: bytes) -> str:
    """Return the text of an XMP file in any of the encodings that XML knows and people use, without what names it."""
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "")
    try:
        text = data.decode(encoding or "utf-8", "replace" if encoding else "strict")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return re.sub(r"^\s*<\?xml\b[^>]{0,200}\?>", "", text.lstrip("\ufeff"), count=1).lstrip()


def decoded(packet: str) -> Any:
    """Return the properties of an XMP packet, read as a file in memory: the binding has no other way to it."""
    library = exiv2()
    image = library.ImageFactory.open(packet.encode("utf-8"))
    image.readMetadata()
    found = library.XmpData()
    for datum in image.xmpData():
        found.add(datum)
    return found


def _of_gif(path: Path) -> tuple[str, str]:
    """Return the comment and the XMP packet of a GIF, which exiv2 does not read; "" for none."""
    from topazdesk.media.limits import pillow

    try:
        with path.open("rb") as stream, pillow().open(stream, formats=("GIF",)) as picture:
            comment = _text(picture.info.get("comment", b""))
    except (OSError, ValueError, SyntaxError):
        comment = ""
    with path.open("rb") as stream:
        _, _, after = stream.read(_MOST_XMP).partition(_GIF_XMP)
    # Behind the packet stands a ramp of bytes, so that readers of blocks come out of it again.
    packet, ramp, _ = after.partition(b"\x01\xff\xfe\xfd")
    return comment, _text(packet) if ramp else ""


#: The head of the application extension (XMP specification, part 3, 1.1.2).
_GIF_XMP = b"\x21\xff\x0bXMP DataXMP"


def _text(value: str | bytes) -> str:
    if isinstance(value, str):
        return value.rstrip("\0")
    try:
        return value.decode("utf-8").rstrip("\0")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace").rstrip("\0")


def _unreadable(text: str, error: Exception) -> Remark:
    return Remark(RemarkKind.UNREADABLE, f"{text} ({why(error)})")
