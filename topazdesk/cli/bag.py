"""`topazdesk bag`, and `--bag` of `enhance`: finished results as an archive bag."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from topazdesk.app.app_context import AppContext
from topazdesk.app.archive_bag import BagReport, BagWish, check_target, has_result, save_bag_aside
from topazdesk.cli.exit import code_of_run
from topazdesk.cli.options import JsonOption, OriginalsOption, ProfileOption, Sha512Option
from topazdesk.cli.output import EventPrinter, count_text, shown
from topazdesk.cli.params import Argument
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.disk.file_uris import path_of_word
from topazdesk.domain.job import Job
from topazdesk.errors import Code, ExitCode, UseError
from topazdesk.language import say

_PAGE = 1000


def bag(
    target: Annotated[Path, Argument(metavar="BAG", help="The bag: a new folder.", parser=path_of_word)],
    paths: Annotated[
        list[Path] | None,
        Argument(
            metavar="[PATH]…", help="Results and folders of results. Default: all of this profile.", parser=path_of_word
        ),
    ] = None,
    with_originals: OriginalsOption = False,
    sha512: Sha512Option = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Save finished results as an archive bag (BagIt 1.0).

    It holds the results, how each was made, the log of runs, a contact sheet of before and after, and checksums.
    """
    wish = BagWish(with_originals, sha512)
    return run_stoppable(_bag(profile, target.absolute(), paths or [], wish, EventPrinter(as_json)))


async def _bag(profile: Path | None, target: Path, paths: list[Path], wish: BagWish, output: EventPrinter) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False)
    try:
        await asyncio.to_thread(check_target, target)
        found: list[Job] = []
        async for page in context.saved_pages(_PAGE):
            found += [job for job in page.jobs if has_result(job)]
        named = [path.absolute() for path in paths]
        wanted = [job for job in reversed(found) if not named or _is_named(job, named)]
        unknown = [path for path in named if not any(_is_named(job, [path]) for job in wanted)]
        if unknown:
            raise UseError(
                say("{unknown} is no result of this profile, and has none in it", unknown=shown(unknown[0])),
                "Results that were moved cannot be found: name the folder in which they were saved.",
                code=Code.USE_NO_RESULTS,
            )
        report = await make_bag(context, output, target, wanted, wish)
        output.event("summary", "", bag=target, results=report.results, missing=len(report.missing))
        return code_of_run(report.results, [Code.INPUT_MISSING] * len(report.missing))
    finally:
        await context.close()


async def make_bag(
    context: AppContext, output: EventPrinter, target: Path, jobs: Sequence[Job], wish: BagWish
) -> BagReport:
    """Save results as a bag, and say so. Raises UseError, ComputerError."""
    report = await save_bag_aside(target, jobs, wish, model_of=context.model_of, echo_of=context.settings_report_of)
    for path in report.missing:
        output.event("left_out", say("{path} is not there any more: left out of the bag", path=shown(path)), path=path)
    for path in report.changed:
        text = say("{path} was changed since it was made: it is in the bag as it is now", path=shown(path))
        output.event("result_changed", text, path=path)
    seen = report.originals
    text = say("Bag: {target} · {results:text}", target=shown(target), results=count_text(report.results))
    text += f" · {seen.sentence}" if seen.checked else ""
    output.event(
        "bag",
        text,
        path=target,
        results=report.results,
        bytes=report.size_bytes,
        missing=len(report.missing),
        changed=len(report.changed),
        originals=seen.to_json(),
    )
    return report


def _is_named(job: Job, paths: Sequence[Path]) -> bool:
    """Tell whether a job's result is one of these files, or in one of these folders."""
    return job.result is not None and any(path == job.result or path in job.result.parents for path in paths)
