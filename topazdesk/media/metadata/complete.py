"""Complete a delivered file: copy it, give the copy the original's metadata, and prove that no pixel changed.

Runs in a worker process: exiv2 is native code, and the original may be any file. The delivered file is only read.
"""

from __future__ import annotations

import hashlib
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import PixelGrid
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.kept import CredentialsMode, Kept, KeptReport, MetadataMode, Remark, RemarkKind
from topazdesk.domain.viewport import beside
from topazdesk.errors import TopazdeskError
from topazdesk.language import say
from topazdesk.media.byte_ranges import of_file
from topazdesk.media.jpeg_segments import APP13, COMMENT, segment, segments
from topazdesk.media.metadata import (
    credentials,
    density,
    extended_xmp,
    photoshop_rights,
    png_text,
    texts,
    tiff_density,
)
from topazdesk.media.metadata import source as originals
from topazdesk.media.metadata.as_delivered import as_delivered
from topazdesk.media.metadata.big_tiff import is_big_tiff
from topazdesk.media.metadata.copying import copy
from topazdesk.media.metadata.differences import differences
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.metadata.library import PREFIX, exiv2, why
from topazdesk.media.metadata.order import Order
from topazdesk.media.metadata.read_back import not_written
from topazdesk.media.metadata.records import Records, records_for
from topazdesk.media.metadata.same_pixels import have_same_pixels
from topazdesk.media.metadata.thumbnail import thumbnail
from topazdesk.media.opening import opened
from topazdesk.media.probe import read_header

_log = logging.getLogger(__name__)

#: Formats of results that exiv2 writes to.
_WRITTEN = frozenset((FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF, FileFormat.WEBP))
#: Above this a file is not rewritten: exiv2 builds the new one in memory.
_MOST_BYTES = 1_500_000_000
#: Most bytes of EXIF in a JPEG, less what the delivered file may say of its own: a segment has 65,533. exiv2 knows no
#: other limit for PNG and WebP.
_MOST_EXIF = 60_000
#: Longest list of names that is said.
_MOST_NAMES = 8
_NO_ROOM = say("Long properties are in the XMP file beside it only: the format has no room for them")
#: Bytes that are moved in one go.
_AT_ONCE = 4_194_304


def complete(order: Order) -> Kept:
    """Return what to keep; see `Kept`. Raises OSError and TopazdeskError when not even that could be found out."""
    if order.choice.mode is MetadataMode.OFF:
        return as_delivered(order)
    with opened(order.delivered) as descriptor:
        delivered = read_header(descriptor, order.delivered)
    found, info = _original(order)
    remarks = differences(
        info, delivered, order.wanted, order.promised, keeps_alpha=order.keeps_alpha, asks_same=order.asks_same
    )
    signed_by = ""
    if credentials.has_credentials(order.delivered, delivered.format):
        signed_by = credentials.signer(order.delivered)
    report = KeptReport(remarks=tuple(remarks), signed_by=signed_by)
    left_out = LeftOut()
    if found.has_credentials:
        left_out.add("credentials")
    records = records_for(found, order, delivered, left_out)
    report = replace(
        report,
        fields=records.fields,
        remarks=(*report.remarks, *found.remarks, *left_out.remarks),
    )
    why_beside = _why_beside(order, delivered, signed_by)
    if why_beside is not None:
        report = replace(report, remarks=(*report.remarks, why_beside))
    if order.choice.mode is MetadataMode.SIDECAR or why_beside is not None:
        return _beside(report, records, found)
    if signed_by:
        report = _with(
            report, RemarkKind.CREDENTIALS, say("Content credentials removed: they end when a file is changed")
        )
    try:
        return _embedded(report, records, order, delivered, found, info)
    except Exception as error:  # noqa: BLE001 - whatever a file makes of it: there is still the XMP file
        _log.warning("not embedded: %s", type(error).__name__)
        with suppress(OSError):
            order.kept.unlink(missing_ok=True)
        text = say(
            "Metadata could not be written into the file ({error}); it goes into the XMP file beside it",
            error=_short(error),
        )
        return _beside(_with(report, RemarkKind.FAILED, text), records, found)


