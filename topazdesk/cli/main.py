"""The command line: commands, errors turned into sentences, exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from topazdesk.app.paths import Paths
from topazdesk.app.speaking import chosen, setting_in, speak
from topazdesk.cli.ended_errors import ended
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.params import ShownArgument
from topazdesk.cli.program import ALL, explain_all, program, words_of
from topazdesk.cli.stoppable import end_like_ctrl_c
from topazdesk.cli.streams import keep_streams
from topazdesk.domain.displayed_text import lines, one_line
from topazdesk.errors import BugError, Code, ExitCode, TopazdeskError, UseError
from topazdesk.language import say

#: What click says of a wrong command, which it words itself.
_OF_CLICK = (
    say("No such option '{option}'."),
    say("Did you mean {other}?"),
    say("Did you mean one of: {others}?"),
    say("No such command '{command}'."),
    say("No such command '{command}'. Did you mean '{other}'?"),
    say("Missing option '{option}'."),
    say("Missing argument '{argument}'."),
    say("Option '{option}' requires an argument."),
    say("Option '{option}' does not take a value."),
    say("Got unexpected extra argument ({words})"),
    say("Got unexpected extra arguments ({words})"),
    say("Invalid value for '{option}': {why:text}"),
    say("'{value}' cannot be used: it must be a number."),
    say("'{value}' cannot be used: it must be a whole number."),
)
_PLAINLY = {
    " is not a valid float": " cannot be used: it must be a number",
    " is not a valid integer range": " cannot be used: it must be a whole number",
    " is not a valid integer": " cannot be used: it must be a whole number",
}


def main(arguments: list[str]) -> ExitCode:
    """Run one command and return its exit code (see `errors.ExitCode`)."""
    output_lost = keep_streams()
    speak(chosen(setting_in(Paths.choose(_profile(arguments)).settings)))
    end_like_ctrl_c()
    code = _run(arguments)
    # A run delivers files, so lost output is no failure. A list delivers nothing but what it prints.
    lost = not code and output_lost() is not None and not EventPrinter.has_run_jobs
    return ExitCode.COMPUTER if lost else code


def _profile(arguments: list[str]) -> Path | None:
    """Return the profile that the words name; the command reads them again, and says what is wrong with them."""
    for word, after in zip(arguments, [*arguments[1:], ""], strict=True):
        if word == "--profile" and after:
            return Path(after)
        if word.startswith("--profile="):
            return Path(word.removeprefix("--profile="))
    return None


def _run(arguments: list[str]) -> ExitCode:
    output = EventPrinter("--json" in arguments)
    try:
        _refuse_empty_words(arguments)
        if ALL in arguments:
            explain_all()
            arguments = ["--help" if word == ALL else word for word in arguments]
        if "--help" not in arguments and "-h" not in arguments:
            _redact_tracebacks()
        code = _invoke(arguments)
        return _stopped(output, say("Stopped.")) if code is ExitCode.INTERRUPTED else code
    except click.ClickException as error:
        return _fail(output, _wrong_use(error, arguments), ExitCode.USE)
    except TopazdeskError as error:
        return _fail(output, error, error.exit_code)
    except click.Abort:  # at a question
        return _stopped(output, say("Stopped. Nothing was done."))
    except KeyboardInterrupt:
        return _stopped(output, say("Stopped."))
    except Exception as error:  # the last line of defence: told, logged, and with an honest exit code
        import logging

        from topazdesk.app.redaction import redact

        logging.getLogger(__name__).exception("a bug ended the command")
        details = redact(f"{type(error).__name__}: {error}")
        bug = BugError(
            "Something went wrong inside topazdesk.", "What is on the way is kept: topazdesk jobs run", details=details
        )
        code = _fail(output, bug, bug.exit_code)
        if not output.as_json:
            print(f"  {lines(details)}", file=sys.stderr)
        return code


def _invoke(arguments: list[str]) -> ExitCode:
    group = program()
    try:
        with group.make_context("topazdesk", arguments) as context:
            return ExitCode(group.invoke(context))
    except click.exceptions.Exit as end:  # after a help page
        return ExitCode(end.exit_code)


def _refuse_empty_words(arguments: list[str]) -> None:
    """Raise UseError when a word of the command line is empty.

    Without this check, a variable that is not set would stand for the current folder, with all of its pictures.
    """
    for before, word in zip(["topazdesk", *arguments], arguments, strict=False):
        if not word or (word.startswith("--") and word.find("=") == len(word) - 1):
            hint = say(
                "It is the word after “{before}”: perhaps a variable that is not set. Nothing was done.", before=before
            )
            if word:
                hint = say(
                    "It is the value of “{option}”: perhaps a variable that is not set. Nothing was done.",
                    option=word.removesuffix("="),
                )
            raise UseError("A word of the command is empty", hint, code=Code.USE_EMPTY)


def _wrong_use(error: click.ClickException, arguments: list[str]) -> TopazdeskError:
    """Turn a wrong command or option into an error for the user that says where to read more."""
    command = words_of(arguments)
    message = error.format_message()
    for words, plainly in _PLAINLY.items():
        message = message.replace(words, plainly)
    hint = say("More: topazdesk {command} --help", command=command).replace("  ", " ")
    if isinstance(error, click.MissingParameter) and isinstance(error.param, ShownArgument):
        message = say(
            "{argument} is missing.", argument=error.param.make_metavar(click.Context(click.Command(command)))
        )
        hint = f"{error.param.about} {hint}"
    files = [word for word in arguments if word.startswith("-") and os.path.lexists(word)]
    if files:  # from a pattern such as *.jpg
        written = say("A name that begins with a dash is written ./{name}.", name=one_line(files[0], 200))
        hint = f"{written} {hint}"
    return UseError(message or say("A command is missing."), hint, code=Code.USE_OPTIONS)


def _stopped(output: EventPrinter, text: str) -> ExitCode:
    """Report Ctrl-C and return its exit code. A run has reported itself what is still on the way, with its summary."""
    if not output.is_summed:
        output.event("stopped", text, to_stderr=True)
        if output.as_json:
            output.event("summary", done=0, failed=0, refused=0, unfinished=0, credits=0, error=Code.USE_STOPPED)
    return ExitCode.INTERRUPTED


def _redact_tracebacks() -> None:
    """Keep keys and links out of a traceback on the terminal, as in the log.

    A bug's traceback may come there when no profile is open.
    """
    import logging

    from topazdesk.app.log import RedactingFormatter

    if logging.lastResort is not None:
        logging.lastResort.setFormatter(RedactingFormatter("%(message)s"))


def _fail(output: EventPrinter, error: TopazdeskError, code: ExitCode) -> ExitCode:
    error.hint = ended(error.hint, has_jobs=EventPrinter.has_run_jobs)
    output.error(error)
    if output.as_json and not output.is_summed:
        output.event("summary", done=0, failed=0, refused=0, unfinished=0, credits=0, error=error.code)
    return code
