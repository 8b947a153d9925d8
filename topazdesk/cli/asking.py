"""Questions on a terminal, with Ctrl-C as people expect it: at once, and nothing was done."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

import typer

from topazdesk.cli.output import Output

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


def agrees(question: str, yes: bool, output: Output) -> bool:
    """Asked on a terminal only; a program that runs this has read the price."""
    if yes or output.as_json or not sys.stdin.isatty():
        return True
    return at_terminal(lambda: typer.confirm(question))
