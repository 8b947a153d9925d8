"""`topazdesk doctor`: what works on this computer, what does not, and the remedy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from topazdesk.app.app_context import AppContext
from topazdesk.app.doctor import Check, Finding, checks_here
from topazdesk.app.paths import Paths
from topazdesk.app.problem_report import newest_jobs, report_parts, save_report, whole
from topazdesk.app.service_path import check_path
from topazdesk.app.settings import Settings
from topazdesk.cli.options import JsonOption, ProfileOption
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.cli.params import Option
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.domain.job import Job
from topazdesk.domain.services import SERVICES
from topazdesk.errors import ExitCode, TopazdeskError
from topazdesk.language import all_of, nsay, say

_MARKS = {Finding.OK: "ok", Finding.WARNING: "!", Finding.PROBLEM: "PROBLEM"}


def doctor(
    offline: Annotated[bool, Option("--offline", help="Ask no service.")] = False,
    report: Annotated[
        Path | None,
        Option("--report", metavar="FILE", help="Show a report of a problem and save it as FILE. Nothing is sent."),
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Say what works on this computer, what does not, and the remedy. Services are only asked for an answer."""
    output = EventPrinter(as_json)
    paths = Paths.choose(profile)
    if report is not None:
        return run_stoppable(_report(profile, report.expanduser(), output))
    found: list[Check] = []

    def tell(check: Check) -> None:
        found.append(check)
        remedy = f"\n           {check.remedy}" if check.remedy else ""
        output.event(
            "check",
            f"{_MARKS[check.finding]:<9}{check.name}: {check.text}{remedy}",
            name=check.name,
            finding=check.finding.value,
            said=check.text,
            remedy=check.remedy,
        )

    for check in checks_here(paths):
        tell(check)
    if not offline:
        _services(paths, output, tell)
    problems = [check for check in found if check.finding is Finding.PROBLEM]
    warnings = sum(check.finding is Finding.WARNING for check in found)
    text = say("Everything needed works") if not problems else say("{n:d} to be mended", n=len(problems))
    if warnings:
        text = nsay(
            "{found:text}, {n} that can be done without",
            "{found:text}, {n} that can be done without",
            warnings,
            found=text,
        )
    output.event("summary", text, problems=len(problems), warnings=warnings, checked=len(found))
    if any(not check.is_remote for check in problems):
        return ExitCode.COMPUTER
    return ExitCode.SERVICE if problems else ExitCode.DONE


async def _report(profile: Path | None, target: Path, output: EventPrinter) -> ExitCode:
    """Show all that a report holds, then save it. A profile that cannot be opened is no reason to have none."""
    jobs: list[Job] = []
    context: AppContext | None = None
    try:
        context = await AppContext.open(profile, exclusive=False)
        jobs = await newest_jobs(context)
    except TopazdeskError as error:
        output.error(error)
    settings = context.settings if context is not None else Settings()
    text = whole(await asyncio.to_thread(report_parts, Paths.choose(profile), settings, jobs))
    if context is not None:
        await context.close()
    if not output.as_json:
        print(text)  # as it is saved: it is for whoever mends the fault, and in English
    await asyncio.to_thread(save_report, text, target)
    said = say("Saved as {path}. Nothing was sent: read it, and change it, before you pass it on.", path=shown(target))
    output.event("report", said, path=target, jobs=len(jobs))
    output.event("summary")
    return ExitCode.DONE


def _services(paths: Paths, output: EventPrinter, tell: Callable[[Check], None]) -> None:
    try:
        settings = Settings.load(paths.settings)
    except TopazdeskError:
        settings = Settings()
    urls: dict[str, str] = {}
    for name in SERVICES:
        if not name.traits.is_local:
            try:
                urls[name.value] = settings.url_of(name)
            except TopazdeskError as error:
                tell(Check(name.value, Finding.PROBLEM, error.title, error.hint))
    said = say(
        "Asking {names:text} whether they answer. No key and no picture is sent.", names=all_of(list(urls.values()))
    )
    output.event("asking", said, addresses=list(urls.values()))
    has_clock = False
    for word, url in urls.items():
        for check in check_path(word, url):
            if check.name != "clock" or not has_clock:
                tell(check)
            has_clock |= check.name == "clock"
