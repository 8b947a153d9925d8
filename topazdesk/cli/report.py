"""`topazdesk jobs report`, and `--report` of `enhance`: what came of a run, on the terminal or as a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from topazdesk.app.app_context import AppContext
from topazdesk.app.run_report import RunFacts, check_report, save_report
from topazdesk.cli.options import JsonOption, ProfileOption
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.cli.params import Argument
from topazdesk.cli.run import RunReport
from topazdesk.disk.file_uris import path_of_word
from topazdesk.errors import ComputerError, ExitCode


def report(
    run: Annotated[
        str,
        Argument(metavar="RUN", complete="runs", help="Id of the run, or its first characters; last for the newest."),
    ] = "last",
    file: Annotated[
        Path | None,
        Argument(
            metavar="[FILE]",
            help="Write it: .html with before and after, .csv or .json. It replaces no file.",
            parser=path_of_word,
        ),
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Sum up a run: done, skipped and failed with each reason, what it cost, where the results are.

    Nothing is sent. The exit code is that of the run as it stands.
    """
    return asyncio.run(_report(run, None if file is None else file.absolute(), profile, EventPrinter(as_json)))


async def _report(run: str, file: Path | None, profile: Path | None, output: EventPrinter) -> ExitCode:
    if file is not None:
        await asyncio.to_thread(check_report, file)
    context = await AppContext.open(profile, exclusive=False)
    try:
        jobs = await context.saved_run(run)
        unit = jobs[0].estimate.unit if jobs else context.settings.service_name.unit
        told = RunReport(output, set(), unit, context.settings_report_of)
        told.recall(jobs)
        code = ExitCode.DONE
        if file is not None:
            code = await write_report(output, file, await context.facts_of(jobs))
        return told.finish() or code
    finally:
        await context.close()


async def write_report(output: EventPrinter, path: Path, facts: RunFacts) -> ExitCode:
    """Write a report and say so; return the exit code. The run is over: trouble with its report is said, no more."""
    try:
        written = await save_report(path, facts)
    except ComputerError as error:
        output.error(error)
        return error.exit_code
    output.event("report", f"Report: {shown(written)}", path=written, jobs=len(facts.jobs))
    return ExitCode.DONE
