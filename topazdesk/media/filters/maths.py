"""Basic operations that several filters share.

Pictures are libvips images of floats from 0 to 1. They are typed `Any`, because libvips overloads operators in ways
that its type stubs cannot express.
"""

from __future__ import annotations

from typing import Any

from topazdesk.media.limits import vips

#: Weights of red, green and blue in perceived brightness (ITU-R BT.709).
_LUMA = [[0.2126, 0.7152, 0.0722]]

#: Side of the square of random numbers that is repeated over a picture; the repetition is too wide to be noticed.
_TILE = 512


def luma(image: Any) -> Any:
    """Return the brightness of each pixel: one band, 0 to 1."""
    return image.recomb(_LUMA)


def clamp(image: Any, low: float = 0.0, high: float = 1.0) -> Any:
    """Limit all values to the range from `low` to `high`."""
    # Pure arithmetic: comparisons in libvips give masks with the value 255.
    return ((image - low).abs() - (image - high).abs()) / 2 + (low + high) / 2


def mix(before: Any, after: Any, weight: Any) -> Any:
    """Blend linearly: `before` where `weight` is 0, `after` where it is 1. `weight` is a number or one band."""
    return before + (after - before) * weight


def blur(image: Any, sigma_px: float) -> Any:
    """Apply a Gaussian blur; a wide one is computed on a reduced picture, with no visible difference."""
    sigma_px = max(0.05, sigma_px)
    factor = int(sigma_px // 3)
    small = factor >= 2 and min(image.width, image.height) >= 4 * factor
    if not small:
        return image.gaussblur(sigma_px, precision="float", min_ampl=0.05)
    width, height = image.width, image.height
    reduced = image.shrink(factor, factor, ceil=True).gaussblur(sigma_px / factor, precision="float", min_ampl=0.05)
    # The enlarged picture is up to `factor` pixels too large because of `ceil`.
    grown = reduced.resize(reduced.width * factor / reduced.width, kernel="linear")
    return grown.crop(0, 0, width, height)


def gaussian(width: int, height: int, seed: int) -> Any:
    """Return random numbers, mean 0 and standard deviation 1, the same for the same seed on every computer."""
    # Held in memory (one megabyte), because every row needs it.
    tile = vips().Image.gaussnoise(min(_TILE, width), min(_TILE, height), sigma=1.0, mean=0.0, seed=seed).copy_memory()
    across, down = -(-width // tile.width), -(-height // tile.height)
    return tile.replicate(across, down).crop(0, 0, width, height)


def clouds(width: int, height: int, cell_px: int, seed: int) -> Any:
    """Return Perlin noise: smooth random numbers between about -0.7 and 0.7 that vary over `cell_px` pixels."""
    return vips().Image.perlin(width, height, cell_size=cell_px, seed=seed)
