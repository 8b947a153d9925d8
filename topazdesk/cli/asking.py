"""Questions on a terminal, with Ctrl-C as people expect it: at once, and nothing was done.

Nothing is paid that nobody agreed to: a person at the terminal, or the words of the command. A command without a person (cron,
a pipe, `--json`) that does not say so is refused with the price.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import TextIO, TypeVar

import typer

from topazdesk.cli.output import EventPrinter
from topazdesk.domain.displayed_text import lines
from topazdesk.errors import Code, UseError

Answer = TypeVar("Answer")


def at_terminal(question: Callable[[], Answer]) -> Answer:
    """Asks in the loop's own thread, on purpose: nothing else goes on here, and a thread that waits for a terminal cannot be
    stopped, so that Ctrl-C would hang until somebody presses Return. Raises typer.Abort on Ctrl-C and at the end of input.
    """
    if threading.current_thread() is not threading.main_thread():
        return question()
    # asyncio's own handler only cancels the task, which the blocked loop does not come to hear of.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return question()
    except typer.Abort:
        print(file=sys.stderr)  # the terminal stands behind the question
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def has_person(output: EventPrinter) -> bool:
    """Whether somebody can read a question and answer it. `--json` is for programs, whoever started them."""
    return not output.as_json and _is_terminal(sys.stdin) and (_is_terminal(sys.stdout) or _is_terminal(sys.stderr))


def confirms(question: str) -> bool:
    """The person's answer, no by default. The question goes where it can be read when results go into a file."""
    return at_terminal(lambda: typer.confirm(lines(question), err=not _is_terminal(sys.stdout)))


def agree_to_pay(
    price: str, question: str, output: EventPrinter, *, yes: bool, budget: bool = False, way: str = ""
) -> None:
    """Returns when somebody agreed to the price: the person who is asked, or the words of the command.

    `yes`: --yes was given; `budget`: the price is within the --budget that was given, which is enough where nobody can be
    asked; `way`: how that option would be written, where the command has it. Raises UseError otherwise: nothing may be sent.
    """
    if yes or (budget and not has_person(output)):
        return
    if not has_person(output):
        hint = f"Nothing was sent. Add --yes to agree to the price{f', or {way} to set the most it may cost' if way else ''}."
        raise UseError(f"This costs {price}, and nobody agreed to that", hint, code=Code.USE_NOT_AGREED)
    if not confirms(question):
        raise UseError("Nothing was sent", "The price was not accepted.", code=Code.USE_DECLINED)


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is one; None or closed where the command was started without it."""
    return stream is not None and not stream.closed and stream.isatty()
