"""Bears witness that the originals of a run are as they were: read again after it, byte for byte.

topazdesk opens originals for reading only. An archive wants that proven, not promised; and a picture that was edited
while its result was made has a result of the older picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from topazdesk.domain.job import Job, JobState
from topazdesk.engine import files
from topazdesk.errors import ComputerError


@dataclass(frozen=True, slots=True)
class Witness:
    """What became of the originals: how many were read again, which differ from what was sent, which cannot be read."""

    checked: int = 0
    changed: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()

    @property
    def unchanged(self) -> int:
        """How many are what they were when they were sent."""
        return self.checked - len(self.changed) - len(self.missing)


async def witness(jobs: Iterable[Job]) -> Witness:
    """Compare the originals of finished jobs with the digests taken when they were sent. Reads each once, in a thread.

    Trials are left out: they send a patch that the program made.
    """
    done = [job for job in jobs if job.state is JobState.DONE and job.source_digest and job.trial is None]
    sent = {job.source: job.source_digest for job in done}

    def work() -> Witness:
        found = {path: _digest(path) for path in sent}
        missing = tuple(path for path, digest in found.items() if not digest)
        changed = tuple(path for path, digest in found.items() if digest and digest != sent[path])
        return Witness(len(sent), changed, missing)

    return await asyncio.to_thread(work) if sent else Witness()


def _digest(path: Path) -> str:
    try:
        return files.digest_of(path)
    except ComputerError:
        return ""
