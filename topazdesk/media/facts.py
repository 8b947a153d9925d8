"""What a reader finds in a file's header, before it becomes an `ImageInfo`."""

from __future__ import annotations

from dataclasses import dataclass

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ColourSpace, SampleKind


@dataclass(frozen=True, slots=True)
class Facts:
    """Header facts; the fields mean what those of `ImageInfo` mean, and `size` is as stored.

    `profile` is the one that libvips found, if it read the header, with the kind of picture in its words.
    """

    size: Size
    bits: int
    bands: int
    has_alpha: bool = False
    has_profile: bool = False
    orientation: int = 1
    pages: int = 1
    samples: SampleKind = SampleKind.PLAIN
    extra_bands: int = 0
    is_streamed: bool = False
    space: ColourSpace = ColourSpace.RGB
    profile: tuple[bytes, str] | None = None
    is_arithmetic: bool = False
