"""How the team stands, looked at now and then, and what of that needs the user."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.app.team_standing import TeamStanding
from topazdesk.domain.job import Job, JobState
from topazdesk.errors import TopazdeskError
from topazdesk.language import comma, titled
from topazdesk.ui.texts import ntr, number, sentences, tr, translated

if TYPE_CHECKING:
    from topazdesk.app.team_desk import TeamDesk

#: Seconds between two looks: two statements a minute would do, but who starts a machine wants to see it.
_EVERY_S = 10.0
#: So soon after this computer has begun or ended to work.
_SOON_S = 1.5
#: Jobs whose folders are looked at.
_MOST_LOOKED_AT = 200


class TeamWatch(QObject):
    """Keeps the standing of the team. `changed` is emitted after each look, and when the line is lost or back."""

    changed = Signal()

    def __init__(self, team: TeamDesk, jobs: Callable[[], Iterable[Job]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.team = team
        self._jobs = jobs
        self.standing: TeamStanding | None = None  # None: not known yet
        self.fault: TopazdeskError | None = None  # why nothing is known now
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self._wake.clear()  # before the look: what is said during it may have come after what it saw
            await self._look()
            try:
                async with asyncio.timeout(_EVERY_S):
                    await self._wake.wait()
                await asyncio.sleep(_SOON_S)
            except TimeoutError:
                pass

    def look_soon(self) -> None:
        """Look a moment later, because something has changed."""
        self._wake.set()

    def set_line(self, fault: TopazdeskError | None) -> None:
        """Take in that the database cannot be reached, or can be again."""
        self.fault = fault
        self.changed.emit()
        self.look_soon()

    async def _look(self) -> None:
        try:
            self.standing, self.fault = await self.team.look(), None
        except TopazdeskError as error:
            self.fault = error
        self.changed.emit()

    @property
    def at_work(self) -> int:
        """How many machines work now, this window's included from the click on."""
        machines = () if self.standing is None else self.standing.at_work
        here = any(machine.name == self.team.machine for machine in machines)
        return len(machines) + (self.team.is_working and not here)

    @property
    def brief(self) -> str:
        """How it stands in two or three words."""
        if self.fault is not None:
            return tr("No connection")
        if self.standing is None:
            return tr("Looking…")
        count = self.at_work
        if not count:
            return tr("Nobody works")
        return ntr("1 machine works", "{n} machines work", count).format(n=number(count))

    def stuck(self) -> tuple[str, str]:
        """Return as title and hint why the queue does not move: no machine works, or none can; ("", "") if it may."""
        waiting = [job for job in self._jobs() if not job.state.is_final]
        if self.fault is not None or self.standing is None or not waiting:
            return "", ""
        count = ntr("1 picture waits", "{n} pictures wait", len(waiting)).format(n=number(len(waiting)))
        if not self.at_work:
            return (
                tr("No machine is working for this team"),
                tr("{count}. Let this computer work for the team, or start topazdesk worker on another one.").format(
                    count=count
                ),
            )
        unsent = [job for job in waiting if job.state is JobState.QUEUED]
        machines = self.standing.at_work
        if not unsent or not machines:
            return "", ""
        able = [machine for machine in machines if machine.uploads and not machine.trouble]
        if not able:
            why = [titled(machine.name, translated(machine.trouble)) for machine in machines if machine.trouble]
            return tr("No machine of the team can send"), sentences(*why)
        wanted = {roots for job in unsent[:_MOST_LOOKED_AT] if (roots := self.team.roots_of(job))}
        lacking = [roots for roots in wanted if not any(machine.serves(roots) for machine in able)]
        if not lacking:
            return "", ""
        unread = [roots for roots in lacking if not any({n for n, _ in roots} <= set(each.roots) for each in able)]
        if unread:
            return (
                tr("No machine at work has the folder {names}").format(names=_names(unread)),
                tr("Its pictures wait. Start topazdesk worker where it is, or name it under Team…"),
            )
        return (
            tr("No machine at work can write in the folder {names}").format(names=_names(lacking, is_written=True)),
            tr("Its pictures wait. Start topazdesk worker on a machine that can write there."),
        )


def _names(needed: Iterable[Iterable[tuple[str, bool]]], *, is_written: bool = False) -> str:
    found = {name for roots in needed for name, written in roots if written or not is_written}
    return comma().join(sorted(found))
