"""Detects when the window stops responding, and records what ran meanwhile.

While the loop works, a timer beats in the window's thread (`Pulse`). When a beat is overdue, a second thread takes
samples of what the window's thread is doing. Once the loop responds again, and the beat was late by more than a limit,
one `Gap` is reported with the most frequent samples. In the product that is a line in the log: source locations only,
no values, so that no user data can be in it. While the loop waits, nothing beats and the second thread sleeps. The
first turn after such a rest (most often a movement of the pointer) is judged by its CPU time alone, without samples.

A late beat is not always the program's fault: on a loaded machine the thread may simply not have been given a CPU. So a
gap carries three times: how long it was, how much CPU time the window's thread used in it, and (Linux only) how long
the thread was ready to run but waited for a CPU. `Gap.own_s` is what the program itself is to blame for. On a loaded
machine that is the CPU time alone, because whoever holds a lock is then slow as well; otherwise it is the whole gap
minus the wait for a CPU. Tests judge by `own_s`, so they do not depend on what else the machine does.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

from PySide6.QtCore import QObject

from topazdesk.ui.runtime.pulse import Pulse

#: Three frames of a usual screen: the shortest gap that users notice. The design allows none longer.
LIMIT_S = 0.05
#: The product's own source folder, and the path prefix that is left out of reported locations.
_PACKAGE = Path(__file__).parents[2]
_ROOT = str(_PACKAGE.parent) + os.sep
_DEPTH = 12
_MOST_SAMPLES = 200
_SHOWN_SAMPLES = 3
#: If the thread waited for a CPU for more than this share of a gap, the machine is loaded, whatever the load average.
_LOADED_SHARE = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gap:
    """A period in which the window did not respond.

    `seconds` is its length, `cpu_s` the CPU time that the window's thread used, `starved_s` how long the thread waited
    for a CPU (0 if the system does not report it). `stacks` is what ran: most frequent stack first, each with its
    innermost location first.
    """

    seconds: float
    cpu_s: float
    starved_s: float
    is_loaded: bool
    stacks: tuple[tuple[str, ...], ...]

    @property
    def own_s(self) -> float:
        """Seconds that are the program's own fault (see the module docstring)."""
        return self.cpu_s if self.is_loaded else max(self.cpu_s, self.seconds - self.starved_s)

    def __str__(self) -> str:
        shown = " | ".join(" < ".join(stack) for stack in self.stacks[:_SHOWN_SAMPLES]) or "nothing was seen"
        times = f"{self.seconds * 1000:.0f} ms ({self.cpu_s * 1000:.0f} ms of it computing, "
        return f"{times}{self.starved_s * 1000:.0f} ms without a processor): {shown}"


def log_gap(gap: Gap) -> None:
    """Log a gap: as a warning if the program is to blame, else (the machine was busy) for information only.

    While there is no log yet, nothing is said: Python would write it to the terminal of the user.
    """
    if _log.hasHandlers():
        level = logging.WARNING if gap.own_s > LIMIT_S else logging.INFO
        _log.log(level, "the window did not answer for %s", gap)


