"""Opens a profile whose team's database may be away: it is waited for with a word, and can be done without."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from topazdesk.app.keys import Keys
from topazdesk.app.paths import Paths
from topazdesk.app.settings import Settings, team_in_environment
from topazdesk.app.team_context import left
from topazdesk.errors import Code, TopazdeskError
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.texts import tr

T = TypeVar("T")
_AGAIN_S = 3.0
#: Faults of a team's database, or of what the settings say of it, by which a profile cannot be opened.
_TEAM = frozenset(code for code in Code if code.name.startswith(("COMPUTER_TEAM_", "USE_TEAM_")))


class TeamWaiting:
    """Opens it as soon as that is possible. `again_s`: how long it waits between two tries."""

    def __init__(self, notices: Notices, profile: Path | None, *, again_s: float = _AGAIN_S) -> None:
        self._notices = notices
        self._paths = Paths.choose(profile)
        self._again_s = again_s
        self._leaves = asyncio.Event()

    async def opened(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return what `work` does, as soon as the database is there or the user has left the team.

        Raises as `work` does where the fault is another one.
        """
        told: TopazdeskError | None = None
        while True:
            try:
                found = await work()
            except TopazdeskError as error:
                if error.code not in _TEAM:
                    raise
                if told is None or told.code != error.code:
                    self._take_back(told)
                    told = error
                    self._notices.error(error, *await self._actions())
                await self._rest()
            else:
                self._take_back(told)
                return found

    def _take_back(self, told: TopazdeskError | None) -> None:
        if told is not None:
            self._notices.withdraw(told.title)

    async def _actions(self) -> tuple[NoticeAction, ...]:
        """Return what helps: a team of the settings can be left, one of the command line or the environment not."""
        settings = await asyncio.to_thread(Settings.load, self._paths.settings)
        if not settings.team or team_in_environment():
            return ()
        return (NoticeAction(tr("Leave the team"), self._leaves.set, keep=True),)

    async def _rest(self) -> None:
        """Wait for the next try, or until the user leaves the team."""
        try:
            async with asyncio.timeout(self._again_s):
                await self._leaves.wait()
        except TimeoutError:
            return
        self._leaves.clear()
        settings = await asyncio.to_thread(Settings.load, self._paths.settings)
        gone = await left(settings, Keys(self._paths.keys))
        await asyncio.to_thread(gone.save, self._paths.settings)
