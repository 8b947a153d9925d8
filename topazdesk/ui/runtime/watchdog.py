"""Notices when the window does not answer, and what ran meanwhile.

A timer beats in the window's thread. When a beat is late by more than a limit, a thread beside it takes samples of what the
window's thread is doing; once the loop answers again, one `Gap` with the most frequent samples is reported. In the product that
is a line in the log: places in the source only, no values, so that nothing of the user's can be in it.

A late beat is not always the program's fault: on a loaded machine the thread may simply not have been given a processor. So a
gap carries three times: how long it was, how much processor time the window's thread used in it, and (Linux) how long the thread
was ready to run but waited for a processor. `Gap.own_s` is what the program itself is to blame for: where the machine is loaded,
the processor time alone, because then the holders of every lock are slow as well; else all of the gap that was not such waiting.
Tests decide by `own_s` and therefore do not depend on what else the machine does.
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

from PySide6.QtCore import QObject, Qt, QTimer

#: A gap that users notice; the bar of the design.
LIMIT_S = 0.1
#: Wakes the processor twenty times a second: cheap, and early enough to look at a gap while it lasts.
_BEAT_MS = 50
#: The product's own source, and what comes before it, which is left out of a place.
_PACKAGE = Path(__file__).parents[2]
_ROOT = str(_PACKAGE.parent) + os.sep
_DEPTH = 12
_MOST_SAMPLES = 200
_SHOWN_SAMPLES = 3
#: Waiting for a processor for this part of a gap means that the machine is loaded, whatever the load average says.
_LOADED_SHARE = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gap:
    """One time without an answer. `seconds` of it in all, `cpu_s` of processor time of the window's thread, `starved_s` of
    waiting for a processor (0 where the system does not tell). `stacks`: what ran, most frequent first, innermost place first.
    """

    seconds: float
    cpu_s: float
    starved_s: float
    is_loaded: bool
    stacks: tuple[tuple[str, ...], ...]

    @property
    def own_s(self) -> float:
        """Seconds that are the program's own doing."""
        return self.cpu_s if self.is_loaded else max(self.cpu_s, self.seconds - self.starved_s)

    def __str__(self) -> str:
        shown = " | ".join(" < ".join(stack) for stack in self.stacks[:_SHOWN_SAMPLES]) or "nothing was seen"
        times = f"{self.seconds * 1000:.0f} ms ({self.cpu_s * 1000:.0f} ms of it computing, "
        return f"{times}{self.starved_s * 1000:.0f} ms without a processor): {shown}"


def log_gap(gap: Gap) -> None:
    """What the product does with a gap. One in which the machine had no time for the program is not worth a warning."""
    level = logging.WARNING if gap.own_s > LIMIT_S else logging.INFO
    _log.log(level, "the window did not answer for %s", gap)


class Watchdog(QObject):
    """From `start` to `stop`, in the window's thread, `report` gets each gap longer than `limit_s`, in that thread.

    `also`: folders besides the product's whose places are told.
    """

    def __init__(
        self,
        report: Callable[[Gap], None] = log_gap,
        parent: QObject | None = None,
        *,
        limit_s: float = LIMIT_S,
        beat_ms: int = _BEAT_MS,
        also: tuple[Path, ...] = (),
    ) -> None:
        super().__init__(parent)
        self._folders = tuple(f"{folder}{os.sep}" for folder in (_PACKAGE, *also))
        self._report, self._limit = report, limit_s
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(beat_ms)
        self._timer.timeout.connect(self._beat)
        self._lock = threading.Lock()
        self._samples: list[tuple[str, ...]] = []
        self._sampler: threading.Thread | None = None
        self._ended = threading.Event()
        self._clock = _ThreadClock()
        self._last = (0.0, 0.0, 0.0)

    def start(self) -> None:
        """Begin to watch the thread that calls this."""
        if self._sampler is not None:
            return
        self._clock = _ThreadClock()
        self._last = (time.monotonic(), *self._clock.read())
        self._ended.clear()
        self._sampler = threading.Thread(
            target=self._watch, args=(threading.get_ident(),), name="watchdog", daemon=True
        )
        self._sampler.start()
        self._timer.start()

    def stop(self) -> None:
        """Watch no more; returns when the thread beside has ended."""
        self._timer.stop()
        self._ended.set()
        if self._sampler is not None:
            self._sampler.join()
            self._sampler = None

    def _beat(self) -> None:
        began, cpu, starved = self._last
        now = time.monotonic()
        late = now - began - self._timer.interval() / 1000
        self._last = (now, *self._clock.read())
        if late <= self._limit:
            return
        with self._lock:
            samples, self._samples = self._samples, []
        stacks = tuple(stack for stack, _ in Counter(samples).most_common())
        waited = self._last[2] - starved
        is_loaded = waited > _LOADED_SHARE * late or _load() > (os.cpu_count() or 1)
        self._report(Gap(late, self._last[1] - cpu, waited, is_loaded, stacks))

    def _watch(self, thread: int) -> None:
        """Runs beside: looks at the window's thread as soon as a beat is clearly late."""
        beat = self._timer.interval() / 1000
        first_look = beat + self._limit / 3
        begun = 0.0
        while not self._ended.wait(min(beat, self._limit / 5)):
            last = self._last[0]
            if time.monotonic() - last < first_look:
                continue
            frame = sys._current_frames().get(thread)  # noqa: SLF001 - the one way to look at another thread
            with self._lock:
                if last != begun:  # another gap than the one before, which may have been too short to be told
                    begun, self._samples = last, []
                if frame is not None and len(self._samples) < _MOST_SAMPLES:
                    self._samples.append(_places(frame, self._folders))
            del frame


class _ThreadClock:
    """Processor time of the thread that made it, and its time spent ready but waiting, both in seconds."""

    def __init__(self) -> None:
        self._schedstat = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")

    def read(self) -> tuple[float, float]:
        """Both, since the thread began. To be called in that thread."""
        try:
            waited = int(self._schedstat.read_text("ascii").split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            waited = 0.0
        return time.thread_time(), waited


def _load() -> float:
    """Programs that want to run, averaged over a minute; 0 where the system does not tell."""
    try:
        return os.getloadavg()[0]
    except (OSError, AttributeError):
        return 0.0


def _places(frame: FrameType | None, folders: tuple[str, ...]) -> tuple[str, ...]:
    """The innermost place whatever it is, then those in `folders`, innermost first."""
    found: list[str] = []
    while frame is not None and len(found) < _DEPTH:
        code = frame.f_code
        if not found or code.co_filename.startswith(folders):
            found.append(f"{_source(code)}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return tuple(found)


def _source(code: CodeType) -> str:
    """The file without the folders of this computer."""
    if code.co_filename.startswith(f"{_PACKAGE}{os.sep}"):
        return code.co_filename.removeprefix(_ROOT).replace(os.sep, "/")
    return "/".join(Path(code.co_filename).parts[-3:])
