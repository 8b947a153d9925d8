"""Pixel operations of the sandbox: ordinary image processing, named after the parameters that control it.

They stand in for the services' neural models and do not try to match their quality. Each is deterministic, and every
value of its parameter changes the picture, so that a slider in the window has a visible effect.

All take and return a *working picture*: 3 bands (red, green, blue as stored, not linear) of floats from 0 (black) to 1
(white). Values outside that range are clipped when the result is written. `resample` accepts any number of bands,
`matte` returns a fourth. Lengths are in pixels of the given picture.
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
