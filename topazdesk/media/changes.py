"""Measure where a result differs from its source: both are scaled to the source's size and compared cell by cell.

`topazdesk.domain.changes` explains the numbers. This runs in the worker process, because both pictures are held decoded
in memory (150 MB for 24 MP); anything larger than 32 MP is compared at a reduced size.
"""

from __future__ import annotations

import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.domain.changes import WINDOW_PX, ChangeMap, cell_for
from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect
from topazdesk.domain.viewport import WHOLE, beside, placement
from topazdesk.media.colour_facts import coloured
from topazdesk.media.decoding import upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.pages import number_in_file
from topazdesk.media.probe import header_grid, read_header
from topazdesk.media.raster import to_display
from topazdesk.media.sandbox_mark import unmarked

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Larger sources are reduced to this many pixels, so that memory and time stay bounded.
MAX_PIXELS = 32_000_000

#: Constants of SSIM for lightness from 0 to 255.
_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2
#: Colour is compared between means of squares with this side.
_COLOUR_PX = 4
_MIN_SIDE_PX = 32
#: A multiple of the windows.
_ROWS_AT_ONCE = 8 * WINDOW_PX


def compare(before: Path, after: Path, page: int = 0) -> ChangeMap:
    """Return the change map of a pair, `before` being a page of a file. Blocking, on all cores.

    Raises InputError when one of the two cannot be read.
    """
    source = header_grid(before, page)
    result = beside(source, header_grid(after))
    size = common_size(source.pixels)
    part = placement(source.shown, result.shown)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(_decoded, before, size, WHOLE, page)
        other = pool.submit(_decoded, after, size, part)
        import numpy  # noqa: F401 - takes a while, in which the others decode

        mine, theirs = one.result(), other.result()
    module = vips()
    try:
        return _measured(mine, unmarked(theirs, mine, result.pixels, part), size)
    except module.Error as error:
        raise damaged(str(error)) from error


def common_size(source: Size) -> Size:
    """Return the size at which a source is compared.

    That is its own size, unless it is very large (then smaller) or smaller than one SSIM window (then larger).
    """
    factor = min(1.0, (MAX_PIXELS / source.pixels) ** 0.5)
    width, height = max(1, int(source.width * factor)), max(1, int(source.height * factor))
    short = min(width, height)
    if short < _MIN_SIDE_PX:
        grow = -(-_MIN_SIDE_PX // short)
        return Size(width * grow, height * grow) if width * height * grow * grow <= MAX_PIXELS else Size(width, height)
    return Size(width, height)


def _decoded(path: Path, size: Size, part: Rect, page: int = 0) -> Any:
    """Return the `part` of the picture that corresponds to the other one, scaled to `size`.

    The image is 8-bit sRGB with three bands, in memory. `part` is in fractions of the picture.
    """
    with opened(path) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, path, page)
            whole = Size(max(1, round(size.width / part.width)), max(1, round(size.height / part.height)))
            scaled = _scaled(descriptor, info, whole)
            image = to_display(scaled)
            if image.bands == 4:
                # Invisible pixels must not count as changes: on a middle grey they are the same on both sides.
                image = image.flatten(background=[128, 128, 128])
            if (image.width, image.height) != (size.width, size.height):
                left = min(round(part.x * whole.width), max(0, image.width - size.width))
                top = min(round(part.y * whole.height), max(0, image.height - size.height))
                image = image.crop(left, top, size.width, size.height)
            return image.copy_memory()
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error


def _scaled(descriptor: int, info: Any, size: Size) -> Any:
    """Return the whole picture, upright, at exactly `size`, by a scaled decode where the format supports it."""
    if info.size == size:
        return upright(descriptor, info)
    if info.bits > 16:
        return to_display(upright(descriptor, info)).thumbnail_image(size.width, height=size.height, size="force")
    if not info.is_streamed or number_in_file(descriptor, info.page):
        return upright(descriptor, info).thumbnail_image(size.width, height=size.height, size="force")
    module = vips()
    source = module.Source.new_from_descriptor(descriptor)
    image = module.Image.thumbnail_source(source, size.width, height=size.height, size="force", fail_on="error")
    return coloured(image, descriptor, info)


def _measured(before: Any, after: Any, size: Size) -> ChangeMap:
    cell = cell_for(size)
    with ThreadPoolExecutor(2) as pool:
        colours = pool.submit(lambda: _shrunk(_colour(before, after), cell // _COLOUR_PX))
        structure = _shrunk(_structure(before, after), cell // WINDOW_PX)
        colour = colours.result()
    columns, rows = min(structure.width, colour.width), min(structure.height, colour.height)
    both = structure.crop(0, 0, columns, rows).bandjoin(colour.crop(0, 0, columns, rows)).cast("float")
    numbers = array.array("f", bytes(both.write_to_memory()))
    return ChangeMap(size, cell, columns, rows, tuple(numbers[0::2]), tuple(numbers[1::2]))


def _shrunk(image: Any, factor: int) -> Any:
    return image.shrink(factor, factor, ceil=True).copy_memory()


def _structure(before: Any, after: Any) -> Any:
    """Return 1 − SSIM of the lightness, one value per window."""
    import numpy as np

    one, other = (np.asarray(image.colourspace("b-w")) for image in (before, after))
    blocks = [slice(top, top + _ROWS_AT_ONCE) for top in range(0, one.shape[0], _ROWS_AT_ONCE)]
    sums = [_sums_of_windows(one[block], other[block]) for block in blocks]
    a, b, aa, bb, ab = (np.concatenate(each) / WINDOW_PX**2 for each in zip(*sums, strict=True))
    variance = (aa - a * a) + (bb - b * b)
    together = ab - a * b
    likeness = ((a * b * 2 + _C1) * (together * 2 + _C2)) / ((a * a + b * b + _C1) * (variance + _C2))
    return vips().Image.new_from_array((1 - likeness).astype(np.float32))


def _sums_of_windows(one: NDArray[Any], other: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the sums of both, their squares and their product in each window; those at the edge go on with its pixels.

    Exact, and of few rows at a time: what is in between stays in the processor's cache.
    """
    import numpy as np

    more = [(0, -length % WINDOW_PX) for length in one.shape]
    if any(after for _, after in more):
        one, other = np.pad(one, more, mode="edge"), np.pad(other, more, mode="edge")
    a, b = one.astype(np.uint16), other.astype(np.uint16)
    made = []
    for values in (a, b, a * a, b * b, a * b):
        columns = values.reshape(-1, WINDOW_PX, values.shape[1]).sum(axis=1, dtype=np.uint32)
        made.append(sum(columns[:, place::WINDOW_PX] for place in range(WINDOW_PX)))
    return made


def _colour(before: Any, after: Any) -> Any:
    """Return the colour difference CIEDE2000 between means of 4 × 4 pixels."""
    means = (image.shrink(_COLOUR_PX, _COLOUR_PX, ceil=True).copy(interpretation="srgb") for image in (before, after))
    one, other = (image.colourspace("lab") for image in means)
    return one.dE00(other)
