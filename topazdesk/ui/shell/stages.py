"""How long each stage of a start takes, for `--startup-report`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from topazdesk.ui.runtime.pulse import Pulse
    from topazdesk.ui.runtime.watchdog import Gap, Watchdog

#: What is not noticed by anybody is not told.
_SHORTEST_S = 0.01
_STARTED = time.monotonic()


class Stages:
    """Where the time of a start goes: milliseconds of each stage, in their order, after those of Python itself."""

    def __init__(self) -> None:
        self.times = {"python_ms": since_start_ms()}
        self._last = time.monotonic()
        self._watch: tuple[Pulse, Watchdog] | tuple[()] = ()
        self._stalls: list[Gap] = []

    def ended(self, name: str) -> None:
        """Note that a stage is over and the next one begins."""
        now = time.monotonic()
        self.times[name] = (now - self._last) * 1000
        self._last = now

    def reached(self, name: str) -> None:
        """Note how long after the start of the process something is reached."""
        self.times[name] = since_start_ms()

    def watch_loop(self) -> None:
        """Note from now on for how long the window does not answer; call it in the running loop."""
        from topazdesk.ui.runtime.pulse import Pulse
        from topazdesk.ui.runtime.watchdog import Watchdog

        pulse = Pulse(interval_ms=5)
        self._watch = pulse, Watchdog(pulse, self._stalls.append, limit_s=_SHORTEST_S)
        for each in self._watch:
            each.start()

    def report(self) -> None:
        """Print everything as one line of JSON, with the longest time in which the loop did not answer, and why."""
        for each in reversed(self._watch):
            each.stop()
        times = {name: round(value, 1) for name, value in self.times.items()}
        longest = max(self._stalls, key=lambda gap: gap.own_s, default=None)
        stall = {} if longest is None else {"stall_ms": round(longest.own_s * 1000, 1), "stall": str(longest)}
        sys.stdout.write(json.dumps({"event": "startup", **times, **stall}) + "\n")
        sys.stdout.flush()


def since_start_ms() -> float:
    """Return the milliseconds since the process began (Linux, to 10 ms), elsewhere since this module was loaded."""
    if sys.platform != "linux":
        return (time.monotonic() - _STARTED) * 1000
    try:
        fields = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - began) * 1000
    except (OSError, ValueError, AttributeError, IndexError):
        return (time.monotonic() - _STARTED) * 1000
