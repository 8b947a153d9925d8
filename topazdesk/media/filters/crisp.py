"""Enhance edges, local contrast and texture."""

from __future__ import annotations

from typing import Any

from topazdesk.media.filters.maths import blur, clouds, luma


def sharpen(image: Any, amount: float, radius_px: float = 1.2) -> Any:
    """Sharpen the brightness with an unsharp mask.

    `amount` is 0 to 1; 1 adds two and a half times the difference to a blurred copy. `radius_px` is the blur's sigma.
    """
    if amount <= 0:
        return image
    bright = luma(image)
    return image + (bright - blur(bright, radius_px)) * (2.5 * amount)


def detail(image: Any, amount: float, radius_px: float = 12.0) -> Any:
    """Increase local contrast, the difference of each pixel to its wider surroundings; `amount` 0 to 1."""
    if amount <= 0:
        return image
    bright = luma(image)
    # Less effect near black and white, where it would only clip.
    room = (bright * (1 - bright) * 4).abs()
    return image + (bright - blur(bright, radius_px)) * room * (1.2 * amount)


def texture(image: Any, amount: float, seed: int = 1, cell_px: int = 5) -> Any:
    """Add fine random structure, more where the picture has some already; `amount` 0 to 1, `cell_px` its size."""
    if amount <= 0:
        return image
    bright = luma(image)
    active = (bright - blur(bright, 2.0)).abs() * 6 + 0.18
    fine = clouds(image.width, image.height, max(2, cell_px), seed)
    coarse = clouds(image.width, image.height, max(2, cell_px) * 3, seed + 7919)
    return image + (fine + coarse * 0.5) * active * (0.3 * amount)
