"""Apply a chain of pixel operations to a file in bounded memory: what the sandbox does in place of Topaz' models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.media import filters
from topazdesk.media.decoding import is_plain, to_rgb, upright
from topazdesk.media.filters.maths import mix
from topazdesk.media.filters.region import Part
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened
from topazdesk.media.probe import read_header
from topazdesk.media.sandbox_mark import add_note, stamp_sandbox
from topazdesk.media.writing import save

_TILE_WIDTH, _TILE_HEIGHT = 256, 128
#: Rows of tiles that are cached of each step's result; the widest blur reaches less than one row up and down.
_TILE_ROWS = 4


@dataclass(frozen=True, slots=True)
class FilterStep:
    """One operation of `topazdesk.media.filters` (or `partly`) with its options."""

    operation: Callable[..., Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, operation: Callable[..., Any], **options: Any) -> FilterStep:
        """Make a step, as in `FilterStep.of(filters.denoise, strength=0.4)`."""
        return cls(operation, options)

    def __call__(self, image: Any) -> Any:
        """Apply the operation to a working picture."""
        return self.operation(image, **self.options)


def partly(image: Any, steps: Sequence[FilterStep], part: Part = "all", opacity: float = 1.0) -> Any:
    """Apply `steps` to one part of the picture only, mixed with the picture before.

    It is itself an operation for `FilterStep`. No step may change the size or add a band.
    """
    after = image
    for step in steps:
        after = _settled(step(after))
    return filters.blend(image, filters.subject(image, after, part), opacity)


def render(
    source: Path,
    target: Path,
    size: Size,
    image_format: FileFormat,
    steps: Sequence[FilterStep],
    *,
    crop_to_fill: bool = False,
) -> None:
    """Apply `steps` in order to the upright picture in `source`, mark it as the sandbox's and write it to `target`.

    The result has exactly `size` pixels: if no `filters.resample` step made it so, it is resampled at the end
    (letterboxed, or cropped with `crop_to_fill`). PNG and TIFF keep 16 bits and transparency; JPEG flattens it onto
    white. The RGB profile is kept, other metadata is not. The same call writes the same bytes.

    Raises InputError when the source is damaged or not a picture, ComputerError when the target cannot be written.
    """
    with opened(source) as descriptor:
        info = read_header(descriptor, source)
        try:
            image = upright(descriptor, info, any_order=True)
            deep = info.bits > 8 and image_format is not FileFormat.JPEG
            colour, alpha = _working(image)
            for step in (*steps, FilterStep.of(filters.resample, size=size, crop_to_fill=crop_to_fill)):
                colour, alpha = _apply(step, colour, alpha)
            finished = stamp_sandbox(_joined(colour, alpha, image_format))
            # "other" covers the texts in PNG and TIFF that are not EXIF, which hold the sandbox's note.
            noted = add_note(_stored(finished, deep))
            save(noted, target, image_format, keep="icc|exif|other")
        except vips().Error as error:
            raise damaged(str(error)) from error


def _working(image: Any) -> tuple[Any, Any | None]:
    """Return the colour as three bands of floats from 0 to 1, and the transparency or None."""
    if not is_plain(image):
        image = to_rgb(image)
    full = 65_535 if image.format == "ushort" else 255
    alpha = image[image.bands - 1] / full if image.hasalpha() else None
    if image.interpretation in ("b-w", "grey16"):
        # The picture becomes RGB, which a grey profile does not describe.
        image = image[0].bandjoin([image[0], image[0]]).copy(interpretation="rgb16" if full > 255 else "srgb")
        image.remove("icc-profile-data")
    return image[0:3].cast("float") / full, alpha


def _apply(step: FilterStep, colour: Any, alpha: Any | None) -> tuple[Any, Any | None]:
    result = step(colour)
    if step.operation is filters.resample:
        return _settled(result), None if alpha is None else step(alpha)
    if result.bands == 4:
        mask = result[3]
        return _settled(result[0:3]), mask if alpha is None else alpha * mask
    return _settled(result), alpha


def _settled(image: Any) -> Any:
    """Put a cache of 16-bit tiles behind the picture.

    An operation reads its input several times (as it is, blurred …); without a cache every one of these reads would
    compute all earlier steps again.
    """
    stored = (image * 65_535 + 0.5).cast("ushort")
    rows = -(-image.width // _TILE_WIDTH) * _TILE_ROWS
    cached = stored.tilecache(
        tile_width=_TILE_WIDTH, tile_height=_TILE_HEIGHT, max_tiles=max(16, rows), access="random", threaded=True
    )
    return cached.cast("float") / 65_535


def _joined(colour: Any, alpha: Any | None, image_format: FileFormat) -> Any:
    if alpha is None:
        return colour
    if image_format is FileFormat.JPEG:
        return mix(colour * 0 + 1, colour, alpha)
    return colour.bandjoin(alpha)


def _stored(image: Any, deep: bool) -> Any:
    """Convert to integers of 8 or 16 bits and remove all metadata except the profile."""
    full, kind, space = (65_535, "ushort", "rgb16") if deep else (255, "uchar", "srgb")
    whole = (image * full + 0.5).cast(kind).copy(interpretation=space)
    for name in whole.get_fields():
        if name != "icc-profile-data":
            whole.remove(name)
    return whole
