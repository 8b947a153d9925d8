"""Identify a picture file from its header alone: only a few kilobytes are read and no pixels are decoded."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from topazdesk.domain.geometry import MAX_SIDE_PX, PixelGrid, Size
from topazdesk.domain.image import MAX_UPLOAD_BYTES, ColourSpace, Companion, FileFormat, ImageInfo, PageKind
from topazdesk.errors import Code, InputError
from topazdesk.language import nsay, say
from topazdesk.media import jpeg_coding, png_coding, readers
from topazdesk.media.bmff import is_premultiplied
from topazdesk.media.byte_ranges import of_descriptor, read_at
from topazdesk.media.colour_facts import embedded_profile
from topazdesk.media.companions import companions
from topazdesk.media.end_mark import lacks_end_mark_only
from topazdesk.media.ending import ends_early
from topazdesk.media.facts import Facts
from topazdesk.media.gif_blocks import has_bare_canvas
from topazdesk.media.header_facts import completed
from topazdesk.media.icc import name_of, profile_in
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, pixels, refusal
from topazdesk.media.sniff import HEAD, require_part, sniff
from topazdesk.media.tiff_directory import CutOffError, Tag, read_directory
from topazdesk.media.tiff_kind import kind_of
from topazdesk.media.usage_rights import reservations

if TYPE_CHECKING:
    import pyvips

#: Only pictures above this size can be decompression bombs. Smaller ones do no harm, because everything is decoded in
#: strips; and small blank drawings compress as well as bombs do and must not be refused.
_BOMB_PIXELS = 256_000_000
#: No real picture of that size has more decoded bytes per byte in the file (scans and photos stay below 50).
_BOMB_RATIO = 200


def probe(path: Path, page: int | None = None) -> ImageInfo:
    """Return the header facts of the picture at `path`. Blocks for a millisecond or so if the file is cached.

    `page` is the page that was chosen, from 0; None where nobody chose one.

    Raises InputError, with a stable code, for everything that is not a complete picture within the services' limits:
    `input.missing`, `.no_rights`, `.folder`, `.special`, `.link_loop`, `.empty`, `.zeros`, `.not_a_picture`, `.format`,
    `.heic_missing`, `.raw_missing`, `.damaged`, `.unsupported`, `.cut_off`, `.side`, `.bytes`, `.bomb`, `.page`.
    """
    with opened(path) as descriptor:
        state = os.fstat(descriptor)
        if state.st_size > MAX_UPLOAD_BYTES:
            raise too_many_bytes(state.st_size)
        try:
            info = read_header(descriptor, path, page)
            # The size first: a decompression bomb must not be examined any further.
            _check_size(info)
            if ends_early(descriptor, info.format, state.st_size):
                if not lacks_end_mark_only(descriptor, info.format):
                    raise _cut_off(descriptor, info)
                info = replace(info, lacks_end_mark=True)
            info = replace(
                info,
                reservations=reservations(descriptor, path, info.format, state.st_size),
                beside=tuple(
                    each
                    for each in companions(descriptor, info.format, state.st_size)
                    if not (each is Companion.BEHIND and info.lacks_end_mark)
                ),
            )
        except OSError as error:
            raise refusal(error) from error
    return info


def too_many_bytes(count: int, limit: int = MAX_UPLOAD_BYTES) -> InputError:
    """Return the error for a file of `count` bytes when the service accepts `limit` bytes."""
    return InputError(
        "The file is too big to upload",
        say(
            "It has {count:,.1f} MB and the service accepts {limit:,.0f} MB. Save it as JPEG or at a smaller size.",
            count=count / 1000000,
            limit=limit / 1000000,
        ),
        code=Code.INPUT_BYTES,
    )


def header_grid(path: Path, page: int | None = None) -> PixelGrid:
    """Read the pixels of a picture and their shape from its header. Raises InputError."""
    with opened(path) as descriptor:
        try:
            return read_header(descriptor, path, page).grid
        except OSError as error:
            raise refusal(error) from error


def read_header(descriptor: int, path: Path, page: int | None = None) -> ImageInfo:
    """Return the header facts of an open file, whatever its size: those of the chosen page, if one was.

    `path` goes into the result; only its suffix is used. Raises InputError and OSError.
    """
    return _read_header(descriptor, path, page)[0]


def profile_name(path: Path, page: int | None = None) -> tuple[ImageInfo, str]:
    """Return the header facts of a picture, and what its embedded colour profile calls itself; "" without one.

    Raises InputError.
    """
    with opened(path) as descriptor:
        try:
            info, facts = _read_header(descriptor, path, page)
            found = embedded_profile(descriptor, info, facts.profile)
        except OSError as error:
            raise refusal(error) from error
    return info, name_of(found[0]) if found is not None else ""


def _read_header(descriptor: int, path: Path, page: int | None) -> tuple[ImageInfo, Facts]:
    info, facts = _header(descriptor, path, 0)
    if page is not None and page >= info.pages:
        raise _no_page(info, page)
    found, facts = _header(descriptor, path, page) if page else (info, facts)
    return replace(found, is_page_chosen=page is not None and info.pages > 1), facts


def _no_page(info: ImageInfo, page: int) -> InputError:
    match info.page_kind:
        case PageKind.PAGE:
            title = say("The file has no page {page}", page=page + 1)
            hint = nsay("It has one page only.", "It has {n} pages. Choose another one.", info.pages)
        case PageKind.FRAME:
            title = say("The file has no frame {page}", page=page + 1)
            hint = nsay("It has one frame only.", "It has {n} frames. Choose another one.", info.pages)
        case PageKind.PICTURE:
            title = say("The file has no picture {page}", page=page + 1)
            hint = nsay("It has one picture only.", "It has {n} pictures. Choose another one.", info.pages)
        case _ as never:
            assert_never(never)
    return InputError(title, hint, code=Code.INPUT_PAGE)


def _header(descriptor: int, path: Path, page: int) -> tuple[ImageInfo, Facts]:
    state = os.fstat(descriptor)
    head = read_at(descriptor, 0, HEAD)
    found = sniff(head, path.suffix)
    require_part(found)
    try:
        facts = _facts(descriptor, found, head, state.st_size, page)
    except (OSError, MemoryError):
        raise
    except InputError as error:
        if error.code == Code.INPUT_DAMAGED and ends_early(descriptor, found, state.st_size):
            raise _cut_off(None, None) from error
        raise
    except Exception as error:
        # Readers have exceptions of many kinds; whatever one file makes of them, the others must go on.
        raise damaged(f"{type(error).__name__}: {error}") from error
    info = ImageInfo(
        path=path,
        format=found,
        stored_size=facts.size,
        orientation=facts.orientation,
        bits=facts.bits,
        bands=facts.bands,
        has_alpha=facts.has_alpha,
        has_profile=facts.has_profile,
        pages=facts.pages,
        bytes_on_disk=state.st_size,
        mtime_ns=state.st_mtime_ns,
        samples=facts.samples,
        extra_bands=facts.extra_bands,
        is_streamed=facts.is_streamed,
        space=facts.space,
        page=page,
        is_arithmetic=facts.is_arithmetic,
    )
    return completed(descriptor, info, facts.profile), facts


def _facts(descriptor: int, found: FileFormat, head: bytes, length: int, page: int) -> Facts:
    # libvips reads the first picture of a sequence only, colours multiplied by transparency as if they were not, and a
    # bare canvas as black.
    is_odd = (found is FileFormat.AVIF and (head[8:12] == b"avis" or is_premultiplied(descriptor))) or (
        found is FileFormat.GIF and has_bare_canvas(of_descriptor(descriptor), page)
    )
    if found in readers.READERS or is_odd or (page and found in readers.FURTHER_PAGES):
        return readers.header(descriptor, found, page)
    if found is FileFormat.TIFF:
        return _tiff(descriptor, length, page)
    return _vips(descriptor, found, length, page)


def _tiff(descriptor: int, length: int, page: int) -> Facts:
    try:
        directory = read_directory(descriptor, length, page)
    except CutOffError as error:
        raise _cut_off(None, None) from error
    kind = kind_of(directory)
    own = kind.facts
    if kind.is_streamed:
        read = _vips(descriptor, FileFormat.TIFF, length, page)
        # libvips calls every channel beyond the colours transparency.
        bands = read.bands - kind.extra_bands if kind.extra_bands else read.bands
        return replace(read, bands=bands, has_alpha=own.has_alpha, extra_bands=own.extra_bands)
    orientation = directory.number(Tag.ORIENTATION, 1)
    return replace(
        own,
        has_profile=Tag.PROFILE in directory.fields,
        orientation=orientation if 1 <= orientation <= 8 else 1,
        pages=2 if directory.following else 1,
    )


def _vips(descriptor: int, found: FileFormat, length: int, page: int) -> Facts:
    is_usual = found is not FileFormat.JPEG or jpeg_coding.require_usual(of_descriptor(descriptor))
    try:
        image = pixels(descriptor, page, found=found)
    except vips().Error as error:
        if ends_early(descriptor, found, length):
            raise _cut_off(descriptor, None) from error
        if found is FileFormat.PNG:
            png_coding.require_usual(of_descriptor(descriptor))
        raise damaged(str(error)) from error
    orientation = _number(image, "orientation", 1)
    profile = profile_in(image)
    return Facts(
        Size(image.width, image.height),
        _number(image, "bits-per-sample", _BITS.get(str(image.format), 8)),
        image.bands,
        has_alpha=bool(image.hasalpha()),
        has_profile=image.get_typeof("icc-profile-data") != 0,
        profile=None if profile is None else (profile, str(image.interpretation)),
        orientation=orientation if 1 <= orientation <= 8 else 1,
        pages=max(1, _number(image, "n-pages", 1)),
        is_streamed=True,
        space=_SPACES.get(str(image.interpretation), ColourSpace.OTHER),
        is_arithmetic=not is_usual,
    )


_SPACES = {
    **dict.fromkeys(("b-w", "grey16"), ColourSpace.GREY),
    **dict.fromkeys(("srgb", "rgb", "rgb16", "scrgb"), ColourSpace.RGB),
    "cmyk": ColourSpace.CMYK,
    **dict.fromkeys(("lab", "labs", "labq"), ColourSpace.LAB),
}


_BITS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16, "uint": 32, "int": 32, "float": 32, "double": 64}


def _number(image: pyvips.Image, name: str, default: int) -> int:
    value = image.get(name) if image.get_typeof(name) else default
    return value if isinstance(value, int) else default


def _check_size(info: ImageInfo) -> None:
    size = info.stored_size
    if not size.fits_sides():
        raise InputError(
            "The picture is too long for the services",
            say(
                "It has {width} × {height} pixels; no side may have more than {max_side_px:,}. Cut it into parts or "
                "make it smaller.",
                width=size.width,
                height=size.height,
                max_side_px=MAX_SIDE_PX,
            ),
            code=Code.INPUT_SIDE,
        )
    decoded = size.pixels * info.bands * info.bits / 8
    if size.pixels > _BOMB_PIXELS and decoded > _BOMB_RATIO * info.bytes_on_disk:
        raise InputError(
            "The file is suspicious and was not opened",
            say(
                "It claims to have {width} × {height} pixels in {mb:,.1f} MB. Real pictures do not "
                "compress that far; such files are made to fill up the memory.",
                width=size.width,
                height=size.height,
                mb=info.bytes_on_disk / 1_000_000,
            ),
            code=Code.INPUT_BOMB,
        )


def _cut_off(descriptor: int | None, info: ImageInfo | None) -> InputError:
    """Return the error for a truncated file; it says how much of the picture could still be saved."""
    rows = 0.0
    if descriptor is not None and info is not None and info.format in (FileFormat.JPEG, FileFormat.PNG):
        rows = _readable_part(descriptor, info.format)
    if rows >= 0.01:
        what = say(
            "The upper {percent:.0f} % can still be opened in an image editor and saved as a new picture",
            percent=rows * 100,
        )
    else:
        what = say("No part of it can be shown")
    return InputError(
        "The picture is cut off",
        say(
            "The file ends before the picture does. {what:text}. It is best to copy it again from the original.",
            what=what,
        ),
        details=f"{rows * 100:.0f} % of the rows can be decoded",
        code=Code.INPUT_CUT_OFF,
    )


def _readable_part(descriptor: int, found: FileFormat) -> float:
    """Return the share of rows (0 to 1), counted from the top, that decode without a fault.

    It decodes the picture, so call it only for files that are known to be faulty.
    """
    options: dict[str, Any] = {"shrink": 8} if found is FileFormat.JPEG else {}
    step = 8
    try:
        image = pixels(descriptor, access="sequential", fail_on="truncated", **options)
        region = vips().Region.new(image)
    except vips().Error:
        return 0.0
    good = 0
    while good < image.height:
        count = min(step, image.height - good)
        try:
            region.fetch(0, good, image.width, count)
        except vips().Error:
            break
        good += count
    return good / image.height
