"""Undo and redo, by keeping the value from before each step.

Changes of the same thing within one gesture, or in quick succession, are one step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

#: Changes of the same thing (keys, wheel, typing) that are less than this apart are one step.
PAUSE_S = 0.8
_MOST = 200


class History(Generic[Value]):
    """The steps back and forward. Call `record` before every change, and `seal` when a gesture ends."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._back: list[Value] = []
        self._forward: list[Value] = []
        self._open: Hashable | None = None  # what the last step changed, while more changes may join it
        self._held = False
        self._at = 0.0

    @property
    def can_undo(self) -> bool:
        """Whether there is a step back."""
        return bool(self._back)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step forward."""
        return bool(self._forward)

    def record(self, before: Value, thing: Hashable, *, held: bool = False) -> None:
        """Note that `thing` is about to change from `before`.

        `held`: the change is part of a gesture that lasts until `seal`.
        """
        now = self._clock()
        follows = self._open is not None and thing == self._open
        same_step = follows and (self._held if held else not self._held and now - self._at < PAUSE_S)
        self._open = thing
        self._held = held
        self._at = now
        self._forward.clear()
        if same_step and self._back:
            return
        self._back.append(before)
        del self._back[:-_MOST]

    def seal(self) -> None:
        """End the gesture, so that the next change starts a new step."""
        self._open = None

    def undo(self, present: Value) -> Value | None:
        """Return the value from one step ago, or None. `present` is what `redo` returns to."""
        return self._move(self._back, self._forward, present)

    def redo(self, present: Value) -> Value | None:
        """Return the value that was undone last, or None. `present` is what `undo` returns to."""
        return self._move(self._forward, self._back, present)

    def clear(self) -> None:
        """Forget all steps."""
        self._back.clear()
        self._forward.clear()
        self.seal()

    def _move(self, source: list[Value], other: list[Value], present: Value) -> Value | None:
        self.seal()
        while source:
            value = source.pop()
            if value != present:  # a drag that ended where it began has changed nothing
                other.append(present)
                return value
        return None
