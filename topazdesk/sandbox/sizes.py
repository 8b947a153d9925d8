"""Output size and format of a request, by the published rules."""

from __future__ import annotations

from collections.abc import Mapping

from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import MAX_SIDE_PX, OutputSize, Size, SizeMode
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.intake import whole
from topazdesk.sandbox.models import PNG_ENDPOINTS, SIZED_ENDPOINTS

_FORMATS = {"jpeg": "jpeg", "jpg": "jpeg", "png": "png", "tiff": "tiff", "tif": "tiff"}


def side(fields: Mapping[str, str], name: str) -> int | None:
    """A side in pixels, 1 to 32,000, or None when it is not given. Raises ApiError 400."""
    text = fields.get(name)
    if text is None:
        return None
    found = whole(text, 1, MAX_SIDE_PX)
    if found is None:
        raise ApiError(400, f"Invalid {name.replace('_', ' ')}.")
    return found


def output_size(endpoint: str, fields: Mapping[str, str], source: Size) -> Size:
    """Size of the result in pixels.

    One side given: the other is proportional. Both: exactly these. Neither: the service decides by itself, and how is not
    published; the sandbox keeps the size. Endpoints without size fields keep it too, and ignore them like any unknown field.
    """
    if endpoint not in SIZED_ENDPOINTS:
        return source
    width, height = side(fields, "output_width"), side(fields, "output_height")
    if width and height:
        return Size(width, height)
    if width:
        return OutputSize(SizeMode.WIDTH, width).resolve(source)
    if height:
        return OutputSize(SizeMode.HEIGHT, height).resolve(source)
    return source


def made_size(model: Model, source: Size, wanted: Size) -> Size:
    """What a model makes of the wanted size: one that keeps the shape takes it as a box to fit in (published by clients of
    these models: "keep the input aspect ratio, treat the size as a target")."""
    if not model.keeps_aspect or not model.takes_size:
        return wanted
    # The smaller factor as a fraction, so that a size of the right shape stays as it is.
    if wanted.width * source.height <= wanted.height * source.width:
        return OutputSize(SizeMode.WIDTH, wanted.width).resolve(source)
    return OutputSize(SizeMode.HEIGHT, wanted.height).resolve(source)


def output_format(endpoint: str, fields: Mapping[str, str]) -> str:
    """ "jpeg", "png" or "tiff". Raises ApiError 400; matting and tool write PNG only (OpenAPI)."""
    text = fields.get("output_format", "png" if endpoint in PNG_ENDPOINTS else "jpeg")
    found = _FORMATS.get(text)
    if found is None or (endpoint in PNG_ENDPOINTS and found != "png"):
        raise ApiError(400, "Invalid output format.")
    return found


def check_limits(model: Model, source: Size, target: Size, status: int = 413) -> None:
    """Raises ApiError over the model's megapixels or 32,000 px a side.

    413 is what the published bulk estimate shows for it; the single estimates document 400 only.
    """
    for what, size, limit in (("Input", source, model.limits.input_mp), ("Output", target, model.limits.output_mp)):
        if limit is not None and size.pixels > limit * 1_000_000:
            raise ApiError(status, f"{what} image dimensions exceed maximum allowed of {limit:g} MP.")
        if not size.fits_sides():
            raise ApiError(status, f"{what} image dimensions exceed maximum allowed of {MAX_SIDE_PX} pixels a side.")
    _check_scale(model, source, target)


def _check_scale(model: Model, source: Size, target: Size) -> None:
    """Raises ApiError 400 outside the factors that the model takes, beyond the pixel that rounding may add."""
    least, most = model.min_scale, model.max_scale
    sides = ((target.width, source.width), (target.height, source.height))
    if most is not None and any(made > given * most + 1 for made, given in sides):
        raise ApiError(400, f"The output size may be at most {most:g}x the input size.")
    if least is not None and any(made + 1 < given * least for made, given in sides):
        raise ApiError(400, f"The output size must be at least {least:g}x the input size.")
