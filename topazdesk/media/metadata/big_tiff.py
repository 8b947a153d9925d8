"""Put the metadata of a BigTIFF, or of a further page, into a small TIFF without a picture, which exiv2 reads.

It knows no BigTIFF, and of several pages the first alone.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from topazdesk.media.byte_ranges import of_file
from topazdesk.media.tiff_tags import Directories, Entry

#: Bytes of a value of each type that both formats have.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
#: Directories of their own: EXIF, GPS.
_INNER = frozenset((34_665, 34_853))
#: Where the pixels are: strips, tiles, tables of JPEG, and directories of smaller copies.
_PIXELS = frozenset((273, 279, 324, 325, 330, 347, 513, 514))
_MOST_BYTES = 64_000_000
_LONG, _IFD = 4, 13


def is_big_tiff(path: Path) -> bool:
    """Tell whether a file is a BigTIFF. Raises OSError."""
    with path.open("rb") as file:
        return file.read(4) in (b"II+\0", b"MM\0+")


def has_broken_chain(path: Path) -> bool:
    """Tell whether a file is a TIFF whose list of directories leads out of it. Raises OSError."""
    with path.open("rb") as file:
        try:
            return Directories(of_file(file)).is_chain_broken(os.fstat(file.fileno()).st_size)
        except ValueError:
            return False


def own_directory(path: Path, page: int) -> int | None:
    """Return where the directory of a page is, None if that is the first of the file. Raises OSError, ValueError."""
    with path.open("rb") as file:
        directories = Directories(of_file(file))
        place = directories.page(os.fstat(file.fileno()).st_size, page)[1]
        return place if place != directories.first else None


def as_classic(path: Path, directory: int | None = None) -> bytes:
    """Return a TIFF that has the fields of a directory, by default the first, and no pixels.

    Raises OSError, ValueError.
    """
    with path.open("rb") as file:
        directories = Directories(of_file(file))
        mark = b"II*\0" if directories.order == "<" else b"MM\0*"
        head = mark + struct.pack(directories.order + "I", 8)
        try:
            return head + _directory(directories, directory or directories.first, len(head), has_inner=True)
        except struct.error as error:
            raise ValueError(str(error)) from error


def _directory(directories: Directories, offset: int, start: int, *, has_inner: bool) -> bytes:
    """Return a directory, and what belongs to it, that begins at `start` of the new file."""
    order, found = directories.order, directories.entries(offset)
    entries = found[0] if found is not None else []
    kept = [each for each in entries if each.tag not in _PIXELS and (each.tag in _INNER or _is_kept(each))]
    fields: list[bytes] = []
    behind = b""
    place = start + 2 + 12 * len(kept) + 4
    for entry in kept:
        kind, count = entry.kind, entry.values
        if entry.tag in _INNER:
            if not has_inner:
                raise ValueError("a directory within a directory")
            inner = struct.unpack_from(order + ("I" if kind in (_LONG, _IFD) else "Q"), entry.inline)[0]
            kind, count, at = _LONG, 1, place + len(behind)
            value = struct.pack(order + "I", at)
            behind += _directory(directories, inner, at, has_inner=False)
        else:
            value = directories.data(entry, _SIZES[kind] * count)
        if len(value) > 4:
            at, value = place + len(behind), value + b"\0" * (len(value) % 2)
            behind += value
            value = struct.pack(order + "I", at)
        fields.append(struct.pack(order + "HHI", entry.tag, kind, count) + value.ljust(4, b"\0"))
    return struct.pack(order + "H", len(fields)) + b"".join(fields) + bytes(4) + behind


def _is_kept(entry: Entry) -> bool:
    return entry.kind in _SIZES and _SIZES[entry.kind] * entry.values <= _MOST_BYTES
