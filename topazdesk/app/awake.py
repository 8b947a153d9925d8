"""Keeps the computer awake while pictures are being worked on, and only then.

A night run on a laptop stops when the computer falls asleep; a computer that is kept awake for jobs that wait for
tomorrow's hours never sleeps. So what counts is jobs in progress, and the screen may go dark.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from topazdesk.domain.job import StateGroup
from topazdesk.engine.events import Event, EventHub, JobAdded, JobChanged, JobProgress, JobsCleared

#: Seconds of work after which the computer is kept awake: no system falls asleep sooner, and short runs need nothing.
AFTER_S = 20.0
#: Seconds without work after which it may sleep again: a queue that waits for a service's limit goes on by itself.
LINGERS_S = 120.0

_log = logging.getLogger(__name__)


class Awake:
    """Follows the events of the jobs from the event loop on which it is made.

    `is_wanted` is asked each time the computer is about to be kept awake, and as the work goes on.
    """

    def __init__(
        self,
        events: EventHub,
        is_wanted: Callable[[], bool],
        *,
        after_s: float = AFTER_S,
        lingers_s: float = LINGERS_S,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_wanted = is_wanted
        self._was_wanted = False  # when it was asked last
        self._after_s, self._lingers_s = after_s, lingers_s
        self._working: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._hold: _Hold | None = None
        self._unsubscribe = events.subscribe(self._on_event)

    @property
    def is_held(self) -> bool:
        """Whether the computer is being kept awake, if it can be."""
        return self._hold is not None

    def close(self) -> None:
        """Let the computer sleep, and stop listening."""
        self._unsubscribe()
        self._set_timer(None, 0.0)
        self._release()

    def let_sleep(self) -> None:
        """Let the computer sleep now; new work keeps it awake again."""
        self._was_wanted = self._is_wanted()
        self._set_timer(None, 0.0)
        self._release()

    def _on_event(self, event: Event) -> None:
        was_working = bool(self._working)
        match event:
            case JobAdded(job) | JobChanged(job) if job.state.traits.group is StateGroup.PROGRESS:
                self._working.add(job.id)
            case JobAdded(job) | JobChanged(job):
                self._working.discard(job.id)
            case JobProgress(job_id):
                self._working.add(job_id)  # it was under way before this program was started
            case JobsCleared(ids):
                self._working -= ids
            case _:
                return
        if bool(self._working) == was_working:
            if self._working and self._timer is None and self._is_wanted() is not self._was_wanted:
                self._release()
                self._keep()  # the user has changed the setting during the work
            return
        if not self._working:
            self._set_timer(self._release, self._lingers_s)
        elif self._hold is None:
            self._set_timer(self._keep, self._after_s)
        else:
            self._set_timer(None, 0.0)

    def _set_timer(self, act: Callable[[], None] | None, delay_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay_s, act) if act is not None else None

    def _keep(self) -> None:
        self._timer = None
        self._was_wanted = self._is_wanted()
        if self._was_wanted:
            self._hold = _Hold()
            self._hold.start()

    def _release(self) -> None:
        if self._hold is not None:
            self._hold.over.set()
            self._hold = None


class _Hold(threading.Thread):
    """Keeps the computer awake until `over` is set.

    The system takes the wish back at the end of the thread (Windows) or of the connection (D-Bus) that it came from.
    """

    def __init__(self) -> None:
        super().__init__(name="awake", daemon=True)  # a bus that does not answer holds up no end of the program
        self.over = threading.Event()

    def run(self) -> None:
        """Ask, wait, take it back."""
        from wakepy import keep  # 40 ms, which only long runs need

        try:
            with keep.running(on_fail="pass") as mode:
                if mode.active:
                    _log.info("the computer is kept awake by %s", mode.method)
                else:
                    _log.warning("the computer cannot be kept awake: no way to do so works here")
                self.over.wait()
        except Exception:  # noqa: BLE001 whatever a desktop answers: pictures are worked on all the same
            _log.warning("the computer cannot be kept awake", exc_info=True)
