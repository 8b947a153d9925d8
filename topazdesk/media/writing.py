"""Write pictures atomically, and tell faults of the disk from faults of the picture."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.disk.private_file import part_beside
from topazdesk.domain.encoding import USUAL, Encoding, TiffCompression
from topazdesk.domain.image import FileFormat
from topazdesk.errors import Code, ComputerError, Retry
from topazdesk.language import say
from topazdesk.media.limits import vips

if TYPE_CHECKING:
    import pyvips

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
#: A TIFF with more uncompressed bytes gets 64-bit offsets. Compression may not help, so this is somewhat below 4 GiB.
_BIG_TIFF = 3_800_000_000
_PACKINGS: dict[TiffCompression, dict[str, Any]] = {
    TiffCompression.NONE: {"compression": "none"},
    TiffCompression.LZW: {"compression": "lzw", "predictor": "horizontal"},
    TiffCompression.DEFLATE: {"compression": "deflate", "predictor": "horizontal", "level": 3},
}


def save(
    image: pyvips.Image, path: Path, image_format: FileFormat, *, keep: str = "icc", encoding: Encoding = USUAL
) -> int:
    """Write `image` to `path` as JPEG, PNG or TIFF, replacing an older file; return the number of bytes written.

    `keep` names the metadata to write, in libvips' terms ("icc", "exif|icc"). JPEG is written without colour
    subsampling, whatever the quality. Raises ComputerError when the file cannot be written, pyvips.Error when `image`
    cannot be computed (its source is damaged). Leaves nothing behind after a failure.
    """
    part = part_beside(path)
    written = save_new(image, part, image_format, keep=keep, encoding=encoding)
    try:
        os.replace(part, path)  # noqa: PTH105 - accepts names of any bytes
    except OSError as error:
        part.unlink(missing_ok=True)
        raise disk_trouble(error) from error
    return written


def save_new(
    image: pyvips.Image, path: Path, image_format: FileFormat, *, keep: str = "icc", encoding: Encoding = USUAL
) -> int:
    """Do the same with a name that nothing has, which whoever calls this knows again after a kill."""
    try:
        descriptor = os.open(path, _FLAGS, 0o666)
    except OSError as error:
        raise disk_trouble(error) from error
    try:
        try:
            _encode(image, descriptor, image_format, keep, encoding)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise disk_trouble(error) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def disk_trouble(error: OSError) -> ComputerError:
    """Translate a file system error while writing into what it means to the user."""
    title, hint, code = _BY_ERRNO.get(
        error.errno or 0,
        (say("The file cannot be written"), say("Choose another folder and try again."), Code.DISK_WRITE),
    )
    retry = Retry.LATER if code == Code.DISK_FULL else Retry.ASK
    return ComputerError(title, hint, details=error.strerror or "", code=code, retry=retry)


_FULL = (
    say("The disk is full"),
    say("Free some space or choose a folder on another disk. Nothing is lost."),
    Code.DISK_FULL,
)
_RIGHTS = (
    say("You do not have permission to write to this folder"),
    say("Change its permissions or choose another folder."),
    Code.DISK_NO_RIGHTS,
)
_GONE = (say("The folder is not there"), say("Connect its disk or choose another folder."), Code.DISK_GONE)
_BY_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: (
        say("The disk cannot hold a file this large"),
        say("Choose a folder on another disk."),
        Code.DISK_FILE_SIZE,
    ),
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: (say("The disk is read-only"), say("Choose a folder on another disk."), Code.DISK_READ_ONLY),
    errno.ENOENT: _GONE,
    errno.ENOTDIR: _GONE,
    errno.ENODEV: _GONE,
    errno.EIO: (
        say("The disk reports an error"),
        say("Choose a folder on another disk and check this one."),
        Code.DISK_IO,
    ),
}


def _encode(image: pyvips.Image, descriptor: int, image_format: FileFormat, keep: str, encoding: Encoding) -> None:
    target = vips().Target.new_to_descriptor(descriptor)
    name, options = _saver(image, image_format, encoding)
    try:
        getattr(image, name)(target, keep=keep, **options)
    except vips().Error:
        # libvips' message may be translated, so it does not tell whether the disk failed. Write a few more megabytes: a
        # faulty or full disk raises OSError with its error number; otherwise the picture is at fault.
        os.lseek(descriptor, 0, os.SEEK_END)
        for _ in range(4):
            os.write(descriptor, b"\1" * 1_048_576)
        os.fsync(descriptor)
        raise


def _saver(image: pyvips.Image, image_format: FileFormat, encoding: Encoding) -> tuple[str, dict[str, Any]]:
    match image_format:
        case FileFormat.JPEG:
            return "jpegsave_target", {"Q": encoding.jpeg_quality, "subsample_mode": "off", "background": 255}
        case FileFormat.PNG:
            # Level 3 with the "sub" filter compresses photos as well as level 6 without it, in a third of the time.
            return "pngsave_target", {"compression": 3, "filter": "sub"}
        case FileFormat.TIFF:
            raw = image.width * image.height * image.bands * (2 if image.format == "ushort" else 1)
            return "tiffsave_target", {**_PACKINGS[encoding.tiff_compression], "bigtiff": raw > _BIG_TIFF}
    raise ValueError(f"writing {image_format} is not supported")
