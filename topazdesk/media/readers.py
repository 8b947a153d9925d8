"""The readers of the formats that libvips has none for: each decodes the whole picture into memory."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from topazdesk.domain.image import FileFormat
from topazdesk.media.facts import Facts

if TYPE_CHECKING:
    import pyvips

#: The module with the functions `header` and `decode` of each format; loaded when such a file is opened.
_MODULES = {
    FileFormat.HEIC: "optional",
    FileFormat.RAW: "optional",
    FileFormat.BMP: "bmp",
    FileFormat.PNM: "pnm",
    FileFormat.TGA: "pillow_reader",
    FileFormat.AVIF: "pillow_reader",
    FileFormat.JP2: "jp2",
    FileFormat.JXL: "jxl",
    FileFormat.PSD: "psd",
    FileFormat.GIF: "gif_frames",
}
#: Formats that are always read here; of AVIF sequences are, and of GIF frames that leave some of their canvas bare.
READERS = frozenset(_MODULES) - {FileFormat.AVIF, FileFormat.GIF}
#: The modules for the pages behind the first, where libvips reads only that.
_FURTHER = {FileFormat.PNG: "pillow_reader", FileFormat.JPEG: "multi_picture"}
FURTHER_PAGES = frozenset(_FURTHER)


def header(descriptor: int, image_format: FileFormat, page: int = 0) -> Facts:
    """Return header facts without decoding. Raises InputError, and whatever a reader makes of a damaged file."""
    facts: Facts = _module(image_format).header(descriptor, image_format, *_further(page))
    return facts


def decode(descriptor: int, image_format: FileFormat, page: int = 0) -> pyvips.Image:
    """Return the upright page, in memory, with 8 or 16 bits. Raises as `header` does."""
    image: pyvips.Image = _module(image_format).decode(descriptor, image_format, *_further(page))
    return image


def _further(page: int) -> tuple[int, ...]:
    """Return the page as the argument that only readers of formats with several pages take."""
    return (page,) if page else ()


def _module(image_format: FileFormat) -> Any:
    name = _MODULES.get(image_format) or _FURTHER[image_format]
    return importlib.import_module(f"topazdesk.media.{name}")
