"""Read the blocks of fields that stand in segments of a JPEG."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from topazdesk.media.byte_ranges import Read, of_bytes
from topazdesk.media.jpeg_segments import APP0, APP1, segments
from topazdesk.media.tiff_tags import Directories

_MOST_SEGMENTS = 300
_MARK = b"Exif\0\0"


def blocks(read: Read) -> Iterator[bytes]:
    """Yield the contents of the segments in which JFIF and EXIF stand."""
    for segment in islice(segments(read), _MOST_SEGMENTS):
        if segment.marker in (APP0, APP1):
            yield segment.content(read)


def exif_in(content: bytes) -> Directories | None:
    """Return the directories of an EXIF segment, None when it is something else."""
    return directories(content) if content.startswith(_MARK) else None


def directories(content: bytes) -> Directories | None:
    """Return the directories of a block of EXIF, which some programs put JPEG's mark before; None if it is none."""
    try:
        return Directories(of_bytes(content.removeprefix(_MARK)))
    except (ValueError, struct.error):
        return None
