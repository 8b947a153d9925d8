"""Make libvips images of numpy arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from topazdesk.media.limits import vips

if TYPE_CHECKING:
    import pyvips
    from numpy.typing import NDArray


def image_of(numbers: NDArray[Any], *, inks: bool = False) -> pyvips.Image:
    """Return the picture in an array of height × width (× channels) of uint8 or uint16.

    One or two channels are grey, three or four RGB, or four CMYK with `inks`.
    """
    import numpy as np

    if numbers.ndim == 2:
        numbers = numbers[..., np.newaxis]
    height, width, bands = numbers.shape
    deep = numbers.dtype.itemsize == 2
    plain = np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("="))
    image = vips().Image.new_from_memory(plain.tobytes(), width, height, bands, "ushort" if deep else "uchar")
    if inks:
        space = "cmyk"
    elif bands <= 2:
        space = "grey16" if deep else "b-w"
    else:
        space = "rgb16" if deep else "srgb"
    made: pyvips.Image = image.copy(interpretation=space)
    return made


def with_profile(image: Any, profile: bytes | None) -> Any:
    """Return the picture with a colour profile, if there is one."""
    if profile is None or not profile:
        return image
    tagged = image.copy()
    tagged.set_type(vips().GValue.blob_type, "icc-profile-data", profile)
    return tagged


def apart_from_alpha(image: Any, convert: Callable[[Any], Any]) -> Any:
    """Return CMYK with transparency converted by `convert`: libvips takes the transparency of 16 bits for one of 8."""
    colours = convert(image[0:4])
    alpha = image[4] >> 8 if (image.format, colours.format) == ("ushort", "uchar") else image[4]
    return colours.bandjoin(alpha.cast(colours.format)).copy(interpretation=colours.interpretation)


def from_linear(image: Any, colours: int) -> Any:
    """Return a picture of 16 bits whose numbers are linear light as sRGB; a channel behind the colours stays."""
    light = image[0:colours] if colours == 3 else image[0].bandjoin([image[0], image[0]])
    shown = (light / 65_535).copy(interpretation="scrgb").colourspace("rgb16")
    shown = shown if colours == 3 else shown[1].copy(interpretation="grey16")
    return (
        shown
        if image.bands == colours
        else shown.bandjoin(image[image.bands - 1]).copy(interpretation=shown.interpretation)
    )
