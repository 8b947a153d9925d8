"""Mark the sandbox's results: their pixels and their metadata say that Topaz did not make them."""

from __future__ import annotations

import math
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect
from topazdesk.media.limits import vips

#: Goes into the description, software and comment fields of every file that the sandbox writes. ASCII, as EXIF demands.
SANDBOX_NOTE = "topazdesk sandbox - not made by Topaz"

# Seven pixels high; drawn here because a minimal system may have no fonts at all.
_LETTERS = {
    "s": (".....", ".....", ".####", "#....", ".###.", "....#", "####."),
    "a": (".....", ".....", ".###.", "....#", ".####", "#...#", ".####"),
    "n": (".....", ".....", "#.##.", "##..#", "#...#", "#...#", "#...#"),
    "d": ("....#", "....#", ".##.#", "#..##", "#...#", "#...#", ".####"),
    "b": ("#....", "#....", "#.##.", "##..#", "#...#", "#...#", "####."),
    "o": (".....", ".....", ".###.", "#...#", "#...#", "#...#", ".###."),
    "x": (".....", ".....", "#...#", ".#.#.", "..#..", ".#.#.", "#...#"),
}
_WORD = "sandbox"
_WORD_ROWS = 7
#: From this correlation on, the letters are there. JPEG and scaling leave more than 0.8 of it; the same corner of other
#: pictures has a third at most.
_SURE = 0.75


def stamp_sandbox(image: Any) -> Any:
    """Write the word "sandbox" into the lower right corner of a working picture (floats 0 to 1, 3 or 4 bands).

    The letters are about a fiftieth of the shorter side high, but at least 7 pixels. Pictures that are too small for
    the word (under 50 × 13 pixels) stay as they are and carry the note in their metadata only.
    """
    scale = _scale_of(image)
    ink = _label(scale)
    left, top = image.width - ink.width - 2 * scale, image.height - ink.height - 2 * scale
    if min(left, top) < 0:
        return image
    patch = image.crop(left, top, ink.width, ink.height)
    # Light letters on darkened ground are readable on white, on black and on anything between.
    marked = patch[0:3] * 0.45 * (1 - ink) + ink * 0.92
    if patch.bands > 3:
        marked = marked.bandjoin(patch[3] * 0 + 1)
    return image.insert(marked, left, top)


def unmarked(result: Any, source: Any, result_size: Size, part: Rect) -> Any:
    """Return the result with the source's pixels in place of the stamp, if it has one: the stamp is no change.

    Both are 8-bit RGB of one size: `part` (in fractions) of a result of `result_size`, and its source. The stamp is
    recognised by its letters, so that a comparison of any two files knows it.
    """
    scale = _scale_of(result_size)
    across = result.width / (part.width * result_size.width)
    down = result.height / (part.height * result_size.height)
    ink = _label(scale)
    at_x = (result_size.width * (1 - part.x) - ink.width - 2 * scale) * across
    at_y = (result_size.height * (1 - part.y) - ink.height - 2 * scale) * down
    left, top, width, height = math.floor(at_x), math.floor(at_y), int(ink.width * across), int(ink.height * down)
    if min(left, top) < 0 or min(width, height) < _WORD_ROWS:
        return result  # too small for the word, or for anybody to read it
    if left + width > result.width or top + height > result.height:
        return result  # it lies in what another shape has added
    # Half a pixel, because positions are those of the pixels' middles.
    shift = [at_x - left + (across - 1) / 2, at_y - top + (down - 1) / 2]
    area = [0, 0, width, height]
    letters = ink.affine([across, 0, 0, down], odx=shift[0], ody=shift[1], oarea=area, extend="copy")
    if _likeness(letters, result.crop(left, top, width, height).colourspace("b-w").cast("float")) < _SURE:
        return result
    # The scaling has carried the stamp's edge a little further.
    edge = max(2, round(across * scale))
    left, top = max(0, left - edge), max(0, top - edge)
    right, bottom = min(result.width, left + width + 2 * edge), min(result.height, top + height + 2 * edge)
    return result.insert(source.crop(left, top, right - left, bottom - top), left, top)


def _likeness(one: Any, other: Any) -> float:
    """Return the correlation of two bands: 1 for the same pattern, 0 for none in common."""
    a, b = one - one.avg(), other - other.avg()
    spread: float = (a * a).avg() * (b * b).avg()
    return float((a * b).avg() / spread**0.5) if spread > 0 else 0.0


def add_note(image: Any) -> Any:
    """Return a copy of the picture with the note in every text field that JPEG, PNG and TIFF have for such notes."""
    noted = image.copy()
    kind = vips().GValue.gstr_type
    for field in (
        "exif-ifd0-ImageDescription",
        "exif-ifd0-Software",
        "image-description",
        "png-comment-0-Software",
        "png-comment-1-Description",
    ):
        noted.set_type(kind, field, SANDBOX_NOTE)
    return noted


def _scale_of(image: Any) -> int:
    """Return the size of a dot of the letters, in pixels."""
    shorter: int = min(image.width, image.height)
    return max(1, round(shorter / 50 / 7))


def _label(scale: int) -> Any:
    """Draw the word, with a margin, as one band of 0 and 1; each dot is `scale` pixels wide and high."""
    rows = []
    for line in range(_WORD_ROWS):
        cells = ".".join(_LETTERS[letter][line] for letter in _WORD)
        rows.append([0.0, 0.0, *(1.0 if cell == "#" else 0.0 for cell in cells), 0.0, 0.0])
    width = len(rows[0])
    empty = [0.0] * width
    small = vips().Image.new_from_array([empty, *rows, empty, empty]).cast("float")
    return small.zoom(scale, scale).copy_memory()
