"""Pixel operations of the sandbox: ordinary image processing, named after the parameters that steer it.

They stand in for the services' neural models, do not imitate their quality and do not claim to. Each is deterministic and
changes the picture with every value of its parameter, so that a slider in the window does something that can be seen.

All take and return a *working picture*: 3 bands (red, green, blue as stored, not linear) of floats, 0 black to 1 white;
values outside are cut off when the result is written. `resample` takes any number of bands, `matte` returns a fourth.
Lengths are pixels of the picture given.
"""

from topazdesk.media.filters.crisp import detail, sharpen, texture
from topazdesk.media.filters.grain import GrainModel, grain, noise
from topazdesk.media.filters.region import blend, faces, matte, subject
from topazdesk.media.filters.scale import resample
from topazdesk.media.filters.smooth import deblock, denoise, despeckle, soften
from topazdesk.media.filters.tone import (
    colourise,
    exposure,
    highlight,
    invent,
    saturation,
    shadow,
    temperature,
    vibrance,
)

__all__ = [
    "GrainModel",
    "blend",
    "colourise",
    "deblock",
    "denoise",
    "despeckle",
    "detail",
    "exposure",
    "faces",
    "grain",
    "highlight",
    "invent",
    "matte",
    "noise",
    "resample",
    "saturation",
    "shadow",
    "sharpen",
    "soften",
    "subject",
    "temperature",
    "texture",
    "vibrance",
]
