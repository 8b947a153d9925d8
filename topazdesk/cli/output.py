"""What the command line prints: JSON lines for programs, or lines for people.

As text, results go to stdout and errors to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

from topazdesk.cli.wording import in_commands
from topazdesk.cli.wrapping import cells, wrapped
from topazdesk.domain.collected_files import Refusal
from topazdesk.domain.displayed_text import lines, one_line
from topazdesk.errors import Code, TopazdeskError
from topazdesk.language import nsay, say, tr, translated

if TYPE_CHECKING:
    from topazdesk.domain.catalogue import Model
    from topazdesk.domain.job import JobState

#: What `--quiet` does not leave out: what somebody has to look after, the price of what is asked, and the end.
_ALWAYS = frozenset(
    {"failed", "error", "cancelled", "stopped", "price", "rights", "original_changed", "summary", "after_run"}
)

#: On a terminal of fewer columns nothing is broken between words.
_NARROW = 20


class EventPrinter:
    """Prints events, as text or with `as_json` as one JSON object a line. The last event is the summary.

    `is_summed`: some part of the command has printed the summary in this process. `has_run_jobs`: some part of it has
    run jobs.
    """

    is_summed: ClassVar[bool] = False
    has_run_jobs: ClassVar[bool] = False
    #: Prints a line above what is drawn on a terminal and returns True; False where the stream is another one.
    above: ClassVar[Callable[[str, TextIO], bool] | None] = None

    def __init__(self, as_json: bool, *, is_quiet: bool = False) -> None:
        self.as_json = as_json
        self.is_quiet = is_quiet
        #: The files that were not taken, and why.
        self.refused: list[Refusal] = []

    def event(self, kind: str, text: str = "", *, to_stderr: bool = False, **fields: Any) -> None:
        """Print one event: `fields` for programs, `text` for people ("" prints nothing)."""
        EventPrinter.is_summed |= kind == "summary"
        if self.as_json:
            # ASCII with escapes: a file name need not be valid text in any encoding.
            print(json.dumps({"event": kind, **{k: _plain(v) for k, v in fields.items()}}), flush=True)
        elif text and not (self.is_quiet and kind not in _ALWAYS):
            stream = sys.stderr if to_stderr else sys.stdout
            text = _fitted(in_commands(translated(text)), stream)
            if EventPrinter.above is None or not EventPrinter.above(text, stream):
                _line(text, stream)

    def error(self, error: TopazdeskError, path: Path | None = None) -> None:
        """Print an error of the whole run, or of the file at `path` that was not taken."""
        kind = "failed" if path is not None else "error"
        if path is not None:
            self.refused.append(Refusal.of(path, error))
        where = f"{shown(path)}: " if path is not None else ""
        hint = f"\n  {error.hint}" if error.hint else ""
        if error.code == Code.ACCOUNT_NO_KEY:  # here the user wonders where to put a key
            hint += "\n  " + say("{details:text} “topazdesk account login” asks for it.", details=error.details)
        fields: dict[str, Any] = {"path": path} if path is not None else {}
        self.event(
            kind,
            f"{where}{error.title}{hint}",
            to_stderr=True,
            **fields,
            title=error.title,
            hint=in_commands(error.hint),
            details=error.details,
            code=error.code,
        )


def table(facts: Sequence[tuple[str, str]]) -> list[str]:
    """Return lines of names and values, indented and in columns."""
    names = [translated(name) for name, _ in facts]
    wide = max(8, *map(cells, names))  # as wide in every list of facts, where the words allow it
    gaps = [" " * (wide - cells(name)) for name in names]
    return [
        f"  {name}{gap} {in_commands(translated(value))}"
        for name, gap, (_, value) in zip(names, gaps, facts, strict=True)
    ]


def padded(text: str, columns: int) -> str:
    """Return a text with spaces up to a column of a terminal."""
    return text + " " * (columns - cells(text))


def state_word(state: JobState) -> str:
    """Return the state of a job in the user's language, as the window has it: "Done"."""
    return translated(state.traits.word)


def standing_word(model: Model) -> str:
    """Return whether a service still offers a model, in the user's language: "older model"."""
    match model.standing.value:
        case "current":
            return tr("current")
        case "deprecated":
            return tr("outdated")
        case "unverified":
            return tr("unverified")
        case _:
            return tr("older model")


def tier_word(model: Model) -> str:
    """Return how far a model may go, in the user's language: "generative"."""
    return translated(model.tier.value.capitalize()).lower()


def and_more(names: Sequence[str], rest: int) -> str:
    """Return names as a list, with the number of those that are not named: "a, b and 5 more"."""
    named = ", ".join(names)
    return nsay("{names} and {n} more", "{names} and {n} more", rest, names=named) if rest > 0 else named


def shown(path: Path) -> str:
    """Return a file name for a terminal, on one line; long names stay whole."""
    return one_line(str(path), 4_000)


def shown_page(path: Path, page: int | None) -> str:
    """Return a file name for a terminal, with the page (from 0) if one was chosen."""
    return shown(path) if page is None else say("{name}, page {page}", name=shown(path), page=page + 1)


def page_fields(page: int | None) -> dict[str, Any]:
    """Return the JSON field for the page that was chosen, counted from 1; none where there was no choice."""
    return {} if page is None else {"page": page + 1}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _fitted(text: str, stream: TextIO) -> str:
    """Return text for a terminal with its prose broken between words; as it is for anything else than a terminal.

    Paths and commands stay on lines of their own, which a terminal breaks anywhere: they can be copied whole.
    """
    if not stream.isatty():
        return text
    import os

    try:
        width = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return text
    found = []
    for line in text.split("\n"):
        said = line.lstrip(" ")
        indent = " " * (len(line) - len(said))
        if cells(line) > width > _NARROW and not any(mark in said for mark in ("/", "\\", "topazdesk ")):
            first, *rest = wrapped(said, width - len(indent or "  "))
            found += [f"{indent}{first}", *(f"{indent or '  '}{each}" for each in rest)]
        else:
            found.append(line)
    return "\n".join(found)


def _line(text: str, stream: TextIO) -> None:
    """Print text to a terminal. Everything goes this way, and no text can harm the terminal, whoever wrote it.

    No part of it acts as a command there or reverses the text beside it. A character that the terminal cannot show
    becomes a stand-in instead of a traceback.
    """
    encoding = stream.encoding or "utf-8"
    text = lines(text, 200_000)
    print(text.encode(encoding, "replace").decode(encoding), file=stream, flush=True)


def count_text(count: int) -> str:
    """Return "1 picture" or "2 pictures"."""
    return nsay("1 picture", "{n} pictures", count)


def results_text(pictures: int, results: int) -> str:
    """Return "2 pictures", or with several results of each "8 results of 2 pictures"."""
    return (
        count_text(pictures)
        if results == pictures
        else say("{n:,} results of {pictures:text}", n=results, pictures=count_text(pictures))
    )