class Watchdog(QObject):
    """Watches the window's thread between `start` and `stop`.

    `report` is called in that thread with each gap longer than `limit_s`. `also`: further source folders whose
    locations appear in the stacks, besides the product's own.
    """

    def __init__(
        self,
        pulse: Pulse,
        report: Callable[[Gap], None] = log_gap,
        parent: QObject | None = None,
        *,
        limit_s: float = LIMIT_S,
        also: tuple[Path, ...] = (),
    ) -> None:
        super().__init__(parent)
        self._folders = tuple(f"{folder}{os.sep}" for folder in (_PACKAGE, *also))
        self._report = report
        self._limit = limit_s
        self._pulse = pulse
        self._lock = threading.Lock()
        self._samples: list[tuple[str, ...]] = []
        self._sampler: threading.Thread | None = None
        self._is_beating = threading.Event()
        self._has_ended = threading.Event()
        self._clock = _ThreadClock()
        self._last = (0.0, 0.0, 0.0)

    def start(self) -> None:
        """Start watching the calling thread, whose pulse it is. Idempotent."""
        if self._sampler is not None:
            return
        self._clock = _ThreadClock()
        self._last = (time.monotonic(), *self._clock.read())
        self._has_ended.clear()
        self._pulse.began.connect(self._began)
        self._pulse.beat.connect(self._beat)
        self._pulse.rested.connect(self._is_beating.clear)
        if self._pulse.is_beating:
            self._is_beating.set()
        self._sampler = threading.Thread(
            target=self._watch, args=(threading.get_ident(),), name="watchdog", daemon=True
        )
        self._sampler.start()

    def stop(self) -> None:
        """Stop watching; return when the sampling thread has ended. Idempotent."""
        if self._sampler is None:
            return
        self._pulse.began.disconnect(self._began)
        self._pulse.beat.disconnect(self._beat)
        self._pulse.rested.disconnect(self._is_beating.clear)
        self._has_ended.set()
        self._is_beating.set()
        self._sampler.join()
        self._is_beating.clear()
        self._sampler = None

    def _began(self) -> None:
        """Take in that the loop took a turn after a rest. How long it rested is unknown, but not what it computed."""
        before, self._last = self._last, (time.monotonic(), *self._clock.read())
        self._is_beating.set()
        computed = self._last[1] - before[1]
        if computed > self._limit:
            self._tell(computed, before)

    def _beat(self) -> None:
        before, self._last = self._last, (time.monotonic(), *self._clock.read())
        late = self._last[0] - before[0] - self._pulse.interval_s
        if late > self._limit:
            self._tell(late, before)

    def _tell(self, late: float, before: tuple[float, float, float]) -> None:
        with self._lock:
            samples, self._samples = self._samples, []
        stacks = tuple(stack for stack, _ in Counter(samples).most_common())
        waited = self._last[2] - before[2]
        is_loaded = waited > _LOADED_SHARE * late or _load() > (os.cpu_count() or 1)
        self._report(Gap(late, self._last[1] - before[1], waited, is_loaded, stacks))

    def _watch(self, thread: int) -> None:
        """Sample the window's thread whenever a beat is clearly late. Runs in the sampling thread."""
        first_look = self._pulse.interval_s + self._limit / 3
        begun = 0.0
        while not self._has_ended.is_set():
            self._is_beating.wait()
            last = self._last[0]
            early = last + first_look - time.monotonic()
            if early > 0:
                self._has_ended.wait(early)
                continue
            frame = sys._current_frames().get(thread)  # noqa: SLF001 - the only way to inspect another thread
            with self._lock:
                if last != begun:  # a new gap; the one before may have been too short to report
                    begun, self._samples = last, []
                if frame is not None and len(self._samples) < _MOST_SAMPLES:
                    self._samples.append(_places(frame, self._folders))
            del frame
            self._has_ended.wait(self._limit / 5)


class _ThreadClock:
    """Measures how much CPU time its creating thread used, and how long that thread waited for a CPU; in seconds."""

    def __init__(self) -> None:
        self._schedstat = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")

    def read(self) -> tuple[float, float]:
        """Return CPU time and waiting time since the thread started. Must be called in that thread."""
        try:
            waited = int(self._schedstat.read_text("ascii").split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            waited = 0.0
        return time.thread_time(), waited


def _load() -> float:
    """Return the one-minute load average, or 0 if the system has none."""
    if sys.platform == "win32":
        return 0.0
    try:
        return os.getloadavg()[0]
    except OSError:
        return 0.0


def _places(frame: FrameType | None, folders: tuple[str, ...]) -> tuple[str, ...]:
    """Return the source locations of a stack, innermost first: the innermost one, and all others in `folders`."""
    found: list[str] = []
    while frame is not None and len(found) < _DEPTH:
        code = frame.f_code
        if not found or code.co_filename.startswith(folders):
            found.append(f"{_source(code)}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return tuple(found)


def _source(code: CodeType) -> str:
    """Return the path of a source file without folder names of this computer."""
    if code.co_filename.startswith(f"{_PACKAGE}{os.sep}"):
        return code.co_filename.removeprefix(_ROOT).replace(os.sep, "/")
    return "/".join(Path(code.co_filename).parts[-3:])
