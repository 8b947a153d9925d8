"""Which of a picture's results is compared with what, and the user's marks on them.

One side stays while the other steps through all results of the picture; in the 2 × 2 the chosen cell does. They are
found by its content, so that a picture that was renamed or moved has them, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent

from topazdesk.domain.job import Job, Verdict
from topazdesk.errors import TopazdeskError
from topazdesk.ui.controls import Menu
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.picture_menu import menu_entry
from topazdesk.ui.models.apart import settings_apart
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.cell_choice import CellChoice, CellVerbs, fill_cell_menu
from topazdesk.ui.viewer.modes import SPLIT
from topazdesk.ui.viewer.shown_files import ShownFile, ShownFiles
from topazdesk.ui.viewer.side import CELLS, Side

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.viewer.panel import ViewerPanel


@dataclass(slots=True)
class _Choice:
    """What is on screen of one picture, by the results' numbers from 1; 0 is the picture itself."""

    picture_id: int = 0
    results: tuple[Job, ...] = ()  # oldest first
    before: int = 0
    after: int = 0
    cells: CellChoice = field(default_factory=lambda: CellChoice([0]))
    is_asked_for: bool = False  # all results there are, which takes the picture's header

    def at(self, number: int | None) -> Job | None:
        """Return the result of a number; None for the picture itself."""
        return self.results[number - 1] if number else None

    def first_cells(self) -> CellChoice:
        """Return the picture itself and its newest results; rejected ones only where there are too few others."""
        numbers = range(1, len(self.results) + 1)
        return CellChoice.of(0, sorted(numbers, key=lambda n: (self.results[n - 1].verdict is not Verdict.REJECTED, n)))

    def has(self, job: Job) -> bool:
        """Return whether a job's result is one of them."""
        return any(each.id == job.id for each in self.results)


def _model_of(job: Job) -> tuple[str, str]:
    return job.recipe.service, job.recipe.model


