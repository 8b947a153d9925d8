"""Parses the window's own command-line options."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from topazdesk.disk.file_uris import path_of_word
from topazdesk.language import tr

USAGE = "topazdesk [--profile DIR] [--startup-report] [--screenshot OUT.png [--result]] [PATH…]"


@dataclass(slots=True)
class Options:
    """The window's own options. `result`: the screenshot shows a finished picture of the profile, if there is one."""

    paths: list[Path] = field(default_factory=list)
    profile: Path | None = None
    startup_report: bool = False
    screenshot: Path | None = None
    result: bool = False
    theme: str = ""
    size: tuple[int, int] | None = None


def parse(argv: list[str]) -> Options:
    """Parse the arguments. Raises ValueError with a sentence for the user."""
    options = Options()
    rest = iter(argv)
    for word in rest:
        name, has_value, value = word.partition("=")
        if word == "--":
            options.paths += [_path(each) for each in rest]
        elif word == "--startup-report":
            options.startup_report = True
        elif word == "--result":
            options.result = True
        elif name in ("--profile", "--screenshot", "--theme", "--size"):
            given = value if has_value else next(rest, "")
            if not given:
                raise ValueError(tr("{option} needs a value.").format(option=name))
            _take(options, name, given)
        elif word.startswith("-"):
            raise ValueError(tr("There is no option {option}.").format(option=word))
        else:
            options.paths.append(_path(word))
    return options


def _path(word: str) -> Path:
    """Convert an argument to a path. Raises ValueError if it is empty, which would mean the working directory."""
    if not word:
        raise ValueError(tr("A word of the command is empty: perhaps a variable that is not set."))
    return path_of_word(word)


def _take(options: Options, name: str, given: str) -> None:
    if name == "--profile":
        options.profile = Path(given)
    elif name == "--screenshot":
        options.screenshot = Path(given)
    elif name == "--theme":
        if given not in ("dark", "light", "system"):
            raise ValueError(tr("--theme is dark, light or system."))
        options.theme = given
    else:
        width, _, height = given.partition("x")
        if not (width.isdigit() and height.isdigit()):
            raise ValueError(tr("--size looks like 1440x900."))
        options.size = (int(width), int(height))
