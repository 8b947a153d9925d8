"""Runs a command so that it can be told to end: by Ctrl-C, by a service manager, by a terminal that is closed."""

from __future__ import annotations

import signal
from collections.abc import Coroutine
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
#: So often Ctrl-C asks a command to end.
_TOLD_MOST = 2


class _Running:
    """The command that runs in this process, and how often it was told to end."""

    task: asyncio.Task[Any] | None = None
    told = 0


def run_stoppable(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end. Told to end, it is cancelled, and sums itself up.

    It may take a moment for that: the second Ctrl-C cancels it again, the third ends it wherever it is. Raises
    KeyboardInterrupt where it was told to end and did not sum itself up.
    """
    import asyncio  # not for a help page

    async def whole() -> T:
        _Running.task = asyncio.current_task()
        return await work

    # asyncio's own handler raises at the second Ctrl-C, in the middle of whatever runs: a line was printed twice.
    is_ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_ours:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        return asyncio.run(whole())
    except asyncio.CancelledError:
        if _Running.told:
            raise KeyboardInterrupt from None
        raise
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        _Running.task, _Running.told = None, 0


def end_like_ctrl_c() -> None:
    """Have SIGTERM and SIGHUP end a command as Ctrl-C does, with its summary.

    One that the caller ignores (nohup) stays ignored.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    task = _Running.task
    if task is None or task.done() or _Running.told >= _TOLD_MOST:
        raise KeyboardInterrupt
    _Running.told += 1
    task.cancel()
    task.get_loop().call_soon_threadsafe(lambda: None)  # it may be asleep


def _end(number: int, frame: FrameType | None) -> None:
    if _Running.told:
        # Nobody is impatient: a terminal that is closed, `timeout` and service managers tell twice, one right after
        # the other. Only Ctrl-C does not wait.
        return
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.raise_signal(signal.SIGINT)
    else:  # a shell that starts a command with & has it ignore Ctrl-C: a signal to this very process is another matter
        _interrupt(number, frame)
