"""Bring pictures of high dynamic range (PQ and HLG) down to the range of ordinary pictures.

What is as bright as paper stays as it is; only what shines brighter is compressed, so that skies and lamps keep their
drawing. White is 203 cd/m² in both systems (ITU-R BT.2408); the curves are those of ITU-R BT.2100.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from topazdesk.media.icc import BT2020, DISPLAY_P3, SRGB_CURVE, Primaries, between, rgb_profile, with_profile
from topazdesk.media.limits import vips

if TYPE_CHECKING:
    import pyvips

#: Brightness of white paper, cd/m².
_WHITE = 203.0
#: Brightest light that is kept apart from others, cd/m²: what pictures of either system are graded for.
_PEAK = 1_000.0
#: Up to this share of white nothing changes.
_KNEE = 0.5


def to_sdr(image: pyvips.Image, *, is_pq: bool, primaries: Primaries) -> pyvips.Image:
    """Return the picture with 16 bits in Display P3, with that profile. Alpha is kept.

    The numbers of `image` (8 or 16 bits) are PQ, else HLG, of light in `primaries`.
    """
    deep = image if image.format == "ushort" else (image * 257).cast("ushort")
    if deep.bands <= 2:
        grey, rest = deep.extract_band(0), deep.extract_band(0, n=deep.bands)
        deep = grey.bandjoin(grey).bandjoin(rest)
    light = deep[0:3].maplut(_lut(_pq if is_pq else _hlg))
    if not is_pq:
        # What an HLG screen of the reference brightness adds: a gamma of 1.2 on the luminance.
        luminance = light.recomb(vips().Image.new_from_array([list(primaries.to_xyz()[1])]))
        light = light * luminance**0.2 * (_PEAK / _WHITE)
    light = light.recomb(vips().Image.new_from_array([list(row) for row in between(primaries, DISPLAY_P3)]))
    light = _compressed(light)
    coded = (light <= 0.0031308).ifthenelse(light * 12.92, light ** (1 / 2.4) * 1.055 - 0.055)
    plain = (coded * 65_535 + 0.5).cast("ushort")
    if deep.bands > 3:
        plain = plain.bandjoin(deep[3])
    return with_profile(plain.copy(interpretation="rgb16"), rgb_profile("Display P3", DISPLAY_P3, SRGB_CURVE))


def _compressed(light: pyvips.Image) -> pyvips.Image:
    """Bring light, of which 1 is white, into 0 to 1; the brightest channel decides, so that the hue stays."""
    light = (light < 0).ifthenelse(0, light)
    red, green, blue = light[0], light[1], light[2]
    most = (red > green).ifthenelse(red, green)
    most = (most > blue).ifthenelse(most, blue)
    over, span = (most - _KNEE) / (1 - _KNEE), (_PEAK / _WHITE - _KNEE) / (1 - _KNEE)
    # Slope 1 at the knee, and the peak becomes white.
    bent = _KNEE + (1 - _KNEE) * over * (over / span**2 + 1) / (over + 1)
    factor = (most > _KNEE).ifthenelse(bent / most, 1)
    scaled = light * factor
    return (scaled > 1).ifthenelse(1, scaled)


@lru_cache(maxsize=2)
def _table(curve: Callable[[float], float]) -> bytes:
    return array("f", (curve(number / 65_535) for number in range(65_536))).tobytes()


def _lut(curve: Callable[[float], float]) -> pyvips.Image:
    lut: pyvips.Image = vips().Image.new_from_memory(_table(curve), 65_536, 1, 1, "float")
    return lut


def _pq(number: float) -> float:
    """Return light, of which 1 is white."""
    power = number ** (32 / 2_523)
    return float(10_000 / _WHITE * (max(power - 0.8359375, 0.0) / (18.8515625 - 18.6875 * power)) ** (8_192 / 1_305))


def _hlg(number: float) -> float:
    """Return light of the scene from 0 to 1."""
    if number <= 0.5:
        return number * number / 3
    return (math.exp((number - 0.55991073) / 0.17883277) + 0.28466892) / 12


#: What HDR pictures have unless they say otherwise.
USUAL_PRIMARIES = BT2020
