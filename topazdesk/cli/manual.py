"""`topazdesk manual`: the manual page and the reference, made from the commands themselves, so that they cannot differ.

Packages install the page: topazdesk manual > topazdesk.1
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import click

from topazdesk import __version__
from topazdesk.cli.commands import COMMANDS
from topazdesk.cli.help_pages import EXAMPLES
from topazdesk.cli.params import Option, ShownArgument
from topazdesk.cli.program import HELP, command_of
from topazdesk.errors import ExitCode
from topazdesk.language import tr, translated


class Form(StrEnum):
    """The forms of the manual."""

    MAN = "man"
    MARKDOWN = "markdown"


def manual(
    form: Annotated[Form, Option("--form", help="A manual page for man, or Markdown.")] = Form.MAN,
) -> ExitCode:
    """Print the manual of all commands."""
    print("\n".join(_man() if form is Form.MAN else _markdown()))
    return ExitCode.DONE


def _commands() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield the words, the text and the explained parameters of each command."""
    for each in COMMANDS:
        if not each.place:
            continue
        command = command_of(each)
        context = click.Context(command, info_name=f"topazdesk {each.words}")
        rows = []
        for param in command.get_params(context):
            if isinstance(param, ShownArgument):
                rows.append((param.make_metavar(context), translated(param.about)))
            elif (record := param.get_help_record(context)) is not None:
                rows.append((record[0], translated(record[1])))
        yield each.words, " ".join((command.help or translated(each.about)).split()), rows


def _man() -> Iterator[str]:
    yield f'.TH TOPAZDESK 1 "" "topazdesk {__version__}" "User Commands"'
    yield from (".SH NAME", r"topazdesk \- enhance pictures with cloud models")
    yield from (".SH SYNOPSIS", r".B topazdesk", _roff("[PATH…] | COMMAND [OPTIONS] [ARGUMENTS]"))
    yield from (".SH DESCRIPTION", _roff(translated(HELP)), ".SH COMMANDS")
    for words, text, rows in _commands():
        yield from (f".SS topazdesk {words}", _roff(text))
        for name, about in rows:
            yield from (".TP", rf"\fB{_roff(name)}\fR", _roff(about))
        if words in EXAMPLES:
            yield from (".PP", tr("Examples") + ":", ".nf", *(_roff(example) for example in EXAMPLES[words]), ".fi")
    yield ".SH EXIT STATUS"
    for code in ExitCode:
        yield from (".TP", rf"\fB{code:d}\fR", _roff(translated(code.about)))


def _markdown() -> Iterator[str]:
    yield from ("# topazdesk", "", translated(HELP), "", "| exit code | meaning |", "| --- | --- |")
    yield from (*(f"| {code:d} | {translated(code.about)} |" for code in ExitCode), "")
    for words, text, rows in _commands():
        yield from (f"## topazdesk {words}", "", text, "")
        if words in EXAMPLES:
            yield from ("```", *EXAMPLES[words], "```", "")
        yield from (*(f"- `{name}` {about}" for name, about in rows), "")


def _roff(text: str) -> str:
    """Return a line that is text and no command to the formatter."""
    safe = text.replace("\\", r"\e").replace("-", r"\-")
    return f"\\&{safe}" if safe.startswith((".", "'")) else safe
