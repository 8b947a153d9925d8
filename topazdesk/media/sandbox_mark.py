"""Mark the sandbox's results: their pixels and their metadata say that Topaz did not make them."""

from __future__ import annotations

from typing import Any

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


def stamp_sandbox(image: Any) -> Any:
    """Write the word "sandbox" into the lower right corner of a working picture (floats 0 to 1, 3 or 4 bands).

    The letters are about a fiftieth of the shorter side high, but at least 7 pixels. Pictures that are too small for
    the word (under 50 × 13 pixels) stay as they are and carry the note in their metadata only.
    """
    scale = max(1, round(min(image.width, image.height) / 50 / 7))
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


def _label(scale: int) -> Any:
    """Draw the word, with a margin, as one band of 0 and 1; each dot is `scale` pixels wide and high."""
    rows = []
    for line in range(7):
        cells = ".".join(_LETTERS[letter][line] for letter in _WORD)
        rows.append([0.0, 0.0, *(1.0 if cell == "#" else 0.0 for cell in cells), 0.0, 0.0])
    width = len(rows[0])
    empty = [0.0] * width
    small = vips().Image.new_from_array([empty, *rows, empty, empty]).cast("float")
    return small.zoom(scale, scale).copy_memory()
