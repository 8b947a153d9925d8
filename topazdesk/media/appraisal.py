"""Measure a picture's JPEG quality, noise and sharpness; `domain.appraisal` says what follows from them.

Only a square from the middle is read at full size, so that a large picture costs no more than part of one decode.
Noise is what remains after subtracting a local plane (Immerkær's mask), in the quietest fifth of small fields, where
the picture itself adds least. Sharpness compares slopes at full and at quarter size: a sharp edge keeps most of its
slope at full size, a soft one loses most of it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from topazdesk.domain.appraisal import Appraisal
from topazdesk.domain.image import FileFormat
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.decoding import upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.raster import to_display

_SIDE = 768  # side of the examined square, in pixels
_FIELD = 16  # side of a field whose noise is averaged, in pixels
_QUIET = 0.2  # share of fields that are taken to be plain areas
_STEEP = 0.995  # share of pixels that are less steep than those of an edge
_FLAT = 6.0  # if the steepest slope at quarter size is below this, there is no edge
_HEADER_BYTES = 1 << 20

#: Luminance table of the JPEG standard (Annex K) in zigzag order; encoders scale it by their quality setting.
_STANDARD = (
    *(16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40),
    *(26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51),
    *(56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87),
    *(95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99),
)


def appraise(path: Path, page: int = 0) -> Appraisal:
    """Return the measurements of a page of the file at `path`.

    Blocks for some hundredths of a second; a large PNG has to be decoded. Raises InputError.
    """
    with opened(path) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, path, page)
            quality = _quality_in(descriptor) if info.format is FileFormat.JPEG and not page else None
            grey = _square(to_display(upright(descriptor, info)))
            return Appraisal(info.size, quality, _noise(grey), _sharpness(grey))
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error


def _square(image: Any) -> Any:
    """Return the brightness of the middle of the picture: one band of floats from 0 to 255, in memory."""
    if image.hasalpha():
        image = image.flatten(background=[128, 128, 128])
    width, height = min(_SIDE, image.width), min(_SIDE, image.height)
    part = image.crop((image.width - width) // 2, (image.height - height) // 2, width, height)
    return part.colourspace("b-w")[0].cast("float").copy_memory()


def _noise(grey: Any) -> float:
    """Return the standard deviation of the noise, in levels of 8 bits."""
    if min(grey.width, grey.height) < 2 * _FIELD:
        return 0.0
    mask = vips().Image.new_from_array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    fields = grey.conv(mask, precision="float").abs().crop(1, 1, grey.width - 2, grey.height - 2).shrink(_FIELD, _FIELD)
    means = sorted(value for row in fields.tolist() for value in row)
    quiet = means[: max(1, math.ceil(len(means) * _QUIET))]
    return float(math.sqrt(math.pi / 2) / 6 * sum(quiet) / len(quiet))


def _sharpness(grey: Any) -> float | None:
    """Return the slope of the steepest edges at full size relative to quarter size (0 to 1), or None without edges."""
    if min(grey.width, grey.height) < 64:
        return None
    coarse = _steepest(grey.shrink(4, 4))
    if coarse < _FLAT:
        return None
    return min(1.0, _steepest(grey) / coarse)


def _steepest(grey: Any) -> float:
    """Return the slope that only the steepest pixels exceed, in levels per pixel."""
    across = vips().Image.new_from_array([[-0.5, 0, 0.5]])
    dx, dy = grey.conv(across, precision="float"), grey.conv(across.rot90(), precision="float")
    slope = ((dx * dx + dy * dy) ** 0.5).crop(1, 1, grey.width - 2, grey.height - 2)
    return float((slope * 2).cast("uchar").percent(_STEEP * 100)) / 2


def _quality_in(descriptor: int) -> int | None:
    """Estimate the JPEG quality (1 to 100) from the file's luminance table; return None when it has none."""
    data = read_at(descriptor, 0, _HEADER_BYTES)
    table = _luminance_table(data)
    if table is None:
        return None
    scale = 100 * sum(table) / sum(_STANDARD)
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return max(1, min(100, round(quality)))


def _luminance_table(data: bytes) -> tuple[int, ...] | None:
    """Return quantisation table 0 from the first DQT segment that has one."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == 0xFF:  # padding
            place += 1
            continue
        if marker == 0xDA or length < 2:
            return None
        if marker == 0xDB:
            found = _table_zero(data[place + 4 : place + 2 + length])
            if found is not None:
                return found
        place += 2 + length
    return None


def _table_zero(segment: bytes) -> tuple[int, ...] | None:
    place = 0
    while place < len(segment):
        wide, number = segment[place] >> 4, segment[place] & 15
        size = 128 if wide else 64
        values = segment[place + 1 : place + 1 + size]
        if len(values) < size:
            return None
        if number == 0:
            return tuple(int.from_bytes(values[i : i + 2], "big") for i in range(0, 128, 2)) if wide else tuple(values)
        place += 1 + size
    return None
