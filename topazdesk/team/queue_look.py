"""Looks up what an account has in the queue at its service, where the database may be older than what was sent.

Done by the account's keeper wherever the database is at another place than the last time (`lineage`), and on any sign
that it is older. The same look as that for the queue of a profile's earlier run (`engine.unsent`), and for results that
no job knows (`engine.lost_results`); nothing of the account begins meanwhile, on any machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState
from topazdesk.engine import attention
from topazdesk.engine.absence import LISTED_SLACK_S
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.job_store import RowChangedError
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.lost_results import LostResults
from topazdesk.engine.policy import DAY_S
from topazdesk.engine.unsent import Unsent
from topazdesk.errors import AccountError, Code, KnownIdError, ServiceError, TopazdeskError
from topazdesk.language import say
from topazdesk.team import lineage
from topazdesk.team.team_store import TeamStore

#: Where jobs are that were not sent, as far as their rows know.
_UNSENT = frozenset({JobState.QUEUED, JobState.WAITING, JobState.PREPARING})
_AGAIN_S = 1.0


class QueueLook:
    """The looks of one machine."""

    def __init__(
        self,
        context: EngineContext,
        store: TeamStore,
        unsent: Unsent,
        lost: LostResults,
        let_go: Callable[[str], None],
    ) -> None:
        self._context = context
        self._store = store
        self._unsent = unsent
        self._lost = lost
        self._let_go = let_go
        self._looking: set[Account] = set()
        self._told: set[Account] = set()  # accounts whose list does not reach back far enough, as reported
        self._found: set[Account] = set()  # accounts of whose queue something was at the service
        self._has_looked: set[Account] = set()  # for lost results
        self.held: set[str] = set()  # jobs that are being looked for, and stay in memory
        unsent.noticed = self._noticed

    def is_looking(self, account: Account) -> bool:
        """Tell whether a look at an account goes on."""
        return account in self._looking

    def has_looked(self, account: Account) -> bool:
        """Tell whether this machine knows which of an account's results no job knew."""
        return account in self._has_looked

    async def run(self, account: Account) -> None:
        """Look, and let the account's submits begin then; end without that where it cannot be done.

        A second call at the same time does nothing.
        """
        await self._alone(account, self._until_verified)

    async def look_for_lost(self, account: Account) -> None:
        """Look for results that no job knows, as another machine found some."""
        await self._alone(account, self.lost)

    async def _alone(self, account: Account, work: Callable[[Account], Awaitable[object]]) -> None:
        if account in self._looking:
            return
        self._looking.add(account)
        gate = self._context.gate
        try:
            while True:
                turn = gate.turn(account)
                try:
                    await work(account)
                except AccountError as error:
                    if not gate.stop(error, account, turn):
                        continue
                break
        finally:
            self._looking.discard(account)

    async def _until_verified(self, account: Account) -> None:
        while not await self._look(account):  # noqa: ASYNC110 the database changes it
            await asyncio.sleep(_AGAIN_S)

    async def _look(self, account: Account) -> bool:
        """Look once; return whether nothing has changed meanwhile."""
        # What a dead worker was preparing is taken up by then, and back in the queue.
        while await self._store.is_any_prepared(account):  # noqa: ASYNC110 the database changes it
            await asyncio.sleep(_AGAIN_S)
        place, verified, why = await self._store._read(lambda c: lineage.look_of(c, str(account)))  # noqa: SLF001
        if why is None and lineage.is_another_line(verified, place):
            await self._store.flag_restored(f"{verified} is now {place}")
            return False
        if verified == place:
            return True
        if why is not None and await self._is_beyond_the_list(account):
            return False
        self._found.discard(account)
        await self._look_for_queue(account, twice=why is not None)
        if account in self._found and why is None:
            await self._flag(account)
            why = await self._store._read(lineage.restored)  # noqa: SLF001 the team's own
        self._has_looked.discard(account)
        lost = await self.lost(account)
        return await self._store.verified(account, place, lost, as_noticed=why)

    async def _is_beyond_the_list(self, account: Account) -> bool:
        """Tell whether the database is so old that a service does not list all that was sent since; say so once."""
        since = await self._store._read(lineage.restored_from)  # noqa: SLF001 the team's own
        listed_s = account.service.traits.lists_days * DAY_S - LISTED_SLACK_S
        is_beyond = self._context.clock.now() - since > listed_s
        if is_beyond and account not in self._told:
            self._told.add(account)
            self._context.events.emit(EngineError(_beyond_the_list(account)))
        return is_beyond

    async def _look_for_queue(self, account: Account, *, twice: bool) -> None:
        table = self._context.job_table
        jobs = await self._store.queued(account)
        ids = {job.id for job in jobs}
        self.held |= ids
        try:
            await table.refresh([job.id for job in jobs if table.get(job.id) is not None])
            table.fill(jobs)
            for each in jobs:
                self._context.sharing.learn(each)
            await self._unsent.look_for(account, jobs, twice=twice)
        finally:
            self.held -= ids
            for job_id in ids:
                self._let_go(job_id)

    def _noticed(self, account: Account) -> None:
        if account not in self._found:
            self._found.add(account)
            self._context.supervisor.spawn(f"noticed:{account}", self._flag(account))

    async def _flag(self, account: Account) -> None:
        await self._store.flag_restored(f"{account} had what is in the queue")

    async def lost(self, account: Account) -> int:
        """Return how many results of an account at its service no job knows; look for them the first time.

        Whoever sends for the account has looked then, and refuses what may be one of them. Raises AccountError.
        """
        tries = 0
        while account not in self._has_looked:
            try:
                service = await self._context.services.get(account)
                await self._lost.look(account, service, await service.list_jobs())
                self._has_looked.add(account)
            except AccountError:
                raise
            except TopazdeskError as error:
                if not tries:
                    self._context.events.emit(EngineError(error))
                await asyncio.sleep(self._context.policy.backoff(tries, error.retry_after_s))
                tries += 1
        return await self._lost.left(account)

    async def reclaim(self, job_id: str) -> None:
        """Make a job that this machine is sending a doubt, where its row says that it was not sent.

        The database was put back under the submit, whose answer is still to come, or has just been given up.
        """
        mine = self._context.job_table.get(job_id)
        if mine is None or mine.state is not JobState.SUBMITTING:
            return
        for row in await self._store.find([job_id]):
            if row.state in _UNSENT and row.intent_at < mine.intent_at:
                with suppress(RowChangedError, KnownIdError):
                    await self._store.save(
                        _doubt(row, mine),
                        row,
                        note="sent before the database was put back",
                        money=MoneyMove(MoneyKind.FOUND, mine.intent_at, mine.estimate.credits),
                    )
                await self._store.flag_restored(f"job {job_id} was being sent")


def _beyond_the_list(account: Account) -> ServiceError:
    return ServiceError(
        say("{service} does not list all that was sent since this backup", service=account.service.label),
        say(
            "So it cannot be said what of the queue was sent already, and nothing is sent. Cancel what was done, then: "
            "topazdesk team accept"
        ),
        code=Code.SERVICE_CANNOT_LOOK,
    )


def _doubt(row: Job, mine: Job) -> Job:
    return replace(
        row,
        state=JobState.DOUBTFUL,
        changed_at=mine.changed_at,
        resume_to=None,
        trouble=attention.looking("it was being sent when the database was put back"),
        intent_at=mine.intent_at,
        key_mark=mine.key_mark,
        handed_over=True,
        by_source=mine.by_source,
        source_id=mine.source_id,
        source_digest=mine.source_digest,
        sent=mine.sent,
    )
