"""What every part of the engine works with, passed around as one object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.job import Job
from topazdesk.domain.ports import Clock, Pictures, Service, ServiceSource
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.engine.drives import Drives
from topazdesk.engine.events import EventHub
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.job_table import JobTable
from topazdesk.engine.key_marks import KeyMarks
from topazdesk.engine.policy import Policy
from topazdesk.engine.sharing import Sharing
from topazdesk.engine.submit_gate import SubmitGate
from topazdesk.engine.supervisor import Supervisor
from topazdesk.errors import ComputerError, TopazdeskError

#: Tells whether a step failed because this machine does not have the job's files now, so that others are to do it.
IsElsewhere = Callable[[Job, TopazdeskError], Awaitable[bool]]
#: Tells whether a folder for results that cannot be written here, for this reason, is left to another machine.
IsLeft = Callable[[Path, ComputerError], Awaitable[bool]]


async def _is_here(_: object, __: TopazdeskError) -> bool:
    return False  # where one program does all, there is nobody else


@dataclass(frozen=True, slots=True)
class OtherMachines:
    """What others do where several machines share the jobs.

    `are_there`: then a folder for results may never have been made, as whoever started its jobs cannot write there.
    """

    are_there: bool = False
    have_files: IsElsewhere = _is_here
    write_there: IsLeft = _is_here


@dataclass(frozen=True, slots=True)
class EngineContext:
    """The ports to the outside and the engine's own parts. `folder` is the engine's folder in the profile."""

    store: JobStore
    services: ServiceSource
    pictures: Pictures
    catalogue: Catalogue
    folder: Path
    clock: Clock
    events: EventHub
    policy: Policy
    supervisor: Supervisor
    job_table: JobTable
    gate: SubmitGate
    sharing: Sharing
    digests: FileDigests
    key_marks: KeyMarks
    wants_labels: Callable[[], bool] = bool  # by the settings
    read_policy: Callable[[], UsagePolicy] = UsagePolicy  # as it stands now; blocks
    others: OtherMachines = OtherMachines()
    drives: Drives = field(default_factory=Drives)

    async def service_of(self, job: Job) -> Service:
        """Return the client of the job's own account. Raises AccountError without its key, NetworkError."""
        return await self.services.get(job.account)
