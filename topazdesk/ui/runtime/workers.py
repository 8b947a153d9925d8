"""Worker threads of one part of the window, which may be asked for more after they were stopped."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class Workers(ThreadPoolExecutor):
    """A pool of threads that ignores work given to it after `stop`, as an `Inbox` ignores what arrives after `close`.

    The window is stopped in steps: while the last settings are saved, its lists and the pointer still ask for pictures.
    """

    _stopped = False

    def submit(self, fn: Callable[..., _Result], /, *args: Any, **kwargs: Any) -> Future[_Result]:
        """Queue a call. Once the workers are stopped, return a future that is cancelled already.

        Called in the thread that stops the workers.
        """
        if self._stopped:
            future: Future[_Result] = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future
        return super().submit(fn, *args, **kwargs)

    def stop(self, *, drop: bool = True) -> None:
        """Take no more work, and drop what has not begun unless told otherwise. Idempotent; does not wait."""
        self._stopped = True
        self.shutdown(wait=False, cancel_futures=drop)
