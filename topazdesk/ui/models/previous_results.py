"""Show the results of pictures that were enhanced before, on the command line or in another window.

This way nothing is paid for twice by accident: such a picture appears under "Finished" with its result. Only "Enhance
again" puts it back under "To enhance", as with any finished picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.image import ImageInfo, PictureKey
from topazdesk.domain.job import Job, JobState
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.runtime.work import Spawn

#: Returns the jobs made from these files, newest first.
JobsOn = Callable[[Iterable[Path]], Awaitable[Iterable[Job]]]
#: Returns the finished jobs on pictures with the content of these, newest first, by the picture's path.
LastResults = Callable[[list[ImageInfo]], Awaitable[dict[PictureKey, list[Job]]]]


class PreviousResults(QObject):
    """Looks for the newest finished job of a picture as soon as its header has been read.

    A picture is known by its content: a copy, or one that was renamed or moved, is the same picture.
    `news` has the pictures that got a result which they did not have when the window was last closed.
    """

    news = Signal(list)

    def __init__(
        self, library: Library, jobs_on: JobsOn, last_results: LastResults, spawn: Spawn, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._jobs_on = jobs_on
        self._last_results = last_results
        self._spawn = spawn
        self._waiting: list[Picture] = []
        self._is_looking = False
        self._last_time: dict[PictureKey, str] = {}
        library.headers_read.connect(self._look)
        library.queue.run_ended.connect(self._look_again)
        self._look([picture.id for picture in library.pictures.pictures()])

    def remember(self, jobs: dict[PictureKey, str]) -> None:
        """Note which results the restored pictures had last time: the job's id by the picture."""
        self._last_time = jobs

    def _look(self, ids: list[int]) -> None:
        """Look soon for results of these pictures, as far as they have none."""
        self._waiting += [picture for picture in self._library.of(ids) if _may_have(picture)]
        if self._waiting and not self._is_looking:
            self._is_looking = True
            self._spawn("earlier results", self._find())

    def _look_again(self) -> None:
        """Look for results of copies of what has just been finished."""
        self._look([picture.id for picture in self._library.pictures.in_section(Section.TODO)])

    async def _find(self) -> None:
        """Look for all pictures that came meanwhile at once: thousands of headers are read in many small portions."""
        looked_for: list[Picture] = []
        try:
            while self._waiting:
                looked_for, self._waiting = self._waiting, []
                await self._find_by_file(looked_for)
                await self._find_by_content([picture for picture in looked_for if _may_have(picture)])
                looked_for = []
        finally:
            self._waiting = looked_for + self._waiting  # what could not be looked for is, with the next pictures
            self._is_looking = False

    async def _find_by_file(self, pictures: list[Picture]) -> None:
        newest: dict[PictureKey, list[Job]] = {}
        for each in await self._jobs_on(picture.path for picture in pictures):
            if each.state is JobState.DONE and each.result is not None and each.trial is None:
                newest.setdefault(each.key, []).append(each)
        matches = [(p, p.info, jobs) for p in pictures if (jobs := newest.get(p.key)) and _is_of(jobs[0], p)]
        if matches:
            await self._give(matches)

    async def _find_by_content(self, pictures: list[Picture]) -> None:
        asked = [(picture, info) for picture in pictures if (info := picture.info) is not None]
        found = await self._last_results([info for _, info in asked])
        matches = [
            (picture, info, jobs)
            for picture, info in asked
            if (jobs := found.get(picture.key)) and _suits(jobs[0], picture)
        ]
        if matches:
            await self._give(matches)

    async def _give(self, matches: Sequence[tuple[Picture, ImageInfo | None, list[Job]]]) -> None:
        """Give pictures their jobs, newest first, if the newest result is in place; the others tell their marks.

        A picture that left the list meanwhile gets none; a file that was changed is another one, and looked for again.
        """
        there = await asyncio.to_thread(_those_there, [jobs[0] for _, _, jobs in matches])
        listed = {picture.id for picture in self._library.of([picture.id for picture, _, _ in matches])}
        given = [
            (picture, jobs[0])
            for picture, info, jobs in matches
            if jobs[0].id in there and picture.id in listed and _may_have(picture) and picture.info == info
        ]
        marks = {picture.id: jobs for picture, _, jobs in matches}
        for picture, _ in given:
            self._library.queue.attach(picture, marks[picture.id])
        if given:
            self._library.results_found([picture for picture, _ in given])
        fresh = [picture for picture, job in given if self._last_time.pop(picture.key, "") != job.id]
        if fresh:
            self.news.emit(fresh)


def _may_have(picture: Picture) -> bool:
    return picture.info is not None and picture.job is None and not picture.again


def _is_of(job: Job, picture: Picture) -> bool:
    """Return whether the file is still the one that the job was made from."""
    info = picture.info
    return info is not None and (info.bytes_on_disk, info.mtime_ns) == (job.source_bytes, job.source_mtime_ns)


def _suits(job: Job, picture: Picture) -> bool:
    """Return whether the result of a copy is what the user wants of this one, who may have chosen other settings."""
    own, made = picture.recipe, job.recipe
    return own is None or (
        (own.service, own.model, own.values, own.output.size, own.output.format)
        == (made.service, made.model, made.values, made.output.size, made.output.format)
    )


def _those_there(jobs: list[Job]) -> set[str]:
    """Return the ids of the jobs whose result is still where it was put. Blocking."""
    return {job.id for job in jobs if job.result is not None and job.result.is_file()}
