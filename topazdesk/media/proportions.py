"""Bring decoded pixels that are not square into the proportions of their picture."""

from __future__ import annotations

from typing import Any

from topazdesk.domain.geometry import PixelGrid, Size


def in_proportion(image: Any, grid: PixelGrid) -> Any:
    """Return an upright image of all of a picture as it is shown, in square pixels."""
    return image if grid.is_square else to_size(image, grid.shown)


def to_size(image: Any, size: Size) -> Any:
    """Return the image at exactly this size, whatever its own proportions."""
    # Linear: the smoother kernels overshoot, and colour that was multiplied by alpha would become brighter than white.
    return image.resize(size.width / image.width, vscale=size.height / image.height, kernel="linear")
