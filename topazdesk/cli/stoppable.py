"""Runs a command so that it can be told to end: by Ctrl-C, by a service manager, by a terminal that is closed."""

from __future__ import annotations

import signal
from collections.abc import Coroutine
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


class _Running:
    """The command that runs in this process."""

    task: asyncio.Task[Any] | None = None
    is_told = False


def run_stoppable(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end. Told to end, it is cancelled once, and sums itself up; the second time it ends.

    Raises KeyboardInterrupt where it was told to end and did not sum itself up.
    """
    import asyncio  # not for a help page

    async def whole() -> T:
        _Running.task = asyncio.current_task()
        return await work

    try:
        return asyncio.run(whole())
    except asyncio.CancelledError:
        if _Running.is_told:
            raise KeyboardInterrupt from None
        raise
    finally:
        _Running.task, _Running.is_told = None, False


def end_like_ctrl_c() -> None:
    """Have SIGTERM and SIGHUP end a command as Ctrl-C does, with its summary.

    One that the caller ignores (nohup) stays ignored.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.raise_signal(signal.SIGINT)
        return
    # A shell that starts a command with & has it ignore Ctrl-C: a signal to this very process is another matter.
    task = _Running.task
    if task is None or task.done() or _Running.is_told:
        raise KeyboardInterrupt
    _Running.is_told = True
    task.cancel()
    task.get_loop().call_soon_threadsafe(lambda: None)  # it may be asleep
