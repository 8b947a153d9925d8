"""Turns the paths of a command line into pictures with their facts. Refusals are reported, and the rest goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from topazdesk.app.inputs import Choice
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.domain.collected_files import endings_text
from topazdesk.domain.image import ImageInfo, PageKind
from topazdesk.domain.page_choice import PageChoice
from topazdesk.errors import InputError
from topazdesk.language import nsay, say


async def take_in(
    paths: Sequence[Path],
    output: EventPrinter,
    pages: PageChoice | None = None,
    choice: Choice | None = None,
) -> tuple[list[ImageInfo], list[str]]:
    """Return the pictures found in `paths` (files and folders), and the error codes of those that were refused.

    With `pages` each of these pages of a file is a picture of its own; with `choice` only these files are taken.
    Refusals are printed here.
    """
    from topazdesk.media.collect_files import Refusal, scan
    from topazdesk.media.headers import read_all, read_pages

    waits = True  # the threads below watch it, so that Ctrl-C does not wait for a folder of 100,000 files
    found: list[Path] = []
    codes: list[str] = []
    pictures: list[ImageInfo] = []
    try:
        others: Counter[str] = Counter()
        scanned = await asyncio.to_thread(lambda: list(scan(paths, is_wanted=lambda: waits, left_out=others)))
        if others:
            output.event("other_files", _of_others(others), count=others.total(), endings=dict(others.most_common()))
        if choice is not None and not choice.is_all:
            kept = await asyncio.to_thread(lambda: [i for i in scanned if isinstance(i, Refusal) or choice.takes(i)])
            _tell_not_chosen(output, len(scanned) - len(kept))
            scanned = kept
        for item in scanned:
            if isinstance(item, Refusal):
                error = InputError(item.title, item.hint, details=item.details, code=item.code)
                output.error(error, item.path)
                codes.append(error.code)
            else:
                found.append(item)
        answers = await asyncio.to_thread(lambda: read_all(found, is_wanted=lambda: waits))
        for path, answer in zip(found, answers, strict=True):
            each = [answer]
            if pages is not None and not isinstance(answer, InputError):
                numbers = pages.of(answer.pages) or (pages.first,)
                _tell_missing(output, answer, pages)
                each = await asyncio.to_thread(read_pages, path, numbers, is_wanted=lambda: waits)
            for one in each:
                if isinstance(one, InputError):
                    output.error(one, path)
                    codes.append(one.code)
                else:
                    pictures.append(one)
    finally:
        waits = False
    return pictures, codes


def _tell_not_chosen(output: EventPrinter, count: int) -> None:
    if count:
        text = nsay(
            "{n} picture left out by --include, --exclude or --newer-than",
            "{n} pictures left out by --include, --exclude or --newer-than",
            count,
        )
        output.event("not_chosen", text, count=count)


_FEWER = {
    PageKind.PAGE: say("{path}: has {n:d} pages, not {highest}"),
    PageKind.FRAME: say("{path}: has {n:d} frames, not {highest}"),
    PageKind.PICTURE: say("{path}: has {n:d} pictures, not {highest}"),
}


def _tell_missing(output: EventPrinter, info: ImageInfo, pages: PageChoice) -> None:
    """Say it when a file of several pages has fewer than were named."""
    if 1 < info.pages < pages.highest and pages.of(info.pages):
        text = say(_FEWER[info.page_kind], path=shown(info.path), n=info.pages, highest=pages.highest)
        output.event("fewer_pages", text, path=info.path, pages=info.pages)


def _of_others(others: Counter[str]) -> str:
    """Say in one line which files of the folders are no pictures by their names."""
    count = others.total()
    return nsay(
        "1 other file in the folders is left out: {endings:text}.",
        "{n} other files in the folders are left out: {endings:text}.",
        count,
        endings=endings_text(others),
    )
