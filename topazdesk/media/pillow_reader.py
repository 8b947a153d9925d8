"""Read what Pillow reads and libvips does not: Targa, sequences in AVIF, frames of a PNG, what is wrong in a GIF."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.language import say
from topazdesk.media.arrays import image_of, with_profile
from topazdesk.media.byte_ranges import of_descriptor
from topazdesk.media.facts import Facts
from topazdesk.media.frame_canvas import is_bare, painted, unpainted_clear
from topazdesk.media.limits import pillow
from topazdesk.media.opening import unsupported
from topazdesk.media.png_frames import frames

if TYPE_CHECKING:
    import pyvips

#: What each mode of Pillow is converted to, where it is not taken as it is.
_MODES = {"1": "L", "L": "L", "LA": "LA", "P": "RGB", "PA": "RGBA", "RGB": "RGB", "RGBA": "RGBA", "RGBX": "RGB"}


def header(descriptor: int, image_format: FileFormat, page: int = 0) -> Facts:
    """Return header facts without decoding."""
    with _opened(descriptor, image_format, page) as source:
        mode = _mode(source, image_format)
        size, has_alpha = Size(*source.size), mode.endswith("A")
        is_clear = not has_alpha and _has_bare_canvas(descriptor, image_format, page, size)
        return Facts(
            size,
            8,
            len(mode) + is_clear,
            has_alpha=has_alpha or is_clear,
            has_profile=bool(source.info.get("icc_profile")),
            pages=int(getattr(source, "n_frames", 1)),
        )


def decode(descriptor: int, image_format: FileFormat, page: int = 0) -> pyvips.Image:
    """Return a picture of the file, in memory."""
    import numpy as np

    with _opened(descriptor, image_format, page) as source:
        kept = source.convert(_mode(source, image_format))
        image: pyvips.Image = image_of(np.asarray(kept))
        profile = source.info.get("icc_profile")
    if image_format is FileFormat.PNG:
        shown = painted(frames(of_descriptor(descriptor), page), Size(image.width, image.height))
        image = image if shown is None else unpainted_clear(image, shown)
    made: pyvips.Image = with_profile(image, profile)
    return made


def gif_fault(descriptor: int, page: int = 0) -> str:
    """Return what is wrong with a frame of a GIF, or "". libvips leaves out what it cannot read, silently."""
    try:
        with _opened(descriptor, FileFormat.GIF, page) as source:
            source.load()
    except Exception as error:  # noqa: BLE001 - Pillow's readers raise exceptions of many kinds for damaged files
        return f"{type(error).__name__}: {error}"
    return ""


def _has_bare_canvas(descriptor: int, image_format: FileFormat, page: int, size: Size) -> bool:
    if image_format is not FileFormat.PNG:
        return False
    found = frames(of_descriptor(descriptor), page)
    return bool(found) and is_bare(found, size)


@contextmanager
def _opened(descriptor: int, image_format: FileFormat, page: int) -> Iterator[Any]:
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        stream.seek(0)
        with pillow().open(stream, formats=(image_format.upper(),)) as source:
            if page:
                source.seek(page)
            yield source


def _mode(source: Any, image_format: FileFormat) -> str:
    if source.mode == "P" and "transparency" in source.info:
        return "RGBA"
    if source.mode not in _MODES:
        raise unsupported(
            image_format.upper(), say("channels of a kind that no reader here knows ({mode})", mode=source.mode)
        )
    return _MODES[source.mode]
