"""The results of the trials side by side in the viewer: all of them in the 2 × 2, or two of them with the divider.

It is the 2 × 2 that a picture's results have, too. On an area the files are the tried piece of the original and what
became of it, so that all cells show the area and nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal

from topazdesk.domain.job import Job
from topazdesk.ui.controls import Menu
from topazdesk.ui.texts import tr
from topazdesk.ui.trials.board import Board, Place
from topazdesk.ui.trials.texts import apart_words
from topazdesk.ui.viewer.cell_choice import CellChoice, CellVerbs, fill_cell_menu
from topazdesk.ui.viewer.modes import SPLIT
from topazdesk.ui.viewer.shown_files import ShownFile, ShownFiles
from topazdesk.ui.viewer.side import CELLS, Side

if TYPE_CHECKING:
    from topazdesk.ui.models.picture import Picture
    from topazdesk.ui.trials.state import TrialsState
    from topazdesk.ui.viewer.panel import ViewerPanel


def nothing_tried() -> str:
    """Return why there is no 2 × 2 before a trial has a result."""
    return tr("The 2 × 2 compares the results of trials: there is none here yet")


class TrialCells(QObject):
    """Which candidates stand in the cells, or are compared alone, by their numbers; 0 is the original.

    `changed` is emitted when other files are to be shown.
    """

    changed = Signal()

    def __init__(self, state: TrialsState, viewer: ViewerPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._state = state
        self._viewer = viewer
        self._here: tuple[Path, Place] | None = None
        self._jobs: dict[int, Job] = {}  # those with a result here, by the number of their candidate
        self._choice = CellChoice([])
        self._is_grid = False
        self._two: tuple[int, int] | None = None
        state.changed.connect(self._follow)
        viewer.grid_wanted.connect(self._want_grid)
        viewer.two_wanted.connect(self._compare)
        viewer.cell_changed.connect(self._cell_chosen)
        viewer.cell_menu_wanted.connect(self._open_menu)

    @property
    def is_on(self) -> bool:
        """Whether results are compared in the viewer, in place of the frame or of the whole picture."""
        return self._is_grid or self._two is not None

    @property
    def reason(self) -> str:
        """Why there is no 2 × 2; "" if there can be."""
        return "" if self._jobs else nothing_tried()

    def leave(self) -> None:
        """Show the frame again, or the whole picture."""
        if self.is_on:
            self._is_grid, self._two = False, None
            self.changed.emit()

    def files(self, picture: Picture) -> ShownFiles | None:
        """Return what is compared; None for the frame or the whole picture."""
        board = self._state.board
        if board is None or not self.is_on:
            return None
        every = {number: self._file(board, picture, number) for number in (0, *self._jobs)}
        numbers = self._choice.numbers if self._is_grid else self._two or ()
        return ShownFiles(
            tuple(every[number] for number in numbers),
            len(every),
            is_grid=self._is_grid,
            kept=tuple(file.path for file in every.values()),
            subject=None if board.place is None else every[0].path,
            origin=None if 0 in numbers else every[0],
            no_grid="",
            named_after=picture.path,
        )

    def _file(self, board: Board, picture: Picture, number: int) -> ShownFile:
        job, word = self._jobs.get(number), self._name(number)
        if job is not None and job.result is not None:
            return ShownFile(job.result, job.result_size, word, number=number)
        if board.place is None:
            return ShownFile(picture.path, picture.size, word, picture.page or 0, number=0)
        piece = next(iter(self._jobs.values()))  # all have been made from the same one
        return ShownFile(piece.source, piece.source_size, word, number=0)

    def _name(self, number: int) -> str:
        standings = self._state.standings()
        if not 0 < number <= len(standings):
            return tr("Original")
        standing = standings[number - 1]
        apart = apart_words(standing, standings)
        return f"{standing.model.name} · {apart}" if apart else standing.model.name

    # what there is

    def _follow(self) -> None:
        """Keep up with the board: another place, further results, another candidate that is chosen."""
        board = self._state.board
        here = (board.picture, board.place) if board is not None else None
        jobs: dict[int, Job] = {}
        if board is not None:
            found = {number: board.result(each) for number, each in enumerate(board.candidates, 1)}
            jobs = {number: job for number, job in found.items() if job is not None}
        ids = {number: job.id for number, job in jobs.items()}
        if here == self._here and ids == {number: job.id for number, job in self._jobs.items()}:
            self._jobs = jobs
            self._show_chosen()
            return
        is_elsewhere = here != self._here or not jobs
        self._here, self._jobs = here, jobs
        self._choice = CellChoice.of(0, list(jobs)) if len(jobs) < len(CELLS) else CellChoice(list(jobs))
        self._two = None  # its numbers may be those of others by now
        self._is_grid = self._is_grid and not is_elsewhere
        self.changed.emit()

    def _show_chosen(self) -> None:
        """Choose the cell of the chosen candidate; of two that are compared it becomes the second."""
        board = self._state.board
        if board is None:
            return
        if self._is_grid and board.chosen in self._choice.numbers:
            self._viewer.view.stage.cells.choose(CELLS[self._choice.numbers.index(board.chosen)])
        elif self._two is not None and board.chosen not in self._two and board.chosen in self._jobs:
            self._two = (self._two[0], board.chosen)
            self.changed.emit()

    def _cell_chosen(self) -> None:
        number = self._choice.number(self._viewer.view.stage.cells.chosen) if self._is_grid else None
        if number is not None:
            self._state.show(number)

    # what is shown

    def _want_grid(self, wanted: bool) -> None:
        board = self._state.board
        if board is None or wanted is self._is_grid or (wanted and not self._jobs):
            return
        if wanted:
            self._viewer.view.stage.cells.set_verdicts({})  # trials are not marked: one is used, or none
            self._two = None
        elif board.place is not None:  # under the frame no mode compares anything
            first, chosen = self._choice.numbers[0], self._choice.number(self._viewer.view.stage.cells.chosen)
            other = chosen if chosen not in (None, first) else self._choice.numbers[1]
            self._two = (first, other)
        self._is_grid = wanted
        self.changed.emit()
        self._show_chosen()

    def _compare(self, one: Side, other: Side) -> None:
        """Compare what stands in two cells alone. The key of the 2 × 2 leads back."""
        numbers = self._choice.two(one, other)
        if self._state.board is None or not self._is_grid or one is other or len(numbers) < 2:
            return
        first, second = numbers
        self._two = (first, second) if second else (second, first)
        self._is_grid = False
        self.changed.emit()
        self._viewer.view.stage.set_mode(SPLIT)
        self._state.show(self._two[1])

    def _put(self, side: Side, number: int) -> None:
        self._choice.put(side, number)
        self.changed.emit()
        self._cell_chosen()

    def _open_menu(self, side: Side, place: QPoint) -> None:
        if self._state.board is None or not self._is_grid:
            return
        menu = Menu(self._viewer)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = {number: self._name(number) for number in (0, *self._jobs)}
        fill_cell_menu(menu, side, names, self._choice, CellVerbs(self._put, self._compare), by_place=False)
        menu.popup(place)
