"""`topazdesk doctor`: what works on this computer, what does not, and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from topazdesk.app.doctor import Check, Finding, checks_here
from topazdesk.app.paths import Paths
from topazdesk.app.service_path import check_path
from topazdesk.app.settings import Settings
from topazdesk.cli.options import JsonOption, ProfileOption
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.params import Option
from topazdesk.domain.services import SERVICES
from topazdesk.errors import ExitCode, TopazdeskError
from topazdesk.language import all_of, say

_MARKS = {Finding.OK: "ok", Finding.WARNING: "!", Finding.PROBLEM: "PROBLEM"}


def doctor(
    offline: Annotated[bool, Option("--offline", help="Ask no service.")] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Say what works on this computer, what does not, and the remedy. Services are only asked for an answer."""
    output = EventPrinter(as_json)
    paths = Paths.choose(profile)
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
        text = say("{found:text}, {n:d} that can be done without", found=text, n=warnings)
    output.event("summary", text, problems=len(problems), warnings=warnings, checked=len(found))
    if any(not check.is_remote for check in problems):
        return ExitCode.COMPUTER
    return ExitCode.SERVICE if problems else ExitCode.DONE


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