def _original(order: Order) -> tuple[originals.SourceMetadata, ImageInfo | None]:
    """Return the original's metadata and header facts; nothing, and why, if it is not there or is another file now."""
    found = originals.nothing()
    if order.source is None:
        found.remarks.append(
            _unread(say("The original is not on this computer; its metadata could not be carried over"))
        )
        return found, None
    try:
        with opened(order.source) as descriptor:
            state = os.fstat(descriptor)
            is_same = (state.st_size, state.st_mtime_ns) == (order.source_bytes, order.source_mtime_ns)
            if not is_same and (not order.facts.source_digest or _digest(order.source) != order.facts.source_digest):
                found.remarks.append(_unread(say("The original changed since; its metadata was not carried over")))
                return found, None
            info = read_header(descriptor, order.source, order.page)
    except (OSError, TopazdeskError) as error:
        text = say(
            "The original cannot be read any more; its metadata was not carried over ({error})", error=_short(error)
        )
        found.remarks.append(_unread(text))
        return found, None
    try:
        return originals.read(order.source, info.format, order.page or 0), info
    except Exception as error:  # noqa: BLE001 - how the result was made is to be in it, whatever the original holds
        _log.warning("not carried over: %s", type(error).__name__)
        found.remarks.append(_unread(say("The metadata of the original cannot be read ({error})", error=_short(error))))
        return found, info


def _why_beside(order: Order, delivered: ImageInfo, signed_by: str) -> Remark | None:
    """Return why the file itself stays as it was delivered, or None."""
    if signed_by and order.choice.credentials is CredentialsMode.KEEP:
        text = say(
            "Content credentials kept (signed by {signed_by}): the file is as delivered, metadata in the XMP file",
            signed_by=signed_by,
        )
        return Remark(RemarkKind.CREDENTIALS, text)
    if delivered.format not in _WRITTEN or is_big_tiff(order.delivered):
        return Remark(RemarkKind.FAILED, say("This format takes no metadata; it is in the XMP file beside it"))
    if delivered.bytes_on_disk > _MOST_BYTES:
        return Remark(
            RemarkKind.FAILED, say("The file is too large to be rewritten; metadata is in the XMP file beside it")
        )
    return None


def _beside(report: KeptReport, records: Records, found: originals.SourceMetadata) -> Kept:
    texts.place(found.comment, found.texts, FileFormat.TIFF, records.exif, records.xmp)  # XMP has no texts of its own
    return Kept(replace(report, mode=MetadataMode.SIDECAR, has_packet=True), packet=records.packet())


def _embedded(
    report: KeptReport,
    records: Records,
    order: Order,
    delivered: ImageInfo,
    found: originals.SourceMetadata,
    source: ImageInfo | None,
) -> Kept:
    resolution = _resolution(order, delivered, found, source)
    written = texts.place(found.comment, found.texts, delivered.format, records.exif, records.xmp)
    small = thumbnail(order.delivered) if records.has_thumbnail and delivered.format is FileFormat.JPEG else b""
    whole = ""
    if delivered.format is not FileFormat.TIFF and records.exif_bytes + len(small) > _MOST_EXIF:
        small = b""  # everybody can make it again
        if records.exif_bytes > _MOST_EXIF:
            whole = records.packet()
            records.shorten_exif(_MOST_EXIF)
            report = replace(_with(report, RemarkKind.LEFT_OUT, _NO_ROOM), has_packet=True)
    for is_last in (False, True):
        own_xmp, blocks = _for_jpeg(records, found) if delivered.format is FileFormat.JPEG else (records.xmp, [])
        copy(
            order.delivered,
            order.kept,
            delivered.format,
            resolution,
            written.png,
            blocks,
            without_credentials=bool(report.signed_by),
        )
        if delivered.format is FileFormat.TIFF:
            tiff_density.put(order.kept, resolution, without_credentials=bool(report.signed_by))
        try:
            block = found.photoshop.block if delivered.format is FileFormat.TIFF else b""
            comment, thumb = written.comment, b"" if is_last else small
            missing = _write(order.kept, records, own_xmp, delivered, resolution, comment, thumb, block)
            break
        except exiv2().Exiv2Error:
            # What the delivered file says of its own may leave too little room.
            whole = whole or records.packet()
            if is_last or not records.shorten():
                raise
            if not report.has_packet:
                report = replace(_with(report, RemarkKind.LEFT_OUT, _NO_ROOM), has_packet=True)
    if missing:
        whole = whole or records.packet()
        text = say(
            "Could not be written into the file, but is in the XMP file beside it: {missing}",
            missing=", ".join(missing[:_MOST_NAMES]),
        )
        report = replace(_with(report, RemarkKind.FAILED, text), has_packet=True)
    if delivered.format is FileFormat.PNG:
        png_text.unshield(order.kept, written.png)
    # Both read all of the file, and the digest of a large one takes as long as the comparison.
    with ThreadPoolExecutor(1, "digest") as digesting:
        digest = digesting.submit(_digest, order.kept)
        if not have_same_pixels(order.delivered, order.kept, delivered.format):
            raise ValueError("the pixels would have changed")
        with order.kept.open("rb+") as file:
            os.fsync(file.fileno())
    return Kept(
        replace(report, mode=MetadataMode.EMBED),
        is_new=True,
        size_bytes=order.kept.stat().st_size,
        digest=digest.result(),
        packet=whole,
    )


