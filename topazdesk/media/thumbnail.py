"""Small pictures of large files, by the shortest way each format offers.

A preview that the camera stored in the EXIF block is used where it is large enough and of the same shape; JPEG, WebP and tiled
TIFF are decoded at a fraction of their size; the rest is streamed, so memory never holds a whole large picture.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.media import optional
from topazdesk.media.decoding import upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, pixels, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.raster import Raster, premultiplied, raster_of, to_display

#: Formats that the decoder cannot scale while loading.
_WITHOUT_SCALED_LOAD = optional.READERS | {FileFormat.BMP}
#: Formats whose scaled decode is much faster than a full one.
_SHORT_WAY = frozenset({FileFormat.JPEG, FileFormat.WEBP, FileFormat.TIFF})
#: A preview may differ in shape by rounding, not by black bars.
_PREVIEW_TOLERANCE = 0.02


def thumbnail(path: Path, box: Size) -> Raster:
    """The whole picture, upright, in sRGB with its alpha, as large as fits `box` and never enlarged.

    Blocking. Raises InputError for what is no readable picture; where only the end is missing, what is there may be shown.
    """
    with opened(path) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, path)
            preview = _preview(descriptor, info, box) if info.format is FileFormat.JPEG else None
            return raster_of(to_display(preview if preview is not None else scaled(descriptor, info, box)))
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error


@dataclass(frozen=True, slots=True)
class Coarse:
    """First pixels of a view: the whole picture in `raster` (alpha multiplied), and the upright `size` of the file."""

    size: Size
    raster: Raster


def coarse(path: Path, box: Size) -> Coarse | None:
    """The first pixels by a scaled decode, as large as fits `box`; None where a format offers no short way.

    Blocking. Raises InputError.
    """
    with opened(path) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, path)
            if info.format not in _SHORT_WAY:
                return None
            image = premultiplied(to_display(scaled(descriptor, info, box)))
            return Coarse(info.size, raster_of(image, premultiplied=True))
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error


def scaled(descriptor: int, info: ImageInfo, box: Size) -> Any:
    """A pipeline that decodes the picture upright at most as large as `box`. Raises pyvips.Error, InputError."""
    if info.bits > 16:  # colours first: the scaled load takes whole numbers of 32 bits for what they are not
        return to_display(upright(descriptor, info)).thumbnail_image(box.width, height=box.height, size="down")
    if info.format in _WITHOUT_SCALED_LOAD:
        return upright(descriptor, info).thumbnail_image(box.width, height=box.height, size="down")
    os.lseek(descriptor, 0, os.SEEK_SET)
    source = vips().Source.new_from_descriptor(descriptor)
    return vips().Image.thumbnail_source(source, box.width, height=box.height, size="down", fail_on="error")


def _preview(descriptor: int, info: ImageInfo, box: Size) -> Any:
    """The EXIF preview of a JPEG, upright, where it can stand for the picture; else None."""
    image = pixels(descriptor)
    if image.get_typeof("jpeg-thumbnail-data") == 0:
        return None
    module = vips()
    try:
        preview = module.Image.new_from_buffer(image.get("jpeg-thumbnail-data"), "", fail_on="error")
        stored = info.stored_size
        shape = (preview.width * stored.height) / (preview.height * stored.width)
        wish = box.turned() if info.size != stored else box
        factor = min(1.0, wish.width / stored.width, wish.height / stored.height)
        if abs(shape - 1) > _PREVIEW_TOLERANCE or preview.width < stored.width * factor - 1:
            return None
        turned = preview.copy()
        turned.set_type(module.GValue.gint_type, "orientation", info.orientation)
        # The preview has no profile of its own; it is in the colours of the picture.
        if image.get_typeof("icc-profile-data") != 0:
            turned.set_type(module.GValue.blob_type, "icc-profile-data", image.get("icc-profile-data"))
        return turned.autorot().thumbnail_image(box.width, height=box.height, size="down").copy_memory()
    except module.Error:
        # A damaged preview says nothing about the picture.
        return None
