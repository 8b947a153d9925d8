"""A chain of pixel operations from one file to another, in bounded memory: what the sandbox does instead of Topaz."""

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
#: Rows of tiles of a step's result that are kept; the widest blur reaches less than one row up and down.
_TILE_ROWS = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of `topazdesk.media.filters` (or `partly`) with its options."""

    operation: Callable[..., Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, operation: Callable[..., Any], **options: Any) -> Step:
        """`Step.of(filters.denoise, strength=0.4)`."""
        return cls(operation, options)

    def __call__(self, image: Any) -> Any:
        """The operation's result for a working picture."""
        return self.operation(image, **self.options)


def partly(image: Any, steps: Sequence[Step], part: Part = "all", opacity: float = 1.0) -> Any:
    """Operation: `steps` in order, but in one part of the picture only, and mixed with what was there before.

    No step may change the size or add a band.
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
    steps: Sequence[Step],
    *,
    crop_to_fill: bool = False,
    quality: int = 95,
) -> None:
    """Applies `steps` in order to the upright picture in `source` and writes it to `target`, marked as the sandbox's.

    The result has exactly `size` pixels: where no `filters.resample` step made it so, it is resampled at the end (letterbox,
    or cut with `crop_to_fill`). 16 bit stay 16 bit in PNG and TIFF; the RGB profile goes along, other metadata does not.
    Transparency is kept in PNG and TIFF and laid on white in JPEG. The same call writes the same bytes.

    Raises InputError when the source is no picture or damaged, ComputerError when the target cannot be written.
    """
    with opened(source) as descriptor:
        info = read_header(descriptor, source)
        try:
            image = upright(descriptor, info, any_order=True)
            deep = info.bits > 8 and image_format is not FileFormat.JPEG
            colour, alpha = _working(image)
            for step in (*steps, Step.of(filters.resample, size=size, crop_to_fill=crop_to_fill)):
                colour, alpha = _apply(step, colour, alpha)
            finished = stamp_sandbox(_joined(colour, alpha, image_format))
            # "other" are the words in PNG and TIFF that are not EXIF: the sandbox's note.
            noted = add_note(_stored(finished, deep))
            save(noted, target, image_format, keep="icc|exif|other", quality=quality)
        except vips().Error as error:
            raise damaged(str(error)) from error


def _working(image: Any) -> tuple[Any, Any | None]:
    """Three bands of floats 0 to 1, and the transparency or None."""
    if not is_plain(image):
        image = to_rgb(image)
    full = 65_535 if image.format == "ushort" else 255
    alpha = image[image.bands - 1] / full if image.hasalpha() else None
    if image.interpretation in ("b-w", "grey16"):
        # A grey profile does not fit the colours that follow.
        image = image[0].bandjoin([image[0], image[0]]).copy(interpretation="rgb16" if full > 255 else "srgb")
        image.remove("icc-profile-data")
    return image[0:3].cast("float") / full, alpha


def _apply(step: Step, colour: Any, alpha: Any | None) -> tuple[Any, Any | None]:
    result = step(colour)
    if step.operation is filters.resample:
        return _settled(result), None if alpha is None else step(alpha)
    if result.bands == 4:
        mask = result[3]
        return _settled(result[0:3]), mask if alpha is None else alpha * mask
    return _settled(result), alpha


def _settled(image: Any) -> Any:
    """The picture behind a cache of 16-bit tiles.

    An operation reads its input several times (itself, its blurred copy …); without a cache each step would compute all
    steps before it as many times over.
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
    """Whole numbers of 8 or 16 bit without any metadata but the profile."""
    full, kind, space = (65_535, "ushort", "rgb16") if deep else (255, "uchar", "srgb")
    whole = (image * full + 0.5).cast(kind).copy(interpretation=space)
    for name in whole.get_fields():
        if name != "icc-profile-data":
            whole.remove(name)
    return whole
