"""Read HEIC and raw pictures with packages that may be missing (the extras `heic` and `raw`).

The packages are imported only when such a file is opened, so that nobody else waits for them at start.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any, BinaryIO

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.media.facts import Facts
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged

if TYPE_CHECKING:
    import pyvips

#: Formats that this module reads.
READERS = frozenset({FileFormat.HEIC, FileFormat.RAW})


def header(descriptor: int, image_format: FileFormat) -> Facts:
    """Return header facts without decoding. Raises InputError when the file is damaged."""
    return _heic_header(descriptor) if image_format is FileFormat.HEIC else _raw_header(descriptor)


def decode(descriptor: int, image_format: FileFormat) -> pyvips.Image:
    """Return the upright picture, in memory.

    HEIC comes with 8 bits and its profile, raw developed to 16-bit sRGB with the camera's white balance.
    Raises InputError when the file is damaged.
    """
    return _heic(descriptor) if image_format is FileFormat.HEIC else _raw(descriptor)


def _heic_header(descriptor: int) -> Facts:
    image = _open_heic(descriptor)
    bands = len(image.mode)
    return Facts(Size(*image.size), 8, bands, image.mode.endswith("A"), bool(image.info.get("icc_profile")))


def _heic(descriptor: int) -> pyvips.Image:
    source = _open_heic(descriptor)
    try:
        data = bytes(source.data)
    except (ValueError, EOFError, SyntaxError, RuntimeError) as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    bands = len(source.mode)
    width, height = source.size
    rows: pyvips.Image = vips().Image.new_from_memory(data, source.stride // bands, height, bands, "uchar")
    image = rows.crop(0, 0, width, height).copy(interpretation="srgb")
    profile = source.info.get("icc_profile")
    if profile:
        image.set_type(vips().GValue.blob_type, "icc-profile-data", profile)
    return image


def _open_heic(descriptor: int) -> Any:
    heif = importlib.import_module("pillow_heif")
    try:
        with _stream(descriptor) as stream:
            image = heif.open_heif(stream.read(), convert_hdr_to_8bit=True)
    except (ValueError, EOFError, SyntaxError, RuntimeError) as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    if image.mode not in ("L", "RGB", "RGBA"):
        raise damaged(f"mode {image.mode}")
    return image


def _raw_header(descriptor: int) -> Facts:
    rawpy = importlib.import_module("rawpy")
    try:
        with _stream(descriptor) as stream, rawpy.imread(stream) as raw:
            sizes = raw.sizes
    except rawpy.LibRawError as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    size = Size(sizes.iwidth, sizes.iheight)
    return Facts(size.turned() if sizes.flip in (5, 6) else size, 16, 3, has_alpha=False, has_profile=False)


def _raw(descriptor: int) -> pyvips.Image:
    rawpy = importlib.import_module("rawpy")
    try:
        with _stream(descriptor) as stream, rawpy.imread(stream) as raw:
            array = raw.postprocess(output_bps=16, use_camera_wb=True)
    except rawpy.LibRawError as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    height, width, bands = array.shape
    image: pyvips.Image = vips().Image.new_from_memory(array.tobytes(), width, height, bands, "ushort")
    return image.copy(interpretation="rgb16")


def _stream(descriptor: int) -> BinaryIO:
    stream = os.fdopen(os.dup(descriptor), "rb")
    stream.seek(0)
    return stream
