"""How the roots of this machine are: looked at again and again, and before each step that needs one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from topazdesk.team import root_marks
from topazdesk.team.root_marks import RootState
from topazdesk.team.roots import Roots, named

#: A folder that gives no answer for so long is one of a server that is gone.
_ANSWER_S = 5.0
#: A volume that refused a write is believed to be read-only for so long.
_REFUSED_S = 60.0


class RootWatch:
    """The states of this machine's roots. `changed` is called on the loop when one has changed."""

    def __init__(self, roots: Roots, marks: Callable[[], Mapping[str, str]], *, answer_s: float = _ANSWER_S) -> None:
        self._answer_s = answer_s
        self._roots = roots
        self._marks = marks
        self._looking: dict[str, asyncio.Future[RootState]] = {}
        self._refused: dict[str, float] = {}
        self.states: dict[str, RootState] = {}
        self.changed: Callable[[], None] = lambda: None

    async def look(self, names: Iterable[str] | None = None) -> dict[str, RootState]:
        """Look at these roots, or all, and return how they are. One that is not this machine's is missing."""
        wanted = self._roots.names if names is None else frozenset(names)
        found = await asyncio.gather(*(self._look(name) for name in sorted(wanted)))
        states = dict(zip(sorted(wanted), found, strict=True))
        new = self.states | {name: state for name, state in states.items() if name in self._roots.names}
        if new != self.states:
            self.states = new
            self.changed()
        return states

    async def _look(self, name: str) -> RootState:
        if name not in self._roots.names:
            return RootState.MISSING
        if name not in self._looking:  # one that hangs is not asked a second time
            self._looking[name] = _in_thread(root_marks.look, self._roots.folder(name), self._marks().get(name))
        looking = self._looking[name]
        try:
            async with asyncio.timeout(self._answer_s):
                state = await asyncio.shield(looking)
        except TimeoutError:
            return RootState.SILENT
        self._looking.pop(name, None)
        if state is RootState.THERE and self._refused.get(name, 0.0) > time.monotonic():
            return RootState.READ_ONLY
        return state

    def refused(self, name: str) -> None:
        """Note that the volume of a root has just refused a write: it can only be read, whatever the system says."""
        self._refused[name] = time.monotonic() + _REFUSED_S

    async def serves(self, needs: str) -> bool:
        """Look whether this machine has all that a job needs; see `Roots.needed`."""
        needed = dict(named(needs))
        states = await self.look(needed)
        return all(
            state is RootState.THERE or (state.is_readable and not needed[name]) for name, state in states.items()
        )

    def present(self) -> frozenset[str]:
        """Return what this machine has, as of the last look: roots, those that can be written once more with `!`."""
        readable = {name for name, state in self.states.items() if state.is_readable}
        return frozenset(readable | {f"{name}!" for name, state in self.states.items() if state is RootState.THERE})

    def amiss(self) -> dict[str, RootState]:
        """Return the roots of which there is something to say."""
        return {name: state for name, state in sorted(self.states.items()) if state is not RootState.THERE}


def _in_thread(
    work: Callable[[Path, str | None], RootState], folder: Path, mark: str | None
) -> asyncio.Future[RootState]:
    """Look in a thread of its own, which nobody waits for at the end: the system may never give it back."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[RootState] = loop.create_future()

    def settle(state: RootState) -> None:
        if not future.done():
            future.set_result(state)

    def run() -> None:
        try:
            state = work(folder, mark)
        except Exception:  # noqa: BLE001 whatever it is, nothing can be read there
            state = RootState.UNREADABLE
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, state)

    threading.Thread(target=run, name="topazdesk-root", daemon=True).start()
    return future
