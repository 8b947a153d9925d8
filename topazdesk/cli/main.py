"""The command line: commands, errors turned into sentences, exit codes."""

from __future__ import annotations

import logging
import os
import sys
from typing import Protocol, runtime_checkable

import typer
from typer.exceptions import TyperException

from topazdesk import __version__
from topazdesk.app.log import RedactingFormatter, redact
from topazdesk.cli.account import account_app
from topazdesk.cli.bag import bag
from topazdesk.cli.ended_errors import ended
from topazdesk.cli.enhance import enhance, plan
from topazdesk.cli.estimate import estimate
from topazdesk.cli.exit import INTERRUPTED
from topazdesk.cli.jobs import jobs_app
from topazdesk.cli.metadata import metadata
from topazdesk.cli.models import models
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.run import RunReport
from topazdesk.cli.sandbox import sandbox
from topazdesk.cli.streams import keep_streams
from topazdesk.cli.trial import try_
from topazdesk.domain.displayed_text import lines, one_line
from topazdesk.errors import BugError, Code, TopazdeskError, UseError

log = logging.getLogger(__name__)

HELP = "Enhance pictures with cloud models. Without a command the window opens: topazdesk [PATH…]"

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in (enhance, plan, estimate, models, metadata, bag, sandbox):
    app.command()(command)
app.command("try")(try_)
app.add_typer(jobs_app, name="jobs")
app.add_typer(account_app, name="account")


@runtime_checkable
class _WithMessage(Protocol):
    def format_message(self) -> str: ...


COMMANDS = frozenset({"enhance", "try", "plan", "estimate", "models", "metadata", "bag", "sandbox", "jobs", "account"})


_PLAINLY = {
    "Input should be a valid number, unable to parse string as a number": "it must be a number",
    "Value error, ": "",
    "Input should be a valid integer, unable to parse string as an integer": "it must be a whole number",
}


@app.callback(invoke_without_command=True)
def _version(
    version: bool = typer.Option(False, "--version", help="Print the version."),
) -> None:
    if version:
        print(f"topazdesk {__version__}")
        raise typer.Exit


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code (the codes are listed in `cli/exit.py`)."""
    output_lost = keep_streams()
    _redact_tracebacks()
    code = _run(arguments)
    # A run delivers files, so lost output is no failure. A list delivers nothing but what it prints.
    return 5 if code == 0 and output_lost() is not None and not RunReport.was_used else code


def _run(arguments: list[str]) -> int:
    output = EventPrinter("--json" in arguments)
    try:
        _refuse_empty_words(arguments)
        code = int(typer.main.get_command(app).main(arguments, prog_name="topazdesk", standalone_mode=False) or 0)
        return _stopped(output, "Stopped.") if code == INTERRUPTED else code
    except TyperException as error:
        return _fail(output, _wrong_use(error, arguments), 2)
    except TopazdeskError as error:
        return _fail(output, error, error.exit_code)
    except typer.Abort:  # at a question
        return _stopped(output, "Stopped. Nothing was done.")
    except KeyboardInterrupt:
        return _stopped(output, "Stopped.")
    except Exception as error:  # the last line of defence: told, logged, and with an honest exit code
        log.exception("a bug ended the command")
        details = redact(f"{type(error).__name__}: {error}")
        bug = BugError(
            "Something went wrong inside topazdesk.", "What is on the way is kept: topazdesk jobs run", details=details
        )
        code = _fail(output, bug, bug.exit_code)
        if not output.as_json:
            print(f"  {lines(details)}", file=sys.stderr)
        return code


def _refuse_empty_words(arguments: list[str]) -> None:
    """Raise UseError when a word of the command line is empty.

    Without this check, a variable that is not set would stand for the current folder, with all of its pictures.
    """
    for before, word in zip(["topazdesk", *arguments], arguments, strict=False):
        if not word or (word.startswith("--") and word.find("=") == len(word) - 1):
            where = f"the word after “{before}”" if not word else f"the value of “{word.removesuffix('=')}”"
            hint = f"It is {where}: perhaps a variable that is not set. Nothing was done."
            raise UseError("A word of the command is empty", hint, code=Code.USE_EMPTY)


def _wrong_use(error: TyperException, arguments: list[str]) -> TopazdeskError:
    """Turn a wrong command or option into an error for the user that says where to read more."""
    command = next((word for word in arguments if word in COMMANDS), "")
    message = error.format_message() if isinstance(error, _WithMessage) else str(error)
    for words, plainly in _PLAINLY.items():
        message = message.replace(words, plainly)
    hint = f"More: topazdesk {command} --help".replace("  ", " ")
    files = [word for word in arguments if word.startswith("-") and os.path.lexists(word)]
    if files:  # from a pattern such as *.jpg
        hint = f"A name that begins with a dash is written ./{one_line(files[0], 200)}. {hint}"
    return UseError(message or "A command is missing.", hint, code=Code.USE_OPTIONS)


def _stopped(output: EventPrinter, text: str) -> int:
    """Report Ctrl-C and return its exit code. A run has reported itself what is still on the way, with its summary."""
    if not output.is_summed:
        output.event("stopped", text, to_stderr=True)
        if output.as_json:
            output.event("summary", done=0, failed=0, refused=0, unfinished=0, credits=0, error=Code.USE_STOPPED)
    return INTERRUPTED


def _redact_tracebacks() -> None:
    """Keep keys and links out of a traceback on the terminal, as in the log.

    A bug's traceback may come there when no profile is open.
    """
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(RedactingFormatter("%(message)s"))


def _fail(output: EventPrinter, error: TopazdeskError, code: int) -> int:
    error.hint = ended(error.hint, has_jobs=RunReport.was_used)
    output.error(error)
    if output.as_json and not output.is_summed:
        output.event("summary", done=0, failed=0, refused=0, unfinished=0, credits=0, error=error.code)
    return code
