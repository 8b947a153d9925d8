"""Where the frames of an animation have painted: the rest of their canvas shows what is behind it.

Decoders without transparency return that rest as black, though no program shows it so. Counted in rectangles, as
GIF89a (23, 20) and the PNG specification (11.3.6) place frames and clear them away.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from topazdesk.media.arrays import image_of

if TYPE_CHECKING:
    import numpy as np
    import pyvips
    from numpy.typing import NDArray

    from topazdesk.domain.geometry import Size


class Disposal(Enum):
    """What becomes of a frame before the next one is painted."""

    KEEP = "keep"
    CLEAR = "clear"  # its rectangle is empty again
    PREVIOUS = "previous"  # what was there before it is back


class Frame(NamedTuple):
    """The rectangle of a frame on the canvas, in pixels, and what becomes of it."""

    left: int
    top: int
    width: int
    height: int
    disposal: Disposal


#: Larger canvases are not gone through before it is known whether the file is a bomb.
_MOST_PIXELS = 256_000_000


def is_bare(frames: Sequence[Frame], size: Size) -> bool:
    """Return whether any pixel has no colour while the last of the frames, at least one, is shown."""
    if len(frames) == 1:
        return not _covers(frames[0], size)
    return size.pixels <= _MOST_PIXELS and painted(frames, size) is not None


def painted(frames: Sequence[Frame], size: Size) -> NDArray[np.bool_] | None:
    """Return which pixels of the canvas have a colour while the last of the frames is shown; None where all have."""
    if not frames or _covers(frames[-1], size):
        return None
    import numpy as np

    canvas = np.zeros((size.height, size.width), bool)
    clear: tuple[Frame, NDArray[np.bool_]] | None = None
    for frame in frames:
        if clear is not None:
            gone, before = clear
            part = _part(gone)
            canvas[part] = before if gone.disposal is Disposal.PREVIOUS else False
        part = _part(frame)
        clear = (frame, canvas[part].copy()) if frame.disposal is not Disposal.KEEP else None
        canvas[part] = True
    return None if canvas.all() else canvas


def _covers(frame: Frame, size: Size) -> bool:
    return not (frame.left or frame.top) and frame.width >= size.width and frame.height >= size.height


def _part(frame: Frame) -> tuple[slice, slice]:
    return slice(frame.top, frame.top + frame.height), slice(frame.left, frame.left + frame.width)


def unpainted_clear(image: pyvips.Image, painted_: NDArray[np.bool_]) -> pyvips.Image:
    """Return a picture of 8 bits, in memory, that is transparent wherever nothing was painted."""
    import numpy as np

    numbers = np.asarray(image.numpy())
    numbers = numbers[..., np.newaxis] if numbers.ndim == 2 else numbers
    shown = (painted_ * np.uint8(255))[..., np.newaxis]
    if image.hasalpha():
        shown = np.minimum(shown, numbers[..., -1:])
        numbers = numbers[..., :-1]
    made: pyvips.Image = image_of(np.concatenate([numbers, shown], -1))
    return made
