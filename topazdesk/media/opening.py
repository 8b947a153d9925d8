"""Opening picture files without ever hanging on one, and handing them to libvips by descriptor.

Paths never reach libvips: it would read options out of names such as ``scan[1].tif``, and it cannot take names that are not
UTF-8. A descriptor has neither trouble, and keeps pointing at the same file when the name moves on.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.domain.image import FileFormat
from topazdesk.errors import Code, InputError
from topazdesk.media.limits import vips

if TYPE_CHECKING:
    import pyvips

    from topazdesk.domain.image import ImageInfo

# O_NONBLOCK: a named pipe put in the file's place between the check and the open must not block us for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A descriptor for reading a regular file, closed at the end.

    Raises InputError for folders, pipes, sockets, devices, links in a circle, missing and unreadable files.
    """
    try:
        refuse_special(os.stat(path).st_mode)  # noqa: PTH116 - as `os.open` below: names of any bytes
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise refusal(error) from error
    try:
        refuse_special(os.fstat(descriptor).st_mode)
        yield descriptor
    finally:
        os.close(descriptor)


def check_unchanged(descriptor: int, info: ImageInfo) -> None:
    """Raises InputError (`input.changed`) when the open file is not the one that `info` was read from."""
    state = os.fstat(descriptor)
    if (state.st_size, state.st_mtime_ns) != (info.bytes_on_disk, info.mtime_ns):
        raise InputError(
            "The picture changed on disk",
            "It was edited or replaced after it was added. Look at it again and start once more. Nothing was sent.",
            details=f"{info.bytes_on_disk} bytes then, {state.st_size} now",
            code=Code.INPUT_CHANGED,
        )


def pixels(descriptor: int, *, found: FileFormat | None = None, **options: Any) -> pyvips.Image:
    """The picture behind a descriptor, lazily; libvips keeps a duplicate, so `descriptor` may be closed afterwards.

    `found`: what its first bytes say it is, where that was looked at; libvips then need not find out once more.
    `options` are libvips load options (access, fail_on, page). Raises pyvips.Error.
    """
    os.lseek(descriptor, 0, os.SEEK_SET)
    source = vips().Source.new_from_descriptor(descriptor)
    loader = _LOADERS.get(found) if found is not None else None
    image: pyvips.Image = (
        vips().Image.new_from_source(source, "", **options)
        if loader is None
        else vips().Operation.call(loader, source, **options)
    )
    return image


#: Those that a first look cannot take for anything else.
_LOADERS = {FileFormat.JPEG: "jpegload_source", FileFormat.PNG: "pngload_source"}


_HAS_PREAD = hasattr(os, "pread")  # not on Windows


def read_at(descriptor: int, offset: int, count: int) -> bytes:
    """Up to `count` bytes from `offset`; short at the end of the file."""
    if _HAS_PREAD:
        part = os.pread(descriptor, count, offset)
        if len(part) == count or not part:
            return part
    os.lseek(descriptor, offset, os.SEEK_SET)
    parts: list[bytes] = []
    while count > 0:
        part = os.read(descriptor, count)
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def refusal(error: OSError | ValueError) -> InputError:
    """What an error of the file system means to the user who gave the file."""
    number = error.errno if isinstance(error, OSError) else None
    title, hint, code = _BY_ERRNO.get(
        number or 0, ("The file cannot be read", "Copy it to another place and try again.", Code.INPUT_UNREADABLE)
    )
    # strerror only: the message of an OSError repeats the path, which may hold anything.
    details = error.strerror or "" if isinstance(error, OSError) else "the name holds a null character"
    return InputError(title, hint, details=details, code=code)


def damaged(details: str) -> InputError:
    """The refusal of a file whose content the decoder does not understand."""
    return InputError(
        "The picture is damaged",
        "Its content cannot be read. Copy it again from its origin or from a backup.",
        details=details,
        code=Code.INPUT_DAMAGED,
    )


_BY_ERRNO: dict[int, tuple[str, str, str]] = {
    errno.ENOENT: ("The file is not there", "It was moved, renamed or deleted.", Code.INPUT_MISSING),
    errno.ENOTDIR: ("The file is not there", "It was moved, renamed or deleted.", Code.INPUT_MISSING),
    errno.EACCES: ("The file may not be read", "Change its rights so that you can read it.", Code.INPUT_NO_RIGHTS),
    errno.EPERM: ("The file may not be read", "Change its rights so that you can read it.", Code.INPUT_NO_RIGHTS),
    errno.ELOOP: (
        "The link leads in a circle",
        "It points to itself by way of other links. Choose the picture itself.",
        Code.INPUT_LINK_LOOP,
    ),
    errno.ENAMETOOLONG: ("The name is too long", "Give the file or its folder a shorter name.", Code.INPUT_NAME),
    errno.EIO: (
        "The disk cannot read the file",
        "Copy it from a backup; the disk or card may be failing.",
        Code.INPUT_IO,
    ),
    errno.ESTALE: ("The network folder is gone", "Connect it again and add the file once more.", Code.INPUT_IO),
    errno.EMFILE: ("Too many files are open", "Close other programs and try again.", Code.INPUT_UNREADABLE),
}


def refuse_special(mode: int) -> None:
    """Raises InputError when `mode` (st_mode) is that of anything but a regular file."""
    if stat.S_ISREG(mode):
        return
    kind = next((word for test, word in _KINDS if test(mode)), "something else")
    if stat.S_ISDIR(mode):
        raise InputError(
            "This is a folder", "Add the folder itself to take the pictures in it.", code=Code.INPUT_FOLDER
        )
    raise InputError(
        "This is not a file", f"It is {kind}. Choose a picture file.", details=f"mode {mode:o}", code=Code.INPUT_SPECIAL
    )


_KINDS = (
    (stat.S_ISFIFO, "a pipe between programs"),
    (stat.S_ISSOCK, "a socket between programs"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
