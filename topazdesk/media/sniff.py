"""Detect a file's format from its first bytes, because names lie (a PNG may be called .jpg, and so may a letter).

The magic numbers are those of the formats' own specifications.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from importlib.util import find_spec

from topazdesk.domain.image import FileFormat
from topazdesk.errors import Code, InputError
from topazdesk.language import say

#: Number of bytes that `sniff` needs.
HEAD = 4096

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two: BigTIFF
_RAW_MARKS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")
#: Raw files with these endings are often TIFF inside, without a magic number of their own, so the name has to decide.
RAW_SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("3fr", "arw", "cr2", "cr3", "dcr", "dng", "erf", "fff", "iiq", "kdc", "mef", "mos", "mrw", "nef", "nrw"),
        *("orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f"),
    )
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

#: Files that people take for pictures or drop by mistake: magic number, its offset, name with article.
_OTHERS: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF", 0, say("a PDF document")),
    (b"gimp xcf", 0, say("a GIMP file")),
    (b"v/1\x01", 0, say("an OpenEXR picture")),
    (b"#?RADIANCE", 0, say("a Radiance HDR picture")),
    (b"\0\0\1\0", 0, say("an icon file")),
    (b"P7\n", 0, say("a PAM picture")),
    (b"PF\n", 0, say("a PFM picture")),
    (b"Pf\n", 0, say("a PFM picture")),
    (b"qoif", 0, say("a QOI picture")),
    (b"II\xbc\1", 0, say("a JPEG XR picture")),
    (b"SDPX", 0, say("a DPX picture")),
    (b"XPDS", 0, say("a DPX picture")),
    (b"SIMPLE  =", 0, say("a FITS picture")),
    (b"DICM", 128, say("a DICOM picture")),
    (b"AT&TFORM", 0, say("a DjVu document")),
    (b"%!PS", 0, say("a PostScript file")),
    (b"\xc5\xd0\xd3\xc6", 0, say("a PostScript file")),
    (b"<svg", 0, say("an SVG drawing")),
    (b"PK\x03\x04", 0, say("a ZIP archive or an office document")),
    (b"Rar!", 0, say("a RAR archive")),
    (b"7z\xbc\xaf", 0, say("a 7-Zip archive")),
    (b"\x1f\x8b", 0, say("a compressed archive")),
    (b"\x7fELF", 0, say("a program")),
    (b"MZ", 0, say("a program")),
    (b"\x1aE\xdf\xa3", 0, say("a video")),
    (b"ftyp", 4, say("a video")),
    (b"AVI ", 8, say("a video")),
    (b"WAVE", 8, say("a sound file")),
    (b"ID3", 0, say("a sound file")),
)


def sniff(head: bytes, suffix: str) -> FileFormat:
    """Return the format of a file that starts with `head` (up to `HEAD` bytes).

    `suffix` is the ending of its name, which identifies raw files. Raises InputError that says what the file is
    instead.
    """
    if not head:
        raise InputError(
            "The file is empty", "It has 0 bytes. Copy the picture again from the original.", code=Code.INPUT_EMPTY
        )
    found = _picture(head, suffix.lower())
    if found is None:
        raise _not_a_picture(head)
    return found


def require_part(image_format: FileFormat) -> None:
    """Raise InputError when `image_format` needs an optional package that is not installed."""
    part = OPTIONAL_PARTS.get(image_format)
    if part is None or find_spec(part.module) is not None:
        return
    raise InputError(
        say("{part} pictures need an optional package", part=part.label),
        say(
            "Install it with: pip install 'topazdesk[{extra}]'. Or save the picture as JPEG, PNG or TIFF first.",
            extra=part.extra,
        ),
        details=f"the Python package {part.package} is not installed",
        code=part.code,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    label: str
    extra: str
    package: str
    module: str
    code: Code


OPTIONAL_PARTS = {
    FileFormat.HEIC: _Part("HEIC", "heic", "pillow-heif", "pillow_heif", Code.INPUT_HEIC_MISSING),
    FileFormat.RAW: _Part("RAW", "raw", "rawpy", "rawpy", Code.INPUT_RAW_MISSING),
}


def _picture(head: bytes, suffix: str) -> FileFormat | None:
    brand = _brand(head)
    if head.startswith(_RAW_MARKS) or (head[8:10] == b"CR" and head.startswith(_TIFF)) or brand == b"crx ":
        return FileFormat.RAW
    if head.startswith(_TIFF):
        return FileFormat.RAW if suffix in RAW_SUFFIXES else FileFormat.TIFF
    if brand is not None:
        brands = {head[i : i + 4] for i in range(8, min(len(head), int.from_bytes(head[:4], "big")), 4)}
        if brand in (b"avif", b"avis") or b"avif" in brands:
            return FileFormat.AVIF
        return FileFormat.HEIC if brand in _HEIC_BRANDS else None
    if head.startswith(b"RIFF"):
        return FileFormat.WEBP if head[8:12] == b"WEBP" else None
    if _NETPBM.match(head) and suffix in _PNM_SUFFIXES:
        return FileFormat.PNM
    if suffix in _TGA_SUFFIXES and _is_targa(head):
        return FileFormat.TGA
    return next((kind for mark, kind in _MARKS if head.startswith(mark)), None)


#: Their beginnings are too short to be sure: a letter may start with "P5 ", and Targa has no magic number at all.
_PNM_SUFFIXES = frozenset({".pnm", ".pbm", ".pgm", ".ppm"})
_TGA_SUFFIXES = frozenset({".tga", ".targa", ".icb", ".vda", ".vst"})


def _is_targa(head: bytes) -> bool:
    """Return whether the header makes sense as one of Targa (Truevision TGA specification 2.0, table 1)."""
    return (
        len(head) >= 18
        and head[1] in (0, 1)
        and head[2] in (1, 2, 3, 9, 10, 11)
        and head[16] in (8, 15, 16, 24, 32)
        and head[12:14] != b"\0\0"
        and head[14:16] != b"\0\0"
    )


_MARKS = (
    (b"\xff\xd8\xff", FileFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileFormat.PNG),
    (b"GIF87a", FileFormat.GIF),
    (b"GIF89a", FileFormat.GIF),
    (b"BM", FileFormat.BMP),
    (b"8BPS", FileFormat.PSD),
    (b"\xff\x0a", FileFormat.JXL),
    (b"\0\0\0\x0cJXL ", FileFormat.JXL),
    (b"\0\0\0\x0cjP  ", FileFormat.JP2),
    (b"\xff\x4f\xff\x51", FileFormat.JP2),
)
_NETPBM = re.compile(rb"P[1-6][ \t\r\n#]")


def _brand(head: bytes) -> bytes | None:
    return head[8:12] if head[4:8] == b"ftyp" else None


def _not_a_picture(head: bytes) -> InputError:
    for mark, place, what in _OTHERS:
        if head[place : place + len(mark)] == mark:
            supported = (
                say("Save it as JPEG, PNG or TIFF and add that file")
                if "picture" in what or "drawing" in what
                else _SUPPORTED
            )
            return InputError(
                "This kind of file is not supported",
                say("It is {what:text}. {advice:text}.", what=what, advice=supported),
                code=Code.INPUT_FORMAT,
            )
    if not head.strip(b"\0"):
        return InputError(
            "The file contains no picture",
            "It contains nothing but zeros, as after a failed copy. Copy it again from the original.",
            code=Code.INPUT_ZEROS,
        )
    what = (
        say("It contains text, whatever its name says")
        if _is_text(head)
        else say("Its content has no known picture format")
    )
    return InputError(
        "This is not a picture",
        say("{what:text}. {advice:text}.", what=what, advice=_SUPPORTED),
        details=f"starts with {head[:16]!r}",
        code=Code.INPUT_NOT_A_PICTURE,
    )


_SUPPORTED = say(
    "JPEG, PNG, TIFF, WebP, BMP, GIF, AVIF, HEIC, JPEG XL, JPEG 2000, Photoshop and raw files are supported"
)


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        # Incremental, because the head may end in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
