"""Makes a small JPEG of a picture for a sheet or a report: upright, in sRGB, on white. Blocking."""

from __future__ import annotations

from pathlib import Path

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.image import PictureKey
from topazdesk.domain.viewport import beside
from topazdesk.errors import InputError
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened
from topazdesk.media.probe import header_grid, read_header
from topazdesk.media.proportions import to_size
from topazdesk.media.raster import to_display
from topazdesk.media.thumbnail import scaled

_QUALITY = 82


def small_jpeg(
    path: Path, box: Size, *, page: int = 0, original: PictureKey | None = None
) -> tuple[bytes, Size] | None:
    """Return a page of a file as large as fits into `box`, and its size; None if it cannot be read.

    A result has the proportions in which it is shown beside its `original`.
    """
    try:
        with opened(path) as descriptor:
            info = read_header(descriptor, path, page)
            image = to_display(scaled(descriptor, info, box))
            shown = info.grid if original is None else _beside(original, info.grid)
            if shown.aspect != info.grid.aspect:
                image = to_size(image, shown.fitted(box))
            if image.bands == 4:
                image = image.flatten(background=255)
            data: bytes = image.jpegsave_buffer(Q=_QUALITY, keep="none")
    except (InputError, OSError, vips().Error):
        return None
    return data, Size(image.width, image.height)


def _beside(original: PictureKey, grid: PixelGrid) -> PixelGrid:
    try:
        return beside(header_grid(*original), grid)
    except InputError:
        return grid
