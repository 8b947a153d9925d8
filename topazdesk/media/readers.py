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
}
#: Formats that are always read here; sequences in AVIF are, too.
READERS = frozenset(_MODULES) - {FileFormat.AVIF}


def header(descriptor: int, image_format: FileFormat) -> Facts:
    """Return header facts without decoding. Raises InputError, and whatever a reader makes of a damaged file."""
    facts: Facts = _module(image_format).header(descriptor, image_format)
    return facts


def decode(descriptor: int, image_format: FileFormat) -> pyvips.Image:
    """Return the upright picture, in memory, with 8 or 16 bits. Raises as `header` does."""
    image: pyvips.Image = _module(image_format).decode(descriptor, image_format)
    return image


def _module(image_format: FileFormat) -> Any:
    return importlib.import_module(f"topazdesk.media.{_MODULES[image_format]}")
