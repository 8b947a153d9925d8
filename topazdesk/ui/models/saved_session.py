"""Save the window's session and restore it at the next start: pictures, recipe and selection, with their jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from topazdesk.app.session import Session, SessionPicture
from topazdesk.disk.causes import cause_of, remedy
from topazdesk.disk.names import shown_path
from topazdesk.domain.image import PictureKey
from topazdesk.domain.job import Job
from topazdesk.domain.recipe import Recipe
from topazdesk.engine.loop_turns import LoopTurns
from topazdesk.errors import Code, ComputerError
from topazdesk.language import say
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.runtime.debounce import Debounce

if TYPE_CHECKING:
    from topazdesk.ui.models.previous_results import PreviousResults
    from topazdesk.ui.models.session import WindowSession

_SAVE_AFTER_MS = 1000


class Remember(QObject):
    """Restores the session at startup, and saves it a moment after each change.

    `earlier` is told which results the pictures had last time; `select` takes the ids to select in the list, and the
    current one.
    """

    def __init__(
        self, session: WindowSession, earlier: PreviousResults, select: Callable[[list[int], int], None]
    ) -> None:
        super().__init__(session)
        self._session = session
        self._library = session.library
        self._context = session.context
        self._earlier = earlier
        self._select = select
        self._recipe = session.pricing.recipe
        self._own = session.pricing.own
        self._saving = asyncio.Lock()  # one after the other: a longer list takes longer to be written than a later one
        self._timer = Debounce(_SAVE_AFTER_MS, self._save_unless_scanning, self)

    async def restore(self) -> None:
        """Restore what the window showed last, then start to save changes."""
        self._session.set_restoring(True)
        try:
            await self._restore()
        finally:
            self._session.set_restoring(False)
            self._library.intake.read_restored()

    async def _restore(self) -> None:
        stored = await self._context.load_session()
        library = self._library
        if stored.recipe is not None:
            self._recipe.load(stored.recipe)
        self._session.set_terms(stored.terms)
        self._earlier.remember({p.key: p.job_id for p in stored.pictures if p.job_id})
        library.intake.know_folders(stored.folders)
        await library.intake.add([p.path for p in stored.pictures if not p.page], restored=True)
        await library.take_pages([p.key for p in stored.pictures if p.page is not None])
        known = await self._context.engine.jobs_on(p.path for p in stored.pictures if p.job_id)
        ids = {job.id for job in known}
        # A job cleared from the queue still belongs to its picture. Otherwise the picture could be paid for again.
        cleared = await self._context.engine.past(p.job_id for p in stored.pictures if p.job_id and p.job_id not in ids)
        jobs = jobs_by_source(known, cleared)
        chosen: list[int] = []
        current = 0
        turns = LoopTurns()
        elsewhere: dict[int, tuple[Recipe, ...]] = {}
        for place, each in enumerate(stored.pictures):
            await turns.take()
            picture = library.pictures.at(*each.key)
            if picture is None:
                continue
            elsewhere[picture.id] = each.elsewhere
            picture.cells = each.cells
            if each.recipe is not None:
                self._own.restore(picture, each.recipe)
            if each.job_id:
                library.queue.attach(picture, self._as_they_are(picture, jobs.get(each.key, [])))
                # Not if it was made again since: a program that was killed has not saved that.
                is_over = picture.section is Section.FINISHED and _job_id(picture) == each.job_id
                picture.again = each.again and is_over
            if each.selected:
                chosen.append(picture.id)
            if place == stored.current:
                current = picture.id
        self._own.restore_kept(stored.elsewhere, elsewhere)
        if self._recipe.recipe.service not in self._context.services_offered:  # a team has not all of them
            self._session.pricing.set_service(self._context.service_in_use, for_now=True)
        for job_id in [job.id for job in self._context.engine.unfinished()]:
            job = self._context.engine.get(job_id)
            if job is not None and not job.state.is_final:
                library.queue.job_news(job)
            await turns.take()
        library.pictures.arrange()
        await asyncio.sleep(0)  # each of these steps takes a turn of its own where there are thousands of pictures
        if chosen or current:
            self._select(chosen or [current], current)
            await asyncio.sleep(0)
        library.current_changed.emit()  # it may be the same picture, which has a result now
        self._session.edited.connect(self._timer.start)
        if await self.snapshot() != stored:  # files were added during the restore
            self._timer.start()

    def _as_they_are(self, picture: Picture, read: Sequence[Job]) -> list[Job]:
        """Return the jobs of a picture, newest first, as they are now: they go on while the list is being restored."""
        engine = self._context.engine
        heard = {job.id: job for job in reversed(picture.jobs)}
        known = [heard.pop(job.id, engine.get(job.id) or job) for job in read]
        return [*heard.values(), *known]

    def _save_unless_scanning(self) -> None:
        """Save the session, or try again later while a folder is being searched: the list grows all the time."""
        if self._library.intake.scanning:
            self._timer.start()
        else:
            self._session.spawn("save session", self.save())

    async def save(self) -> None:
        """Write the session to disk now. Raises ComputerError if that fails."""
        self._timer.stop()
        try:
            async with self._saving:
                await self._context.save_session(await self.snapshot())
        except OSError as error:
            raise ComputerError(
                "The list of pictures could not be saved",
                say(
                    "It may be gone after a restart; jobs and results are not touched. {remedy:text}.",
                    remedy=remedy(cause_of(error), shown_path(self._context.paths.profile)),
                ),
                details=str(error),
                code=Code.DISK_SESSION,
            ) from error

    async def snapshot(self) -> Session:
        """Return the present session in the form in which it is stored. Of thousands of pictures the loop sees nothing.

        What changes meanwhile is saved a moment later, by the change.
        """
        library = self._library
        chosen, current = set(library.chosen), library.current
        pictures = library.pictures.pictures()
        turns = LoopTurns()
        stored: list[SessionPicture] = []
        place = -1
        for picture in pictures:
            if picture.id == current:
                place = len(stored)
            elsewhere = self._own.elsewhere(picture)
            stored.append(
                SessionPicture(
                    picture.path,
                    _job_id(picture),
                    picture.id in chosen,
                    picture.recipe,
                    elsewhere,
                    picture.page,
                    picture.cells,
                    picture.again,
                )
            )
            await turns.take()
        return Session(
            tuple(stored),
            self._own.common,
            place,
            tuple(kept.common for kept in self._own.kept.values()),
            library.intake.mirror.folders if pictures else (),
            self._session.terms,
        )


def _job_id(picture: Picture) -> str:
    job = picture.job or picture.result
    return job.id if job is not None else ""


def jobs_by_source(known: Sequence[Job], cleared: Sequence[Job] = ()) -> dict[PictureKey, list[Job]]:
    """Return all jobs except trials by their picture, the newest first. `known` come in this order.

    Those `cleared` from the list are sorted in by their times: the list no longer tells their place.
    """
    found: dict[PictureKey, list[Job]] = {}
    for job in known:
        if job.trial is None:
            found.setdefault(job.key, []).append(job)
    for job in cleared:
        if job.trial is None:
            made = found.setdefault(job.key, [])
            made.insert(next((at for at, each in enumerate(made) if each.created_at < job.created_at), len(made)), job)
    return found
