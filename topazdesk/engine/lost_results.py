"""Results that this job list had sent for and does not know any more: the service has them under names that only it gave out.

Then the list is a copy from before the click, or lost its last changes. Nothing can be looked up for pictures that are chosen again,
so what may be one of those results is not sent: the user fetches them first, which is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from topazdesk.domain.job import Job
from topazdesk.domain.ports import RemoteJob, RemotePage, Service
from topazdesk.domain.services import ServiceName
from topazdesk.domain.token import has_mark, tokens_in
from topazdesk.engine.absence import suspects
from topazdesk.engine.events import Trouble
from topazdesk.engine.parts import Parts
from topazdesk.engine.recovery import FETCHABLE
from topazdesk.errors import Code, ServiceError


class LostResults:
    """The unknown results of each service, as the first look at its list found them."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._found: dict[ServiceName, tuple[RemoteJob, ...]] = {}

    async def look(self, service: Service, page: RemotePage) -> None:
        """Reads on from the newest page for as long as there is something unknown. Tells what was found, once."""
        found: dict[str, RemoteJob] = {}
        cursors = {""}
        try:
            while new := await self._unknown(page.jobs):
                found |= {remote.remote_id: remote for remote in new}
                if page.cursor in cursors:
                    break
                cursors.add(page.cursor)
                page = await service.list_jobs(page.cursor)
        finally:  # what was found counts, also where the rest could not be read
            if found:
                self._found[service.name] = tuple(found.values())
                self._p.events.emit(Trouble(_older(service.name, len(found))))

    async def refuse(self, job: Job) -> None:
        """Raises ServiceError for a job that may be one of the results that are still unknown."""
        name = job.recipe.service
        if name not in self._found:
            return
        self._found[name] = await self._unknown(self._found[name])
        model = self._p.catalogue.by_slug(name, job.recipe.model)
        # Whenever it was made: the result is older than this job of the same picture.
        seen = suspects(replace(job, intent_at=0.0), model, self._found[name])
        if seen:
            raise ServiceError(
                f"{name.label} may have the result of this picture already",
                "This job list is older than what was sent, so nothing was sent again. “Find lost results” (topazdesk jobs "
                "recover) fetches what is there without paying; start the picture again if it is not among it.",
                details=f"process {', '.join(remote.remote_id for remote in seen[:5])}",
                code=Code.SERVICE_LIST_IS_OLDER,
            )

    async def _unknown(self, remotes: Sequence[RemoteJob]) -> tuple[RemoteJob, ...]:
        """Those that were sent under names of this job list, which it does not know, and that can still be fetched."""
        mark = await self._p.store.token_mark()
        names = {
            remote.remote_id: marked
            for remote in remotes
            if remote.state in FETCHABLE
            and (marked := [token for token in tokens_in(remote.file_name) if has_mark(token, mark)])
        }
        unknown = await self._p.store.unknown(names)
        return tuple(remote for remote in remotes if remote.remote_id in unknown)


def _older(name: ServiceName, count: int) -> ServiceError:
    results = "1 result" if count == 1 else f"{count} results"
    return ServiceError(
        f"This job list is older than what is at {name.label}",
        f"It comes from a backup, or its last changes were lost: {results} of pictures that it had sent are not known here. “Find "
        "lost results” (topazdesk jobs recover) fetches them without paying again. Until then pictures like them are not sent.",
        code=Code.SERVICE_LIST_IS_OLDER,
    )
