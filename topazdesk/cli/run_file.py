"""`topazdesk run FILE`: a run described in a file, and `topazdesk jobs file`, which gives a past run's file back.

The file is TOML. Its keys are the options of `enhance` with underscores, in sections that make it easy to read; it is
handed to `enhance` as its command line would be, so that both mean the same and refuse the same. Paths are relative to
the file. A file agrees to no price: a person, --yes or a budget does, and `budget` in the file is such a budget.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import click
import tomlkit

from topazdesk.app.app_context import AppContext
from topazdesk.app.run_file import (
    PATHS,
    RENDITIONS,
    SECTIONS,
    VERSION,
    absolute,
    inputs_text,
    kept_text,
    read_run_file,
    text_of_run,
    value_text,
)
from topazdesk.cli.options import (
    AfterOption,
    CountdownOption,
    JsonOption,
    NoWaitOption,
    PlanOption,
    ProfileOption,
    QuietOption,
    SpeedOption,
    YesOption,
)
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.params import Argument
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.disk.file_uris import path_of_word
from topazdesk.domain.after_run import COUNTDOWN_S, AfterRun
from topazdesk.domain.page_choice import PageChoice
from topazdesk.errors import ExitCode

_NOT_KEPT = frozenset(
    {
        "paths",
        "files_from",
        "settings",
        "yes",
        "plan",
        "profile",
        "as_json",
        "quiet",
        "sandbox_speed",
        "after",
        "countdown",
    }
)


def run(
    file: Annotated[Path, Argument(metavar="FILE", help="The run, as TOML.", parser=path_of_word)],
    yes: YesOption = False,
    plan: PlanOption = None,
    no_wait: NoWaitOption = False,
    after: AfterOption = AfterRun.NOTHING,
    countdown: CountdownOption = COUNTDOWN_S,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    sandbox_speed: SpeedOption = None,
) -> ExitCode:
    """Run what a file describes: inputs, recipe, output, caps, hours. The price is said first, as by enhance.

    Keys are the options of enhance with underscores, in the sections settings, output, caps and schedule. A past run's
    own file: topazdesk jobs file RUN.
    """
    words = [
        name
        for name, given in (("--yes", yes), ("--json", as_json), ("--quiet", quiet), ("--no-wait", no_wait))
        if given
    ]
    words += ["--after", after.value, "--countdown", str(countdown)]
    for name, value in (("--plan", plan), ("--profile", profile), ("--sandbox-speed", sandbox_speed)):
        words += [] if value is None else [name, os.fspath(value) if isinstance(value, Path) else str(value)]
    words += arguments_of(read_run_file(file), file.absolute().parent)
    from topazdesk.cli.commands import COMMANDS
    from topazdesk.cli.program import command_of

    enhance = command_of(next(command for command in COMMANDS if command.words == "enhance"))
    with enhance.make_context("run", words) as context:
        return ExitCode(enhance.invoke(context))


def arguments_of(data: Mapping[str, Any], base: Path) -> Iterator[str]:
    """Return the command line of `enhance` that means the same; paths are relative to `base`."""
    for name, value in data.get("settings", {}).items():
        yield from ("--set", f"{name}={value_text(value)}")
    for section in ("", "output", "caps", "schedule"):
        for name, value in (data.get(section, {}) if section else data).items():
            if name in SECTIONS or name == "inputs":
                continue
            option = f"--{name.replace('_', '-')}"
            if isinstance(value, bool):
                if value:
                    yield option
                continue
            for one in value if isinstance(value, list) else [value]:
                yield from (option, absolute(one, base) if name in PATHS else value_text(one))
    inputs = data.get("inputs", [])
    yield "--"
    yield from (absolute(one, base) for one in (inputs if isinstance(inputs, list) else [inputs]))


def given_options(paths: Sequence[Path]) -> str:
    """Return the command line that is running now as the text of a file, with `paths` as its inputs."""
    context = click.get_current_context()
    given = {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    document = tomlkit.document()
    plain = {name.rstrip("_"): _plain(value) for name, value in given.items() if name not in _NOT_KEPT}
    # One value is no list: programs that know no renditions run the file, too.
    plain |= {key: plain[key][0] for key in RENDITIONS if len(plain.get(key, ())) == 1}
    for section, keys in SECTIONS.items():
        found: Any = document if not section else tomlkit.table()
        for key in keys:
            if key in plain:
                found[key] = plain[key]
        if section == "settings":
            for pair in given.get("settings", ()):
                name, _, value = pair.partition("=")
                found[name] = value
        if section and found:
            document[section] = found
    return f"version = {VERSION}\n{inputs_text(paths)}{tomlkit.dumps(document)}"


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return str(value.value)
        case Path():
            return os.path.abspath(value)  # noqa: PTH100 - as above
        case PageChoice(ranges):
            return ",".join(str(a) if a == b else f"{a}-{b or ''}" for a, b in ranges)
        case tuple() | list():
            return [_plain(each) for each in value]
        case str():
            return str(value)
        case _:
            return value


def file(
    run: Annotated[
        str,
        Argument(metavar="[RUN]", complete="runs", help="Id of the run, or its first characters; last for the newest."),
    ] = "last",
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Print the file of a past run, for topazdesk run."""
    run_id, text = run_stoppable(_text_of(run, profile))
    output = EventPrinter(as_json)
    output.event("run_file", text.rstrip("\n"), run=run_id, toml=text)
    output.event("summary", "", runs=[run_id])
    return ExitCode.DONE


async def _text_of(run: str, profile: Path | None) -> tuple[str, str]:
    """Return the id of a run, and its file: the one that it kept, else one that is made from its jobs.

    Raises UseError for a run that is not known, and where no file can say what it did.
    """
    context = await AppContext.open(profile, exclusive=False)
    try:
        jobs = await context.saved_run(run)
        run_id = next((job.run_id for job in jobs), run)
        kept = await asyncio.to_thread(kept_text, context.paths.runs, run_id)
        return run_id, text_of_run(jobs, context.catalogue) if kept is None else kept
    finally:
        await context.close()
