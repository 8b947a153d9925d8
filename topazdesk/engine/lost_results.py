"""Finds results that this job list no longer knows, although the service has them under names that only it gave out.

Then the list is a copy from before they were sent, or lost its last changes. Nothing can be looked up for pictures that
are chosen again, so a picture that may be one of those is not sent: the user fetches the results first, which is free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from topazdesk.domain.account import Account
from topazdesk.domain.job import Job
from topazdesk.domain.ports import RemoteJob, RemotePage, Service
from topazdesk.domain.services import ServiceName
from topazdesk.domain.token import has_mark, tokens_in
from topazdesk.engine.absence import CLOCK_SLACK_S, suspects
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.recovery import FETCHABLE
from topazdesk.errors import Code, ServiceError
from topazdesk.language import nsay, say

#: Pages that are read at most: 5,000 jobs of others since our last one.
_PAGES_MOST = 50


class LostResults:
    """The unknown results of each account, as found by the first look at its list."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._found: dict[Account, tuple[RemoteJob, ...]] = {}

    async def look(
        self, account: Account, service: Service, page: RemotePage, turns: Callable[[], None] = lambda: None
    ) -> None:
        """Read the list from its newest page on to where this job list knows it. Report what was found, once.

        That is a page without anything unknown, but with something known: between the two, others may have used the
        account. `turns` is called before each further page.
        """
        before = {remote.remote_id: remote for remote in self._found.get(account, ())}
        found = dict(before)
        cursors = {""}
        try:
            while len(cursors) <= _PAGES_MOST:
                new = await self._unknown(page.jobs)
                found |= {remote.remote_id: remote for remote in new}
                is_over = page.cursor in cursors or (not new and await self._is_known_from_here(account, page))
                if is_over:
                    break
                cursors.add(page.cursor)
                turns()
                page = await service.list_jobs(page.cursor)
        finally:  # what was found counts, even if the rest could not be read
            self._found[account] = tuple(found.values())
            if found and not before:
                self._context.events.emit(EngineError(_older(service.name, len(found))))

    async def gave_out(self, page: RemotePage) -> bool:
        """Tell whether a page of a list shows names that this job list gave out."""
        return bool(await self._ours(page.jobs))

    def has_found(self, account: Account) -> bool:
        """Tell whether an account's list has shown results that are unknown here."""
        return bool(self._found.get(account))

    async def left(self, account: Account) -> int:
        """Return how many of an account's results are still unknown, of those that the look found."""
        if found := self._found.get(account):
            self._found[account] = await self._unknown(found)
        return len(self._found.get(account, ()))

    async def refuse(self, job: Job) -> None:
        """Raise ServiceError if the job's result may be one of those that are still unknown, whichever account paid."""
        name = job.recipe.service
        found: list[RemoteJob] = []
        for account in [each for each in self._found if each.service is name]:
            self._found[account] = await self._unknown(self._found[account])
            found += self._found[account]
        if not found:
            return
        model = self._context.catalogue.by_slug(name, job.recipe.model)
        # At any time: the result is older than this new job on the same picture.
        seen = suspects(replace(job, intent_at=0.0), model, found)
        if seen:
            raise ServiceError(
                say("{service} may have the result of this picture already", service=name.label),
                "This job list is older than what was sent, so nothing was sent again. “Recover results” (topazdesk "
                "jobs recover) fetches what is there without paying. If this picture is not among it, start it again.",
                details=f"process {', '.join(remote.remote_id for remote in seen[:5])}",
                code=Code.SERVICE_LIST_IS_OLDER,
            )

    async def _unknown(self, remotes: Sequence[RemoteJob]) -> tuple[RemoteJob, ...]:
        """Return those that have a name given out by this job list, are unknown to it, and can be downloaded."""
        names = await self._ours([remote for remote in remotes if remote.state in FETCHABLE])
        unknown = await self._context.store.unknown(names)
        return tuple(remote for remote in remotes if remote.remote_id in unknown)

    async def _ours(self, remotes: Sequence[RemoteJob]) -> dict[str, list[str]]:
        """Return the names given out by this job list, by the remote ids of those that have any."""
        mark = await self._context.store.token_mark()
        return {
            remote.remote_id: marked
            for remote in remotes
            if (marked := [token for token in tokens_in(remote.file_name) if has_mark(token, mark)])
        }

    async def _is_known_from_here(self, account: Account, page: RemotePage) -> bool:
        """Tell whether what comes after this page of the list, which has nothing unknown, was sent before its end."""
        store, names = self._context.store, await self._ours(page.jobs)
        if await store.unknown(names) != names.keys():  # a copy of the list knows all that is older than what it knows
            return True
        sent = await store.ours(account)
        ids = {each.remote_id for each in sent}
        last = max((each.submitted_at or 0.0 for each in sent), default=0.0)
        return any(
            remote.remote_id in ids or (remote.created_at is not None and remote.created_at < last - CLOCK_SLACK_S)
            for remote in page.jobs
        )


def _older(name: ServiceName, count: int) -> ServiceError:
    results = nsay("1 result", "{n} results", count)
    return ServiceError(
        say("This job list is older than what is at {service}", service=name.label),
        say(
            "It comes from a backup, or its last changes were lost: {results:text} of pictures that it had sent are "
            "not "
            "known here. “Recover results” (topazdesk jobs recover) fetches them without paying again. Until then "
            "pictures like them are not sent.",
            results=results,
        ),
        code=Code.SERVICE_LIST_IS_OLDER,
    )
