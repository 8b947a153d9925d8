"""Add film grain and plain noise, reproducibly by a seed."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from topazdesk.media.filters.maths import blur, clamp, gaussian, luma
from topazdesk.media.limits import vips


class GrainModel(StrEnum):
    """Kinds of grain; the values come from the published parameter lists."""

    SILVER = "silver"  # clumped, strongest in the midtones
    SILVER_RICH = "silver rich"  # clumped, also in the shadows
    GAUSSIAN = "gaussian"  # fine and coloured, uniform
    GREY = "grey"  # fine and colourless, uniform


def grain(
    image: Any,
    strength: float,
    density: float = 0.5,
    size: float = 1.0,
    model: GrainModel = GrainModel.SILVER,
    seed: int = 1,
) -> Any:
    """Add film grain.

    `strength` (0 to 1) is its contrast, `density` (0 to 1) the share of the surface that it covers, `size` (1 to 5) the
    size of a grain in pixels.
    """
    if strength <= 0 or density <= 0:
        return image
    coloured = model is GrainModel.GAUSSIAN
    layers = [_layer(image, size, seed + 101 * band, model) for band in range(3 if coloured else 1)]
    layer = layers[0].bandjoin(layers[1:]) if coloured else layers[0]
    cover = _cover(image, density, size, seed)
    return image + layer * cover * _by_tone(image, model) * (0.16 * strength)


def noise(image: Any, sigma: float, seed: int = 1) -> Any:
    """Add colourless Gaussian noise; `sigma` is its standard deviation, where 1 is the step from black to white."""
    return image + gaussian(image.width, image.height, seed) * sigma if sigma > 0 else image


def _layer(image: Any, size: float, seed: int, model: GrainModel) -> Any:
    layer = _scaled(image, size, seed)
    if model in (GrainModel.SILVER, GrainModel.SILVER_RICH):
        # Silver grains form clumps, imitated by a blur. The factor restores the contrast that the blur removes.
        return blur(layer, 0.6) * 1.8
    return layer


def _scaled(image: Any, size: float, seed: int) -> Any:
    if size <= 1:
        return gaussian(image.width, image.height, seed)
    width, height = int(image.width / size) + 2, int(image.height / size) + 2
    return gaussian(width, height, seed).resize(size, kernel="cubic").crop(0, 0, image.width, image.height)


def _cover(image: Any, density: float, size: float, seed: int) -> Any:
    # A second random field decides where there is grain; the factor 2.2 makes density 1 cover almost everything.
    field = _scaled(image, max(1.0, size), seed + 50_021)
    return clamp((field + (density - 0.5) * 2 * 2.2) * 1.5 + 0.5)


def _by_tone(image: Any, model: GrainModel) -> Any:
    if model in (GrainModel.GAUSSIAN, GrainModel.GREY):
        return vips().Image.black(image.width, image.height) + 0.7
    bright = clamp(luma(image))
    if model is GrainModel.SILVER:
        return bright * (1 - bright) * 4
    return (1 - bright * bright) * 1.1
