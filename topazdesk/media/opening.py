"""Open picture files without ever hanging on one, and pass them to libvips by descriptor.

libvips never sees paths: it would read options out of names such as ``scan[1].tif``, and it accepts only names in
UTF-8. A descriptor has neither problem, and it keeps referring to the same file when that is renamed or replaced.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.disk.document_portal import is_in_flatpak
from topazdesk.domain.image import FileFormat
from topazdesk.errors import Code, InputError
from topazdesk.language import say
from topazdesk.media.limits import vips
from topazdesk.media.pages import number_in_file

if TYPE_CHECKING:
    import pyvips

    from topazdesk.domain.image import ImageInfo

# O_NONBLOCK: a named pipe that replaces the file between the check and the open must not block us for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Yield a descriptor for reading a regular file, and close it at the end.

    Raises InputError for folders, pipes, sockets, devices, links in a circle, missing and unreadable files.
    """
    try:
        refuse_special(os.stat(path).st_mode)  # noqa: PTH116 - accepts names of any bytes, as `os.open` below
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise refusal(error) from error
    try:
        refuse_special(os.fstat(descriptor).st_mode)
        yield descriptor
    finally:
        os.close(descriptor)


def check_unchanged(descriptor: int, info: ImageInfo) -> None:
    """Raise InputError (`input.changed`) when size or time of the open file differ from those in `info`."""
    state = os.fstat(descriptor)
    if (state.st_size, state.st_mtime_ns) != (info.bytes_on_disk, info.mtime_ns):
        raise InputError(
            "The picture changed on disk",
            "It was edited or replaced after it was added. Check it and start again. Nothing was sent.",
            details=f"{info.bytes_on_disk} bytes then, {state.st_size} now",
            code=Code.INPUT_CHANGED,
        )


def pixels(
    descriptor: int, page: int = 0, *, number: int | None = None, found: FileFormat | None = None, **options: Any
) -> pyvips.Image:
    """Return a page of the file behind a descriptor, decoded lazily.

    libvips keeps a duplicate of `descriptor`, so it may be closed afterwards. Pass the format as `found` if it is known
    from the first bytes, so that libvips need not detect it again; `number` is how libvips counts the page, if that is
    known. `options` are libvips load options (access, fail_on). Raises pyvips.Error.
    """
    number = number_in_file(descriptor, page) if number is None else number
    if number:
        options["page"] = number  # libvips would take a thumbnail that is stored first for the picture
    os.lseek(descriptor, 0, os.SEEK_SET)
    source = vips().Source.new_from_descriptor(descriptor)
    loader = _LOADERS.get(found) if found is not None else None
    image: pyvips.Image = (
        vips().Image.new_from_source(source, "", **options)
        if loader is None
        else vips().Operation.call(loader, source, **options)
    )
    return image


#: Loaders of the formats that `sniff` identifies beyond doubt.
_LOADERS = {FileFormat.JPEG: "jpegload_source", FileFormat.PNG: "pngload_source"}


def refusal(error: OSError | ValueError) -> InputError:
    """Translate a file system error into what it means to the user who added the file."""
    number = error.errno if isinstance(error, OSError) else None
    title, hint, code = _BY_ERRNO.get(
        number or 0,
        (say("The file cannot be read"), say("Copy it to another place and try again."), Code.INPUT_UNREADABLE),
    )
    if code == Code.INPUT_MISSING and is_in_flatpak():
        hint = say(
            "It was moved, renamed or deleted, or it lies where a Flatpak may not look. Copy it to a folder of yours."
        )
    # Only strerror: the full message of an OSError contains the path, which may hold anything.
    details = error.strerror or "" if isinstance(error, OSError) else "the name contains a null character"
    return InputError(title, hint, details=details, code=code)


def damaged(details: str) -> InputError:
    """Return the error for a file whose content cannot be decoded."""
    return InputError(
        "The picture is damaged",
        "Its content cannot be read. Copy it again from the original or from a backup.",
        details=details,
        code=Code.INPUT_DAMAGED,
    )


def unsupported(kind: str, what: str) -> InputError:
    """Return the error for a sound file that no reader here understands: a `kind` of file that has `what` in it."""
    return InputError(
        say("This kind of {kind:text} is not supported", kind=kind),
        say(
            "It has {what:text}. The file itself may be fine: save it as a usual TIFF or PNG in the program that "
            "made it.",
            what=what,
        ),
        details=what,
        code=Code.INPUT_UNSUPPORTED,
    )


_NO_PERMISSION = (
    say("You do not have permission to read this file"),
    say("Change its permissions so that you can read it."),
    Code.INPUT_NO_RIGHTS,
)
_GONE = (
    say("The file is not there"),
    say("It was moved, renamed or deleted. Put it back, or add it from its new place."),
    Code.INPUT_MISSING,
)
_BY_ERRNO: dict[int, tuple[str, str, str]] = {
    errno.ENOENT: _GONE,
    errno.ENOTDIR: _GONE,
    errno.EACCES: _NO_PERMISSION,
    errno.EPERM: _NO_PERMISSION,
    errno.ELOOP: (
        say("The link leads back to itself"),
        say("It points to itself by way of other links. Choose the picture itself."),
        Code.INPUT_LINK_LOOP,
    ),
    errno.ENAMETOOLONG: (
        say("The name is too long"),
        say("Give the file or its folder a shorter name."),
        Code.INPUT_NAME,
    ),
    errno.EIO: (
        say("The disk cannot read the file"),
        say("Copy it from a backup; the disk or card may be failing."),
        Code.INPUT_IO,
    ),
    errno.ESTALE: (
        say("The network folder is gone"),
        say("Connect it again and add the file once more."),
        Code.INPUT_IO,
    ),
    errno.EMFILE: (say("Too many files are open"), say("Close other programs and try again."), Code.INPUT_UNREADABLE),
}


def refuse_special(mode: int) -> None:
    """Raise InputError when `mode` (st_mode) is that of anything but a regular file."""
    if stat.S_ISREG(mode):
        return
    kind = next((word for test, word in _KINDS if test(mode)), say("something else"))
    if stat.S_ISDIR(mode):
        raise InputError("This is a folder", "Add the folder to get all pictures in it.", code=Code.INPUT_FOLDER)
    raise InputError(
        "This is not a file",
        say("It is {kind:text}. Choose a picture file.", kind=kind),
        details=f"mode {mode:o}",
        code=Code.INPUT_SPECIAL,
    )


_KINDS = (
    (stat.S_ISFIFO, say("a pipe between programs")),
    (stat.S_ISSOCK, say("a socket between programs")),
    (stat.S_ISCHR, say("a device")),
    (stat.S_ISBLK, say("a device")),
)
