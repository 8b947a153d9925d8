"""Bears witness that the originals of a run are as they were: read again after it, byte for byte.

topazdesk opens originals for reading only. An archive wants that proven, not promised; and a picture that was edited
while its result was made has a result of the older picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from topazdesk.domain.job import Job, JobState
from topazdesk.engine import files
from topazdesk.errors import ComputerError


class OriginalState(StrEnum):
    """What an original is, compared with what was sent; the value is the word in logs and in `--json`."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    MISSING = "missing"  # or cannot be read


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

    @property
    def sentence(self) -> str:
        """Say how many are unchanged."""
        return f"{self.unchanged:,} of {self.checked:,} {'original' if self.checked == 1 else 'originals'} unchanged"


def has_original(job: Job) -> bool:
    """Tell whether a job's original can be compared: not that of a trial, which is a patch that the program made."""
    return job.state is JobState.DONE and bool(job.source_digest) and job.trial is None and not job.was_found


def original_state(job: Job, *, by_content: bool = True) -> OriginalState | None:
    """Compare a finished job's original with what was sent; None if there is nothing to compare with. Blocks.

    `by_content` reads every byte. Without it, a file of the same length and time counts as unchanged, and only another
    one is read.
    """
    if not has_original(job):
        return None
    try:
        state = job.source.stat()
        if not by_content and (state.st_size, state.st_mtime_ns) == (job.source_bytes, job.source_mtime_ns):
            return OriginalState.UNCHANGED
        digest = files.digest_of(job.source)
    except (OSError, ValueError, ComputerError):
        return OriginalState.MISSING
    if not digest:
        return OriginalState.MISSING
    return OriginalState.UNCHANGED if digest == job.source_digest else OriginalState.CHANGED


async def witness(jobs: Iterable[Job]) -> Witness:
    """Compare the originals of finished jobs with the digests taken when they were sent. Reads each once, in a thread.

    A picture with several results counts once, and as changed if it is not what was sent for any of them.
    """
    sent = {(job.source, job.source_digest): job for job in jobs if has_original(job)}

    def work() -> Witness:
        found: dict[Path, OriginalState] = {}
        digests: dict[Path, str] = {}
        for path, digest in sent:
            if path not in digests:
                digests[path] = _digest(path)
            if not digests[path]:
                found[path] = OriginalState.MISSING
            elif digests[path] != digest:
                found[path] = OriginalState.CHANGED
            else:
                found.setdefault(path, OriginalState.UNCHANGED)
        changed = tuple(path for path, state in found.items() if state is OriginalState.CHANGED)
        missing = tuple(path for path, state in found.items() if state is OriginalState.MISSING)
        return Witness(len(found), changed, missing)

    return await asyncio.to_thread(work) if sent else Witness()


def _digest(path: Path) -> str:
    try:
        return files.digest_of(path)
    except ComputerError:
        return ""
