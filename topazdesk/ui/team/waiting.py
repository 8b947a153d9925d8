"""Opens a profile whose team's database may be away: it is waited for with a word, and can be done without."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from topazdesk.app.paths import Paths
from topazdesk.app.settings import Settings, team_in_environment
from topazdesk.errors import TopazdeskError
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.texts import tr

T = TypeVar("T")
_AGAIN_S = 3.0
#: Faults of a team's database by which a profile cannot be opened.
_TEAM = "computer.team_"


class TeamWaiting:
    """Opens it as soon as that is possible. `reopen` begins anew with what the settings say then."""

    def __init__(self, notices: Notices, profile: Path | None, reopen: Callable[[], None]) -> None:
        self._notices = notices
        self._profile = profile
        self._reopen = reopen

    async def opened(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return what `work` does. Raises as it does, except for a database that is away, which is waited for."""
        told: TopazdeskError | None = None
        while True:
            try:
                found = await work()
            except TopazdeskError as error:
                if not error.code.startswith(_TEAM):
                    raise
                if told is None or told.code != error.code:
                    if told is not None:
                        self._notices.withdraw(told.title)
                    told = error
                    self._notices.error(error, *await self._actions())
                await asyncio.sleep(_AGAIN_S)
            else:
                if told is not None:
                    self._notices.withdraw(told.title)
                return found

    async def _actions(self) -> tuple[NoticeAction, ...]:
        """Return what helps: a team of the settings can be left, one of the command line or the environment not."""
        settings = await asyncio.to_thread(Settings.load, Paths.choose(self._profile).settings)
        if not settings.team or team_in_environment():
            return ()
        return (NoticeAction(tr("Leave the team"), self._leave, keep=True),)

    def _leave(self) -> None:
        paths = Paths.choose(self._profile)
        settings = Settings.load(paths.settings)
        settings.with_(team="", team_password=False, team_work=False).save(paths.settings)
        self._reopen()
