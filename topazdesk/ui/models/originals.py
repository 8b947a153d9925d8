"""Reads the originals of a run again when it has ended, and marks the results whose picture was changed meanwhile.

A picture that was not sent because it was changed is read anew, so that the list shows what would be sent now.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.job import Job
from topazdesk.engine.originals import has_original, witness
from topazdesk.errors import Code
from topazdesk.ui.models.library import Library
from topazdesk.ui.runtime.work import Spawn


class OriginalsWatch(QObject):
    """Emits `witnessed` with the jobs of a run and what became of their originals (`Witness`)."""

    witnessed = Signal(list, object)

    def __init__(self, library: Library, spawn: Spawn, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._spawn = spawn
        self._stale: set[str] = set()
        library.queue.run_ended.connect(self._run_ended)

    def is_stale(self, job: Job) -> bool:
        """Return whether the job's result is of an older picture than the one that is there."""
        return job.id in self._stale

    def _run_ended(self, jobs: list[Job]) -> None:
        others = [job for job in jobs if job.trouble is not None and job.trouble.code == Code.USE_SOURCE_CHANGED]
        pictures = {job.key: self._library.pictures.at(*job.key) for job in others}
        if there := [picture for picture in pictures.values() if picture is not None]:
            self._library.read_again(there)
        if any(map(has_original, jobs)):
            self._spawn("originals", self._see(jobs))

    async def _see(self, jobs: list[Job]) -> None:
        found = await witness(jobs)
        stale = set(found.stale)
        for job in jobs:
            if has_original(job) and job.source in stale:
                self._stale.add(job.id)
                picture = self._library.pictures.at(*job.key)
                if picture is not None and not picture.is_stale:  # else a later run has been looked at before
                    picture.stale = job.id
                    self._library.pictures.touched(picture)
        self.witnessed.emit(jobs, found)
