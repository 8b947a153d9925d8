"""The object that all request handlers share; it is made at the start and stored in `app.state.sandbox`."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field

from starlette.requests import Request

from topazdesk.sandbox import jobs
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.database import Database
from topazdesk.sandbox.jobs import SandboxJob
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
    #: Held while a confirmed asset is stored: two confirmations of one asset at a time would move its file twice.
    confirm_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def now(self) -> float:
        """Return the time in Unix seconds."""
        return time.time()

    async def job(self, request: Request) -> SandboxJob:
        """Return the job whose id is in the path. Raises ApiError 400 when it is not a UUID, 404 when it is unknown."""
        found = await self.database.run(jobs.get, process_id(request), self.now())
        if found is None:
            raise unknown_job()
        return found


def sandbox_of(request: Request) -> Sandbox:
    """Return the sandbox that serves this request."""
    found: Sandbox = request.app.state.sandbox
    return found


def process_id(request: Request) -> str:
    """Return the process id in the path. Raises ApiError 400 when it is not a UUID."""
    found = uuid_of(request.path_params["process_id"])
    if found is None:
        raise ApiError(400, "Invalid process ID. It must be a UUID.")
    return found


def uuid_of(text: str) -> str | None:
    """Return a UUID in lower case, as ids are stored, or None for other text. The hyphens are required."""
    return text.lower() if _UUID.fullmatch(text) else None


def unknown_job() -> ApiError:
    """Return the 404 for a job that was never submitted, was deleted, or is older than seven days."""
    return ApiError(404, "No image with this process ID was found.")
