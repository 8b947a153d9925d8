"""Copy a delivered file for its metadata to be added, with the changes that exiv2 does not make: resolution and texts.

Coded pixels are copied as they are. Only segments and chunks before them are changed.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from topazdesk.domain.image import FileFormat
from topazdesk.media.metadata import density, jpeg_segments, png_text
from topazdesk.media.metadata.density import Density

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def copy(
    delivered: Path,
    kept: Path,
    image_format: FileFormat,
    resolution: Density | None,
    texts: Mapping[str, str],
    *,
    without_credentials: bool,
) -> None:
    """Write `kept`, a new file: never through a link of that name. Raises OSError."""
    kept.unlink(missing_ok=True)
    with delivered.open("rb") as source, os.fdopen(os.open(kept, _FLAGS, 0o666), "wb") as target:
        match image_format:
            case FileFormat.JPEG:
                _jpeg(source, target, resolution, without_credentials)
            case FileFormat.PNG:
                _png(source, target, resolution, texts, without_credentials)
            case _:
                pass
        shutil.copyfileobj(source, target, 4_194_304)


def _jpeg(source: IO[bytes], target: IO[bytes], resolution: Density | None, without_credentials: bool) -> None:
    target.write(source.read(2))
    for marker, data in jpeg_segments.segments(source):
        if without_credentials and jpeg_segments.is_credentials(marker, data):
            continue
        content = density.jfif(data, resolution) if density.is_jfif(marker, data) else data
        target.write(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content)


def _png(
    source: IO[bytes],
    target: IO[bytes],
    resolution: Density | None,
    texts: Mapping[str, str],
    without_credentials: bool,
) -> None:
    """Copy up to the first chunk of pixels. What stands there is given up in favour of what is to be written."""
    target.write(source.read(8))
    is_first = True
    while len(head := source.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in (b"IDAT", b"IEND"):
            source.seek(-8, os.SEEK_CUR)
            return
        data = source.read(length + 4)
        is_text = png_text.keyword_of(kind, data[:-4]) in texts
        if not (kind == b"pHYs" or is_text or (without_credentials and kind == b"caBX")):
            target.write(head + data)
        if is_first:  # IHDR
            is_first = False
            if resolution is not None:
                target.write(density.phys(resolution))
            for chunk in png_text.chunks(texts):
                target.write(chunk)
