"""From the paths of a command line to pictures with their facts; what is refused is said and the rest goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from topazdesk.cli.output import Output
from topazdesk.domain.image import ImageInfo
from topazdesk.errors import InputError


async def take_in(paths: Sequence[Path], output: Output) -> tuple[list[ImageInfo], list[str]]:
    """Pictures found in `paths` (files, folders, mixtures), and the codes of those that were refused (already printed)."""
    from topazdesk.media.intake import Refusal, scan

    found: list[Path] = []
    codes: list[str] = []
    for item in await asyncio.to_thread(lambda: list(scan(paths))):
        if isinstance(item, Refusal):
            error = InputError(item.title, item.hint, details=item.details, code=item.code)
            output.error(error, item.path)
            codes.append(error.code)
        else:
            found.append(item)
    pictures: list[ImageInfo] = []
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(4, "probe") as pool:
        for path, answer in zip(found, await asyncio.gather(*(loop.run_in_executor(pool, _probe, p) for p in found)), strict=True):  # fmt: skip
            if isinstance(answer, InputError):
                output.error(answer, path)
                codes.append(answer.code)
            else:
                pictures.append(answer)
    return pictures, codes


def _probe(path: Path) -> ImageInfo | InputError:
    from topazdesk.media.probe import probe

    try:
        return probe(path)
    except InputError as error:
        return error
