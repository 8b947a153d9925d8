"""Pictures that were enhanced before, on the command line or in another window, come into the list with their result.

Nothing is paid for twice by accident then: such a picture stands under "Finished" and shows its pair. Changing a setting, or
"Enhance again", puts it back under "To enhance", as with any finished picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.job import Job, JobState
from topazdesk.ui.models.picture import Picture

Spawn = Callable[[str, Coroutine[Any, Any, Any]], None]


class Earlier(QObject):
    """Knows the newest finished job of every source. `found` has the pictures that got a result; `attach` gives it to one.

    `news` has those of them that did not have this result in the list of last time.
    """

    found = Signal(list)
    news = Signal(list)

    def __init__(self, attach: Callable[[Picture, list[Job]], None], spawn: Spawn, parent: QObject) -> None:
        super().__init__(parent)
        self._attach, self._spawn = attach, spawn
        self._by_source: dict[Path, Job] = {}
        self._last_time: dict[Path, str] = {}

    def remember(self, jobs: dict[Path, str]) -> None:
        """Ids of the jobs whose results pictures had in the list of last time."""
        self._last_time = jobs

    def know(self, jobs: Iterable[Job]) -> None:
        """The jobs of the profile, in any order."""
        for job in jobs:
            self.told(job)

    def told(self, job: Job) -> None:
        """A job is new or has another state."""
        if job.state is not JobState.DONE or job.result is None or job.trial is not None:
            return
        known = self._by_source.get(job.source)
        if known is None or known.created_at <= job.created_at:
            self._by_source[job.source] = job

    def look(self, pictures: Iterable[Picture]) -> None:
        """Headers of these were read: those that are the very files of finished jobs get their results a moment later."""
        matches = [(p, job) for p in pictures if (job := self._job_of(p)) is not None]
        if matches:
            self._spawn("earlier results", self._give(matches))

    def _job_of(self, picture: Picture) -> Job | None:
        job, info = self._by_source.get(picture.path), picture.info
        if job is None or info is None or picture.job is not None or picture.again:
            return None
        same = (info.bytes_on_disk, info.mtime_ns) == (job.source_bytes, job.source_mtime_ns)
        return job if same else None

    async def _give(self, matches: list[tuple[Picture, Job]]) -> None:
        there = await asyncio.to_thread(_those_there, [job for _, job in matches])
        given = [
            (p, job) for p, job in matches if job.id in there and p.job is None and self._by_source.get(p.path) is job
        ]
        for picture, job in given:
            self._attach(picture, [job])
        if given:
            self.found.emit([picture for picture, _ in given])
        fresh = [picture for picture, job in given if self._last_time.pop(picture.path, "") != job.id]
        if fresh:
            self.news.emit(fresh)


def _those_there(jobs: list[Job]) -> set[str]:
    """Ids of the jobs whose result is still where it was put. Blocking."""
    return {job.id for job in jobs if job.result is not None and job.result.is_file()}
