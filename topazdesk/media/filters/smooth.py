"""Remove noise, compression blocks and specks; blur."""

from __future__ import annotations

from typing import Any

from topazdesk.media.filters.maths import blur, clamp, luma, mix
from topazdesk.media.limits import vips


def denoise(image: Any, strength: float) -> Any:
    """Reduce noise but preserve edges; `strength` 0 (none) to 1.

    Small differences to a blurred copy are taken for noise and reduced, large ones for edges and kept.
    """
    if strength <= 0:
        return image
    smooth = blur(image, 0.7 + 1.8 * strength)
    difference = image - smooth
    threshold = 0.16 * strength
    # Squared distance over all channels, so that coloured edges count as edges.
    energy = (difference * difference).bandmean() * 3
    keep = energy / (energy + threshold * threshold)
    return smooth + difference * keep


def deblock(image: Any, strength: float) -> Any:
    """Soften the 8 × 8 grid of strong JPEG compression and the ringing inside its blocks; `strength` 0 to 1.

    Call it before any resampling, while the grid is still where the compression left it.
    """
    if strength <= 0:
        return image
    row = [1.0, 0.55, 0.25, 0.15, 0.15, 0.25, 0.55, 1.0]
    block = vips().Image.new_from_array([[max(a, b) for a in row] for b in row]).cast("float").copy_memory()
    across, down = -(-image.width // 8), -(-image.height // 8)
    grid = block.replicate(across, down).crop(0, 0, image.width, image.height)
    smooth = blur(image, 1.4)
    edges = (luma(image) - luma(smooth)).abs() * 8
    return mix(image, smooth, grid * strength / (edges + 1))


def despeckle(image: Any, strength: float) -> Any:
    """Remove specks and scratches one or two pixels wide with a 5 × 5 median; `strength` 0 to 1.

    Pixels that hardly differ from the median stay as they are.
    """
    if strength <= 0 or min(image.width, image.height) < 5:
        return image
    # The median of 8-bit numbers is several times faster; the lost precision is below the threshold used next.
    middle = (image * 255 + 0.5).cast("uchar").median(5).cast("float") / 255
    difference = (luma(middle) - luma(image)).abs()
    return mix(image, middle, clamp(difference * 20 - 0.1) * min(1.0, strength))


def soften(image: Any, sigma_px: float) -> Any:
    """Apply a Gaussian blur of `sigma_px` pixels, from 0.

    Below half a pixel a sampled Gaussian no longer reaches the neighbours, so the blur of half a pixel is faded out.
    """
    if sigma_px <= 0:
        return image
    return mix(image, blur(image, max(_FINE, sigma_px)), min(1.0, sigma_px / _FINE))


_FINE = 0.5
