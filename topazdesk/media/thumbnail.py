"""Small pictures of large files, by the shortest way each format offers.

A preview that the camera stored in the EXIF block is used where it is large enough and of the same shape; JPEG, WebP and tiled
TIFF are decoded at a fraction of their size; the rest is streamed, so memory never holds a whole large picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.media import optional, previews
from topazdesk.media.decoding import is_signed, upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, pixels, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.raster import Raster, premultiplied, raster_of, to_display
from topazdesk.media.tilecache import TileCache

#: Formats that the decoder cannot scale while loading.
_WITHOUT_SCALED_LOAD = optional.READERS | {FileFormat.BMP}
#: Formats whose scaled decode is much faster than a full one.
_SHORT_WAY = frozenset({FileFormat.JPEG, FileFormat.WEBP, FileFormat.TIFF})
#: A preview may differ in shape by rounding; black bars are cut off first.
_PREVIEW_TOLERANCE = 0.02
#: Bars around a preview are at most this bright, of 255.
_BAR_BLACK = 40
#: Above so many pixels even a scaled decode takes a second, and is given up with the picture.
_LARGE = 64_000_000


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


def coarse(
    path: Path, box: Size, cancelled: Callable[[], bool] = lambda: False, cache: TileCache | None = None
) -> Coarse | None:
    """The first pixels by a scaled decode, as large as fits `box`; None where a format offers no short way.

    A very large result may have a preview in `cache`, which takes a moment whatever the format.

    Blocking. With a large file `cancelled` is asked now and then; then this ends, as with a damaged one. Raises InputError.
    """
    with opened(path) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, path)
            kept = previews.find(descriptor, cache, box) if cache is not None and previews.factor_for(info) else None
            if kept is not None:
                return Coarse(info.size, raster_of(kept))
            if info.format not in _SHORT_WAY:
                return None
            image = _quick(descriptor, info, box) if info.format is FileFormat.JPEG else scaled(descriptor, info, box)
            image = premultiplied(to_display(image))
            if info.size.pixels > _LARGE:
                _give_up_when(cancelled, image)
            return Coarse(info.size, raster_of(image, premultiplied=True))
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error


def scaled(descriptor: int, info: ImageInfo, box: Size) -> Any:
    """A pipeline that decodes the picture upright at most as large as `box`. Raises pyvips.Error, InputError."""
    inks = info.bands >= 4 and not info.has_alpha
    if inks and info.format is FileFormat.JPEG:
        return _quick(descriptor, info, box)
    # Colours first: the scaled load takes whole numbers of 32 bits, and those with a sign, for what they are not, and makes
    # of inks another colour than the viewer does.
    if inks or info.bits > 16 or (info.format is FileFormat.TIFF and is_signed(pixels(descriptor))):
        return to_display(upright(descriptor, info)).thumbnail_image(box.width, height=box.height, size="down")
    if info.format in _WITHOUT_SCALED_LOAD:
        return upright(descriptor, info).thumbnail_image(box.width, height=box.height, size="down")
    os.lseek(descriptor, 0, os.SEEK_SET)
    source = vips().Source.new_from_descriptor(descriptor)
    return vips().Image.thumbnail_source(source, box.width, height=box.height, size="down", fail_on="error")


def _quick(descriptor: int, info: ImageInfo, box: Size) -> Any:
    """As `scaled`, for a JPEG on the screen: the decoder itself halves it as often as it can without falling short of `box`.

    A thumbnail is decoded at twice its size at least, for a sharpness that is seen in small pictures only; this takes half
    as long. A triangle filter, which averages whatever a pixel covers, does the rest.
    """
    stored = info.stored_size
    factor = _factor(info, box)
    shrink = next(by for by in (8, 4, 2, 1) if by * factor <= 1)
    os.lseek(descriptor, 0, os.SEEK_SET)
    source = vips().Source.new_from_descriptor(descriptor)
    image = vips().Image.jpegload_source(source, shrink=shrink, access="sequential", fail_on="error")
    if factor < 1:
        across = max(1, round(stored.width * factor)) / image.width
        down = max(1, round(stored.height * factor)) / image.height
        image = image.resize(across, vscale=down, kernel="linear")
    # Decoding goes line by line anyway, and the other core has the other file of a pair.
    image = image.copy()
    image.set_type(vips().GValue.gint_type, "concurrency", 1)
    return image if info.orientation == 1 else image.copy_memory().autorot()


def _factor(info: ImageInfo, box: Size) -> float:
    """What makes the stored picture fit the upright `box`; 1 at most."""
    stored = info.stored_size
    wish = box.turned() if info.size != stored else box
    return min(1.0, wish.width / stored.width, wish.height / stored.height)


def _give_up_when(cancelled: Callable[[], bool], image: Any) -> None:
    def ask(running: Any, _progress: Any) -> None:
        if cancelled():
            running.set_kill(True)

    image.set_progress(True)
    image.signal_connect("eval", ask)


def _preview(descriptor: int, info: ImageInfo, box: Size) -> Any:
    """The EXIF preview of a JPEG, upright, where it can stand for the picture; else None."""
    image = pixels(descriptor)
    if image.get_typeof("jpeg-thumbnail-data") == 0:
        return None
    module = vips()
    try:
        preview = module.Image.new_from_buffer(image.get("jpeg-thumbnail-data"), "", fail_on="error")
        stored = info.stored_size
        preview = _without_bars(preview, stored)
        if preview is None or preview.width < stored.width * _factor(info, box) - 1:
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


def _without_bars(preview: Any, stored: Size) -> Any:
    """The preview in the shape of the picture, or None where it shows something else.

    Cameras fill up previews of 160 × 120 with black bars where the picture has another shape; these are cut off.
    """
    width, height = preview.width, preview.height
    if abs((width * stored.height) / (height * stored.width) - 1) <= _PREVIEW_TOLERANCE:
        return preview
    across, down = stored.width * height > stored.height * width, stored.width * height < stored.height * width
    inner = Size(
        max(1, round(height * stored.width / stored.height)) if down else width,
        max(1, round(width * stored.height / stored.width)) if across else height,
    )
    left, top = (width - inner.width) // 2, (height - inner.height) // 2
    bar = max(left, top) - 2  # the compression lets the picture bleed into the bars a little
    if bar < 1:
        return None
    first = preview.crop(0, 0, width, bar) if across else preview.crop(0, 0, bar, height)
    last = preview.crop(0, height - bar, width, bar) if across else preview.crop(width - bar, 0, bar, height)
    if max(first.max(), last.max()) > _BAR_BLACK:
        return None
    return preview.crop(left, top, inner.width, inner.height)
