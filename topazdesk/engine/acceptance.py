"""A result that is sound but not as promised: paid as it is, it comes home and is told. Blocking.

One download may be spoilt on its way. So what is odd is kept only when a second download says the same; what a second one
cannot tell from a spoilt one (another format, damaged metadata) only when both agree to the byte.
"""

from __future__ import annotations

from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job, Trouble
from topazdesk.domain.ports import Pictures
from topazdesk.errors import InputError, ResultError


def accepted(
    pictures: Pictures, job: Job, part: Path, error: ResultError, *, is_as_before: bool
) -> tuple[ImageInfo, Trouble] | None:
    """Facts and what to tell of a file that `verify` refused with `error`; None where it is to be loaded again.

    `is_as_before`: the download before was the same to the byte. The facts name the format that it really has.
    """
    if job.damaged == 0:
        return None
    found = _sound(pictures, part, job.format, is_as_before=is_as_before)
    if found is None and is_as_before:
        found = _as_what_it_is(pictures, part)
    if found is None:
        return None
    info, is_checksum_wrong = found
    title, hints = "", []
    if info.format is not job.format:
        title = "The result has another format than was asked for"
        hints.append(f"It is {_word(info.format)}, asked for was {_word(job.format)}.")
    if job.result_size is not None and info.size != job.result_size:
        title = title or "The result has another size than the service said"
        hints.append(f"It is {_pixels(info.size)}, promised were {_pixels(job.result_size)}.")
    if is_checksum_wrong:
        title = title or "Some metadata of the result is damaged"
        hints.append("The service has its metadata like that.")
    return info, Trouble(
        error.code, title or error.title, " ".join([*hints, "The picture itself is sound and was kept."]), error.details
    )


def _sound(pictures: Pictures, part: Path, format_: FileFormat, *, is_as_before: bool) -> tuple[ImageInfo, bool] | None:
    """Facts of a picture whose every pixel decodes as `format_`, of any size; and whether bytes beside the pixels are damaged."""
    try:
        return pictures.verify(part, None, format_), False
    except ResultError as error:
        if error.code != "result.checksum" or not is_as_before:
            return None
    return pictures.probe(part), True


def _as_what_it_is(pictures: Pictures, part: Path) -> tuple[ImageInfo, bool] | None:
    try:
        format_ = pictures.probe(part).format
    except InputError:  # a page in HTML, or nothing that anybody knows
        return None
    return _sound(pictures, part, format_, is_as_before=True)


def _pixels(size: Size) -> str:
    return f"{size.width} × {size.height}"


def _word(format_: FileFormat) -> str:
    return {FileFormat.WEBP: "WebP"}.get(format_, format_.value.upper())
