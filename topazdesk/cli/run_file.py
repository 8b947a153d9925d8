"""`topazdesk run FILE`: a run described in a file, and `topazdesk jobs file`, which gives a past run's file back.

The file is TOML. Its keys are the options of `enhance` with underscores, in sections that make it easy to read; it is
handed to `enhance` as its command line would be, so that both mean the same and refuse the same. Paths are relative to
the file. A file agrees to no price: a person, --yes or a budget does, and `budget` in the file is such a budget.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import click
import tomlkit

from topazdesk.app.app_context import AppContext
from topazdesk.cli.options import (
    JsonOption,
    NoWaitOption,
    PlanOption,
    ProfileOption,
    QuietOption,
    SpeedOption,
    YesOption,
)
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.cli.params import Argument
from topazdesk.disk import private_file
from topazdesk.disk.file_uris import path_of_word
from topazdesk.disk.newest import beyond_newest
from topazdesk.disk.reading import read_text
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.page_choice import PageChoice
from topazdesk.errors import Code, ExitCode, UseError

VERSION = 1
_MOST_BYTES = 64_000_000
_MOST_KEPT = 1_000
#: The keys of each section, "" for the top of the file, in the order in which they are written.
SECTIONS: dict[str, tuple[str, ...]] = {
    "": ("inputs", "files_from", "include", "exclude", "newer_than", "pages", "service", "model", "preset"),
    "settings": (),
    "output": (
        *("scale", "width", "height", "long_edge", "megapixels", "print_size", "dpi", "crop_to_fill", "format"),
        *("out", "name", "flat", "on_conflict", "file_time", "label", "again"),
        *("bag", "with_originals", "sha512", "report"),
    ),
    "caps": ("budget",),
    "schedule": ("between", "days"),
}
#: Keys whose values are paths.
_PATHS = frozenset({"inputs", "files_from", "out", "bag", "report"})
#: Keys that are true or false, and keys that may have several values. All others have one.
SWITCHES = frozenset({"crop_to_fill", "flat", "label", "again", "with_originals", "sha512"})
LISTS = frozenset({"inputs", "files_from", "include", "exclude", "model"})
_NOT_KEPT = frozenset(
    {"paths", "files_from", "settings", "yes", "plan", "profile", "as_json", "quiet", "sandbox_speed"}
)

_log = logging.getLogger(__name__)


def run(
    file: Annotated[Path, Argument(metavar="FILE", help="The run, as TOML.", parser=path_of_word)],
    yes: YesOption = False,
    plan: PlanOption = None,
    no_wait: NoWaitOption = False,
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
    for name, value in (("--plan", plan), ("--profile", profile), ("--sandbox-speed", sandbox_speed)):
        words += [] if value is None else [name, os.fspath(value) if isinstance(value, Path) else str(value)]
    words += arguments_of(read_run_file(file), file.absolute().parent)
    from topazdesk.cli.commands import COMMANDS
    from topazdesk.cli.program import command_of

    enhance = command_of(next(command for command in COMMANDS if command.words == "enhance"))
    with enhance.make_context("run", words) as context:
        return ExitCode(enhance.invoke(context))


def read_run_file(path: Path) -> dict[str, Any]:
    """Return what a file says. Blocking. Raises UseError for a file that is no run or has a key that is not known."""
    try:
        data = tomllib.loads(read_text(path, _MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise _wrong(path, why or type(error).__name__) from error
    if data.pop("version", None) != VERSION:
        raise _wrong(path, f"it must begin with: version = {VERSION}")
    for section, keys in SECTIONS.items():
        found = data if not section else data.get(section, {})
        if not isinstance(found, Mapping):
            raise _wrong(path, f"{section} is no section")
        allowed = (*keys, *filter(None, SECTIONS)) if not section else keys
        unknown = [key for key in found if key not in allowed] if section != "settings" else []
        if unknown:
            where = f"in [{section}]" if section else "at the top"
            raise _wrong(path, f"“{unknown[0]}” is not known {where}; known are {', '.join(allowed)}")
        for key, value in found.items():
            if section or key not in SECTIONS:
                _check_value(path, key, value, is_setting=section == "settings")
    return data


def _check_value(path: Path, key: str, value: object, *, is_setting: bool) -> None:
    """Raise UseError unless a value is of its key's kind.

    As a word of a command line, again = "false" would pay again, budget = [] would be no budget, and an empty word the
    folder of the file with all that is in it.
    """
    if key in SWITCHES and not is_setting:
        if not isinstance(value, bool):
            raise _wrong(path, f"“{key}” must be true or false, without quotation marks")
        return
    if isinstance(value, list) and (is_setting or key not in LISTS):
        raise _wrong(path, f"“{key}” has one value, no list")
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, bool) and not is_setting:
            raise _wrong(path, f"“{key}” cannot be true or false")
        if not isinstance(one, str | int | float | date | time):
            raise _wrong(path, f"“{key}” cannot be a section")
        if isinstance(one, str) and ("\0" in one or not (one or is_setting)):
            raise _wrong(path, f"“{key}” is empty or has a NUL character in it")


def arguments_of(data: Mapping[str, Any], base: Path) -> Iterator[str]:
    """Return the command line of `enhance` that means the same; paths are relative to `base`."""
    for name, value in data.get("settings", {}).items():
        yield from ("--set", f"{name}={_text(value)}")
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
                yield from (option, _path(one, base) if name in _PATHS else _text(one))
    inputs = data.get("inputs", [])
    yield "--"
    yield from (_path(one, base) for one in (inputs if isinstance(inputs, list) else [inputs]))


def _path(value: object, base: Path) -> str:
    text = str(value)
    return text if text.startswith("file:") else os.path.join(base, os.path.expanduser(text))  # noqa: PTH111, PTH118


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrong(path: Path, why: str) -> UseError:
    return UseError(
        f"{shown(path)} is no run: {one_line(why, 400)}",
        "What a file may say: topazdesk run --help. An example: topazdesk jobs file last",
        code=Code.USE_RUN_FILE,
    )


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
    # A list of tomlkit takes a time that grows with the square of its length: minutes for 100,000 pictures.
    named = [os.path.abspath(path) for path in paths]  # noqa: PTH100 - a link stays what it is
    inputs = ", ".join(tomlkit.item(name).as_string() for name in named)
    return f"version = {VERSION}\ninputs = [{inputs}]\n{tomlkit.dumps(document)}"


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


def keep_run_file(folder: Path, run_id: str, text: str) -> None:
    """Keep a run's file; the oldest are dropped. Blocking. Trouble changes nothing about the run."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_file.write(folder / f"{run_id}.toml", text)
        for old in beyond_newest(folder.glob("*.toml"), _MOST_KEPT):
            old.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        _log.warning("the run's file was not kept: %s", type(error).__name__)


def file(
    run: Annotated[
        str,
        Argument(metavar="[RUN]", complete="runs", help="Id of the run, or its first characters; last for the newest."),
    ] = "last",
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Print the file of a past run, for topazdesk run. Runs that were started in the window have none."""
    path = asyncio.run(_kept_as(run, profile))
    try:
        text = read_text(path, _MOST_BYTES)
    except (OSError, ValueError) as error:
        raise UseError(
            "This run has no file",
            "Only runs that were started by a command have one: topazdesk jobs report shows what it made.",
            details=path.stem,
            code=Code.USE_RUN_FILE,
        ) from error
    output = EventPrinter(as_json)
    output.event("run_file", text.rstrip("\n"), run=path.stem, toml=text)
    output.event("summary", "", runs=[path.stem])
    return ExitCode.DONE


async def _kept_as(run: str, profile: Path | None) -> Path:
    """Return where the file of a run is, if it has one. Raises UseError for a run that is not known."""
    context = await AppContext.open(profile, exclusive=False)
    try:
        run_id = next((job.run_id for job in await context.saved_run(run)), run)
        return context.paths.runs / f"{run_id}.toml"
    finally:
        await context.close()
