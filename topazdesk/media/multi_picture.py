"""Read the further pictures of a JPEG that has several, as stereo cameras and bursts write (MPO, CIPA DC-007).

Each is a whole JPEG behind the first, and is decoded into memory.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ColourSpace, FileFormat
from topazdesk.media import jpeg_data
from topazdesk.media.byte_ranges import of_descriptor, read_at
from topazdesk.media.facts import Facts
from topazdesk.media.icc import profile_in
from topazdesk.media.limits import vips
from topazdesk.media.multi_picture_index import places
from topazdesk.media.opening import damaged

if TYPE_CHECKING:
    import pyvips


def header(descriptor: int, _format: FileFormat, page: int) -> Facts:
    """Return the header facts of a further picture, upright."""
    image = _load(_bytes(descriptor, page))
    profile = profile_in(image)
    upright = image.autorot()
    return Facts(
        Size(upright.width, upright.height),
        8,
        image.bands,
        has_profile=profile is not None,
        profile=None if profile is None else (profile, str(image.interpretation)),
        space={1: ColourSpace.GREY, 4: ColourSpace.CMYK}.get(image.bands, ColourSpace.RGB),
    )


def decode(descriptor: int, _format: FileFormat, page: int) -> pyvips.Image:
    """Return a further picture, upright, in memory. Raises InputError, pyvips.Error."""
    upright: pyvips.Image = _load(_bytes(descriptor, page)).autorot().copy_memory()
    return upright


def fault(descriptor: int, page: int) -> tuple[str, float]:
    """Return what is wrong with the data of a further picture; see `jpeg_data.fault`."""
    return jpeg_data.fault(_bytes(descriptor, page))


def _load(data: bytes) -> pyvips.Image:
    image: pyvips.Image = vips().Image.jpegload_buffer(data, access="random", fail_on="error")
    return image


def _bytes(descriptor: int, page: int) -> bytes:
    found = places(of_descriptor(descriptor))
    if page >= len(found):
        raise damaged("the index lists fewer pictures")
    offset, length = found[page]
    # Some writers state too much for the last one. What is missing of a picture is noticed when it is decoded.
    return read_at(descriptor, offset, min(length, os.fstat(descriptor).st_size - offset))
