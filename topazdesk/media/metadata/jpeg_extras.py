"""Find what a JPEG holds that is neither the picture nor metadata that is read here: it stays with the original."""

from __future__ import annotations

import os
import re
from pathlib import Path

from topazdesk.media.byte_ranges import of_file
from topazdesk.media.jpeg_segments import APP0, COMMENT, first_scan, segments

#: Beginnings of segments that are read, or that only say how the file was written.
_KNOWN = (
    b"JFIF\0",
    b"JFXX\0",
    b"Exif\0",
    b"http://ns.adobe.com/x",
    b"ICC_PROFILE\0",
    b"MPF\0",
    b"urn:iso:std:iso:ts:21496",  # gain map
    b"Photoshop 3.0\0",
    b"Adobe",
    b"Ducky",
    b"JP",  # content credentials
)
_LAST_APP = 0xEF
#: Longest name that is shown, and how many.
_MOST_LETTERS, _MOST_NAMES = 16, 4
_PADDING = 65_536
_PART = 4_194_304


def other_blocks(path: Path) -> list[str]:
    """Return the names of other blocks, as "FLIR" and "GoPro": what cameras measured beside the picture.

    Raises OSError.
    """
    names: dict[str, None] = {}
    with path.open("rb") as file:
        read = of_file(file)
        for segment in segments(read):
            content = segment.content(read)[:64] if APP0 <= segment.marker <= _LAST_APP else b""
            if not content.strip(b"\0\xff ") or content.startswith(_KNOWN):
                continue
            found = re.match(rb"[A-Za-z][\w-]{2,}", content)
            name = found.group()[:_MOST_LETTERS].decode("ascii") if found else f"APP{segment.marker - APP0}"
            names[name] = None
    return list(names)[:_MOST_NAMES]


def comments(path: Path) -> list[bytes]:
    """Return the comments of a JPEG; exiv2 reads the first alone. Raises OSError."""
    with path.open("rb") as file:
        read = of_file(file)
        return [
            data for each in segments(read) if each.marker == COMMENT and (data := each.content(read)).strip(b"\0 ")
        ]


def has_more_behind(path: Path) -> bool:
    """Return whether more than padding follows the end mark of a JPEG: a clip, or another picture. Raises OSError."""
    with path.open("rb") as file:
        length = os.fstat(file.fileno()).st_size
        place = first_scan(of_file(file), length)
        if place is None:
            return False
        file.seek(place)
        last = b""
        while part := file.read(_PART):
            end = (last + part).find(b"\xff\xd9")
            if end >= 0:
                # Cameras pad to whole blocks; a clip is far longer than this part of it.
                file.seek(end + 2 - len(last) - len(part), os.SEEK_CUR)
                return bool(file.read(_PADDING).strip(b"\0\xff"))
            last = part[-1:]
    return False
