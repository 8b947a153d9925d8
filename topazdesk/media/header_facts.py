"""Complete the facts of a picture by those that a decoder does not tell: colours, resolution, and further pages."""

from __future__ import annotations

from dataclasses import replace

from topazdesk.domain.image import FileFormat, ImageInfo, PageKind
from topazdesk.media import colour_facts, pages, resolution
from topazdesk.media.limits import vips


def completed(descriptor: int, info: ImageInfo, profile: tuple[bytes, str] | None) -> ImageInfo:
    """Return `info` with what the open file says about colours, resolution and pages. Raises OSError.

    `profile` is the embedded one, with the kind of picture, where a decoder found it.
    """
    try:
        colour, fault = colour_facts.facts(descriptor, info, profile)
    except vips().Error:
        colour, fault = info.colour, info.profile_fault  # decoding will say what is wrong
    dpi, aspect = resolution.read(descriptor, info.format, info.page)
    return replace(
        info,
        colour=colour,
        profile_fault=fault,
        dpi=dpi,
        pixel_aspect=aspect,
        pages=pages.count(descriptor, info),
        page_kind=_KINDS.get(info.format, PageKind.PICTURE),
    )


_KINDS = {
    FileFormat.TIFF: PageKind.PAGE,
    FileFormat.GIF: PageKind.FRAME,
    FileFormat.WEBP: PageKind.FRAME,
    FileFormat.PNG: PageKind.FRAME,
}
