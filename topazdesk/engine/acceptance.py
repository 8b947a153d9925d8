"""Decides whether a result that is sound, but not as promised, is kept: it is paid for as it is. Blocking.

A single download may have been damaged on its way. So an oddity is accepted only when a second download shows it, too.
One that looks just like damage (another format, broken metadata) is accepted only when both downloads are identical.
"""

from __future__ import annotations

from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job, JobError
from topazdesk.domain.ports import Pictures
from topazdesk.errors import Code, InputError, ResultError
from topazdesk.language import say


def accepted(
    pictures: Pictures, job: Job, part: Path, error: ResultError, *, is_as_before: bool
) -> tuple[ImageInfo, JobError] | None:
    """Return the facts of a file that `verify` refused with `error`, and what to tell the user about it.

    Returns None when it should be downloaded again. `is_as_before` says that the previous download was identical. The
    facts name the format that the file really has.
    """
    if job.damaged == 0:
        return None
    found = _sound(pictures, part, job.format, is_as_before=is_as_before)
    if found is None and is_as_before:
        found = _as_what_it_is(pictures, part)
    if found is None:
        return None
    info, odd = found
    title, hints = "", []
    if info.format is not job.format:
        title = say("The result is in another format than you asked for")
        hints.append(
            say("It is {delivered}; you asked for {wanted}.", delivered=_word(info.format), wanted=_word(job.format))
        )
    if job.result_size is not None and info.size != job.result_size:
        title = title or say("The result is not the size that the service announced")
        hints.append(
            say(
                "It is {size}; announced were {announced}.",
                size=_pixels(info.size),
                announced=_pixels(job.result_size),
            )
        )
    if odd:
        title = title or odd
        hints.append(say("The service itself has it like that."))
    return info, JobError(
        error.code,
        title or error.title,
        " ".join([*hints, say("The picture itself is sound and was kept.")]),
        error.details,
    )


def _sound(pictures: Pictures, part: Path, format_: FileFormat, *, is_as_before: bool) -> tuple[ImageInfo, str] | None:
    """Return the facts of a picture of any size if every pixel decodes as `format_`, else None.

    The second value says what is wrong with bytes beside the pixels.
    """
    try:
        return pictures.verify(part, None, format_), ""
    except ResultError as error:
        if error.code != Code.RESULT_CHECKSUM or not is_as_before:
            return None
        return pictures.probe(part), error.title


def _as_what_it_is(pictures: Pictures, part: Path) -> tuple[ImageInfo, str] | None:
    try:
        format_ = pictures.probe(part).format
    except InputError:  # an HTML page, or no known format
        return None
    return _sound(pictures, part, format_, is_as_before=True)


def _pixels(size: Size) -> str:
    return f"{size.width} × {size.height}"


def _word(format_: FileFormat) -> str:
    return {FileFormat.WEBP: "WebP"}.get(format_, format_.value.upper())
