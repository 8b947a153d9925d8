"""The whole window in a process of its own, driven for a measurement: `… intake FOLDER PROFILE COUNT`, `… gaps FOLDER PROFILE COUNT
JOBS`, `… idle FOLDER PROFILE COUNT`. Prints one JSON object.

Real context, real sandbox process, Qt's own loop; Qt paints into memory (offscreen), so that every machine can measure.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.benchmarks.memory import resident_bytes
from tests.support.window import drop, live, profile_with_sandbox, session_of, until
from topazdesk.domain.job import JobState
from topazdesk.ui.models.picture import Section
from topazdesk.ui.runtime.pulse import Pulse
from topazdesk.ui.runtime.watchdog import Gap, Watchdog
from topazdesk.ui.shell.window import Window

_BEAT_MS = 4
#: Gaps of this length are told with what ran.
_TOLD_S = 0.03
#: How long a window is left alone before it is measured, for what is saved or put away a while after the last change.
_SETTLE_S = 10.0
_IDLE_S = 20.0
_SCHEDSTAT = Path("/proc/thread-self/schedstat")


class Gaps(QObject):
    """How late the loop answers, some hundred times a second: milliseconds, one number a beat.

    The time in which the thread was ready to run but other processes had the processors does not count (Linux tells it).
    """

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._pulse = Pulse(interval_ms=10)
        self._dog = Watchdog(self._pulse, self._told, limit_s=_TOLD_S)
        self._seen: list[str] = []
        self._last = (0.0, 0.0)

    def start(self) -> None:
        self._last = (time.perf_counter(), waited_s())
        self._timer.start()
        self._pulse.start()
        self._dog.start()

    def stop(self) -> None:
        self._timer.stop()
        self._dog.stop()
        self._pulse.stop()

    def _beat(self) -> None:
        now, waited = time.perf_counter(), waited_s()
        late = now - self._last[0] - _BEAT_MS / 1000 - (waited - self._last[1])
        self.late.append(max(0.0, late * 1000))
        self._last = (now, waited)

    def _told(self, gap: Gap) -> None:
        if gap.seconds - gap.starved_s > _TOLD_S:
            self._seen.append(str(gap))

    def told(self) -> dict[str, Any]:
        ordered = sorted(self.late)
        return {
            "p50": statistics.median(ordered),
            "p99": ordered[int(len(ordered) * 0.99)],
            "max": ordered[-1],
            "seen": self._seen,
        }


def waited_s() -> float:
    """Seconds that this thread was ready to run and had no processor; 0 where the system does not tell."""
    try:
        return int(_SCHEDSTAT.read_text("ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


async def intake(window: Window, folder: Path, count: int) -> dict[str, Any]:
    """Drop a folder; when are all rows there, and when is everything known of them."""
    pictures, gaps = window.library.pictures, Gaps()
    before = resident_bytes()
    gaps.start()
    begun, worked = time.perf_counter(), time.process_time()
    drop(window.pictures, folder)
    await until(lambda: len(pictures) == count and pictures.rowCount() == count + 1, "rows")
    rows, worked = time.perf_counter() - begun, time.process_time() - worked
    await _for_long(lambda: window.library.intake.is_idle, "headers")
    headers = time.perf_counter() - begun
    await _for_long(lambda: _seen(window), "visible thumbnails")
    seen = time.perf_counter() - begun
    gaps.stop()
    return {
        "rows_s": rows,
        "rows_processor_s": worked,
        "headers_s": headers,
        "seen_s": seen,
        "memory_mb": (resident_bytes() - before) / 1e6,
        **gaps.told(),
    }


def _seen(window: Window) -> bool:
    """Whether all rows on the screen have their thumbnail."""
    view, pictures = window.pictures.view, window.library.pictures
    rows = range(view.row_at(0) + 1, view.row_at(view.viewport().height() - 1) + 1)
    return all(p is not None and p.thumbnail is not None for p in map(pictures.picture, pictures.ids(rows)))


async def gaps(window: Window, folder: Path, count: int, jobs: int) -> dict[str, Any]:
    """Start jobs on small pictures, drop the folder while they run, wait for both."""
    pictures, watch = window.library.pictures, Gaps()
    drop(window.pictures, folder.with_name("small"))
    await until(lambda: len(session_of(window).pricing.held_all.plan.startable) == jobs, "the button")
    watch.start()
    begun = time.perf_counter()
    session_of(window).enhance(session_of(window).pricing.held_all.plan)
    drop(window.pictures, folder)
    await _for_long(lambda: len(pictures) == count + jobs and window.library.intake.is_idle, "headers")
    await _for_long(lambda: len(pictures.in_section(Section.FINISHED)) == jobs, "jobs")
    watch.stop()
    states = [p.job.state for p in pictures.in_section(Section.FINISHED) if p.job is not None]
    if states != [JobState.DONE] * jobs:
        raise RuntimeError(f"jobs ended as {states}")
    return {"seconds": time.perf_counter() - begun, **watch.told()}


async def idle(window: Window, folder: Path, count: int) -> dict[str, Any]:
    """Drop a folder, wait until all is read, then do nothing: how often does any thread wake up, for how much work?"""
    drop(window.pictures, folder)
    await until(lambda: len(window.library.pictures) == count, "rows")
    await _for_long(lambda: window.library.intake.is_idle and window.library.reader.is_idle, "headers")
    await _for_long(lambda: _seen(window) and window.viewer.is_sharp, "what is in sight")
    await asyncio.sleep(_SETTLE_S)
    before, begun, worked = _wake_ups(), time.perf_counter(), time.process_time()
    await asyncio.sleep(_IDLE_S)
    after, seconds, worked = _wake_ups(), time.perf_counter() - begun, time.process_time() - worked
    woken = {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}
    print(f"  woken: {woken}", file=sys.stderr)
    return {"wake_ups": sum(woken.values()) / seconds, "processor": worked / seconds * 100}


def _wake_ups() -> dict[str, int]:
    """How often each thread has waited for something so far, by its number and name."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        status = dict(line.split(":", 1) for line in (task / "status").read_text("utf-8").splitlines() if ":" in line)
        found[f"{task.name} {status['Name'].strip()}"] = int(status["voluntary_ctxt_switches"])
    return found


async def _for_long(state: Callable[[], bool], what: str) -> None:
    """As `until`, for what may take a minute."""
    for attempt in range(6):
        try:
            await until(state, what)
            return
        except AssertionError:
            if attempt == 5:
                raise


def main(what: str, folder: Path, root: Path, *numbers: int) -> int:
    app = QApplication([])
    told: dict[str, Any] = {}

    async def story(window: Window) -> None:
        told.update(await {"intake": intake, "gaps": gaps, "idle": idle}[what](window, folder, *numbers))

    with profile_with_sandbox(root) as (profile, _):
        live(app, profile, story, most_s=300)
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:])))
