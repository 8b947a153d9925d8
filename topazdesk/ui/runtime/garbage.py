"""Collects cyclic garbage in the window's thread only, and never looks through what stays.

Python collects in whichever thread happens to allocate. If the garbage holds a QObject (a timer, a socket notifier, a
widget), Qt objects are then destroyed in a worker thread, which stops unrelated timers or crashes the process. Both
happened before this module existed.

Modules and what they define stay as long as the program. To look through them takes longer than a window may stand
still, so they are frozen: Python's collector passes over them. The program begins with the collector off (`ui.main`),
which would else take a seventh of the time until the window can be used.
"""

from __future__ import annotations

import gc
import sys
import time

from PySide6.QtCore import QObject

from topazdesk.ui.runtime.pulse import Pulse

_LOOK_S = 0.5
#: So many objects are looked through in some 20 ms. More come at once only where much is loaded that stays: a long
#: list, its jobs.
_MOST = 150_000
#: Python 3.12 counts some hundred objects of its own as frozen, which live for ever.
_FROZEN_BY_PYTHON = 1_000


class Garbage(QObject):
    """Replaces Python's automatic collection between `start` and `stop`; keeps Python's own thresholds.

    It looks twice a second while the loop works, and once more when it rests. Where modules were loaded since the last
    look, or more objects came than can be looked through in a moment, all that exists is frozen instead.
    """

    def __init__(self, pulse: Pulse, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pulse = pulse
        self._was_on = False
        self._has_frozen = False
        self._thresholds = gc.get_threshold()
        self._looked_at = 0.0
        self._modules = 0

    def start(self) -> None:
        """Take over from Python's collector."""
        self._was_on = gc.isenabled()
        gc.disable()
        # What somebody else has frozen stays so: thawing knows only all or nothing.
        self._has_frozen = gc.get_freeze_count() < _FROZEN_BY_PYTHON
        self._freeze_modules()
        self._pulse.beat.connect(self._beat)
        self._pulse.rested.connect(self._look)

    def stop(self) -> None:
        """Collect once more and return to Python's automatic collection."""
        self._pulse.beat.disconnect(self._beat)
        self._pulse.rested.disconnect(self._look)
        if self._has_frozen:
            gc.unfreeze()
        gc.collect()
        if self._was_on:
            gc.enable()

    def _beat(self) -> None:
        if time.monotonic() - self._looked_at >= _LOOK_S:
            self._look()

    def _look(self) -> None:
        self._looked_at = time.monotonic()
        young, middle, old = gc.get_count()
        first, second, third = self._thresholds
        if young <= first or self._freeze_modules():
            return
        generation = 2 if middle > second and old > third else 1 if middle > second else 0
        count = young + sum(len(gc.get_objects(each)) for each in range(1, generation + 1))
        if count > _MOST and self._has_frozen:
            gc.freeze()
        else:
            gc.collect(generation)

    def _freeze_modules(self) -> bool:
        """Freeze what exists if modules were loaded since the last call; return whether there were any."""
        if not self._has_frozen or len(sys.modules) == self._modules:
            return False
        self._modules = len(sys.modules)
        gc.freeze()
        return True
