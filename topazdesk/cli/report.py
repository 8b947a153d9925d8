"""`topazdesk jobs report`, and `--report` of `enhance`: what came of a run, on the terminal or as a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from topazdesk.app.app_context import AppContext
from topazdesk.app.inputs import read_moment
from topazdesk.app.run_report import RunFacts, check_report, save_report
from topazdesk.cli.options import JsonOption, ProfileOption
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.run import RunReport
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.disk.file_uris import path_of_word
from topazdesk.errors import Code, ComputerError, ExitCode, UseError
from topazdesk.language import say

_NEWEST = "last"


def report(
    run: Annotated[
        str,
        Argument(metavar="[RUN]", complete="runs", help="Id of the run, or its first characters; last for the newest."),
    ] = _NEWEST,
    file: Annotated[
        Path | None,
        Argument(
            metavar="[FILE]",
            help="Write it: .html with before and after, .csv or .json. It replaces no file.",
            parser=path_of_word,
        ),
    ] = None,
    since: Annotated[
        str | None,
        Option(
            "--since", metavar="TIME", help="All that was started since then, instead of a run: a date, or 12h, or 2d."
        ),
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Sum up a run: done, skipped and failed with each reason, what it cost, where the results are.

    Nothing is sent. The exit code is that of the run as it stands. A night of watch is many runs: --since 12h.
    """
    moment = read_moment(since, option="--since")
    if moment is not None and file is None and run != _NEWEST:
        run, file = _NEWEST, Path(run)  # the only word is the file
    if moment is not None and run != _NEWEST:
        raise UseError(
            "--since goes without a run",
            "Either topazdesk jobs report RUN, or topazdesk jobs report --since 12h.",
            code=Code.USE_OPTIONS,
        )
    place = None if file is None else file.absolute()
    return run_stoppable(_report(run, moment, place, profile, EventPrinter(as_json)))


async def _report(
    run: str, since: float | None, file: Path | None, profile: Path | None, output: EventPrinter
) -> ExitCode:
    if file is not None:
        await asyncio.to_thread(check_report, file)
    context = await AppContext.open(profile, exclusive=False)
    try:
        jobs = await (context.saved_run(run) if since is None else context.saved_since(since))
        unit = jobs[0].estimate.unit if jobs else context.settings.service_name.unit
        told = RunReport(output, set(), unit, context.settings_report_of, model_name=context.model_name)
        told.recall(jobs)
        code = ExitCode.DONE
        if file is not None:
            code = await write_report(output, file, await context.facts_of(jobs))
        return told.finish(nothing=say("Nothing was started since then")) or code
    finally:
        await context.close()


async def write_report(output: EventPrinter, path: Path, facts: RunFacts) -> ExitCode:
    """Write a report and say so; return the exit code. The run is over: trouble with its report is said, no more."""
    try:
        written = await save_report(path, facts)
    except ComputerError as error:
        output.error(error)
        return error.exit_code
    output.event("report", say("Report: {written}", written=shown(written)), path=written, jobs=len(facts.jobs))
    return ExitCode.DONE
