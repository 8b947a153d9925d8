"""Read HEIC and raw pictures with packages that may be missing (the extras `heic` and `raw`).

The packages are imported only when such a file is opened, so that nobody else waits for them at start.
"""

from __future__ import annotations

import importlib
import os
import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.language import say
from topazdesk.media.arrays import image_of, with_profile
from topazdesk.media.facts import Facts
from topazdesk.media.hevc_data import hevc_fault
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, unsupported
from topazdesk.media.tiff_directory import CutOffError, read_directory

if TYPE_CHECKING:
    import pyvips


def header(descriptor: int, image_format: FileFormat, page: int = 0) -> Facts:
    """Return header facts without decoding. Raises InputError when the file is damaged."""
    return _heic_header(descriptor, page) if image_format is FileFormat.HEIC else _raw_header(descriptor)


def decode(descriptor: int, image_format: FileFormat, page: int = 0) -> pyvips.Image:
    """Return the upright picture, in memory.

    HEIC comes with 8 or 16 bits and its profile, raw developed to 16-bit sRGB with the camera's white balance.
    Raises InputError when the file is damaged.
    """
    return _heic(descriptor, page) if image_format is FileFormat.HEIC else _raw(descriptor)


def _heic_header(descriptor: int, page: int) -> Facts:
    image, _, count = _open_heic(descriptor, page)
    bands, has_alpha, _ = _channels(image.mode)
    bits = int(image.info.get("bit_depth", 8))
    return Facts(
        Size(*image.size),
        bits,
        bands,
        has_alpha=has_alpha,
        has_profile=bool(image.info.get("icc_profile")),
        pages=count,
    )


def _heic(descriptor: int, page: int) -> pyvips.Image:
    import numpy as np

    source, file, _ = _open_heic(descriptor, page)
    fault = hevc_fault(file)
    if fault:
        raise damaged(fault)
    try:
        data = bytes(source.data)
    except Exception as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    bands, _, is_associated = _channels(source.mode)
    width, height = source.size
    kind = np.dtype("<u2") if ";16" in source.mode else np.dtype("u1")
    rows: Any = np.frombuffer(data, kind).reshape(height, source.stride // kind.itemsize)
    pixels = rows[:, : width * bands].reshape(height, width, bands)
    depth = int(source.info.get("bit_depth", 8))
    if kind.itemsize == 2:
        # The lower bits are zeros: white would be a little grey.
        pixels = pixels | (pixels >> depth)
    image = image_of(pixels)
    if is_associated:
        space = image.interpretation
        image = image.unpremultiply(max_alpha=65_535 if kind.itemsize == 2 else 255).cast(image.format)
        image = image.copy(interpretation=space)
    made: pyvips.Image = with_profile(image, source.info.get("icc_profile"))
    return made


def _open_heic(descriptor: int, page: int) -> tuple[Any, bytes, int]:
    """Return a picture, the file's bytes and the number of pictures. The first is the one that programs show."""
    heif = importlib.import_module("pillow_heif")
    with _stream(descriptor) as stream:
        file = stream.read()
    try:
        found = heif.open_heif(file, convert_hdr_to_8bit=False)
        order = sorted(range(len(found)), key=lambda number: number != found.primary_index)
        image = found[order[page]]
    except Exception as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    return image, file, len(order)


def _channels(mode: str) -> tuple[int, bool, bool]:
    """Return the number of channels, whether the last is transparency, and whether the others are multiplied by it."""
    name, _, depth = mode.partition(";")
    found = {"L": (1, False), "I": (1, False), "LA": (2, True), "RGB": (3, False), "RGBA": (4, True)}.get(name.upper())
    if found is None or depth not in ("", "16"):
        raise unsupported("HEIC", say("channels of a kind that no reader here knows ({mode})", mode=mode))
    return (*found, name.endswith("a"))


def _raw_header(descriptor: int) -> Facts:
    rawpy = importlib.import_module("rawpy")
    try:
        with _stream(descriptor) as stream, rawpy.imread(stream) as raw:
            sizes = raw.sizes
    except rawpy.LibRawFileUnsupportedError as error:
        if not _has_whole_preview(descriptor):
            raise damaged(f"{type(error).__name__}: {error}") from error
        raise unsupported(
            say("RAW file"), say("no data of a sensor that the reader knows, or only previews")
        ) from error
    except rawpy.LibRawError as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    size = Size(sizes.iwidth, sizes.iheight)
    return Facts(size.turned() if sizes.flip in (5, 6) else size, 16, 3, has_alpha=False, has_profile=False)


def _has_whole_preview(descriptor: int) -> bool:
    """Return whether a raw file of the build of TIFF is whole as far as its first picture."""
    length = os.fstat(descriptor).st_size
    try:
        segments = read_directory(descriptor, length).segments
    except (CutOffError, ValueError, struct.error):
        return False
    return bool(segments) and all(count and offset + count <= length for offset, count in segments)


def _raw(descriptor: int) -> pyvips.Image:
    rawpy = importlib.import_module("rawpy")
    try:
        with _stream(descriptor) as stream, rawpy.imread(stream) as raw:
            array = raw.postprocess(output_bps=16, use_camera_wb=True)
            if _reads_beyond(descriptor, raw):
                raise damaged("the file ends before the data of the sensor does")
    except rawpy.LibRawError as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    height, width, bands = array.shape
    image: pyvips.Image = vips().Image.new_from_memory(array.tobytes(), width, height, bands, "ushort")
    return image.copy(interpretation="rgb16")


def _reads_beyond(descriptor: int, raw: Any) -> bool:
    """Tell whether the data of the sensor lies behind the end of the file: some decoders make a picture of nothing.

    Then it becomes another one, or none, when something is put there.
    """
    import numpy as np

    rawpy = importlib.import_module("rawpy")
    sizes = raw.sizes
    # As far as data can reach that is not packed; that of a whole file is not even looked at.
    filler = bytes(range(1, 256)) * (sizes.raw_width * sizes.raw_height * 2 // 255 + 1)
    with _stream(descriptor) as stream:
        longer = stream.read() + filler
    try:
        with rawpy.imread(BytesIO(longer)) as other:
            return not np.array_equal(raw.raw_image, other.raw_image)
    except (rawpy.LibRawFileUnsupportedError, ValueError):  # it was known by its length
        return False
    except rawpy.LibRawError:
        return True


def _stream(descriptor: int) -> BinaryIO:
    stream = os.fdopen(os.dup(descriptor), "rb")
    stream.seek(0)
    return stream
