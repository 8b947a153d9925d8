"""The trials of a window: one board per picture, kept up to date with the engine, and what may be done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.candidates import patch_info
from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo, PictureKey
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.params import Values
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import MOST_CANDIDATES, Patch, fitted, on_patch
from topazdesk.errors import told
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.quotes import TriedOn
from topazdesk.ui.models.recipe import first_model, fresh_recipe, with_model
from topazdesk.ui.models.spending_limits import Held, under
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.trials.asking import TrialPrices
from topazdesk.ui.trials.board import GONE, Board, Candidate, Lineup
from topazdesk.ui.trials.texts import CandidateState, held_words, plan_of

if TYPE_CHECKING:
    from topazdesk.engine.events import Event
    from topazdesk.ui.models.session import WindowSession


class TrialsState(QObject):
    """Holds the boards. `open` shows the board of a picture; `changed` is emitted whenever something in it changes.

    Results and prices come from the engine. Only `start` sends anything and spends money.
    """

    changed = Signal()
    settled = Signal()  # prices, limits or the balance have changed, whether or not a board is open

    def __init__(self, session: WindowSession, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._context = session.context
        self._pricing = session.pricing
        self._recipe = session.pricing.recipe
        self._own = session.pricing.own
        self._boards: dict[PictureKey, Board] = {}
        self._percent: dict[str, float | None] = {}
        self._picture: Picture | None = None
        self._kept: set[str] = set()  # finished trials that were kept as examples
        self.starting = False
        self._form_problems: dict[int, str] = {}  # by the entry's identity
        self._prices = TrialPrices(self._context.trials, session.spawn, self)
        self._prices.settled.connect(self._told)
        self._unsubscribe: Callable[[], None] = self._context.events.subscribe(self._on_event)
        session.pricing.service_changed.connect(self._service_changed)
        session.pricing.plan_changed.connect(self._told)  # limits and balance
        session.pricing.reached.connect(self._reached)

    def stop(self) -> None:
        """Stop listening and asking. Idempotent."""
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self._prices.stop()

    # what is open

    @property
    def board(self) -> Board | None:
        """The board of the picture that is open."""
        return self._boards.get(self._picture.key) if self._picture is not None else None

    @property
    def picture(self) -> Picture | None:
        """The picture that is open."""
        return self._picture

    def open(self, picture: Picture, centre: tuple[float, float] | None) -> bool:
        """Show the trials of a picture: as they were left, else those on disk, else the present recipe alone.

        `centre` is the middle of a first patch, in source pixels. Returns False while the picture's header is unread.
        """
        if picture.info is None:
            return False
        self._picture = picture
        board = self._boards[picture.key] = self._board_of(picture, picture.info.size, centre)
        if not board.candidates:
            board.add([self._own.of(picture)])
        self._adopt_service(board)
        self._prices.forget_refusals()
        self.changed.emit()
        return True

    def _board_of(self, picture: Picture, size: Size, centre: tuple[float, float] | None) -> Board:
        """Return the board of a picture: as it was left, else as its trials on disk make it."""
        board = self._boards.get(picture.key)
        if board is None or board.size != size:
            board = Board.fresh(picture.path, size, centre)
            for trial in self._context.trials.of(*picture.key):
                for job in trial.jobs:
                    if job.trial is not None:
                        board.know(job.trial, job)
            board.bring_back()
        return board

    def close(self) -> None:
        """Show no board; what it holds is kept."""
        self._picture = None

    # what it says

    def model(self, recipe: Recipe) -> Model:
        """Return the model of a candidate; `_adopt_service` makes sure that there is one."""
        return self._own.model_of(recipe)

    def standings(self) -> list[CandidateState]:
        """Return all candidates of the board, with their prices and jobs."""
        board, info = self.board, self._picture.info if self._picture is not None else None
        if board is None or info is None:
            return []
        self._prices.begin()
        return self._standings(board, info, board.candidates)

    def previewed(
        self, picture: Picture, centre: tuple[float, float] | None, models: Sequence[Model]
    ) -> tuple[Patch | None, list[CandidateState]]:
        """Return where these models would be tried on a picture if `open` and `line_up` were called now, and how."""
        if picture.info is None:
            return None, []
        board = self._board_of(picture, picture.info.size, centre)
        entries = [Candidate(recipe) for recipe in self._recipes(picture, models)]
        return board.place, self._standings(board, picture.info, entries)

    def _recipes(self, picture: Picture, models: Sequence[Model]) -> tuple[Recipe, ...]:
        base = self._own.of(picture)
        return tuple(with_model(base, self.model(base), model) for model in models)

    def _standings(self, board: Board, info: ImageInfo, entries: Sequence[Candidate]) -> list[CandidateState]:
        drafts = self._context.trials.drafts(info, board.place, [each.recipe for each in entries])
        priced = [self._prices.of(info, board.place, each) for each in drafts]
        found = []
        for number, (entry, price) in enumerate(zip(entries, priced, strict=True), 1):
            job = board.job(entry)
            percent = self._percent.get(job.id) if job is not None else None
            found.append(CandidateState(number, self.model(entry.recipe), price, job, percent, self._problem(entry)))
        return found

    def _problem(self, entry: Candidate) -> str:
        """Return why a candidate cannot be tried on any picture: its form, service or unverified model; else ""."""
        service = self._recipe.recipe.service
        if entry.recipe.service is not service and not self._stays(self.board, entry):
            words = tr("Tried {where}: change the service to try it here, too")
            return words.format(where=translated(entry.recipe.service.traits.where))
        written = self._form_problems.get(id(entry), "")
        if written:
            return written
        model = self.model(entry.recipe)
        refused = self._pricing.offers.problem(entry.recipe.service, model)
        return told(refused.title, refused.hint) if refused is not None else ""

    def open_standings(self, standings: Iterable[CandidateState]) -> list[CandidateState]:
        """Return those that a press of the button would try; equal recipes count once."""
        board = self.board
        if board is None:
            return []
        service = self._recipe.recipe.service
        wanted = {id(entry) for entry in board.open() if entry.recipe.service is service}
        return [each for each in standings if id(board.candidates[each.number - 1]) in wanted]

    def held(self, standings: list[CandidateState]) -> Held:
        """Return what a press of the button would spend on these within the user's own limits."""
        service = self._recipe.recipe.service
        plan = plan_of(standings, self._pricing.available, service.unit)
        limits = self._pricing.limits.limits(service)
        prices = {each.number: each.trial.credits for each in standings if each.trial is not None}
        return held_words(under(plan, limits, lambda number: prices[number]), limits, len(plan.ids))

    # what is done

    def show(self, number: int) -> None:
        """Show another candidate, or the source for 0."""
        board = self.board
        if board is not None and 0 <= number <= len(board.candidates) and number != board.chosen:
            board.chosen = number
            self.changed.emit()

    def set_patch(self, patch: Patch) -> None:
        """Move the frame."""
        board = self.board
        if board is not None:
            board.patch = fitted(patch, board.size)
            self.changed.emit()

    def set_whole(self, whole: bool) -> None:
        """Try on the whole picture, or on the patch."""
        board = self.board
        if board is not None and board.whole is not whole:
            board.whole = whole
            self.changed.emit()

    def add(self, model: Model) -> None:
        """Add a candidate with a model, with those settings of the chosen one that mean the same in it."""
        board = self.board
        if board is None or board.is_full:
            return
        base = self._recipe.recipe
        if board.current is not None and board.current.recipe.service is base.service:
            base = board.current.recipe
        board.history.record(board.lineup, "add")
        board.history.seal()
        board.add([with_model(base, self.model(base), model)])
        if model.needs_check:
            self._pricing.offers.want(base.service, [model])
        self.changed.emit()

    def price_at(self, picture: Picture, centre: tuple[float, float] | None, service: ServiceName) -> Estimate | None:
        """Return what trying the usual model of another service would cost where the trials of a picture would be.

        None if the service has no model or price for it.
        """
        if picture.info is None or not self._recipe.catalogue.of(service):
            return None
        place = self._board_of(picture, picture.info.size, centre).place
        recipe = fresh_recipe(service, first_model(self._recipe.catalogue, service))
        draft = self._context.trials.drafts(picture.info, place, [recipe])[0].draft
        return None if draft is None or not draft.estimate.is_known else draft.estimate

    def line_up(self, models: Sequence[Model]) -> None:
        """Have these models on the board in place of what is there, which an undo brings back."""
        board = self.board
        if board is None or self._picture is None or not models:
            return
        board.history.record(board.lineup, "preview")
        board.history.seal()
        self._form_problems.clear()
        board.line_up((1, self._recipes(self._picture, models)))
        self.changed.emit()

    def tried_on(self) -> TriedOn | None:
        """Return what another model would be tried on, or None."""
        board, info = self.board, self._picture.info if self._picture is not None else None
        if board is None or info is None:
            return None
        recipe = board.current.recipe if board.current is not None else self._recipe.recipe
        try:
            tried = recipe if board.place is None else on_patch(recipe, info.size)
        except ValueError:  # the output size is not a number, which the picture's own price reports
            return None
        return TriedOn(patch_info(info, board.place), tried, board.place is not None)

    def vary(self) -> None:
        """Add the chosen candidate again, so that one of its settings can be changed."""
        board = self.board
        if board is not None and board.current is not None and not board.is_full and not self.is_elsewhere:
            board.history.record(board.lineup, "vary")
            board.history.seal()
            board.add([board.current.recipe])
            self.changed.emit()

    def remove(self, number: int) -> None:
        """Remove a candidate from the board, unless it is the only one or is running."""
        board = self.board
        if board is None or len(board.candidates) < 2 or not 0 < number <= len(board.candidates):
            return
        job = board.job(board.candidates[number - 1])
        if job is None or job.state.is_final:
            board.history.record(board.lineup, "remove")
            board.history.seal()
            board.remove(number)
            self.changed.emit()

    def undo(self) -> None:
        """Restore the candidates and settings of one step before. What is running or paid for stays."""
        board = self.board
        self._line_up(board.history.undo(board.lineup) if board is not None else None)

    def redo(self) -> None:
        """Repeat the step that was undone."""
        board = self.board
        self._line_up(board.history.redo(board.lineup) if board is not None else None)

    def _line_up(self, found: Lineup | None) -> None:
        if self.board is not None and found is not None:
            self._form_problems.clear()
            self.board.line_up(found)
            self.changed.emit()

    def set_values(self, values: Values, problem: str, *, held: bool = False) -> None:
        """Change the chosen candidate's settings. `problem`: why the form cannot be sent; `held`: during a drag."""
        board = self.board
        entry = board.current if board is not None else None
        if board is None or entry is None:
            return
        recipe, before = entry.recipe, entry.recipe.settings
        names = frozenset(name for name in {*before, *values} if before.get(name) != values.get(name))
        if names:
            board.history.record(board.lineup, (board.chosen, names), held=held)
        entry.recipe = Recipe.of(recipe.service, recipe.model, values, recipe.output)
        if problem:
            self._form_problems[id(entry)] = problem
        else:
            self._form_problems.pop(id(entry), None)
        self.changed.emit()

    @property
    def is_elsewhere(self) -> bool:
        """Whether the chosen candidate was tried at another service than the one in use."""
        board = self.board
        current = board.current if board is not None else None
        return current is not None and current.recipe.service is not self._recipe.recipe.service

    def start(self, numbers: tuple[int, ...], then: Callable[[], None] = lambda: None) -> None:
        """Send and pay for these candidates, with one upload. Call it only from a button that shows the price.

        `then` is called when their jobs are there.
        """
        board, info = self.board, self._picture.info if self._picture is not None else None
        if board is None or info is None or self.starting:
            return
        numbers = tuple(number for number in numbers if number <= len(board.candidates))
        recipes = [board.candidates[number - 1].recipe for number in numbers]
        if not recipes or len(recipes) > MOST_CANDIDATES:
            return
        self.starting = True
        self.changed.emit()
        place = board.place  # noted now, so that what is started is what the button said

        async def work() -> None:
            try:
                await self._context.trials.start(info, place, recipes, numbers=numbers)
                then()
            finally:
                self.starting = False
                self.changed.emit()

        self._session.spawn("trials", work())

    def keep_result(self, job: Job, done: Callable[[Job], None]) -> None:
        """Make a finished candidate of the whole picture its ordinary result, which is paid for already."""

        async def work() -> None:
            done(await self._context.trials.use(job))

        self._session.spawn("keep result", work())

    def tidy(self) -> None:
        """Remove trials older than 7 days."""
        self._session.spawn("tidy trials", self._context.trials.tidy())

    # news

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import JobAdded, JobChanged, JobProgress

        if isinstance(event, JobProgress):
            mine = next((each for each in self._boards.values() if each.has(event.job_id)), None)
            if mine is not None:
                self._percent[event.job_id] = event.percent
                if mine is self.board:
                    self.changed.emit()
        elif isinstance(event, JobAdded | JobChanged) and self._boards:
            job = event.job
            if job.trial is not None:
                board = self._boards.get(job.key)
                if board is not None:
                    board.know(job.trial, job)
                    if isinstance(event, JobChanged):
                        self._percent.pop(job.id, None)
                        self._keep_example(job)
            else:
                board = self._boards.get(job.key)
                if board is None or not board.has(job.id):
                    return
                board.forget(job.id)
            if board is not None and board is self.board:
                self.changed.emit()

    def _keep_example(self, job: Job) -> None:
        """Keep what a finished trial shows as the picture of its model's card."""
        if job.state is JobState.DONE and job.id not in self._kept:
            self._kept.add(job.id)

            async def work() -> None:
                await asyncio.to_thread(self._context.examples.keep, job)

            self._session.spawn("example", work())

    def _service_changed(self) -> None:
        board = self.board
        if board is not None:
            self._adopt_service(board)
            self.changed.emit()

    def _adopt_service(self, board: Board) -> None:
        """Move the candidates to the service in use; those whose model it lacks leave the board.

        What another service was asked for here stays beside them, to be compared.
        """
        state = self._recipe
        service = state.recipe.service
        kept = []
        for entry in board.candidates:
            if self._stays(board, entry):
                kept.append(entry)
                continue
            recipe = replace(entry.recipe, service=service)
            if state.catalogue.by_slug(service, recipe.model) is not None:
                entry.recipe = recipe
                kept.append(entry)
        board.candidates[:] = kept
        board.history.clear()  # the steps belong to another service
        if not kept:
            board.add([state.recipe])
        board.chosen = min(board.chosen, len(board.candidates))

    def _stays(self, board: Board | None, entry: Candidate) -> bool:
        """Tell whether a candidate has a result or is on its way at a service with other models than the one in use.

        One with the same models is tried at the service in use instead: practice is followed by the real thing.
        """
        job = board.job(entry) if board is not None else None
        is_apart = entry.recipe.service.catalogue is not self._recipe.recipe.service.catalogue
        return is_apart and job is not None and job.state not in GONE

    def _reached(self) -> None:
        """Ask again for prices that could not be had: with another key or account there may be an answer."""
        self._prices.forget_refusals()
        self._told()

    def _told(self) -> None:
        self.settled.emit()
        if self.board is not None:
            self.changed.emit()
