"""The worker processes as this process sees them: started on demand, kept for the next job, killed when nobody waits."""

from __future__ import annotations

import atexit
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from topazdesk import errors
from topazdesk.errors import Code, ComputerError, TopazdeskError

_log = logging.getLogger(__name__)

#: Jobs at once: both files of a pair.
AT_ONCE = 2
#: The word by which the frozen program, which has no interpreter, becomes the worker.
FROZEN_WORD = "--media-worker"
_ASK_S = 0.05


class CancelledError(Exception):
    """Nobody wants the answer any more."""


class Worker:
    """One process. `run` sends a job and waits for its answer; `kill` may come from any thread."""

    def __init__(self) -> None:
        self.is_new = True
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="ascii",
                # A Ctrl+C in the terminal is for us, not for it. No session of its own: Linux would share the processor out
                # between the two sessions evenly, however modest the worker is.
                process_group=0,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise _no_worker(str(error.strerror or error)) from error

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can take a job."""
        return self._process.poll() is None

    def run(self, job: dict[str, Any]) -> str:
        """The line that answers `job`; empty when the process has ended."""
        try:
            to, back = self._process.stdin, self._process.stdout
            if to is None or back is None:
                return ""
            to.write(json.dumps(job) + "\n")
            to.flush()
            return back.readline()
        except (OSError, ValueError):  # it ended, or was killed, in between
            return ""

    def kill(self) -> None:
        """End it at once. Idempotent."""
        self._process.kill()

    def close(self) -> None:
        """Kill it and take back its pipes."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    _log.debug("the pipe of an ended worker")


class Workers:
    """At most `AT_ONCE` processes, shared by all who need one. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seats = threading.BoundedSemaphore(AT_ONCE)
        self._idle: list[Worker] = []

    def warm(self, count: int = 1) -> None:
        """Start processes beforehand, so that the next jobs need not wait for it. Blocks for some milliseconds."""
        with self._lock:
            for worker in [w for w in self._idle if not w.is_alive]:  # left by themselves after a while without work
                self._idle.remove(worker)
                worker.close()
            while len(self._idle) < min(count, AT_ONCE):
                self._idle.append(Worker())

    def run(self, job: dict[str, Any], cancelled: Callable[[], bool]) -> dict[str, Any]:
        """The answer to a job. Blocking; `cancelled` is asked 20 times a second, and a process at work is killed then.

        `job["large"]` says that the process is not kept: what it took goes back to the system.
        Raises CancelledError, the TopazdeskError that the worker reports, OSError, or ComputerError when it ends unasked.
        """
        while not self._seats.acquire(timeout=_ASK_S):
            if cancelled():
                raise CancelledError
        try:
            return self._answer(job, cancelled)
        finally:
            self._seats.release()

    def close(self) -> None:
        """End the idle ones; those at work end with their jobs."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def _answer(self, job: dict[str, Any], cancelled: Callable[[], bool]) -> dict[str, Any]:
        while True:
            worker = self._take()
            was_new, worker.is_new = worker.is_new, False
            line = _watched(worker, job, cancelled)
            if line and not job.get("large"):
                with self._lock:
                    self._idle.append(worker)
            else:
                worker.close()
            if line:
                return _read(line)
            if cancelled():
                raise CancelledError
            # One that had waited may have left just now; a new one that ends has a reason.
            if was_new:
                raise _no_worker("the worker process ended")

    def _take(self) -> Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    return worker
                worker.close()
        return Worker()


def _watched(worker: Worker, job: dict[str, Any], cancelled: Callable[[], bool]) -> str:
    """The answer, or nothing where it was cancelled."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_ASK_S):
            if cancelled():
                worker.kill()
                return

    watcher = threading.Thread(target=watch, name="worker-watch", daemon=True)
    watcher.start()
    try:
        return worker.run(job)
    finally:
        over.set()
        watcher.join()


def _read(line: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(line)
    if "ok" in answer:
        return dict(answer["ok"])
    if "os_error" in answer:
        raise OSError(answer["os_error"])
    kind, title, hint, details, code = answer["error"]
    found = getattr(errors, kind, None)
    family = found if isinstance(found, type) and issubclass(found, TopazdeskError) else TopazdeskError
    raise family(title, hint, details=details, code=code)


def _no_worker(details: str) -> ComputerError:
    return ComputerError(
        "This picture cannot be shown sharply",
        "The program's helper for large pictures did not start or ended early. Close other programs and choose it again",
        details=details,
        code=Code.COMPUTER_WORKER,
    )


def command() -> list[str]:
    """How the worker is run: a frozen program runs itself, anything else its interpreter."""
    if getattr(sys, "frozen", False):
        return [sys.executable, FROZEN_WORD]
    return [sys.executable, "-m", "topazdesk.media.worker"]


#: The processes of this program.
shared = Workers()
atexit.register(shared.close)
