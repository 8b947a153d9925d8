"""Read back what was delivered and say where it is less than the original had: depth, transparency, profile, size."""

from __future__ import annotations

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat, ImageInfo
from topazdesk.domain.kept import Remark, RemarkKind
from topazdesk.language import say

_DEEP = frozenset((FileFormat.PNG, FileFormat.TIFF))


def differences(
    source: ImageInfo | None,
    delivered: ImageInfo,
    wanted: Size | None,
    format_: FileFormat,
    *,
    keeps_alpha: bool,
    asks_same: bool,
) -> list[Remark]:
    """Return a remark for each difference. `format_` is the promised format, `wanted` the promised size."""
    found = []
    if delivered.format is not format_:
        found.append(
            say(
                "It is {delivered}; promised was {promised}",
                delivered=delivered.format.upper(),
                promised=format_.upper(),
            )
        )
    if wanted is not None and delivered.size != wanted:
        found.append(
            say("It has {size} pixels; promised were {wanted}", size=_pixels(delivered.size), wanted=_pixels(wanted))
        )
    if source is not None:
        if asks_same and source.format in SERVICE_FORMATS and format_ is not source.format:
            found.append(
                say(
                    "It is {delivered}: this model does not write {format}",
                    delivered=format_.upper(),
                    format=source.format.upper(),
                )
            )
        if source.bits > 8 >= delivered.bits and delivered.format in _DEEP:
            found.append(
                say(
                    "It has {delivered} bits a channel; the original has {of_original}",
                    delivered=delivered.bits,
                    of_original=source.bits,
                )
            )
        if source.has_alpha and keeps_alpha and not delivered.has_alpha:
            found.append(say("It came back without the transparency of the original"))
        if source.has_profile and not source.profile_fault.is_dropped and not delivered.has_profile:
            found.append(say("It came back without a colour profile; the original has one"))
    return [Remark(RemarkKind.DIFFERENCE, text) for text in found]


def _pixels(size: Size) -> str:
    return f"{size.width:,} × {size.height:,}"
