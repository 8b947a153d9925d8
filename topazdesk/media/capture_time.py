"""When a picture was taken, by what the camera wrote into it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.errors import InputError
from topazdesk.media.limits import pillow
from topazdesk.media.opening import opened

if TYPE_CHECKING:
    from PIL.Image import Exif

_EXIF_IFD = 0x8769
#: Original and digitised, each with its time zone.
_TAGS = ((36867, 36881), (36868, 36882))


def taken_at(path: Path) -> datetime | None:
    """Return when the picture was taken; None if it does not say, or cannot be read. Blocks.

    It is the time on the camera's clock, in its zone; without a zone, in that of this computer, as times of files are.
    """
    image_module = pillow()
    try:
        with opened(path) as descriptor, open(descriptor, "rb", closefd=False) as stream:
            return _time_of(image_module.open(stream).getexif())
    except (InputError, OSError, ValueError, SyntaxError, LookupError, TypeError, image_module.DecompressionBombError):
        return None


def _time_of(exif: Exif) -> datetime | None:
    details = exif.get_ifd(_EXIF_IFD)
    for tag, zone in _TAGS:
        with suppress(ValueError, OverflowError, OSError):
            moment = datetime.strptime(str(details.get(tag, "")).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 below
            offset = _offset(str(details.get(zone, "")))
            return moment.replace(tzinfo=offset) if offset is not None else moment.astimezone()
    return None


def _offset(text: str) -> timezone | None:
    """Return the time zone that "+02:00" means; None for anything else."""
    try:
        hours, minutes = text.strip("\0 ").split(":")
        return timezone(timedelta(hours=int(hours), minutes=int(hours[0] + minutes)))
    except (ValueError, IndexError):
        return None
