"""Manage the worker processes: started on demand, kept for the next job, killed when nobody waits for the answer."""

from __future__ import annotations

import atexit
import json
import logging
import subprocess
import threading
from collections.abc import Callable
from typing import Any

from topazdesk import errors, own_program
from topazdesk.errors import Code, ComputerError, TopazdeskError

_log = logging.getLogger(__name__)

#: Number of jobs at a time: enough for both files of a pair.
AT_ONCE = 2
#: After a file of more bytes a process is not kept, so that its memory goes back to the system (see `Workers.run`).
LARGE_FILE_BYTES = 100_000_000
_POLL_S = 0.05
_NEWS = '{"news"'


#: Tells a running job something, as an object that is written as JSON.
Tell = Callable[[dict[str, Any]], None]
#: Hears what a running job tells before its answer, and may tell it something. Called in the thread that waits.
Hear = Callable[[dict[str, Any], Tell], None]


class CancelledError(Exception):
    """The caller no longer wants the answer."""


class Worker:
    """One worker process. `run` sends a job and waits for its answer; any thread may call `kill` meanwhile."""

    def __init__(self) -> None:
        self.is_new = True
        self._sending = threading.Lock()
        try:
            self._process: subprocess.Popen[str] = subprocess.Popen(  # noqa: S603 - our own program, no shell
                command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="ascii",
                **own_program.apart(),
            )
        except OSError as error:
            raise _no_worker(str(error.strerror or error)) from error

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs and can take a job."""
        return self._process.poll() is None

    def run(self, job: dict[str, Any], hear: Hear = lambda _news, _tell: None) -> str:
        """Send `job` and return the answer, a line of JSON; "" when the process has ended. Blocking."""
        try:
            back = self._process.stdout
            if back is None:
                return ""
            self._send(job)
            while (line := back.readline()).startswith(_NEWS):
                hear(json.loads(line)["news"], self.tell)
            return line
        except (OSError, ValueError):  # it ended or was killed meanwhile
            return ""

    def tell(self, said: dict[str, Any]) -> None:
        """Tell the running job something; nothing happens if there is none. In any thread."""
        try:
            self._send(said)
        except (OSError, ValueError):
            _log.debug("an ended worker was told something")

    def _send(self, said: dict[str, Any]) -> None:
        to = self._process.stdin
        if to is not None:
            with self._sending:
                to.write(json.dumps(said) + "\n")
                to.flush()

    def kill(self) -> None:
        """End the process at once. Idempotent."""
        self._process.kill()

    def close(self) -> None:
        """Kill the process and close its pipes."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    _log.debug("closing the pipe of an ended worker failed")


class Workers:
    """At most `AT_ONCE` processes, shared by all callers. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._idle: list[Worker] = []

    def warm(self, count: int = 1) -> None:
        """Start processes beforehand, so that the next jobs need not wait. Blocks for some milliseconds."""
        with self._lock:
            for worker in [
                w for w in self._idle if not w.is_alive
            ]:  # they exit by themselves after a while without work
                self._idle.remove(worker)
                worker.close()
            while len(self._idle) < min(count, AT_ONCE):
                self._idle.append(Worker())

    def run(
        self,
        job: dict[str, Any],
        cancelled: Callable[[], bool],
        hear: Hear = lambda _news, _tell: None,
    ) -> dict[str, Any]:
        """Run a job in a worker process and return its answer. Blocking.

        `cancelled` is called 20 times a second; once it returns True, the process is killed. `hear` gets what the job
        tells before its answer. After a job with
        `job["large"]` the process is not kept, so that its memory goes back to the system.
        Raises CancelledError, the TopazdeskError that the worker reports, OSError, or ComputerError when it crashes.
        """
        while not self._slots.acquire(timeout=_POLL_S):
            if cancelled():
                raise CancelledError
        try:
            return self._answer(job, cancelled, hear)
        finally:
            self._slots.release()

    def work(self) -> bool:
        """Return whether a process can be started and answers: if so, a job that ended one is to blame. Blocking."""
        try:
            self.run({"job": "headers", "paths": []}, lambda: False)
        except ComputerError:
            return False
        return True

    def close(self) -> None:
        """End the idle processes; those at work end with their jobs."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def _answer(self, job: dict[str, Any], cancelled: Callable[[], bool], hear: Hear) -> dict[str, Any]:
        while True:
            worker = self._take()
            was_new, worker.is_new = worker.is_new, False
            line = _watched(worker, job, cancelled, hear)
            if line and not job.get("large"):
                with self._lock:
                    self._idle.append(worker)
            else:
                worker.close()
            if line:
                return _read(line)
            if cancelled():
                raise CancelledError
            # An idle process may have exited just now, so try another. A new one that ends has a real problem.
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


def _watched(worker: Worker, job: dict[str, Any], cancelled: Callable[[], bool], hear: Hear) -> str:
    """Return the answer, or "" when the job was cancelled or the process ended."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_S):
            if cancelled():
                worker.kill()
                return

    watcher = threading.Thread(target=watch, name="worker-watch", daemon=True)
    watcher.start()
    try:
        return worker.run(job, hear)
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
        "The process for large pictures did not start or ended early. "
        "Close other programs and choose the picture again",
        details=details,
        code=Code.COMPUTER_WORKER,
    )


def command() -> list[str]:
    """Return the command that starts a worker."""
    return own_program.command(own_program.Part.MEDIA)


#: The worker processes of this program.
shared = Workers()
#: Those for results, so that none waits for a picture that somebody looks at.
for_results = Workers()
atexit.register(shared.close)
atexit.register(for_results.close)
