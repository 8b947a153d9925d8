"""Decode a picture in full before it is paid for: what a decoder fills up with grey, black or green is no picture."""

from __future__ import annotations

import mmap
import os
import zlib
from typing import TYPE_CHECKING

from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.errors import Code, InputError
from topazdesk.language import say
from topazdesk.media import jpeg_data, multi_picture
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, pixels
from topazdesk.media.pillow_reader import gif_fault
from topazdesk.media.png_checksums import broken_chunks
from topazdesk.media.tiff_directory import CutOffError, Tag, read_directory
from topazdesk.media.tiff_segments import Compression, good_share
from topazdesk.media.webp_data import webp_fault

if TYPE_CHECKING:
    import pyvips

#: Rows that are decoded at a time.
_ROWS = 128
#: A picture of one colour needs hardly any bytes: fewer than this, and one for so many pixels.
_UNIFORM_BYTES = 4_096
_UNIFORM_SHARE = 100
#: So much of a file is looked at.
_MOST_CODED = 16_000_000
#: Parts of a PNG beside its pixels that say how they look.
_LOOKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP"})
#: Those of an animation.
_FRAMES = frozenset({b"acTL", b"fcTL", b"fdAT"})


def require_sound(descriptor: int, info: ImageInfo) -> None:
    """Decode every pixel of a picture that libvips reads by itself (`info.is_streamed`), and keep none.

    Raises InputError: `input.part_damaged` with the share that is, or `input.damaged`. Other pictures are checked while
    they are decoded into memory. Call it where nothing else decodes at the same time, in a worker process.
    """
    match info.format:
        case FileFormat.JPEG:
            told, good = _jpeg(descriptor)
        case FileFormat.PNG:
            broken = broken_chunks(descriptor) & _LOOKS
            told, good = _rows(descriptor, info.page)
            if broken and not told:
                told, good = f"PNG chunk {ascii(min(broken))[2:-1]}: wrong checksum", 0.0
        case FileFormat.TIFF:
            told, good = _tiff(descriptor, info)
        case FileFormat.WEBP:
            told, good = _rows(descriptor, info.page)
            if not told:
                told, good = webp_fault(read_at(descriptor, 0, info.bytes_on_disk), info.page), 0.0
        case FileFormat.GIF:
            told, good = _rows(descriptor, info.page)
            if not told:
                told, good = gif_fault(descriptor, info.page), 0.0
        case _:
            told, good = _rows(descriptor, info.page)
    if told:
        raise partly_damaged(1 - good, told, at_least=info.format is FileFormat.JPEG)


def require_sound_behind_first(descriptor: int, info: ImageInfo) -> None:
    """Raise InputError when a further picture in a JPEG, or a frame of a PNG, is damaged: decoders go on regardless."""
    if not info.page:
        return
    told, good = "", 0.0
    if info.format is FileFormat.JPEG:
        told, good = multi_picture.fault(descriptor, info.page)
    elif info.format is FileFormat.PNG and (broken := broken_chunks(descriptor) & (_LOOKS | _FRAMES)):
        told = f"PNG chunk {ascii(min(broken))[2:-1]}: wrong checksum"
    if told:
        raise partly_damaged(1 - good, told, at_least=info.format is FileFormat.JPEG)


def require_tones(image: pyvips.Image, descriptor: int, info: ImageInfo) -> None:
    """Raise InputError when all pixels of `image`, in memory, are equal though the file's data is not.

    A decoder that finds no data in a file returns black, white or green.
    """
    few = image.subsample(max(1, image.width // 64), max(1, image.height // 64))
    if not _is_uniform(few) or not _is_uniform(image):
        return
    # What is all the same can be packed into almost nothing; only a sensor has noise wherever it looks.
    enough = max(_UNIFORM_BYTES, info.size.pixels // _UNIFORM_SHARE)
    if info.format is not FileFormat.RAW and len(zlib.compress(_coded(descriptor, info), 6)) <= enough:
        return
    raise InputError(
        "Nothing of the picture can be read",
        "All of it comes out in one colour, though the file is too large for that. Nothing was sent. "
        "Copy it again from the original or from a backup",
        details=f"{info.bytes_on_disk} bytes, one colour",
        code=Code.INPUT_DAMAGED,
    )


def partly_damaged(share: float, details: str, *, at_least: bool = False) -> InputError:
    """Return the error for a picture of which `share` (0 to 1) is damaged.

    `at_least`: the damage may begin earlier, as in a JPEG, whose decoder notices it only where the data ends.
    """
    if share >= 0.995:
        return damaged(details)
    percent = max(1, round(share * 100))
    return InputError(
        say("At least {n:d} % of the picture is damaged", n=percent)
        if at_least
        else say("{n:d} % of the picture is damaged", n=percent),
        "Nothing was sent and nothing was charged. Copy it again from the original or from a backup; "
        "or save it as a new picture in an image editor and add that",
        details=details,
        code=Code.INPUT_PART_DAMAGED,
    )


def _is_uniform(image: pyvips.Image) -> bool:
    stats = image.stats()
    return all(stats(0, band) == stats(1, band) for band in range(1, image.bands + 1))


def _coded(descriptor: int, info: ImageInfo) -> bytes:
    """Return the data of the pixels, as far as it can be told from the rest, up to some megabytes."""
    if info.format is not FileFormat.TIFF:
        return read_at(descriptor, 0, _MOST_CODED)
    try:
        segments = read_directory(descriptor, info.bytes_on_disk, info.page).segments
    except CutOffError:
        return b""
    parts, left = [], _MOST_CODED
    for offset, count in segments:
        parts.append(read_at(descriptor, offset, min(count, left)))
        left -= len(parts[-1])
        if left <= 0:
            break
    return b"".join(parts)


def _jpeg(descriptor: int) -> tuple[str, float]:
    # Some systems cannot map files of some drives; then the bytes are read.
    try:
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data:
            return jpeg_data.fault(data)
    except (OSError, ValueError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        with open(descriptor, "rb", closefd=False) as stream:
            return jpeg_data.fault(stream.read())


def _tiff(descriptor: int, info: ImageInfo) -> tuple[str, float]:
    try:
        directory = read_directory(descriptor, info.bytes_on_disk, info.page)
    except CutOffError:
        return "the directory is cut off", 0.0
    found = good_share(descriptor, directory)
    # libtiff is stricter than libjpeg about what surrounds the data of a strip.
    if found is None or (not found[0] and directory.number(Tag.COMPRESSION, 1) == Compression.JPEG):
        return _rows(descriptor, info.page)
    return found


def _rows(descriptor: int, page: int) -> tuple[str, float]:
    """Decode from top to bottom; return the decoder's complaint and the share of rows before it."""
    jpeg_data.messages()
    good = 0
    try:
        image = pixels(descriptor, page, access="sequential", fail_on="error")
        height: int = image.height
        region = vips().Region.new(image)
        while good < height:
            region.fetch(0, good, image.width, min(_ROWS, height - good))
            good += _ROWS
    except vips().Error as error:
        return str(error).strip() or "unknown fault", good / height if good else 0.0
    return "", 1.0
