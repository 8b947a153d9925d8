"""Resample a picture to an exact size."""

from __future__ import annotations

from typing import Any

from topazdesk.domain.geometry import Size


def resample(image: Any, size: Size, *, crop_to_fill: bool = False) -> Any:
    """Resample the picture to exactly `size` pixels with a Lanczos filter of 3 lobes.

    If the aspect ratio differs by more than rounding, black bars are added, or with `crop_to_fill` the middle is
    cropped at two sides; this is the rule of the published API. Accepts any number of bands; a fourth is transparency
    and 0 in the bars.
    """
    across, down = size.width / image.width, size.height / image.height
    factor = max(across, down) if crop_to_fill else min(across, down)
    width, height = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    if abs(width - size.width) <= 1 and abs(height - size.height) <= 1:
        width, height = size.width, size.height
    if (width, height) != (image.width, image.height):
        image = image.resize(width / image.width, vscale=height / image.height, kernel="lanczos3")
    if (image.width, image.height) == (size.width, size.height):
        return image
    if crop_to_fill:
        left, top = max(0, (image.width - size.width) // 2), max(0, (image.height - size.height) // 2)
        image = image.crop(left, top, min(size.width, image.width), min(size.height, image.height))
    return image.gravity("centre", size.width, size.height, extend="black")
