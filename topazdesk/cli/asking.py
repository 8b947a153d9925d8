"""Questions on a terminal, where Ctrl-C does what people expect: it stops at once, and nothing was done.

Nothing is paid for unless a person at the terminal or an option of the command agreed to it. A command without a person
(cron, a pipe, `--json`) and without such an option is refused, and the error names the price.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TextIO, TypeVar

import click

from topazdesk.cli.output import EventPrinter
from topazdesk.domain.displayed_text import lines
from topazdesk.errors import Code, UseError
from topazdesk.language import say, translated

Answer = TypeVar("Answer")

_REPEAT_S = 0.05


def at_terminal(question: Callable[[], Answer]) -> Answer:
    """Ask in the event loop's own thread and return the answer. Raises click.Abort on Ctrl-C and at the end of input.

    This blocks the loop on purpose: nothing else runs at this point, and a thread that waits for a terminal cannot be
    stopped, so Ctrl-C would hang until somebody presses Return.
    """
    if threading.current_thread() is not threading.main_thread():
        return question()
    try:
        with _stopped_by_ctrl_c():
            return question()
    except click.Abort:
        print(file=sys.stderr)  # the cursor still stands behind the question
        raise


@contextlib.contextmanager
def _stopped_by_ctrl_c() -> Iterator[None]:
    """Raise KeyboardInterrupt in the main thread on Ctrl-C, also when the signal comes just before the read blocks.

    Python runs a signal's handler between two steps of its own. A signal that comes after the last step and before the
    system call that waits for the terminal is noted and then waits with it, until somebody presses Return. A second one
    ends that call: a thread, told by the signal itself, sends it until the handler has run.
    """
    noticed = threading.Event()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if not noticed.is_set():
            noticed.set()
            raise KeyboardInterrupt

    # asyncio's own handler only cancels the task, which the blocked loop would not notice.
    before = signal.signal(signal.SIGINT, interrupt)
    if sys.platform == "win32":  # its console ends the read itself
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
        return
    asker = threading.get_ident()
    told, tell = os.pipe()
    os.set_blocking(tell, False)

    def repeat() -> None:
        os.read(told, 1)
        while not noticed.wait(_REPEAT_S):
            signal.pthread_kill(asker, signal.SIGINT)

    repeater = threading.Thread(target=repeat, name="ctrl-c", daemon=True)
    told_before = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    repeater.start()
    try:
        yield
    finally:
        noticed.set()
        signal.set_wakeup_fd(told_before)
        with contextlib.suppress(BlockingIOError):
            os.write(tell, b"\0")
        repeater.join()
        os.close(told)
        os.close(tell)
        signal.signal(signal.SIGINT, before)


def has_person(output: EventPrinter) -> bool:
    """Return whether somebody can read and answer a question. `--json` is for programs, whoever started them."""
    return not output.as_json and _is_terminal(sys.stdin) and (_is_terminal(sys.stdout) or _is_terminal(sys.stderr))


def confirms(question: str) -> bool:
    """Ask a yes-or-no question, no by default, and return the answer.

    When results go into a file, the question goes to stderr, where it can be read.
    """
    return at_terminal(lambda: click.confirm(lines(translated(question)), err=not _is_terminal(sys.stdout)))


def agree_to_pay(
    price: str, question: str, output: EventPrinter, *, yes: bool, budget: bool = False, way: str = ""
) -> None:
    """Return once the price is agreed to, by the person who is asked or by an option of the command.

    Raises UseError otherwise: nothing may be sent then.

    `yes`: --yes was given. `budget`: the price is within the --budget that was given, which is enough where nobody can
    be asked. `way`: how that option would be typed, for the hint; "" where the command does not have it.
    """
    if yes or (budget and not has_person(output)):
        return
    if not has_person(output):
        hint = say("Nothing was sent. Add --yes to agree to the price.")
        if way:
            hint = say(
                "Nothing was sent. Add --yes to agree to the price, or {way} to set the most it may cost.", way=way
            )
        raise UseError(
            say("This costs {price:text}, and nobody agreed to that", price=price), hint, code=Code.USE_NOT_AGREED
        )
    if not confirms(question):
        raise UseError("Nothing was sent", "The price was not accepted.", code=Code.USE_DECLINED)


def _is_terminal(stream: TextIO | None) -> bool:
    """Return whether the stream is a terminal. It is None or closed where the command was started without it."""
    return stream is not None and not stream.closed and stream.isatty()
