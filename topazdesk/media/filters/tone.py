"""Adjust light and colour."""

from __future__ import annotations

from typing import Any

from topazdesk.media.filters.maths import clamp, clouds, luma, mix


def exposure(image: Any, value: float) -> Any:
    """Adjust the brightness; `value` 0 to 2, where 1 is neutral and each end is one and a half stops away."""
    return image * 2.0 ** (1.5 * (value - 1))


def highlight(image: Any, value: float) -> Any:
    """Brighten or darken the highlights; `value` 0 to 2, where 1 is neutral."""
    bright = clamp(luma(image))
    return image + bright * bright * bright * (0.4 * (value - 1))


def shadow(image: Any, value: float) -> Any:
    """Brighten or darken the shadows; `value` 0 to 2, where 1 is neutral."""
    bright = clamp(luma(image))
    # Pure black stays black.
    return image + bright * (1 - bright) * (1 - bright) * (1.6 * (value - 1))


def temperature(image: Any, value: float) -> Any:
    """Adjust the colour temperature; `value` 0 (cold) to 1 (warm), where 0.5 is neutral."""
    shift = 0.5 * (value - 0.5)
    return image * [1 + shift, 1 + 0.1 * shift, 1 - shift]


def saturation(image: Any, factor: float) -> Any:
    """Scale the saturation; `factor` 0 is grey, 1 neutral, 2 twice as colourful."""
    return mix(luma(image), image, factor)


def vibrance(image: Any) -> Any:
    """Increase the saturation of dull colours; used for the switch "color correction"."""
    bright = luma(image)
    colour = image - bright
    strong = (colour * colour).bandmean() * 12
    return image + colour * (0.6 / (strong + 1))


def colourise(image: Any, amount: float) -> Any:
    """Colour a grey picture: blue shadows, brown midtones, warm highlights; `amount` 0 to 1.

    The colour depends on brightness alone, not on what the picture shows.
    """
    bright = clamp(luma(image))
    dark, light = 1 - bright, bright
    middle = bright * dark * 4
    # Cold shadows, skin and stone in the midtones, warm highlights. The three sum up to about zero, so that the
    # brightness stays the same.
    red = middle * 0.07 + light * light * 0.04 - dark * dark * 0.06
    green = light * light * 0.01 - middle * 0.005 - dark * dark * 0.01
    blue = dark * dark * 0.12 - middle * 0.07 - light * light * 0.05
    tint = red.bandjoin([green, blue])
    return image + tint * (0.3 + 1.7 * amount)


def invent(image: Any, level: float, seed: int = 1) -> Any:
    """Make a generative model's freedom visible: patches drift in colour and brightness; `level` 0 to 9.

    Nothing is really generated. The patches depend on `seed`, which the caller may derive from a prompt.
    """
    if level <= 0:
        return image
    cell = max(8, min(image.width, image.height) // 6)
    warm, light = (clouds(image.width, image.height, cell, seed + 31 * number) for number in range(2))
    fine = clouds(image.width, image.height, max(4, cell // 10), seed + 997)
    shade = light * 0.5 + fine * 0.3
    # Colours drift between warm and cold only; three independent channels would look like oil on water.
    drift = (shade + warm * 0.35).bandjoin([shade + warm * 0.05, shade - warm * 0.4])
    room = clamp(image) * (1 - clamp(image)) * 4
    return image + drift * room * (0.045 * level)
