"""Bears witness that the originals of a run are as they were: read again after it, byte for byte.

topazdesk opens originals for reading only. An archive wants that proven, not promised; and a picture that was edited
while its result was made has a result of the older picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.engine import files
from topazdesk.errors import ComputerError
from topazdesk.language import nsay


class OriginalState(StrEnum):
    """What an original is, compared with what was sent; the value is the word in logs and in `--json`."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    MISSING = "missing"  # or cannot be read


@dataclass(frozen=True, slots=True)
class Witness:
    """What became of the originals: how many were read again, which differ from what was sent, which cannot be read.

    `stale` are the changed ones that have a result, which is of the older picture.
    """

    checked: int = 0
    changed: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()
    stale: tuple[Path, ...] = ()

    @classmethod
    def of(cls, states: Mapping[Path, OriginalState], with_result: Collection[Path] = ()) -> Witness:
        """Count the states of originals."""
        changed = tuple(path for path, state in states.items() if state is OriginalState.CHANGED)
        missing = tuple(path for path, state in states.items() if state is OriginalState.MISSING)
        return cls(len(states), changed, missing, tuple(path for path in changed if path in with_result))

    def to_json(self) -> dict[str, int]:
        """Return the numbers as they stand in events of the command line."""
        return {
            "checked": self.checked,
            "unchanged": self.unchanged,
            "changed": len(self.changed),
            "missing": len(self.missing),
        }

    @property
    def unchanged(self) -> int:
        """How many are what they were when they were sent."""
        return self.checked - len(self.changed) - len(self.missing)

    @property
    def sentence(self) -> str:
        """Say how many are unchanged."""
        return nsay(
            "{unchanged:,} of 1 original unchanged",
            "{unchanged:,} of {n} originals unchanged",
            self.checked,
            unchanged=self.unchanged,
        )


def is_as_added(job: Job, info: ImageInfo, digest: str) -> bool:
    """Tell whether a picture that is about to be sent is the one that the job was made for.

    Its content decides where that was known when the job was made; else length and time of its file do. `info` and
    `digest` are what the file holds now. A patch that the program cut itself is never changed.
    """
    if job.source != job.picture:
        return True
    if job.source_digest:
        return digest == job.source_digest
    return is_version_of(job, info.bytes_on_disk, info.mtime_ns)


def is_version_of(job: Job, length: int, time_ns: int) -> bool:
    """Tell whether a file of this length and time is the version that the job was made for, by all that they say."""
    if not job.source_bytes:  # of a job that a program wrote which did not note it
        return True
    return length == job.source_bytes and _is_one_time(time_ns, job.source_mtime_ns)


#: The clocks of file systems and of the ways to them, in ns: Windows and its shares, NFS, archives, old ones.
_TICKS_NS = (100, 1_000, 1_000_000, 1_000_000_000)


def _is_one_time(time_ns: int, other_ns: int) -> bool:
    """Tell whether two times of a file are one: machines of a team may reach it in ways that tell it less exactly."""
    if time_ns == other_ns:
        return True
    return any(
        (time_ns % tick == 0) is not (other_ns % tick == 0) and abs(time_ns - other_ns) < tick for tick in _TICKS_NS
    )


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
    if not by_content:
        try:
            state = job.source.stat()
        except (OSError, ValueError):
            return OriginalState.MISSING
        if (state.st_size, state.st_mtime_ns) == (job.source_bytes, job.source_mtime_ns):
            return OriginalState.UNCHANGED
    return _state(_digest(job.source), job.source_digest)


async def witness(jobs: Iterable[Job], moved: Mapping[tuple[Path, str], Path] | None = None) -> Witness:
    """Compare the originals of jobs that are over with what they were. Reads each once, in a thread.

    A picture with several results counts once, and as changed if it is not what was sent for any of them. One that was
    refused before it was read to its end has no digest: of that, length and time are compared. `moved` says where this
    program itself has moved a picture, by its old path and the digest of what was sent ("" for none).
    """
    places = moved or {}
    jobs = list(jobs)
    with_result = {job.source for job in jobs if has_original(job)}
    sent = dict.fromkeys(
        (job.source, job.source_digest, job.source_bytes, job.source_mtime_ns) for job in jobs if _is_witnessed(job)
    )

    def work() -> Witness:
        digest_now = cache(_digest)
        found: dict[Path, OriginalState] = {}
        for path, digest, length, time_ns in sent:
            if found.setdefault(path, OriginalState.UNCHANGED) is not OriginalState.UNCHANGED:
                continue
            place = places.get((path, digest), path)
            found[path] = _state(digest_now(place), digest) if digest else _state_by_facts(place, length, time_ns)
        return Witness.of(found, with_result)

    return await asyncio.to_thread(work) if sent else Witness()


def _is_witnessed(job: Job) -> bool:
    is_over = job.state is JobState.FAILED or (job.state is JobState.DONE and bool(job.source_digest))
    return is_over and job.trial is None and not job.was_found


def _state_by_facts(path: Path, length: int, time_ns: int) -> OriginalState:
    try:
        state = path.stat()
    except (OSError, ValueError):
        return OriginalState.MISSING
    is_same = (state.st_size, state.st_mtime_ns) == (length, time_ns)
    return OriginalState.UNCHANGED if is_same else OriginalState.CHANGED


def _state(digest: str, sent: str) -> OriginalState:
    """Compare a file's digest, "" for none, with that of what was sent."""
    if not digest:
        return OriginalState.MISSING
    return OriginalState.UNCHANGED if digest == sent else OriginalState.CHANGED


def _digest(path: Path) -> str:
    """Return a file's digest, "" if it cannot be read."""
    try:
        return files.digest_of(path)
    except (ValueError, ComputerError):
        return ""
