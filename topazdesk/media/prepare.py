"""The file that is uploaded: the source itself where the service takes it as it is, else a lossless upright copy."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.image import MAX_UPLOAD_BYTES, FileFormat, ImageInfo
from topazdesk.domain.ports import Prepared
from topazdesk.errors import InputError
from topazdesk.media.decoding import is_plain, to_rgb, upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import check_unchanged, damaged, opened, pixels
from topazdesk.media.probe import too_many_bytes
from topazdesk.media.writing import save

if TYPE_CHECKING:
    import pyvips

#: Above so many pixels a copy is a TIFF where the service takes one: it packs several times faster than PNG.
_LARGE_PIXELS = 50_000_000
#: What is certainly plain grey or colour; anything else is opened once more to tell CMYK and Lab from RGB.
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
    """What is sent for the picture in `info`.

    The original bytes, where they are an upright, single, grey or RGB picture in an accepted format. Otherwise a copy
    `folder`/`token`.png or .tif: upright, first page, CMYK and Lab turned into sRGB, transparency laid on white unless
    `keep_alpha`, 16 bit and profile kept, other metadata left out. `accepts` must hold PNG or TIFF.

    Raises InputError when the source changed since it was probed (`input.changed`), is damaged or its copy is over
    `max_bytes`; ComputerError when the copy cannot be written.
    """
    with opened(info.path) as descriptor:
        check_unchanged(descriptor, info)
        try:
            if not _needs_copy(descriptor, info, accepts, keep_alpha):
                if info.bytes_on_disk > max_bytes:
                    raise too_many_bytes(info.bytes_on_disk, max_bytes)
                return Prepared(info.path, info.format, info.size, info.bytes_on_disk, is_copy=False)
            image = _convert(upright(descriptor, info), keep_alpha)
            kind = _copy_format(info, accepts)
            target = folder / f"{token}{kind.suffix}"
            written = save(image, target, kind)
        except vips().Error as error:
            # A file that shrank under us looks damaged; say what really happened.
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
        raise ValueError("a service that takes neither PNG nor TIFF cannot get a lossless copy")
    return FileFormat.PNG
