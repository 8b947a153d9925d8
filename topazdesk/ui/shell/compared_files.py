"""Any files side by side, two to four: dropped on the viewer, of the list, or the picture and a chosen file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog

from topazdesk.ui.controls import Menu
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.picture import shown_name
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.cell_choice import CellChoice, CellVerbs, fill_cell_menu
from topazdesk.ui.viewer.modes import SPLIT
from topazdesk.ui.viewer.shown_files import ShownFile, ShownFiles
from topazdesk.ui.viewer.side import CELLS, Side

if TYPE_CHECKING:
    from topazdesk.ui.shell.window import Window


class ComparedFiles(Feature):
    """Shows files in the viewer until another picture is chosen, or the comparison is ended. Nothing is added.

    Three or four stand in the 2 × 2, from which two of them can be compared alone.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._library = window.library
        self._viewer = window.viewer
        self._files: tuple[Path, ...] = ()
        self._cells = CellChoice([])
        window.commands.provide("compare_with", self.choose)
        self._viewer.few_dropped.connect(self.compare)
        self._viewer.grid_wanted.connect(self._want_grid)
        self._viewer.two_wanted.connect(self._compare_cells)
        self._viewer.cell_menu_wanted.connect(self._open_cell_menu)
        self._viewer.pair_line.end.clicked.connect(self.end)
        self._viewer.pair_line.add.clicked.connect(self._add)
        self._library.selected.connect(self._chosen)
        window.installEventFilter(self)
        bind(self._follow, self._library.current_changed, self._library.selected)

    def compare(self, files: Sequence[Path]) -> None:
        """Show two to four files."""
        self._files = tuple(files)
        self._cells = CellChoice(list(range(len(files))))
        self._show(self._cells.numbers)

    def _show(self, numbers: Sequence[int]) -> None:
        files = tuple(ShownFile(self._files[number], word=shown_name(self._files[number])) for number in numbers)
        shown = ShownFiles(files, len(self._files), is_grid=len(numbers) > 2, kept=self._files, subject=self._files[0])
        self._viewer.compare_files(shown)
        self._viewer.take_keys()

    def choose(self) -> None:
        """Compare the two to four selected pictures; with another number of them ask for a file to compare with."""
        selected = self._library.of(self._library.chosen)
        if 2 <= len(selected) <= len(CELLS):
            self.compare([picture.path for picture in selected])
            return
        dialog = QFileDialog(self._window, tr("Compare with"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._file_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def end(self) -> None:
        """Show the picture and its result again."""
        if self._viewer.compared is not None:
            self._viewer.compare_files(None)
            self._viewer.show_picture(self._library.picture, is_empty=len(self._library.pictures) == 0)
            self._viewer.take_keys()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """End the comparison on an Escape that nothing else has used."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() == QEvent.Type.KeyPress and self._viewer.compared is not None:
            self.end()
            return True
        return super().eventFilter(watched, event)

    # the 2 × 2

    def _want_grid(self, wanted: bool) -> None:
        """Show all files again, or the chosen one with the first."""
        shown = self._viewer.compared
        if shown is None or shown.is_grid is wanted or len(self._files) < 3:
            return
        cell = self._viewer.view.stage.cells.chosen
        number = self._cells.number(cell) if cell is not Side.BEFORE else self._cells.numbers[1]
        self._show(self._cells.numbers if wanted or number is None else (self._cells.numbers[0], number))

    def _compare_cells(self, one: Side, other: Side) -> None:
        shown = self._viewer.compared
        if shown is not None and shown.is_grid and one is not other:
            self._show(self._cells.two(one, other))
            self._viewer.view.stage.set_mode(SPLIT)

    def _put_in_cell(self, side: Side, number: int) -> None:
        self._cells.put(side, number)
        self._show(self._cells.numbers)

    def _open_cell_menu(self, side: Side, place: QPoint) -> None:
        if self._viewer.compared is None or not self._viewer.compared.is_grid:
            return
        menu = Menu(self._viewer)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = {number: shown_name(path) for number, path in enumerate(self._files)}
        fill_cell_menu(menu, side, names, self._cells, CellVerbs(self._put_in_cell, self._compare_cells))
        menu.popup(place)

    def _file_chosen(self, name: str) -> None:
        picture = self._library.picture
        if picture is not None and name:
            self.compare((picture.path, Path(name)))

    def _chosen(self, is_another: bool) -> None:
        """Give way to a picture that is chosen in the list; whoever listens next shows it."""
        if is_another:
            self._viewer.compare_files(None)

    def _add(self) -> None:
        files = self._files if self._viewer.compared is not None else ()
        self.end()
        if len(files) > 1:
            self._window.arrived.emit(list(files), True)

    def _follow(self) -> None:
        self._window.commands["compare_with"].setEnabled(self._library.picture is not None)