def _for_jpeg(records: Records, found: originals.SourceMetadata) -> tuple[Any, list[bytes]]:
    """Return the XMP that one segment has room for, and the segments that exiv2 does not write."""
    own_xmp, blocks = extended_xmp.spread(records.xmp)
    if block := found.photoshop.block:
        blocks.append(segment(APP13, photoshop_rights.HEAD + block))
    return own_xmp, blocks


def _resolution(
    order: Order, delivered: ImageInfo, found: originals.SourceMetadata, source: ImageInfo | None
) -> density.Density | None:
    grid = PixelGrid(order.source_size, source.grid.aspect if source is not None else 1.0)
    if order.print_dpi is not None:  # what was asked for goes before what the original states
        return density.density_in_print(beside(grid, PixelGrid(delivered.size)), order.print_page, order.print_dpi)
    stated = (source.upright_dpi if source is not None else None) or density.of_exif(found.exif)
    return density.density_for(stated, grid, delivered.size, order.choice.resolution, is_cropped=order.is_cropped)


def _write(
    path: Path,
    records: Records,
    own_xmp: Any,
    delivered: ImageInfo,
    resolution: density.Density | None,
    comment: str,
    small: bytes,
    photoshop: bytes,
) -> list[str]:
    """Write it, and return the names of what is not in the file then."""
    library = exiv2()
    # The name is the program's own; only the folder's may be one that exiv2 does not take.
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        image = library.ImageFactory.open(path.name)
        image.readMetadata()
        exif, xmp, iptc = image.exifData(), image.xmpData(), image.iptcData()
        records.into(exif, xmp, iptc, own_xmp)
        photoshop_rights.put_in_tiff(exif, photoshop, has_iptc=not iptc.empty())
        if delivered.format is not FileFormat.TIFF:
            density.put_in_exif(exif, resolution)
        if small:
            thumb = library.ExifThumb(exif)
            thumb.setJpegThumbnail(small)
        if comment:
            image.setComment(comment)
        image.writeMetadata()
        missing = not_written(Path(path.name), records, own_xmp, delivered.format)
    finally:
        os.chdir(before)
    if delivered.format is FileFormat.JPEG:
        _end_comment(path)
    return missing


def _end_comment(path: Path) -> None:
    """Take away the zero that exiv2 writes behind the comment of a JPEG, and that other programs show."""
    with path.open("rb+") as file:
        found = next((each for each in segments(of_file(file)) if each.marker == COMMENT), None)
        if found is None or found.end - found.start < 5:
            return
        file.seek(found.end - 1)
        if file.read(1) != b"\0":
            return
        file.seek(found.start + 2)
        file.write((found.end - found.start - 3).to_bytes(2, "big"))
        read, place = of_file(file), found.end
        while part := read(place, _AT_ONCE):
            file.seek(place - 1)
            file.write(part)
            place += len(part)
        file.truncate(place - 1)


def _with(report: KeptReport, kind: RemarkKind, text: str) -> KeptReport:
    return replace(report, remarks=(*report.remarks, Remark(kind, text)))


def _unread(text: str) -> Remark:
    return Remark(RemarkKind.UNREADABLE, text)


def _short(error: Exception) -> str:
    if isinstance(error, TopazdeskError):
        return error.title
    return why(error)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_same_result(delivered: Path, path: Path, digest: str, remote_job: str) -> bool:
    """Tell whether a file says that it was made from the delivered one of that digest, and has its pixels.

    Raises OSError and TopazdeskError.
    """
    library = exiv2()
    try:
        image = originals.opened(path)
        image.readMetadata()
    except (library.Exiv2Error, ValueError):
        return False
    said = {datum.key(): datum.toString() for datum in image.xmpData()}
    if said.get(f"Xmp.{PREFIX}.DeliveredSHA256") != digest or said.get(f"Xmp.{PREFIX}.JobID", "") != remote_job:
        return False
    return bool(digest) and have_same_pixels(delivered, path)
