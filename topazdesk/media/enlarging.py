"""Reads parts of a picture as numbers from 0 to 1, and writes a result from rows of them, never all at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.encoding import USUAL, Encoding
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
    rows: Iterable[Numbers],
    whole: Size,
    picture: OpenPicture,
    raw: Path,
    target: Path,
    size: Size,
    kind: FileFormat,
    encoding: Encoding = USUAL,
) -> int:
    """Write `rows` of a result of `whole` pixels as a file of `size`, with the picture's depth and profile.

    The rows come from top to bottom; `raw` holds them meanwhile. Returns the bytes of the file. Raises ComputerError.
    """
    import numpy as np

    most = 65_535 if picture.is_deep else 255
    kind_of_number = np.dtype("<u2" if picture.is_deep else np.uint8)

    def numbers() -> Iterator[NDArray[np.generic]]:
        for part in rows:
            found = np.floor(part.clip(0.0, 1.0) * np.float32(most) + np.float32(0.5)).astype(kind_of_number)
            yield found if picture.bands > 1 else found[:, :, 0]

    try:
        _write_strips(raw, numbers(), whole, picture.bands, kind_of_number)
    except OSError as error:
        raise disk_trouble(error) from error
    # A TIFF, as libvips reads that piece by piece; a file of bare numbers it would map into memory as a whole.
    made = vips().Image.new_from_file(str(raw), access="sequential")
    space = ("grey16", "rgb16") if picture.is_deep else ("b-w", "srgb")
    made = made.copy(interpretation=space[picture.colours == 3])
    if size != whole:
        made = _resized(made, whole, size, picture, most)
    if picture.has_alpha and kind is FileFormat.JPEG:
        made = made.flatten(background=[most] * picture.colours, max_alpha=most)
    if picture.is_deep and kind is FileFormat.JPEG:
        made = made.colourspace("b-w" if picture.colours == 1 else "srgb", source_space=made.interpretation)
    return save(with_profile(made, picture.profile), target, kind, encoding=encoding)


def _write_strips(
    path: Path, strips: Iterator[NDArray[np.generic]], size: Size, bands: int, kind: np.dtype[np.generic]
) -> None:
    """Write strips of rows, all but the last of one height, as an uncompressed TIFF. Raises OSError."""
    import tifffile

    first = next(strips)
    with tifffile.TiffWriter(path, bigtiff=True, byteorder="<") as file:
        file.write(
            chain([first], strips),
            shape=(size.height, size.width, bands)[: first.ndim],
            dtype=kind,
            photometric="rgb" if bands > 2 else "minisblack",
            planarconfig="contig" if bands > 1 else None,
            extrasamples=["unassalpha"] if bands in (2, 4) else None,
            rowsperstrip=len(first),
            metadata=None,
        )


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
