"""Choose the file to upload: the source itself where the service accepts it as it is, else a lossless upright copy."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.image import MAX_UPLOAD_BYTES, FileFormat, ImageInfo
from topazdesk.domain.ports import Prepared
from topazdesk.errors import InputError
from topazdesk.media.decoding import decode_all, is_plain, sound, to_rgb
from topazdesk.media.limits import vips
from topazdesk.media.opening import check_unchanged, damaged, opened, pixels
from topazdesk.media.probe import too_many_bytes
from topazdesk.media.writing import save

if TYPE_CHECKING:
    import pyvips

#: Above this size a copy is a TIFF, if the service accepts TIFF, because it compresses several times faster than PNG.
_LARGE_PIXELS = 50_000_000
#: Files (format, bits, bands) that are certainly grey or RGB; others are opened to tell CMYK and Lab from RGB.
_PLAIN = frozenset({(FileFormat.JPEG, 8, 1), (FileFormat.JPEG, 8, 3)})


def prepare(
    info: ImageInfo,
    accepts: Set[FileFormat],
    folder: Path,
    token: str,
    *,
    keep_alpha: bool = False,
    max_bytes: int = MAX_UPLOAD_BYTES,
) -> Prepared:
    """Return the file to send for the picture in `info`.

    That is the original file, if it is a single upright grey or RGB picture in an accepted format. Otherwise it is a
    copy `folder`/`token`.png or .tif of the first page: upright, CMYK and Lab converted to sRGB, transparency flattened
    onto white unless `keep_alpha`, with 16 bits and the profile kept but no other metadata. `accepts` must contain PNG
    or TIFF.

    All of the source is decoded before it is returned, so call this in a worker process (`preparing`).

    Raises InputError when the source changed since it was probed (`input.changed`), is damaged, or when the file to
    send has more than `max_bytes`; ComputerError when the copy cannot be written.
    """
    with opened(info.path) as descriptor:
        check_unchanged(descriptor, info)
        try:
            if not _needs_copy(descriptor, info, accepts, keep_alpha):
                if info.bytes_on_disk > max_bytes:
                    raise too_many_bytes(info.bytes_on_disk, max_bytes)
                decode_all(descriptor, info)
                check_unchanged(descriptor, info)
                return Prepared(info.path, info.format, info.size, info.bytes_on_disk, is_copy=False)
            image = _convert(sound(descriptor, info), keep_alpha)
            kind = _copy_format(info, accepts)
            target = folder / f"{token}{kind.suffix}"
            written = save(image, target, kind)
        except vips().Error as error:
            # A file that was replaced while we read it looks damaged; report the true cause.
            check_unchanged(descriptor, info)
            raise damaged(str(error)) from error
        try:
            check_unchanged(descriptor, info)
            if written > max_bytes:
                raise too_many_bytes(written, max_bytes)
        except InputError:
            target.unlink(missing_ok=True)
            raise
    return Prepared(target, kind, info.size, written, is_copy=True)


def _needs_copy(descriptor: int, info: ImageInfo, accepts: Set[FileFormat], keep_alpha: bool) -> bool:
    if info.format not in accepts or info.orientation != 1 or info.pages > 1 or (info.has_alpha and not keep_alpha):
        return True
    if info.extra_bands or info.lacks_end_mark or not info.is_streamed:
        return True
    if (info.format, info.bits, info.bands) in _PLAIN:
        return False
    return not is_plain(pixels(descriptor))


def _convert(image: pyvips.Image, keep_alpha: bool) -> pyvips.Image:
    plain = image if is_plain(image) else to_rgb(image)
    if plain.hasalpha() and not keep_alpha:
        white = 65_535 if plain.format == "ushort" else 255
        flat: pyvips.Image = plain.flatten(background=[white] * (plain.bands - 1), max_alpha=white)
        return flat
    return plain


def _copy_format(info: ImageInfo, accepts: Set[FileFormat]) -> FileFormat:
    takes_tiff = FileFormat.TIFF in accepts
    if takes_tiff and (info.bits > 8 or info.stored_size.pixels > _LARGE_PIXELS or FileFormat.PNG not in accepts):
        return FileFormat.TIFF
    if FileFormat.PNG not in accepts:
        raise ValueError("a service that accepts neither PNG nor TIFF cannot get a lossless copy")
    return FileFormat.PNG
