"""Choose the file to upload: the source itself where the service accepts it as it is, else a lossless upright copy."""

from __future__ import annotations

from collections.abc import Set
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.alterations import needs_copy
from topazdesk.domain.image import MAX_UPLOAD_BYTES, FileFormat, ImageInfo
from topazdesk.domain.ports import Prepared
from topazdesk.domain.sending import copy_format
from topazdesk.errors import InputError
from topazdesk.media import resolution
from topazdesk.media.decoding import decode_all, is_plain, sound, to_rgb, upright
from topazdesk.media.laid_on_white import require_visible
from topazdesk.media.limits import vips
from topazdesk.media.opening import check_unchanged, damaged, opened, pixels
from topazdesk.media.probe import too_many_bytes
from topazdesk.media.stripped import OddFileError, strip
from topazdesk.media.writing import save

if TYPE_CHECKING:
    import pyvips


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

    A JPEG or PNG that is sent with the pixels it has (`needs_copy` says which) goes byte for byte, but without what
    was written into it: as a copy `folder`/`token`.jpg or .png, or the file itself where it holds nothing else. Of all
    others it is a copy in PNG or TIFF of the first page: upright, CMYK and Lab converted to sRGB, transparency
    flattened onto white unless `keep_alpha`, with 16 bits, profile and resolution kept but no other metadata.
    `accepts` must contain PNG or TIFF.

    All of the source is decoded before it is returned, so call this in a worker process (`preparing`).

    Raises InputError when the source changed since it was probed (`input.changed`), is damaged, or when the file to
    send has more than `max_bytes`; ComputerError when the copy cannot be written.
    """
    with opened(info.path) as descriptor:
        check_unchanged(descriptor, info)
        try:
            if not needs_copy(info, accepts, keep_alpha=keep_alpha):
                if info.bytes_on_disk > max_bytes:
                    raise too_many_bytes(info.bytes_on_disk, max_bytes)
                decode_all(descriptor, info)
                with suppress(OddFileError):  # it decodes, but cannot be taken apart: it is written anew
                    return _bare(descriptor, info, folder / f"{token}{info.format.suffix}")
            image = resolution.stating(_convert(sound(descriptor, info), keep_alpha), info)
            kind = copy_format(info, accepts)
            target = folder / f"{token}{kind.suffix}"
            written = save(image, target, kind)
            if info.dpi is None:
                resolution.without_unit(target, kind)
            if info.has_alpha and not keep_alpha:
                _require_visible(descriptor, info, target)
        except InputError:
            (folder / f"{token}{copy_format(info, accepts).suffix}").unlink(missing_ok=True)
            raise
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


def _bare(descriptor: int, info: ImageInfo, target: Path) -> Prepared:
    """Return the picture without all that was written into the file: the file itself where there is nothing of that.

    Raises OddFileError, InputError when the file changed, ComputerError.
    """
    written = strip(descriptor, info.format, target)
    try:
        check_unchanged(descriptor, info)
    except InputError:
        target.unlink(missing_ok=True)
        raise
    if written is None:
        return Prepared(info.path, info.format, info.size, info.bytes_on_disk, is_copy=False)
    return Prepared(target, info.format, info.size, written, is_copy=True)


def _require_visible(descriptor: int, info: ImageInfo, copy: Path) -> None:
    with opened(copy) as written:
        flat = pixels(written, access="sequential")
        require_visible(flat, lambda: _plain(upright(descriptor, info)))


def _plain(image: pyvips.Image) -> pyvips.Image:
    return image if is_plain(image) else to_rgb(image)


def _convert(image: pyvips.Image, keep_alpha: bool) -> pyvips.Image:
    plain = _plain(image)
    if plain.hasalpha() and not keep_alpha:
        white = 65_535 if plain.format == "ushort" else 255
        flat: pyvips.Image = plain.flatten(background=[white] * (plain.bands - 1), max_alpha=white)
        return flat
    return plain
