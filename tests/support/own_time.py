"""An asyncio loop whose time belongs to the test: it passes only where nothing is left to do but to wait.

While a task can go on, or a thread works for one, no time passes, however long that takes on a busy machine; else it is at once as
late as the first one that waits wants it to be. Hours of waiting take no time, and no test depends on how fast its computer is.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import selectors
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

#: A thread whose task was cancelled wakes nobody at its end: it is looked for after so long.
_LOOK_S = 0.02


class OwnTime:
    """What time it is on the loops that share it, and whether threads work for them."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()
        self._at_work = 0

    @property
    def is_worked(self) -> bool:
        """Whether a thread has something to hand over yet."""
        return self._at_work > 0

    def new_loop(self) -> asyncio.AbstractEventLoop:
        return _Loop(self)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """As `asyncio.run`, on a loop with this time."""
        with asyncio.Runner(loop_factory=self.new_loop) as runner:
            return runner.run(work)

    @contextlib.contextmanager
    def work(self) -> Iterator[None]:
        """A thread's work: until its end no time passes."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1


class Threads(ThreadPoolExecutor):
    """Threads whose work takes no time of the loop that waits for it."""

    def __init__(self, own_time: OwnTime, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._own_time = own_time

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """As the class above, but the work is not over before all who wait for it have been told."""
        future: Future[T] = Future()
        work = contextlib.ExitStack()
        work.enter_context(self._own_time.work())

        def do() -> None:
            with work:
                if not future.set_running_or_notify_cancel():
                    return
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:  # noqa: BLE001 it is for who waits, as in the class above
                    future.set_exception(error)
                else:
                    future.set_result(result)

        try:
            super().submit(do)
        except BaseException:
            work.close()
            raise
        return future


def _threads(*arguments: Any, **options: Any) -> ThreadPoolExecutor:
    """Threads of the running loop's time, where it has one of its own."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, _Loop):
        return Threads(loop.own_time, *arguments, **options)
    return ThreadPoolExecutor(*arguments, **options)


def lend() -> None:
    """Let the job database, which has a thread of its own, count its work where time is the test's."""
    lend_to(importlib.import_module("topazdesk.engine.store"))


def lend_to(module: ModuleType) -> None:
    """Do the same for another database with threads of its own."""
    vars(module)["ThreadPoolExecutor"] = _threads


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Where a loop waits. A look at the world comes after the look at the threads: what they have handed over is seen then."""

    def __init__(self, own_time: OwnTime) -> None:
        super().__init__()
        self._own_time = own_time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        is_worked = self._own_time.is_worked
        found = super().select(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        if timeout is None or is_worked:
            return super().select(_LOOK_S)
        self._own_time.seconds += timeout
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, own_time: OwnTime) -> None:
        self.own_time = own_time
        super().__init__(_Selector(own_time))
        self.set_default_executor(Threads(own_time, 8, thread_name_prefix="own-time"))

    def time(self) -> float:
        return self.own_time.seconds

    async def shutdown_default_executor(self, *_: object) -> None:
        """Wait for the threads. From Python 3.12 on there would be a patience, and the own time runs past any."""
        await super().shutdown_default_executor()
