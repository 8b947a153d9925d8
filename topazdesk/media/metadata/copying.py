"""Copy a delivered file for its metadata to be added, with the changes that exiv2 does not make: resolution and texts.

Coded pixels are copied as they are. Only segments and chunks before them are changed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from topazdesk.domain.image import FileFormat
from topazdesk.media.byte_ranges import of_file
from topazdesk.media.jpeg_segments import APP0, APP1, END, SCAN, segment, segments
from topazdesk.media.metadata import density, png_text
from topazdesk.media.metadata.credentials import is_credentials
from topazdesk.media.metadata.density import Density
from topazdesk.media.png_chunks import before_pixels

#: Bytes that are moved in one go.
_AT_ONCE = 4_194_304
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def copy(
    delivered: Path,
    kept: Path,
    image_format: FileFormat,
    resolution: Density | None,
    texts: Sequence[png_text.Text],
    blocks: Sequence[bytes] = (),
    *,
    without_credentials: bool,
) -> None:
    """Write `kept`, a new file: never through a link of that name. Raises OSError.

    `texts` are for a PNG, and `blocks` whole segments for a JPEG.
    """
    kept.unlink(missing_ok=True)
    with delivered.open("rb") as source, os.fdopen(os.open(kept, _FLAGS, 0o666), "wb") as target:
        match image_format:
            case FileFormat.JPEG:
                _jpeg(source, target, resolution, blocks, without_credentials)
            case FileFormat.PNG:
                _png(source, target, resolution, texts, without_credentials)
            case _:
                pass
        _rest(source, target)


def _rest(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy what is left, by the system itself where it can: some file systems only note that both have the same."""
    target.flush()
    if hasattr(os, "copy_file_range"):
        place = source.tell()
        with suppress(OSError):  # not on every file system, and not between two; the rest is copied as ever
            while done := os.copy_file_range(source.fileno(), target.fileno(), _AT_ONCE, place):
                place += done
        source.seek(place)
    shutil.copyfileobj(source, target, _AT_ONCE)


def _jpeg(
    source: IO[bytes],
    target: IO[bytes],
    resolution: Density | None,
    blocks: Sequence[bytes],
    without_credentials: bool,
) -> None:
    """Copy up to the first scan. The blocks come behind the segments that programs want to have first."""
    read, place = of_file(source), 2
    target.write(read(0, place))
    waiting = b"".join(blocks)
    for each in segments(read):
        if waiting and each.marker not in (APP0, APP1):
            target.write(waiting)
            waiting = b""
        if each.marker in (SCAN, END):
            break
        place = each.end
        if without_credentials and is_credentials(each, read):
            continue
        data = each.content(read)
        content = density.jfif(data, resolution) if density.is_jfif(each.marker, data) else data
        target.write(segment(each.marker, content))
    source.seek(place)


def _png(
    source: IO[bytes],
    target: IO[bytes],
    resolution: Density | None,
    texts: Sequence[png_text.Text],
    without_credentials: bool,
) -> None:
    """Copy up to the first chunk of pixels. What stands there is given up in favour of what is to be written."""
    read, place = of_file(source), 8
    target.write(read(0, place))
    keywords = {text.keyword for text in texts}
    is_first = True
    for chunk in before_pixels(read):
        place = chunk.end
        is_text = png_text.keyword_of(chunk.kind, chunk.content(read)) in keywords
        if not (chunk.kind == b"pHYs" or is_text or (without_credentials and chunk.kind == b"caBX")):
            target.write(read(chunk.start, chunk.end - chunk.start))
        if is_first:  # IHDR
            is_first = False
            if resolution is not None:
                target.write(density.phys(resolution))
            for text in png_text.chunks(texts):
                target.write(text)
    source.seek(place)
