"""The same piece of a picture before and after, small, in one JPEG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.media.decoding import upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.raster import to_display

_QUALITY = 85
#: Shapes that differ by more are not the same picture before and after: one has bars, or is cut.
_SHAPE = 0.02


def before_after(before: Path, after: Path, size: Size) -> bytes | None:
    """Return the middle of two pictures as a JPEG without any metadata: before on top of after, each of this size.

    The later one is shown pixel by pixel, as far as it is large enough, and the earlier one at the same scale. None if
    their shapes differ. Blocking. Raises InputError.
    """
    module = vips()
    try:
        with opened(before) as first, opened(after) as second:
            old = _plain(to_display(upright(first, read_header(first, before))))
            new = _plain(to_display(upright(second, read_header(second, after))))
            shapes = old.width / old.height, new.width / new.height
            if abs(shapes[0] - shapes[1]) > _SHAPE * shapes[1]:
                return None
            scale = min(1.0, new.width / size.width, new.height / size.height)
            part = size.width * scale / new.width, size.height * scale / new.height
            pieces = [_middle(each, part, size) for each in (old, new)]
            made: bytes = module.Image.arrayjoin(pieces, across=1).jpegsave_buffer(Q=_QUALITY, keep="none")
            return made
    except OSError as error:
        raise refusal(error) from error
    except module.Error as error:
        raise damaged(str(error)) from error


def _plain(image: Any) -> Any:
    """Return the image without alpha, on grey."""
    return image.flatten(background=[128, 128, 128]) if image.hasalpha() else image


def _middle(image: Any, part: tuple[float, float], size: Size) -> Any:
    """Return a middle part, given in fractions, as large as `size`."""
    width, height = (
        max(1, round(whole * share)) for whole, share in zip((image.width, image.height), part, strict=True)
    )
    left, top = (image.width - width) // 2, (image.height - height) // 2
    piece = image.crop(left, top, width, height).copy_memory()
    return piece.thumbnail_image(size.width, height=size.height, size="force")
