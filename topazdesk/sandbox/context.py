"""What the handlers share: one object, made at the start, found at `request.app.state.sandbox`."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field

from starlette.requests import Request

from topazdesk.sandbox import jobs
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.database import Database
from topazdesk.sandbox.jobs import Job
from topazdesk.sandbox.links import Signer
from topazdesk.sandbox.models import ModelTable
from topazdesk.sandbox.runflow_input import RunflowModels
from topazdesk.sandbox.scenario import Scenario
from topazdesk.sandbox.state import StateFolder
from topazdesk.sandbox.timing import Pace
from topazdesk.sandbox.work import Workshop

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The parts of a running sandbox."""

    state: StateFolder
    database: Database
    models: ModelTable
    runflow: RunflowModels
    pace: Pace
    scenario: Scenario
    signer: Signer
    workshop: Workshop
    #: Held while an uploaded asset is taken in: two confirmations of one at a time would move the file twice.
    taking_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    async def job(self, request: Request) -> Job:
        """The job that the path names. Raises ApiError 400 for what is no UUID, 404 for an unknown one."""
        found = await self.database.run(jobs.get, process_id(request), self.now())
        if found is None:
            raise unknown_job()
        return found


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that serves this request."""
    found: Sandbox = request.app.state.sandbox
    return found


def process_id(request: Request) -> str:
    """The path's process id. Raises ApiError 400 when it is not a UUID."""
    found = uuid_of(request.path_params["process_id"])
    if found is None:
        raise ApiError(400, "Invalid process ID. It must be a UUID.")
    return found


def uuid_of(text: str) -> str | None:
    """A UUID as ids are kept, or None for a text that is none: the written form with hyphens, in any case, and no other."""
    return text.lower() if _UUID.fullmatch(text) else None


def unknown_job() -> ApiError:
    """404: never submitted, deleted, or older than seven days."""
    return ApiError(404, "No image with this process ID was found.")
