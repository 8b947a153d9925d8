"""Tell a picture of which nothing is left once its transparency is laid on white: a white sheet would be paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topazdesk.errors import Code, InputError
from topazdesk.media.limits import vips

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyvips

#: Rows that are looked at in one go: most pictures show another colour in the first.
_ROWS = 128


def require_visible(flat: pyvips.Image, original: Callable[[], pyvips.Image]) -> None:
    """Raise InputError when all of `flat` is one colour only because of the transparency of the picture.

    `flat` is the picture laid on white, and `original` returns it with its transparency; neither has been read yet.
    """
    if not _is_white(flat):
        return
    picture = original()
    full = 65_535 if picture.format == "ushort" else 255
    if picture.hasalpha() and (picture[picture.bands - 1] < full).max() == 255:
        raise InputError(
            "Nothing of the picture can be seen on white",
            "All of it is transparent, or white where it is not, and this model lays transparency on white. "
            "Nothing was sent. Choose a model that keeps transparency, or save the picture without its alpha channel",
            code=Code.INPUT_TRANSPARENT,
        )


def _is_white(image: pyvips.Image) -> bool:
    white = b"\xff"
    region = vips().Region.new(image)
    for top in range(0, image.height, _ROWS):
        rows = bytes(region.fetch(0, top, image.width, min(_ROWS, image.height - top)))
        if rows.strip(white):
            return False
    return True
