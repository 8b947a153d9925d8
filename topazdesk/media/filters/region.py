"""Limit effects to parts of a picture (subject, background, skin) and cut out subjects.

Simple rules find the parts; nothing is recognised.
"""

from __future__ import annotations

from typing import Any, Literal

from topazdesk.media.filters.maths import blur, clamp, luma, mix
from topazdesk.media.limits import vips

#: The part to which an effect is limited.
Part = Literal["foreground", "background", "all"]


def blend(before: Any, after: Any, opacity: float) -> Any:
    """Mix two pictures of the same size; `opacity` 0 gives `before`, 1 gives `after`."""
    if opacity <= 0:
        return before
    return after if opacity >= 1 else mix(before, after, opacity)


def subject(before: Any, after: Any, part: Part) -> Any:
    """Show `after` in one part of the picture only. The foreground is an ellipse in the middle with a soft edge."""
    if part == "all":
        return after
    inside = _middle(before.width, before.height)
    return mix(before, after, inside if part == "foreground" else 1 - inside)


def faces(image: Any, strength: float, creativity: float) -> Any:
    """Imitate face recovery on skin-like colours, and a little everywhere else; faces are not recognised.

    `strength` (0 to 1) sharpens fine structure, `creativity` (0 to 1) makes it warmer and lighter.
    """
    weight = _skin(image) * 0.75 + 0.25
    bright = luma(image)
    cleared = image + (bright - blur(bright, 2.5)) * (2.0 * strength)
    warmed = cleared * [1 + 0.16 * creativity, 1 + 0.07 * creativity, 1 - 0.04 * creativity]
    return mix(image, warmed, weight)


def matte(image: Any, mode: Literal["segmentation", "alpha"] = "segmentation") -> Any:
    """Add a fourth band that hides the background, which is whatever has the colour of the picture's border.

    The mode "segmentation" gives hard edges, "alpha" soft ones.
    """
    edge = max(1, min(image.width, image.height) // 40)
    strips = (
        image.crop(0, 0, image.width, edge),
        image.crop(0, image.height - edge, image.width, edge),
        image.crop(0, 0, edge, image.height),
        image.crop(image.width - edge, 0, edge, image.height),
    )
    means = [[strip[band].avg() for band in range(3)] for strip in strips]
    distance = None
    for mean in means:
        difference = image - mean
        squared = (difference * difference).bandmean() * 3
        # The nearest of the four sides counts: sky above and grass below are both background.
        distance = squared if distance is None else _smaller(distance, squared)
    steep, limit = (200.0, 0.035) if mode == "segmentation" else (12.0, 0.035)
    alpha = clamp((blur(distance, 1.0) - limit) * steep + 0.5)
    return image.bandjoin(alpha)


def _smaller(first: Any, second: Any) -> Any:
    return (first + second - (first - second).abs()) / 2


def _middle(width: int, height: int) -> Any:
    grid = vips().Image.xyz(width, height)
    x = grid[0] / max(1, width) * 2 - 1
    y = grid[1] / max(1, height) * 2 - 1
    return clamp(1.6 - (x * x + y * y) * 2)


def _skin(image: Any) -> Any:
    """Return 1 for skin-like colours (red clearly above green above blue), 0 for others, with a soft transition."""
    red, green, blue = image[0], image[1], image[2]
    return clamp((red - green) * 8 - 0.2) * clamp((green - blue) * 8 + 0.4) * clamp(2.4 - (red - green) * 6)
