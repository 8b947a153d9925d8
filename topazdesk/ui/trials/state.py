"""The trials of a window: a board a picture, kept in step with the engine, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.candidates import patch_info
from topazdesk.domain.catalogue import Model
from topazdesk.domain.job import Job
from topazdesk.domain.params import Values
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.trial import MOST_CANDIDATES, Patch, fitted, on_patch
from topazdesk.errors import told
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.quotes import TriedOn
from topazdesk.ui.models.recipe import with_model
from topazdesk.ui.models.spending_limits import Held, under
from topazdesk.ui.trials.asking import TrialPrices
from topazdesk.ui.trials.board import Board, Entry, Lineup
from topazdesk.ui.trials.texts import Standing, held_words, plan_of

if TYPE_CHECKING:
    from topazdesk.engine.events import Event
    from topazdesk.ui.models.session import WindowSession


class TrialsState(QObject):
    """`open` shows the board of a picture; `changed` whenever something of it is another.

    Results and prices come from the engine; nothing here is sent but by `start`, and nothing is paid but there.
    """

    changed = Signal()

    def __init__(self, session: WindowSession, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._desk = session, session.desk
        self._pricing, self._recipe, self._own = session.pricing, session.pricing.recipe, session.pricing.own
        self._boards: dict[Path, Board] = {}
        self._percent: dict[str, float | None] = {}
        self._picture: Picture | None = None
        self.starting = False
        self._form_problems: dict[int, str] = {}  # by the entry's identity
        self._prices = TrialPrices(self._desk.trials, session.spawn, self)
        self._prices.settled.connect(self._told)
        self._unsubscribe: Callable[[], None] = self._desk.events.subscribe(self._on_event)
        session.pricing.service_changed.connect(self._service_changed)
        session.pricing.plan_changed.connect(self._told)  # limits and balance

    def stop(self) -> None:
        """Nothing more is heard or asked. Idempotent."""
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self._prices.stop()

    # what is open

    @property
    def board(self) -> Board | None:
        """The board of the picture that is open."""
        return self._boards.get(self._picture.path) if self._picture is not None else None

    @property
    def picture(self) -> Picture | None:
        """The picture that is open."""
        return self._picture

    def open(self, picture: Picture, centre: tuple[float, float] | None) -> bool:
        """Show the trials of a picture: as they were left, those on the disk, or the present recipe alone.

        `centre` is where a first patch goes, in source pixels. False while the picture's header is not read.
        """
        if picture.info is None:
            return False
        self._picture = picture
        board = self._boards.get(picture.path)
        if board is None or board.size != picture.info.size:
            board = self._boards[picture.path] = Board.fresh(picture.path, picture.info.size, centre)
            for trial in self._desk.trials.of(picture.path):
                for job in trial.jobs:
                    if job.trial is not None:
                        board.know(job.trial, job)
            board.bring_back()
        if not board.candidates:
            board.add([self._own.of(picture)])
        self._adopt_service(board)
        self._prices.forget_refusals()
        self.changed.emit()
        return True

    def close(self) -> None:
        """No board is shown; what it holds stays."""
        self._picture = None

    # what it says

    def model(self, recipe: Recipe) -> Model:
        """The model of a candidate; `_adopt_service` sees to it that there is one."""
        return self._own.model_of(recipe)

    def standings(self) -> list[Standing]:
        """All candidates of the board, priced."""
        board, info = self.board, self._picture.info if self._picture is not None else None
        if board is None or info is None:
            return []
        recipes = [each.recipe for each in board.candidates]
        self._prices.begin()
        drafts = self._desk.trials.drafts(info, board.place, recipes)
        priced = [self._prices.of(info, board.place, each) for each in drafts]
        found = []
        for number, (entry, price) in enumerate(zip(board.candidates, priced, strict=True), 1):
            job = board.job(entry)
            percent = self._percent.get(job.id) if job is not None else None
            found.append(
                Standing(number, self.model(entry.recipe), price, job, percent, self._problem(entry))
            )  # fmt: skip
        return found

    def _problem(self, entry: Entry) -> str:
        """Why a candidate cannot be tried whatever the picture: its form, or a model that is not verified."""
        written = self._form_problems.get(id(entry), "")
        if written:
            return written
        model = self.model(entry.recipe)
        refused = self._pricing.offers.problem(entry.recipe.service, model)
        return told(refused.title, refused.hint) if refused is not None else ""

    def open_standings(self, standings: Iterable[Standing]) -> list[Standing]:
        """Those that a press of the button would try: two with the same recipe are one."""
        board = self.board
        if board is None:
            return []
        wanted = {id(entry) for entry in board.open()}
        return [each for each in standings if id(board.candidates[each.number - 1]) in wanted]

    def held(self, standings: list[Standing]) -> Held:
        """What a press of the button would spend on these, under the user's own limits."""
        service = self._recipe.recipe.service
        plan = plan_of(standings, self._pricing.available, service.unit)
        limits = self._pricing.limits.limits(service)
        prices = {each.number: each.trial.credits for each in standings if each.trial is not None}
        return held_words(under(plan, limits, lambda number: prices[number]), limits, len(plan.ids))

    # what is done

    def show(self, number: int) -> None:
        """Another candidate, or 0 for the source, is the one that is looked at."""
        board = self.board
        if board is not None and 0 <= number <= len(board.candidates) and number != board.chosen:
            board.chosen = number
            self.changed.emit()

    def set_patch(self, patch: Patch) -> None:
        """The frame lies elsewhere."""
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
        """A further candidate with a model; settings that mean the same in it come along from the chosen one."""
        board = self.board
        if board is None or board.is_full:
            return
        base = board.current.recipe if board.current is not None else self._recipe.recipe
        board.history.record(board.lineup, "add")
        board.history.seal()
        board.add([with_model(base, self.model(base), model)])
        if model.needs_check:
            self._pricing.offers.want(base.service, [model])
        self.changed.emit()

    def tried_on(self) -> TriedOn | None:
        """What a further model would be tried on."""
        board, info = self.board, self._picture.info if self._picture is not None else None
        if board is None or info is None:
            return None
        recipe = board.current.recipe if board.current is not None else self._recipe.recipe
        try:
            tried = recipe if board.place is None else on_patch(recipe, info.size)
        except ValueError:  # an output size that is no number: the picture's own prices say so
            return None
        return TriedOn(patch_info(info, board.place), tried, board.place is not None)

    def vary(self) -> None:
        """The chosen candidate once more, so that a setting of it can be changed."""
        board = self.board
        if board is not None and board.current is not None and not board.is_full:
            board.history.record(board.lineup, "vary")
            board.history.seal()
            board.add([board.current.recipe])
            self.changed.emit()

    def remove(self, number: int) -> None:
        """Take a candidate off the board; one always stays, and one that runs does, too."""
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
        """The candidates and their settings as they were a step ago. Whatever runs or is paid stays."""
        board = self.board
        self._line_up(board.history.undo(board.lineup) if board is not None else None)

    def redo(self) -> None:
        """The undone step once more."""
        board = self.board
        self._line_up(board.history.redo(board.lineup) if board is not None else None)

    def _line_up(self, found: Lineup | None) -> None:
        if self.board is not None and found is not None:
            self._form_problems.clear()
            self.board.line_up(found)
            self.changed.emit()

    def set_values(self, values: Values, problem: str, *, held: bool = False) -> None:
        """Other settings of the chosen candidate; `problem`: something in the form cannot be sent; `held`: in a drag."""
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

    def start(self, numbers: tuple[int, ...]) -> None:
        """Send and pay these candidates, with one upload. Only ever from a button that shows the price."""
        board, info = self.board, self._picture.info if self._picture is not None else None
        if board is None or info is None or self.starting:
            return
        recipes = [board.candidates[number - 1].recipe for number in numbers if number <= len(board.candidates)]
        if not recipes or len(recipes) > MOST_CANDIDATES:
            return
        self.starting = True
        self.changed.emit()
        place = board.place  # taken now: what is started is what the button said

        async def work() -> None:
            try:
                await self._desk.trials.start(info, place, recipes)
            finally:
                self.starting = False
                self.changed.emit()

        self._session.spawn("trials", work())

    def keep_result(self, job: Job, done: Callable[[Job], None]) -> None:
        """A finished candidate of the whole picture becomes its ordinary result; it is paid already."""

        async def work() -> None:
            done(await self._desk.trials.use(job))

        self._session.spawn("keep result", work())

    def tidy(self) -> None:
        """Let go of what is older than 7 days."""
        self._session.spawn("tidy trials", self._desk.trials.tidy())

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
                board = self._boards.get(job.trial.picture)
                if board is not None:
                    board.know(job.trial, job)
                    if isinstance(event, JobChanged):
                        self._percent.pop(job.id, None)
            else:
                board = self._boards.get(job.source)
                if board is None or not board.has(job.id):
                    return
                board.forget(job.id)
            if board is not None and board is self.board:
                self.changed.emit()

    def _service_changed(self) -> None:
        board = self.board
        if board is not None:
            self._adopt_service(board)
            self.changed.emit()

    def _adopt_service(self, board: Board) -> None:
        """Candidates go to the service in use; those whose model it does not have leave the board."""
        state = self._recipe
        service = state.recipe.service
        kept = []
        for entry in board.candidates:
            recipe = replace(entry.recipe, service=service)
            if state.catalogue.by_slug(service, recipe.model) is not None:
                entry.recipe = recipe
                kept.append(entry)
        board.candidates[:] = kept
        board.history.clear()  # steps of another service mean other things
        if not kept:
            board.add([state.recipe])
        board.chosen = min(board.chosen, len(board.candidates))

    def _told(self) -> None:
        if self.board is not None:
            self.changed.emit()
