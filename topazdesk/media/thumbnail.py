"""Decode pictures at reduced size, by the fastest way that each format offers.

JPEG, WebP and tiled TIFF are decoded at a fraction of their size. The rest is streamed, so that memory never holds a
whole large picture. Pixels that are not square are brought into proportion. A preview in the EXIF block is not used:
programs that edit pictures leave the old one there, and to compare it with the picture takes as long as to decode that
at an eighth of its size.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.media import previews
from topazdesk.media.colour_facts import coloured
from topazdesk.media.decoding import upright
from topazdesk.media.ending import ends_early
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.pages import number_in_file
from topazdesk.media.probe import read_header
from topazdesk.media.proportions import in_proportion, to_size
from topazdesk.media.raster import Raster, premultiplied, raster_of, to_display
from topazdesk.media.tilecache import TileCache

#: Formats whose scaled decode is much faster than a full one.
_FAST_SCALED_LOAD = frozenset({FileFormat.JPEG, FileFormat.WEBP, FileFormat.TIFF})
#: Above this size even a scaled decode takes about a second, so it can be cancelled.
_LARGE_PIXELS = 64_000_000


def thumbnail(path: Path, box: Size, page: int = 0, *, is_strict: bool = False) -> Raster:
    """Return the whole of a page, upright, in sRGB with its alpha, as large as fits into `box` but never enlarged.

    Blocking. Raises InputError for what is not a readable picture; a truncated one may be shown as far as it goes,
    unless `is_strict`: then whatever a decoder complains about is a damaged picture.
    """
    with opened(path) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, path, page)
            if is_strict and ends_early(descriptor, info.format, info.bytes_on_disk):
                raise damaged("it ends early")
            return raster_of(to_display(scaled(descriptor, info, box, "warning" if is_strict else "error")))
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error


@dataclass(frozen=True, slots=True)
class Coarse:
    """The first pixels of a view: the whole picture in `raster` (premultiplied), and the `grid` of its file."""

    grid: PixelGrid
    raster: Raster


def coarse(
    path: Path,
    box: Size,
    cancelled: Callable[[], bool] = lambda: False,
    cache: TileCache | None = None,
    page: int = 0,
) -> Coarse | None:
    """Return the first pixels of a page, as large as fits into `box`; None if there is no quick decode at small size.

    A very large result may have a preview in `cache`, which is fast whatever the format.

    Blocking. For large files `cancelled` is polled while decoding; once it returns True, this raises InputError as for
    a damaged file. Raises InputError.
    """
    with opened(path) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, path, page)
            has_preview = not page and previews.factor_for(info)
            kept = previews.find(descriptor, cache, box) if cache is not None and has_preview else None
            if kept is not None:
                return Coarse(info.grid, raster_of(_in_shape(kept, info, box)))
            if info.format not in _FAST_SCALED_LOAD:
                return None
            is_quick = info.format is FileFormat.JPEG and info.is_streamed
            image = _quick(descriptor, info, box) if is_quick else scaled(descriptor, info, box)
            image = premultiplied(to_display(image))
            if info.size.pixels > _LARGE_PIXELS:
                _kill_when(cancelled, image)
            return Coarse(info.grid, raster_of(image, premultiplied=True))
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error


def scaled(descriptor: int, info: ImageInfo, box: Size, fail_on: str = "error") -> Any:
    """Return a pipeline that decodes the picture, upright and in proportion, to fit into `box`.

    Raises pyvips.Error, InputError.
    """
    inks = info.bands >= 4 and not info.has_alpha
    if inks and info.format is FileFormat.JPEG and info.is_streamed:
        return _quick(descriptor, info, box, fail_on)
    # Convert the colours first: the scaled load converts CMYK to other colours than the viewer does.
    if inks or info.extra_bands or not info.is_streamed:
        shown = in_proportion(to_display(upright(descriptor, info)), info.grid)
        return shown.thumbnail_image(box.width, height=box.height, size="down")
    page = number_in_file(descriptor, info.page)
    options = {"option_string": f"[page={page}]"} if page else {}
    os.lseek(descriptor, 0, os.SEEK_SET)
    source = vips().Source.new_from_descriptor(descriptor)
    target, how = (box, "down") if info.grid.is_square else (info.grid.fitted(box), "force")
    image = vips().Image.thumbnail_source(
        source, target.width, height=target.height, size=how, fail_on=fail_on, **options
    )
    return coloured(image, descriptor, info)


def _quick(descriptor: int, info: ImageInfo, box: Size, fail_on: str = "error") -> Any:
    """Do what `scaled` does, for a JPEG: the decoder halves it as often as it can without getting smaller than `box`.

    libvips' own thumbnails are decoded at no less than twice their size, for sharpness that is visible only in small
    pictures; this takes half as long. A triangle filter, which averages all that a pixel covers, does the rest.
    """
    target = info.grid.fitted(box)
    target = target.turned() if info.is_turned else target
    finest = max(target.width / info.stored_size.width, target.height / info.stored_size.height)
    shrink = next((candidate for candidate in (8, 4, 2) if candidate * finest <= 1), 1)
    os.lseek(descriptor, 0, os.SEEK_SET)
    source = vips().Source.new_from_descriptor(descriptor)
    image = vips().Image.jpegload_source(source, shrink=shrink, access="sequential", fail_on=fail_on)
    if (image.width, image.height) != (target.width, target.height):
        image = to_size(image, target)
    # Decoding goes line by line anyway, and another core decodes the other file of the pair.
    image = image.copy()
    image.set_type(vips().GValue.gint_type, "concurrency", 1)
    image = coloured(image, descriptor, info)
    return image if info.orientation == 1 else image.copy_memory().autorot()


def _in_shape(small: Any, info: ImageInfo, box: Size) -> Any:
    """Return a small picture of the whole in its proportions."""
    return small if info.grid.is_square else to_size(small, info.grid.fitted(box))


def _kill_when(cancelled: Callable[[], bool], image: Any) -> None:
    def check(running: Any, _progress: Any) -> None:
        if cancelled():
            running.set_kill(True)

    image.set_progress(True)
    image.signal_connect("eval", check)
