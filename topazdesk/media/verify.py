"""Verify a downloaded result: every pixel is decoded before its job may count as done, as strictly as before money."""

from __future__ import annotations

import os
from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.errors import Code, InputError, ResultError, Retry
from topazdesk.language import say
from topazdesk.media import previews
from topazdesk.media.ending import ends_early
from topazdesk.media.jpeg_data import CUT_OFF, DATA_FAULTS, LEFT_OVER
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened, pixels
from topazdesk.media.png_checksums import broken_chunk
from topazdesk.media.probe import read_header
from topazdesk.media.soundness import require_sound
from topazdesk.media.tilecache import TileCache


def verify(
    path: Path,
    expected: Size | None,
    image_format: FileFormat,
    cache: TileCache | None = None,
    *,
    alone: bool = True,
) -> ImageInfo:
    """Return the header facts of the result at `path` after decoding all of it. `expected` None accepts any size.

    With `cache`, a preview of a very large result is stored there for the viewer. Memory stays bounded for gigapixel
    results; libvips decodes progressive and interlaced files into temporary files.

    Call it where nothing else decodes at the same time, in a worker process (`verifying`). Elsewhere pass `alone` as
    False: then damage in the last rows of a JPEG and in single tiles of a TIFF may go unnoticed.

    Raises ResultError: `result.missing`, `.empty`, `.no_picture`, `.format`, `.size`, `.cut_off`, `.damaged`, and
    `.checksum` when every pixel decodes and only bytes beside them are not as they should be.
    """
    try:
        with opened(path) as descriptor:
            info = read_header(descriptor, path)
            _check(info, expected, image_format)
            if ends_early(descriptor, image_format, info.bytes_on_disk):
                raise _cut_off(info, "the end mark is missing")
            _decode(descriptor, info, cache, alone=alone)
            if os.fstat(descriptor).st_size != info.bytes_on_disk:
                raise _cut_off(info, "the file changed while it was read")
            _check_metadata(descriptor, image_format)
    except InputError as error:
        raise _translated(error) from error
    return info


def _check(info: ImageInfo, expected: Size | None, image_format: FileFormat) -> None:
    if info.format is not image_format:
        raise ResultError(
            "The result has the wrong format",
            say(
                "It is {delivered} and should be {wanted}. The picture itself may be fine.",
                delivered=info.format.upper(),
                wanted=image_format.upper(),
            ),
            code=Code.RESULT_FORMAT,
        )
    if expected is not None and info.size != expected:
        raise ResultError(
            "The result has the wrong size",
            say(
                "It has {width} × {height} pixels instead of {wanted_width} × {wanted_height}. The picture itself "
                "may be fine.",
                width=info.size.width,
                height=info.size.height,
                wanted_width=expected.width,
                wanted_height=expected.height,
            ),
            code=Code.RESULT_SIZE,
        )


def _check_metadata(descriptor: int, image_format: FileFormat) -> None:
    chunk = broken_chunk(descriptor) if image_format is FileFormat.PNG else ""
    if chunk:
        details = f"PNG chunk {chunk}: wrong checksum"
        raise _odd(say("Some metadata of the result is damaged"), details)


def _decode(descriptor: int, info: ImageInfo, cache: TileCache | None, *, alone: bool) -> None:
    if alone and info.is_streamed and info.format in _HIDES_DAMAGE:
        try:
            require_sound(descriptor, info)
        except InputError as error:
            raise _damage(info, error.details) from error
        if cache is not None:
            _decode_with_preview(descriptor, info, "none", cache)
        return
    # libjpeg reports missing and corrupt data as warnings, so for JPEG warnings count. Those about anything else in the
    # file (an odd version number, an unknown colour marker) must not cost the user a good result.
    fail_on = "warning" if info.format is FileFormat.JPEG else "error"
    if cache is not None and _decode_with_preview(descriptor, info, fail_on, cache):
        return
    fault = _fault(descriptor, fail_on)
    if fault and info.format is FileFormat.JPEG and not any(word in fault.lower() for word in DATA_FAULTS):
        fault = _fault(descriptor, "error")
    if fault:
        raise _damage(info, fault)


def _odd(title: str, details: str) -> ResultError:
    return ResultError(title, _AGAIN, details=details, code=Code.RESULT_CHECKSUM, retry=Retry.LATER)


def _damage(info: ImageInfo, told: str) -> ResultError:
    if told == LEFT_OVER:
        return _odd(say("The result has more data than its picture needs"), told)
    if any(word in told.lower() for word in CUT_OFF):
        return _cut_off(info, told)
    return ResultError("The result is damaged", _AGAIN, details=told, code=Code.RESULT_DAMAGED, retry=Retry.LATER)


#: Formats whose decoders fill up what is damaged and go on.
_HIDES_DAMAGE = frozenset({FileFormat.JPEG, FileFormat.TIFF})

#: Up to this size all pixels are held at once: starting the threads that work in strips would cost more than decoding.
_SMALL_PIXELS = 250_000


def _decode_with_preview(descriptor: int, info: ImageInfo, fail_on: str, cache: TileCache) -> bool:
    """Decode every pixel into a preview; return whether that worked. If it did not, `_fault` finds out why."""
    factor: float = previews.factor_for(info)
    if not factor:
        return False
    try:
        if info.format is FileFormat.JPEG and fail_on == "none":
            # Its pixels were read already: the decoder itself does most of the shrinking, at a fraction of the cost.
            by_decoder = max(each for each in (1, 2, 4, 8) if each <= factor)
            image, factor = pixels(descriptor, access="sequential", shrink=by_decoder), factor / by_decoder
        else:
            image = pixels(descriptor, access="sequential", fail_on=fail_on)
        # Shrinking averages squares; rounding up makes it read the last row and column, too.
        small = image.shrink(factor, factor, ceil=True).copy_memory()
    except vips().Error:
        return False
    previews.keep(descriptor, cache, small)
    return True


def _fault(descriptor: int, fail_on: str) -> str:
    """Decode every pixel; return the decoder's complaint, or ""."""
    try:
        image = pixels(descriptor, access="sequential", fail_on=fail_on)
        if image.width * image.height <= _SMALL_PIXELS:
            vips().Region.new(image).fetch(0, 0, image.width, image.height)
        else:
            image.avg()  # needs every pixel and keeps none
    except vips().Error as error:
        return str(error) or "unknown fault"
    return ""


def _cut_off(info: ImageInfo, details: str) -> ResultError:
    return ResultError(
        "The result is not complete",
        _AGAIN,
        details=f"{info.bytes_on_disk} bytes: {details}",
        code=Code.RESULT_CUT_OFF,
        retry=Retry.LATER,
    )


def _translated(error: InputError) -> ResultError:
    """Translate the error for an input file into that for a result."""
    translations: dict[str, tuple[str, Code]] = {
        Code.INPUT_MISSING: (say("The result is not there"), Code.RESULT_MISSING),
        Code.INPUT_EMPTY: (say("The result is empty"), Code.RESULT_EMPTY),
        Code.INPUT_ZEROS: (say("The result is empty"), Code.RESULT_EMPTY),
        Code.INPUT_CUT_OFF: (say("The result is not complete"), Code.RESULT_CUT_OFF),
        Code.INPUT_DAMAGED: (say("The result is damaged"), Code.RESULT_DAMAGED),
    }
    title, code = translations.get(error.code, (say("The result is not a picture"), Code.RESULT_NO_PICTURE))
    return ResultError(title, _AGAIN, details=f"{error.code} {error.details}".strip(), code=code, retry=Retry.LATER)


_AGAIN = say("It is still at the service and can be fetched again without paying again.")
