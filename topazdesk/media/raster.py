"""Represent decoded pixels as plain data that may cross threads, and convert any picture to it: 8-bit sRGB."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.media.arrays import apart_from_alpha
from topazdesk.media.limits import vips


class PixelFormat(StrEnum):
    """The bytes of a pixel and their order."""

    RGB = "rgb"  # R G B
    RGBA = "rgba"  # R G B A, colour not multiplied by alpha
    RGBA_PREMULTIPLIED = "rgba-premultiplied"  # R·A G·A B·A A
    BGRX = "bgrx"  # B G R and an unused byte: Qt's layout in memory
    BGRA_PREMULTIPLIED = "bgra-premultiplied"  # B·A G·A R·A A: Qt's layout in memory

    @property
    def bytes_per_pixel(self) -> int:
        """3 or 4."""
        return 3 if self is PixelFormat.RGB else 4


@dataclass(frozen=True, slots=True)
class Raster:
    """A decoded picture: `height` rows of `stride` bytes; upright sRGB with 8 bits per channel."""

    width: int
    height: int
    stride: int
    format: PixelFormat
    data: bytes | memoryview

    def __post_init__(self) -> None:
        if self.stride < self.width * self.format.bytes_per_pixel or len(self.data) != self.stride * self.height:
            raise ValueError(f"{len(self.data)} bytes do not make {self.width} x {self.height} {self.format}")

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    def pixel(self, x: int, y: int) -> tuple[int, ...]:
        """Return the channels of one pixel, in the order of `format`."""
        start = y * self.stride + x * self.format.bytes_per_pixel
        return tuple(self.data[start : start + self.format.bytes_per_pixel])


def raster_of(image: Any, *, premultiplied: bool = False) -> Raster:
    """Compute a libvips image that has 3 or 4 bands of 8 bits. Raises pyvips.Error when decoding fails."""
    if image.bands == 3:
        pixel_format = PixelFormat.RGB
    else:
        pixel_format = PixelFormat.RGBA_PREMULTIPLIED if premultiplied else PixelFormat.RGBA
    return Raster(image.width, image.height, image.width * image.bands, pixel_format, bytes(image.write_to_memory()))


def to_display(image: Any) -> Any:
    """Convert a libvips image to 8-bit sRGB with 3 bands, or 4 where it has alpha.

    An embedded profile is applied; one that does not fit the picture is ignored. 16 bits are scaled to 8, not clipped.
    """
    module = vips()
    if image.interpretation == "cmyk" and image.bands > 4:
        return apart_from_alpha(image, to_display)
    # Inks without a profile are those of libvips' own, as in what is sent (`decoding.to_rgb`).
    inks = {"input_profile": "cmyk"} if image.interpretation == "cmyk" else {}
    if inks or image.get_typeof("icc-profile-data") != 0:
        try:
            image = image.icc_transform(
                "srgb", embedded=True, intent="relative", black_point_compensation=True, depth=8, **inks
            )
        except module.Error:
            image = image.colourspace("srgb")
    elif image.interpretation != "srgb" or image.format != "uchar":
        image = image.colourspace("srgb")
    if image.format != "uchar":
        image = image.cast("uchar")
    if image.bands <= 2:
        grey = image[0]
        image = grey.bandjoin([grey, grey, image[1]]) if image.bands == 2 else grey.bandjoin([grey, grey])
    if image.bands > 4:
        image = image[0:4]
    return image.copy(interpretation="srgb")


def premultiplied(image: Any) -> Any:
    """Multiply the colour of an RGBA image by its alpha, so that averaging and painting do not bleed."""
    return image.premultiply().rint().cast("uchar") if image.bands == 4 else image
