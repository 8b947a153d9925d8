"""The window's only event loop: asyncio on top of Qt, with an orderly shutdown and no task that fails unnoticed."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

import qasync
from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from topazdesk.errors import TopazdeskError
from topazdesk.ui.runtime import guard
from topazdesk.ui.runtime.garbage import Garbage
from topazdesk.ui.runtime.pulse import Pulse
from topazdesk.ui.runtime.watchdog import Watchdog

_THREADS = 8
#: Seconds after which a thread running Python code yields to the window (Python's default is 5 ms).
SWITCH_S = 0.001

Report = Callable[[TopazdeskError], None]

_log = logging.getLogger(__name__)


class ScreenGoneError(Exception):
    """The display server has gone away: the window is lost, and this process cannot open another one."""


def run(app: QApplication, main: Callable[[], Coroutine[Any, Any, int]], report: Report) -> int:
    """Run `main` on Qt's loop until it returns its exit code. Errors in slots and threads go to `report`.

    Raises ScreenGoneError if the display server goes away; `main` is then abandoned where it stood.
    """
    app.setQuitOnLastWindowClosed(False)
    # Worker threads parse file headers in Python: the window must not wait 5 ms for its turn each time.
    sys.setswitchinterval(SWITCH_S)
    pulse = Pulse(app)
    pulse.start()
    garbage = Garbage(pulse, app)
    garbage.start()
    watchdog = Watchdog(pulse, parent=app)
    watchdog.start()
    try:
        return _run(app, main, report)
    finally:
        watchdog.stop()
        watchdog.deleteLater()
        garbage.stop()  # collects what the loop left behind, in this thread
        garbage.deleteLater()
        pulse.stop()
        pulse.deleteLater()


def _run(app: QApplication, main: Callable[[], Coroutine[Any, Any, int]], report: Report) -> int:
    loop = qasync.QEventLoop(app)
    # Plain threads: qasync's default executor uses QThreads, which are slow to start and stop.
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="work"))
    asyncio.set_event_loop(loop)

    def on_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            report(logged(error))
        else:
            _log.error("event loop: %s", context.get("message", context))

    loop.set_exception_handler(on_loop)
    before = sys.excepthook
    sys.excepthook = _hook(report)
    guard.report_to(report)
    try:
        life = loop.create_task(main(), name="window")
        try:
            code: int = loop.run_until_complete(life)
        except RuntimeError as error:
            if life.done():
                raise
            raise ScreenGoneError from error  # Qt ended the loop, we did not
        return code
    finally:
        _close(loop)
        sys.excepthook = before
        guard.report_to(None)
        asyncio.set_event_loop(None)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Wait for the worker threads and close the loop. The window is gone by now, so blocking disturbs nobody."""
    loop.stop()
    loop.close()


def _hook(report: Report) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """Return a `sys.excepthook` that reports errors in slots; those in other threads go to Python's own hook."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt) or threading.current_thread() is not threading.main_thread():
            sys.__excepthook__(kind, error, trace)
            return
        report(logged(error))

    return hook


def logged(error: BaseException) -> TopazdeskError:
    """Return the error to show to the user; log it first, with its traceback, if it was unexpected."""
    from topazdesk.engine.supervisor import as_shown  # which the first turn of the loop does not need

    if not isinstance(error, TopazdeskError):
        _log.error("unexpected error", exc_info=error)
    return as_shown(error)


class StopSignals:
    """Makes SIGINT (Ctrl+C) and SIGTERM close the window as its close button does.

    Python handles signals only between byte codes, and an idle Qt loop runs none, so a socket wakes it up.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._read, self._write = socket.socketpair()
        self._write.setblocking(False)
        self._read.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._woken)
        self._old_fd = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, self._caught) for number in (signal.SIGINT, signal.SIGTERM)}

    def close(self) -> None:
        """Restore the previous signal handlers."""
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._notifier.setEnabled(False)
        self._notifier.deleteLater()
        self._read.close()
        self._write.close()

    def _caught(self, _number: int, _frame: FrameType | None) -> None:
        self._stop()

    def _woken(self) -> None:
        with suppress(BlockingIOError):
            self._read.recv(64)
