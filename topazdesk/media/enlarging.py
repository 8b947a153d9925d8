"""Reads parts of a picture as numbers from 0 to 1, and writes a result from rows of them, never all at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.media.arrays import with_profile
from topazdesk.media.decoding import upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened
from topazdesk.media.probe import probe
from topazdesk.media.writing import disk_trouble, save

if TYPE_CHECKING:
    import numpy as np
    import pyvips
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OpenPicture:
    """A picture of 8 or 16 bits, grey or RGB, with or without transparency, of which any part can be read."""

    size: Size
    colours: int  # 1 or 3
    has_alpha: bool
    is_deep: bool
    profile: bytes
    _image: pyvips.Image

    @property
    def bands(self) -> int:
        """Channels: the colours, and transparency behind them."""
        return self.colours + self.has_alpha

    def read(self, x0: int, y0: int, x1: int, y1: int) -> Numbers:
        """Return a part as (height, width, bands). Raises InputError when the data are damaged."""
        import numpy as np

        try:
            numbers = self._image.crop(x0, y0, x1 - x0, y1 - y0).numpy()
        except vips().Error as error:
            raise damaged(str(error)) from error
        numbers = numbers.reshape(y1 - y0, x1 - x0, self.bands)
        return numbers.astype(np.float32) / np.float32(65_535 if self.is_deep else 255)


@contextmanager
def open_picture(path: Path) -> Iterator[OpenPicture]:
    """Yield a picture as `prepare` makes it. Raises InputError."""
    info = probe(path)
    with opened(path) as descriptor:
        try:
            image = upright(descriptor, info, any_order=True)
            profile = image.get("icc-profile-data") if image.get_typeof("icc-profile-data") else b""
        except vips().Error as error:
            raise damaged(str(error)) from error
        if image.format not in ("uchar", "ushort") or image.bands > 4:
            raise damaged(f"{image.bands} channels of {image.format}")
        size = Size(image.width, image.height)
        has_alpha = image.bands in (2, 4)
        kept = profile if isinstance(profile, bytes) else b""
        yield OpenPicture(size, image.bands - has_alpha, has_alpha, image.format == "ushort", kept, image)


def write_enlarged(
    rows: Iterable[Numbers], whole: Size, picture: OpenPicture, raw: Path, target: Path, size: Size, kind: FileFormat
) -> int:
    """Write `rows` of a result of `whole` pixels as a file of `size`, with the picture's depth and profile.

    The rows come from top to bottom; `raw` holds them meanwhile. Returns the bytes of the file. Raises ComputerError.
    """
    import numpy as np

    most = 65_535 if picture.is_deep else 255
    try:
        with raw.open("wb") as file:
            for part in rows:
                numbers = np.floor(part.clip(0.0, 1.0) * np.float32(most) + np.float32(0.5))
                file.write(numbers.astype("<u2" if picture.is_deep else np.uint8).tobytes())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise disk_trouble(error) from error
    vips().operation_block_set("VipsForeignLoadRaw", False)  # the numbers are our own
    made = vips().Image.rawload(
        str(raw),
        whole.width,
        whole.height,
        picture.bands,
        format="ushort" if picture.is_deep else "uchar",
        access="sequential",
    )
    space = ("grey16", "rgb16") if picture.is_deep else ("b-w", "srgb")
    made = made.copy(interpretation=space[picture.colours == 3])
    if size != whole:
        made = _resized(made, whole, size, picture, most)
    if picture.has_alpha and kind is FileFormat.JPEG:
        made = made.flatten(background=[most] * picture.colours, max_alpha=most)
    if picture.is_deep and kind is FileFormat.JPEG:
        made = made.colourspace("b-w" if picture.colours == 1 else "srgb", source_space=made.interpretation)
    return save(with_profile(made, picture.profile), target, kind)


def _resized(made: pyvips.Image, whole: Size, size: Size, picture: OpenPicture, most: int) -> pyvips.Image:
    kind, space = made.format, made.interpretation
    if picture.has_alpha:
        made = made.premultiply(max_alpha=most)
    made = made.resize(size.width / whole.width, vscale=size.height / whole.height, kernel="lanczos3")
    if picture.has_alpha:
        made = made.unpremultiply(max_alpha=most)
    if made.format != kind:
        made = made.rint().cast(kind)
    resized: pyvips.Image = made.copy(interpretation=space)
    return resized
