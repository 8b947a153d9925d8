"""The window at work with an opened profile: it starts jobs, and follows what the engine reports."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.app.run_file import RunTerms, keep_run_file, text_of
from topazdesk.domain.account import Account
from topazdesk.domain.catalogue import Model
from topazdesk.domain.draft import draft
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.mirrored import Mirror
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.recipe import Recipe
from topazdesk.ui.models.changed_files import ChangedFiles
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.listed_run import listed_run
from topazdesk.ui.models.originals import OriginalsWatch
from topazdesk.ui.models.own_results import OwnResults
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.pricing import Pricing
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.texts import tr

if TYPE_CHECKING:
    from topazdesk.app.app_context import AppContext
    from topazdesk.engine.events import Event


@dataclass(frozen=True, slots=True)
class _Meant:
    """A result that a click starts: of which picture, and for the price that the button had."""

    picture: Picture
    info: ImageInfo
    model: Model
    recipe: Recipe
    estimate: Estimate | None
    has_own: bool  # settings beside the common ones


@dataclass(frozen=True, slots=True)
class _Click:
    """What holds for all that a click starts, as it was then."""

    terms: RunTerms
    account: Account
    mirror: Mirror
    model: Model
    recipe: Recipe  # the common one
    is_list: bool  # the pictures of the list, with the settings there, not several results of each


class WindowSession(QObject):
    """Starts jobs, and passes the engine's events on to the models.

    `trouble` has a TopazdeskError for the notice bar. `starting_changed` is emitted when `starting` changes; while that
    is True, the button must not be pressed again. `edited` means that the saved session is out of date. `known_before`
    has pictures that were about to be started and have their result already: it is shown, and nothing is paid.
    `copies_made` has jobs with the formats that were to be made of their results, for free.
    `made_once` has those that are the same as others that are being enhanced. `terms` are the hours and the limit of
    the next runs, from a run's file.
    """

    trouble = Signal(object)
    starting_changed = Signal()
    edited = Signal()
    known_before = Signal(list)
    copies_made = Signal(list)
    made_once = Signal(list)
    terms_changed = Signal()

    def __init__(
        self, context: AppContext, library: Library, pricing: Pricing, spawn: Spawn, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.context = context
        self.library = library
        self.pricing = pricing
        self.spawn = spawn
        self._is_enqueuing = self._is_restoring = False
        self.terms = RunTerms()
        self._saver: Callable[[], Awaitable[None]] | None = None
        self.own_results = OwnResults(library, context.engine.results_among, spawn, self)
        self.originals = OriginalsWatch(library, spawn, self)
        self._changed_files = ChangedFiles(library, spawn, self)
        library.edited.connect(self.edited)
        pricing.edited.connect(self.edited)
        team = context.team
        if team is not None:
            mine = ("", team.machine)
            library.queue.is_others = lambda job: context.engine.places(job.id)[0] not in mine
        self._unsubscribe = context.events.subscribe(self._on_event)
        if context.engine.is_paused:  # since before this window: nobody will say so again
            library.queue.set_paused(True, _paused_words(context.engine.paused_on, context))

    def close(self) -> None:
        """Stop listening to the engine."""
        self._unsubscribe()
        self._changed_files.close()

    def saved_by(self, saver: Callable[[], Awaitable[None]]) -> None:
        """Take what saves the session, from when it is restored."""
        self._saver = saver

    async def save(self) -> None:
        """Save what the window shows now. Raises ComputerError."""
        if self._saver is not None:
            await self._saver()

    def set_terms(self, terms: RunTerms) -> None:
        """Set what holds for the next runs; what was started keeps its own."""
        if terms != self.terms:
            self.terms = terms
            self.pricing.limits.set_budget(terms.budget, self.pricing.recipe.recipe.service.unit)
            self.pricing.refresh()
            self.terms_changed.emit()
            self.edited.emit()

    def enhance(
        self,
        plan: Plan | None = None,
        most: int | None = None,
        results_of: Callable[[Iterable[int]], list[Picture]] | None = None,
    ) -> None:
        """Start what `plan` says, by default that of the main button, or the first `most` of it.

        Do nothing if a button that shows the plan could not be pressed. `results_of` returns what the plan means where
        that is not the pictures of the list themselves, but several results of each: every result as a picture with a
        recipe of its own.
        """
        pricing = self.pricing
        plan = plan or pricing.plan
        ids = plan.startable[:most]
        if self.starting or pricing.form_problem or pricing.lacks_key or not ids or plan.fault is not None:
            return
        self._is_enqueuing = True
        self.starting_changed.emit()
        # Collected now, so that what is started is what the button said, whatever changes a moment later.
        meant = []
        for each in (results_of or self.library.of)(ids):
            picture = self.library.pictures.at(*each.key)
            if each.info is not None and picture is not None:
                prices = pricing.prices_for(each)
                estimate = prices.of(each.info, each.size).estimate
                has_own = picture.recipe is not None
                meant.append(_Meant(picture, each.info, prices.model, prices.recipe, estimate, has_own))
        common = pricing.own.common
        click = _Click(
            self.terms,
            self.context.account(pricing.recipe.recipe.service),
            self.library.intake.mirror,
            pricing.own.model_of(common),
            common,
            is_list=results_of is None,
        )
        self.spawn("enqueue", self._enqueue(meant, click))

    async def _enqueue(self, meant: list[_Meant], click: _Click) -> None:
        try:
            own = await self.own_results.leave_out([each.picture for each in meant])
            meant = [each for each in meant if each.picture.id not in own]
            drafts = await asyncio.to_thread(_drafts, meant, click.mirror)
            pictures = [each.picture for each in meant]
            known = await self._known(pictures, drafts, is_list=click.is_list)
            same = {} if not drafts else await self.context.engine.twins(drafts)
            new = [place for place in range(len(drafts)) if place not in known and place not in same]
            jobs = await self.context.engine.enqueue(
                [drafts[place] for place in new],
                run_budget=click.terms.budget,
                hours=click.terms.hours,
                account_id=click.account.id,
            )
            if click.is_list:
                await self._keep_file(jobs, [meant[place] for place in new], click)
            await self._show_known(pictures, known, same, {pictures[place].id for place in new})
        finally:
            self._is_enqueuing = False
            self.pricing.refresh()
            self.starting_changed.emit()

    async def _keep_file(self, jobs: Sequence[Job], started: list[_Meant], click: _Click) -> None:
        """Keep the file of a run, if one file says all of it; else it can be made from the jobs later, or cannot."""
        listed = listed_run([each.picture for each in started])
        if not jobs or listed.lacks_pages or any(each.has_own for each in started):
            return
        folder, mirror = self.context.paths.runs, click.mirror.folders
        name = self.context.account_name(jobs[0].account)

        def keep() -> None:  # the text of 20,000 pictures takes a third of a second
            text = text_of(
                listed.paths, click.model, click.recipe, click.terms, mirror=mirror, pages=listed.pages, account=name
            )
            keep_run_file(folder, jobs[0].run_id, text)

        await asyncio.to_thread(keep)

    async def _known(self, pictures: list[Picture], drafts: list[Draft], *, is_list: bool) -> dict[int, Job]:
        """Return the jobs that do or did the same, by the draft's index; not for pictures to be made anew by wish.

        The list knows most of them already. This is the last look before money: a picture may have been finished
        elsewhere meanwhile, or be one of several copies, or have an older result with just these settings.
        """
        asked = [place for place, picture in enumerate(pictures) if not (is_list and picture.again)]
        return {asked[at]: job for at, job in (await self._had([drafts[place] for place in asked])).items()}

    async def _had(self, drafts: Sequence[Draft]) -> dict[int, Job]:
        """Return the jobs that make drafts free, by number; what is to be made of their results is made."""
        engine = self.context.engine
        found = await engine.had(drafts) if drafts else {}
        jobs = {at: await engine.complete(each) for at, each in found.items()}
        lacked = {jobs[at].id: each.lacks for at, each in found.items() if each.lacks}
        if lacked:
            self.copies_made.emit([(job, lacked[job.id]) for job in jobs.values() if job.id in lacked])
        return jobs

    def make_copies(self, drafts: Sequence[Draft]) -> None:
        """Make the formats of which the results are there already: of these, for free."""
        self.spawn("copies", self._make_copies(drafts))

    async def _make_copies(self, drafts: Sequence[Draft]) -> None:
        await self._had(drafts)

    async def _show_known(
        self, pictures: list[Picture], known: dict[int, Job], same: dict[int, int], started: set[int]
    ) -> None:
        """Show the results that are there, and tell of those that other jobs are about to make.

        A picture of which other results were `started` shows these.
        """
        done = {place: job for place, job in known.items() if job.state is JobState.DONE}
        shown: dict[int, list[Job]] = {}
        for place, job in done.items():
            if pictures[place].id not in started:
                shown.setdefault(pictures[place].id, []).append(job)
        found = self.library.of(shown)
        for picture in found:
            picture.again = False
            newest_first = sorted(shown[picture.id], key=lambda job: job.created_at, reverse=True)
            self.library.queue.attach(picture, newest_first)
        if found:
            self.library.results_found(found)
            self.library.pictures.arrange()
            self.known_before.emit(found)
        under_way = {job.id: None for job in known.values() if job.state is not JobState.DONE}
        await self.context.engine.take_up(under_way)
        copies = (same.keys() | known.keys()) - done.keys()
        told = dict.fromkeys(pictures[place].id for place in sorted(copies) if pictures[place].id not in started)
        if told:
            self.made_once.emit(self.library.of(told))

    @property
    def starting(self) -> bool:
        """Whether jobs are being written, or the pictures of last time still lack the results they have."""
        return self._is_enqueuing or self._is_restoring

    def set_restoring(self, is_restoring: bool) -> None:
        """Take in that the session of last time is being restored: what looks new may be finished and paid."""
        self._is_restoring = is_restoring
        self.starting_changed.emit()

    def pause(self, wanted: bool) -> None:
        """Pause or resume sending."""
        engine = self.context.engine
        self.spawn("pause", engine.pause() if wanted else engine.resume())

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import BalanceChanged, EngineError, JobAdded, JobChanged, JobProgress, QueuePaused

        queue = self.library.queue
        if isinstance(event, JobProgress):
            queue.progress(event.job_id, event.percent)
        elif isinstance(event, JobAdded | JobChanged):
            queue.job_news(event.job)
            self.edited.emit()
        elif isinstance(event, BalanceChanged):
            if event.account == self.context.account(event.account.service):
                self.pricing.set_balance(event.account.service, event.balance.available)
        elif isinstance(event, QueuePaused):
            queue.set_paused(event.paused, _paused_words(event.by, self.context))
            if event.reason is not None:
                self.trouble.emit(event.reason)
        elif isinstance(event, EngineError):
            self.trouble.emit(event.error)


def _paused_words(by: str, context: AppContext) -> str:
    """Return who paused a team's queue; "" where that is no question."""
    if not by or context.team is None:
        return ""
    if by == context.team.machine:
        return tr("Paused here for the whole team")
    return tr("Paused on {machine} for the whole team").format(machine=by)


def _drafts(meant: list[_Meant], mirror: Mirror) -> list[Draft]:
    """Return drafts with the estimates that the button showed, which are the service's own if it had answered."""
    return [
        draft(each.info, each.model, mirror.recipe_for(each.info.path, each.recipe), confirmed=each.estimate)
        for each in meant
    ]
