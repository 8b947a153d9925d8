"""How a team stands, as faces show it. Loads nothing of what a team needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: A machine that was not heard of for so many seconds does not count as one that works.
GONE_S = 60.0
#: A clock that differs by more seconds is worth a word; what is due goes by the database's.
CLOCK_S = 5.0


@dataclass(frozen=True, slots=True)
class TeamMachine:
    """A machine as its row in the team's database tells of it. `trouble`: why it sends nothing, "" if it does.

    `written`: the roots in which it can write. `away`: its roots of which there is something to say, and what.
    """

    name: str
    version: str
    roots: tuple[str, ...]
    uploads: int
    downloads: int
    trouble: str
    clock_ahead: float
    seen_ago: float
    written: tuple[str, ...] = ()
    away: tuple[tuple[str, str], ...] = ()

    def serves(self, needs: Iterable[tuple[str, bool]]) -> bool:
        """Tell whether it has all these roots, and can write in those with True."""
        return all(name in (self.written if is_written else self.roots) for name, is_written in needs)

    @property
    def works(self) -> bool:
        """Whether it works for the team now."""
        return bool(self.uploads or self.downloads) and self.seen_ago <= GONE_S

    @property
    def is_lost(self) -> bool:
        """Whether it was not heard of for a while, and has not said that it stops."""
        return bool(self.uploads or self.downloads) and self.seen_ago > GONE_S


@dataclass(frozen=True, slots=True)
class TeamStanding:
    """The machines of a team, the latest seen first, and what is to be said of the roots of this one."""

    machines: tuple[TeamMachine, ...] = ()
    away_here: tuple[tuple[str, str], ...] = ()

    @property
    def at_work(self) -> tuple[TeamMachine, ...]:
        """The machines that work now."""
        return tuple(machine for machine in self.machines if machine.works)