class ShownResults(Feature):
    """Provides the steps through results and the marks."""

    def __init__(self, host: Host, viewer: ViewerPanel) -> None:
        super().__init__(host.widget)
        self._session = host.session
        self._library = host.session.library
        self._recipe = host.session.pricing.recipe
        self._commands = host.commands
        self._viewer = viewer
        self._choice = _Choice()
        self._back: list[tuple[Job, Verdict]] = []  # a marked result, and its mark before
        self._forward: list[tuple[Job, Verdict]] = []
        self._is_last = False  # the last step that can be undone was a mark, not a change of settings
        viewer.choose_by(self._files_of)
        viewer.result.stepped.connect(self.step)
        viewer.result.judged.connect(self.judge)
        viewer.grid_wanted.connect(self._want_grid)
        viewer.two_wanted.connect(self._compare_cells)
        viewer.cell_changed.connect(self._cell_chosen)
        viewer.cell_menu_wanted.connect(self._open_cell_menu)
        give = host.commands.provide
        give("next_result", lambda: self.step(1))
        give("previous_result", lambda: self.step(-1))
        give("next_before", lambda: self.step_before(1))
        give("previous_before", lambda: self.step_before(-1))
        give("keep", lambda: self.judge(Verdict.KEPT))
        give("reject", lambda: self.judge(Verdict.REJECTED))
        give("undo", self._undo)
        give("redo", self._redo)
        self._recipe.changed.connect(self._settings_changed)
        host.widget.installEventFilter(self)
        bind(self._look, self._library.current_changed)

    # steps

    def step(self, by: int) -> None:
        """Show the next result on the after side, or in the chosen cell, wrapping around; -1 the previous one."""
        choice, count = self._choice, len(self._choice.results)
        if self._is_grid:
            self._step_cell(self._cell, by)
            return
        others = [number for number in range(1, count + 1) if number != choice.before]
        if choice.after in others and len(others) > 1 and self._is_shown:
            choice.after = others[(others.index(choice.after) + by) % len(others)]
            self._show()

    def step_before(self, by: int) -> None:
        """Show the next result on the before side, where the picture itself is one of them; -1 the previous one."""
        choice, count = self._choice, len(self._choice.results)
        if self._is_grid:
            self._step_cell(Side.BEFORE, by)
            return
        others = [number for number in range(count + 1) if number != choice.after]
        if choice.before in others and len(others) > 1 and self._is_shown:
            choice.before = others[(others.index(choice.before) + by) % len(others)]
            self._show()

    def _step_cell(self, side: Side, by: int) -> None:
        choice = self._choice
        if self._is_shown and choice.cells.step(side, by, range(len(choice.results) + 1)):
            self._keep_cells()
            self._show()

    @property
    def _cell(self) -> Side:
        """The chosen cell of the 2 × 2."""
        return self._viewer.view.stage.cells.chosen

    @property
    def _number(self) -> int:
        """The result that marks are about, by its number: on the after side, or in the chosen cell."""
        choice = self._choice
        return choice.cells.number(self._cell) or 0 if self._is_grid else choice.after

    # the 2 × 2

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the 2 × 2 on an Escape that nothing else has used."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() == QEvent.Type.KeyPress and self._is_shown and self._is_grid:
            self._want_grid(False)
            return True
        return super().eventFilter(watched, event)

    def _cell_chosen(self) -> None:
        self._tell()
        if self._library.picture is not None:
            self._viewer.show_result(self._library.picture)

    @property
    def _is_grid(self) -> bool:
        """Whether the 2 × 2 is wanted, and there are candidates for it."""
        return self._viewer.wants_grid and len(self._choice.results) > 1

    def _want_grid(self, wanted: bool) -> None:
        choice = self._choice
        if not self._is_shown or wanted is self._viewer.wants_grid:
            return
        if not wanted:  # what was looked at in the 2 × 2 is compared with what it was compared with there
            first, cell = choice.cells.number(Side.BEFORE) or 0, choice.cells.number(self._cell)
            if cell and cell != first:
                choice.before, choice.after = first, cell
        self._viewer.wants_grid = wanted
        self._show()

    def _compare_cells(self, one: Side, other: Side) -> None:
        """Compare what stands in two cells alone. The key of the 2 × 2 leads back."""
        choice = self._choice
        numbers = choice.cells.two(one, other)
        if not self._is_shown or not self._is_grid or one is other or len(numbers) < 2:
            return
        first, second = numbers
        choice.before, choice.after = (first, second) if second else (second, first)
        self._viewer.wants_grid = False
        self._viewer.view.stage.set_mode(SPLIT)
        self._show()
        self._viewer.take_keys()

    def _put_in_cell(self, side: Side, number: int) -> None:
        self._choice.cells.put(side, number)
        self._keep_cells()
        self._show()

    def _keep_cells(self) -> None:
        """Note what the user has put into the cells, for when the picture is looked at again."""
        picture, choice = self._library.picture, self._choice
        if picture is not None and picture.id == choice.picture_id:
            jobs = [choice.at(number) for number in choice.cells.numbers]
            picture.cells = tuple("" if job is None else job.id for job in jobs)
            self._session.edited.emit()

    def _open_cell_menu(self, side: Side, place: QPoint) -> None:
        choice = self._choice
        if not self._is_shown or not self._is_grid:
            return
        menu = Menu(self._viewer)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        every = range(len(choice.results) + 1)
        names = {number: self._name(number, every) for number in every}
        fill_cell_menu(menu, side, names, choice.cells, CellVerbs(self._put_in_cell, self._compare_cells))
        if (job := choice.at(choice.cells.number(side))) is not None:
            menu.addSeparator()
            for name, verdict in (("keep", Verdict.KEPT), ("reject", Verdict.REJECTED)):
                action = self._commands[name]
                entry = menu_entry(menu, action, action.text(), partial(self.judge, verdict))
                entry.setCheckable(True)
                entry.setChecked(job.verdict is verdict)
        menu.popup(place)

    def _name(self, number: int, among: Iterable[int]) -> str:
        """Return what a candidate is called among others: its model, and the settings that tell it from them."""
        job = self._choice.at(number)
        if job is None:
            return tr("Original")
        others = [other for each in among if (other := self._choice.at(each)) is not None]
        alike = [each for each in others if _model_of(each) == _model_of(job)]
        model = self._session.context.catalogue.by_slug(job.recipe.service, job.recipe.model)
        if model is None:
            return job.recipe.model
        apart = settings_apart(model, job.recipe.settings, [each.recipe.settings for each in alike])
        name = f"{model.name} · {apart}" if apart else model.name
        twins = [each for each in alike if each.recipe.settings == job.recipe.settings]
        if len(twins) > 1:
            name = tr("{n} of {all} · {model}").format(n=number, all=len(self._choice.results), model=name)
        return name

    def _grid_of(self, picture: Picture) -> ShownFiles:
        choice, files = self._choice, []
        for number in choice.cells.numbers:
            job, word = choice.at(number), self._name(number, choice.cells.numbers)
            if job is None or job.result is None:
                files.append(ShownFile(picture.path, picture.size, word, picture.page or 0))
            else:
                files.append(ShownFile(job.result, job.result_size, word))
        origin = ShownFile(picture.path, picture.size, self._name(0, ()), picture.page or 0)
        is_there = 0 in choice.cells.numbers
        return ShownFiles(tuple(files), len(choice.results) + 1, is_grid=True, origin=None if is_there else origin)

    @property
    def _is_shown(self) -> bool:
        """Whether the viewer shows a picture with its results, and nothing else in their place."""
        return not self._viewer.has_tray and self._viewer.compared is None

    def _files_of(self, picture: Picture) -> ShownFiles | None:
        choice, job = self._choice, self._choice.at(self._choice.after)
        newest = picture.result
        if choice.picture_id != picture.id or job is None or newest is None or not choice.has(newest):
            return None  # it has got another result, which is what people want to see
        if self._is_grid:
            return self._grid_of(picture)
        other = choice.at(choice.before)
        if other is None:
            before = ShownFile(picture.path, picture.size, page=picture.page or 0)
            word = self._word(choice.after) if len(choice.results) > 1 else ""
        else:
            before = ShownFile(other.result or picture.path, other.result_size, self._word(choice.before))
            word = self._word(choice.after)
        after = (ShownFile(job.result, job.result_size, word),) if job.result is not None else ()
        cells = [choice.at(number) for number in choice.cells.numbers]
        kept = tuple(picture.path if each is None else each.result or picture.path for each in cells)
        return ShownFiles((before, *after), len(choice.results) + 1, kept=kept)

    def _word(self, number: int) -> str:
        name = self._session.context.model_name(self._choice.results[number - 1])
        words = tr("{n} of {all} · {model}")
        return words.format(n=number, all=len(self._choice.results), model=name)

    def _show(self) -> None:
        picture = self._library.picture
        if picture is not None:
            self._tell()
            self._viewer.show_picture(picture, is_empty=False)

    def _tell(self) -> None:
        choice, number = self._choice, self._number
        job = choice.at(number)
        self._viewer.result.show_choice(job, number, len(choice.results))
        if self._is_grid and self._is_shown:
            marks = [choice.at(each) for each in choice.cells.numbers]
            found = {side: each.verdict for side, each in zip(CELLS, marks, strict=False) if each is not None}
            self._viewer.view.stage.cells.set_verdicts(found)
        for name in ("keep", "reject"):
            self._commands[name].setEnabled(job is not None)
        for name in ("next_result", "previous_result", "next_before", "previous_before"):
            self._commands[name].setEnabled(len(choice.results) > 1)

    # which results there are

    def _look(self) -> None:
        """Look for all results of the picture in the viewer, if it is another one or has got another result."""
        picture, choice = self._library.picture, self._choice
        newest = picture.result if picture is not None else None
        is_known = newest is None or choice.has(newest)
        if picture is None or picture.id != choice.picture_id or not is_known:
            results: tuple[Job, ...] = (newest,) if newest is not None else ()
            cells = CellChoice([0])
            if picture is not None and newest is not None and picture.id == choice.picture_id:
                others = tuple(job for job in choice.results if job.result != newest.result)
                results = (*others, newest)
                if len(others) == len(choice.results):  # a further one: the cells stay as they are
                    cells = choice.cells
                cells.add(len(results))
            self._choice = _Choice(picture.id if picture is not None else 0, results, 0, len(results), cells)
            if picture is not None and picture.cells and len(choice.results) > 1:  # all of them were known already
                self._keep_cells()
        # After a start the newest result is known before the picture is read.
        can_ask = picture is not None and newest is not None and picture.info is not None
        if picture is not None and can_ask and not self._choice.is_asked_for:
            self._choice.is_asked_for = True
            self._session.spawn("results of the picture", self._find(picture))
        self._tell()
        if picture is not None:
            self._viewer.show_result(picture)  # the window has shown it already, with what was chosen of the last one

    async def _find(self, picture: Picture) -> None:
        if picture.info is None:
            return
        asked_for = self._choice
        try:
            found = await self._session.context.engine.results_of(picture.info)
        except TopazdeskError:
            asked_for.is_asked_for = False  # the next look asks again
            raise
        choice, newest = self._choice, picture.result
        if choice.picture_id != picture.id or newest is None:
            return  # another picture is looked at by now
        others = [job for job in found if newest.id != job.id and newest.result != job.result]
        is_other = bool(others) or len(choice.results) > 1
        for job in others:
            picture.judge(job)
        in_cells = [choice.at(number) for number in choice.cells.numbers]
        choice.results = tuple(sorted((*others, newest), key=lambda job: job.created_at))
        ids = [job.id for job in choice.results]
        choice.after = ids.index(newest.id) + 1
        stay = [0 if job is None else ids.index(job.id) + 1 for job in in_cells if job is None or job.id in ids]
        chosen = [ids.index(each) + 1 if each else 0 for each in picture.cells if not each or each in ids]
        # Cells that are empty while there are results for them were chosen before those were known.
        is_full = len(stay) == min(len(CELLS), len(ids) + 1)
        chosen = stay if is_full else list(dict.fromkeys(chosen))[: len(CELLS)]
        choice.cells = CellChoice(chosen) if len(chosen) > 1 else choice.first_cells()
        if is_other:
            self._library.pictures.touched(picture)
            self._show()

    # marks

    def judge(self, verdict: Verdict) -> None:
        """Mark the result on the after side; the same mark once more takes it back."""
        job = self._choice.at(self._number)
        if job is not None and self._is_shown:
            self._back.append((job, job.verdict))
            self._forward.clear()
            self._is_last = True
            self._mark(job, Verdict.NONE if job.verdict is verdict else verdict)

    def _mark(self, job: Job, verdict: Verdict) -> None:
        self._session.spawn("mark a result", self._write(job, verdict))

    async def _write(self, job: Job, verdict: Verdict) -> None:
        marked = await self._session.context.engine.judge(job.id, verdict)
        choice = self._choice
        choice.results = tuple(marked if each.id == job.id else each for each in choice.results)
        for picture in self._library.pictures.pictures():
            if job.id in picture.verdicts:
                picture.judge(marked)
                if picture.result is not None and picture.result.id == job.id:
                    picture.result = marked
                self._library.pictures.touched(picture)
        self._tell()
        self._enable_undo()

    def _settings_changed(self, by_user: bool) -> None:
        self._is_last = self._is_last and not by_user
        self._enable_undo()

    def _enable_undo(self) -> None:
        if self._is_last and self._is_shown:
            history = self._recipe.history
            self._commands["undo"].setEnabled(bool(self._back) or history.can_undo)
            self._commands["redo"].setEnabled(bool(self._forward) or history.can_redo)

    def _undo(self) -> None:
        self._turn(self._back, self._forward, self._recipe.undo)

    def _redo(self) -> None:
        self._turn(self._forward, self._back, self._recipe.redo)

    def _turn(
        self, source: list[tuple[Job, Verdict]], other: list[tuple[Job, Verdict]], settings: Callable[[], None]
    ) -> None:
        """Take the last mark back, or else the last change of settings: whichever was later."""
        if not (self._is_last and source):
            settings()
            return
        job, before = source.pop()
        now = next((p.verdicts[job.id] for p in self._library.pictures.pictures() if job.id in p.verdicts), job.verdict)
        other.append((job, now))
        self._mark(job, before)
