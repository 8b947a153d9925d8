"""The only place that creates asyncio tasks: each has a name and an owner, and a failure is reported, never lost."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Collection, Coroutine, Iterable
from typing import Any

from topazdesk.engine.events import EngineError, EventHub
from topazdesk.errors import BugError, Code, TopazdeskError

#: Seconds after which a task that is still running is cancelled again.
_AGAIN_S = 1.0


class Supervisor:
    """Owns the engine's tasks. A task that fails affects no other."""

    def __init__(self, events: EventHub) -> None:
        self._events = events
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    @property
    def names(self) -> list[str]:
        """The names of the running tasks, for tests and support."""
        return sorted(task.get_name() for task in self._tasks)

    @property
    def is_closed(self) -> bool:
        """Whether nothing new is to be begun, as the program is ending."""
        return self._closed

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any] | None:
        """Start `work` as a task. After closing, start nothing and return None."""
        if self._closed:
            work.close()
            return None
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def all(self, name: str, works: Iterable[Coroutine[Any, Any, Any]]) -> None:
        """Run `works` side by side and wait for all of them; a failure is reported and affects none of the others."""
        tasks = [task for work in works if (task := self.spawn(name, work)) is not None]
        if tasks:
            await asyncio.wait(tasks)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        failure = task.exception()
        if failure is not None and not self._closed:
            self._events.emit(EngineError(as_shown(failure)))

    def cancel(self, *names: str) -> None:
        """Cancel the tasks of these names."""
        for task in tuple(self._tasks):
            if task.get_name() in names:
                task.cancel()

    def stop(self) -> None:
        """Cancel all tasks and start no more, without waiting: the caller may be one of them."""
        self._closed = True
        for task in tuple(self._tasks):
            task.cancel()

    async def close(self, last: Collection[str] = (), last_s: float = 0.0) -> None:
        """Cancel all tasks and wait until they have ended. Those of the names in `last` get `last_s` seconds to end."""
        self._closed = True
        kept = {task for task in self._tasks if task.get_name() in last}
        try:
            await self._end(kept)
            if kept:
                await asyncio.wait(kept, timeout=last_s)
        finally:  # whoever cancels this waits for none of them any more
            for task in kept:
                task.cancel()
        await self._end(set())

    async def _end(self, kept: set[asyncio.Task[Any]]) -> None:
        # Repeated, because a library may swallow a cancellation that coincides with its own time-out.
        while tasks := self._tasks - kept - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_AGAIN_S)


def as_shown(failure: BaseException) -> TopazdeskError:
    """Return the error itself if it is one of ours, else a BugError with its traceback in the details."""
    if isinstance(failure, TopazdeskError):
        return failure
    return BugError(
        "Something went wrong inside topazdesk",
        "Your pictures and results are safe. The details help us to fix it.",
        details="".join(traceback.format_exception(failure)),
        code=Code.BUG_UNEXPECTED,
    )
