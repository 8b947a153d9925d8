"""Determine the output size and format of a request by the published rules."""

from __future__ import annotations

from collections.abc import Mapping

from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import MAX_SIDE_PX, OutputSize, Size, SizeMode
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.models import PNG_ENDPOINTS, SIZED_ENDPOINTS
from topazdesk.sandbox.multipart_form import whole

_FORMATS = {"jpeg": "jpeg", "jpg": "jpeg", "png": "png", "tiff": "tiff", "tif": "tiff"}


def side(fields: Mapping[str, str], name: str) -> int | None:
    """Return the field `name`, a side of 1 to 32,000 pixels, or None when it is missing. Raises ApiError 400."""
    text = fields.get(name)
    if text is None:
        return None
    found = whole(text, 1, MAX_SIDE_PX)
    if found is None:
        raise ApiError(400, f"Invalid {name.replace('_', ' ')}.")
    return found


def output_size(endpoint: str, fields: Mapping[str, str], source: Size) -> Size:
    """Return the size of the result in pixels.

    With one side given, the other is proportional; with both, they are the size. With neither, the service decides in
    an unpublished way; the sandbox's choice is to keep the size. Endpoints without size fields also keep it, and ignore
    these fields as they ignore any unknown one.
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
    """Return the size that a model really makes of the requested one.

    Models that keep the aspect ratio fit the result into the requested size (known from published clients of these
    models: "keep the input aspect ratio, treat the size as a target").
    """
    if not model.keeps_aspect or not model.takes_size:
        return wanted
    # Compare the factors as fractions, so that rounding does not change a size of the right shape.
    if wanted.width * source.height <= wanted.height * source.width:
        return OutputSize(SizeMode.WIDTH, wanted.width).resolve(source)
    return OutputSize(SizeMode.HEIGHT, wanted.height).resolve(source)


def output_format(endpoint: str, fields: Mapping[str, str]) -> str:
    """Return "jpeg", "png" or "tiff"; matting and tool write PNG only (OpenAPI). Raises ApiError 400."""
    text = fields.get("output_format", "png" if endpoint in PNG_ENDPOINTS else "jpeg")
    found = _FORMATS.get(text)
    if found is None or (endpoint in PNG_ENDPOINTS and found != "png"):
        raise ApiError(400, "Invalid output format.")
    return found


def check_limits(model: Model, source: Size, target: Size, status: int = 413) -> None:
    """Raise ApiError when a size exceeds the model's megapixels or 32,000 px a side, or the factor is out of range.

    `status` is 413, as the published bulk estimate shows; the single estimates document only 400.
    """
    for what, size, limit in (("Input", source, model.limits.input_mp), ("Output", target, model.limits.output_mp)):
        if limit is not None and size.pixels > limit * 1_000_000:
            raise ApiError(status, f"{what} image dimensions exceed maximum allowed of {limit:g} MP.")
        if not size.fits_sides():
            raise ApiError(status, f"{what} image dimensions exceed maximum allowed of {MAX_SIDE_PX} pixels a side.")
    _check_scale(model, source, target)


def _check_scale(model: Model, source: Size, target: Size) -> None:
    """Raise ApiError 400 when the scale exceeds the model's range by more than the pixel that rounding may add."""
    least, most = model.min_scale, model.max_scale
    sides = ((target.width, source.width), (target.height, source.height))
    if most is not None and any(made > given * most + 1 for made, given in sides):
        raise ApiError(400, f"The output size may be at most {most:g}x the input size.")
    if least is not None and any(made + 1 < given * least for made, given in sides):
        raise ApiError(400, f"The output size must be at least {least:g}x the input size.")
