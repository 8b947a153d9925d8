"""The middle column of the window: toolbar, notices, the viewer or the empty panel, and the state of the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from topazdesk.app.presets import SUFFIX as PRESET_SUFFIX
from topazdesk.app.sidecar_names import is_sidecar
from topazdesk.ui.controls import Button, IconButton, NoticeBar, Surface, ToastPlace
from topazdesk.ui.controls.drop import FileDrops
from topazdesk.ui.controls.header import Header
from topazdesk.ui.controls.notice import NoticeArea
from topazdesk.ui.controls.pull import Pull
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.texts import number, tr
from topazdesk.ui.theme import px
from topazdesk.ui.viewer import CompareView, ViewerBody, ViewerStrip
from topazdesk.ui.viewer.cell_keys import CellKeys
from topazdesk.ui.viewer.cells import too_few
from topazdesk.ui.viewer.empty import EmptyPanel
from topazdesk.ui.viewer.modes import GRID, MODES, SPLIT, Mode
from topazdesk.ui.viewer.pair_line import PairLine
from topazdesk.ui.viewer.result_strip import ResultStrip
from topazdesk.ui.viewer.shown_files import ShownFile, ShownFiles
from topazdesk.ui.viewer.side import CELLS

if TYPE_CHECKING:
    from topazdesk.ui.viewer.drop_sign import DropSign

#: Below this height of the column, in design pixels, one notice is shown whole instead of two.
_LOW = 640
#: Returns the files to show of a picture.
FilesOf = Callable[[Picture], ShownFiles]


@dataclass(frozen=True, slots=True)
class _Made:
    view: CompareView
    strip: ViewerStrip
    body: ViewerBody


class ViewerPanel(Surface):
    """The middle column. `show_picture` fills it; the viewer itself is created when the first picture arrives."""

    folder_wanted = Signal(object)  # Path of a result
    carried = Signal(object)  # the file (Path) of a side or of the result is dragged out
    problem = Signal(object)
    whole_shown = Signal()  # all that is on screen now could be read
    exported = Signal(object)  # the comparison was saved in this file (Path)
    menu_wanted = Signal(object, object)  # the context menu at this place of the screen, and the file that lies there
    files_dropped = Signal(list)
    few_dropped = Signal(list)  # two to four files on the pictures, to be compared
    grid_wanted = Signal(bool)  # the 2 × 2 is to be shown, or left
    two_wanted = Signal(object, object)  # two sides of the 2 × 2 are to be compared alone
    cell_changed = Signal()  # another cell of the 2 × 2 is chosen
    compared_changed = Signal()  # other files than the picture's own are compared, or no longer
    cell_menu_wanted = Signal(object, QPoint)  # the menu of the cell of a side, at this place of the screen
    height_changed = Signal(int)

    def __init__(self, make_view: Callable[[], CompareView]) -> None:
        super().__init__("canvas")
        self._make_view = make_view
        self.setMinimumWidth(px(360))  # all three columns must fit on a small screen, or one at 200 %
        drops = FileDrops(self)
        drops.dropped.connect(self._dropped)
        drops.entered.connect(self._tell_drop)
        drops.hovering.connect(self._end_drop)
        self._drop_sign: DropSign | None = None
        self._made: _Made | None = None
        self._first_mode: Mode = SPLIT
        self.wants_grid = False  # pictures with several results are shown in the 2 × 2
        # Where the buttons of the viewer wait for it. Shown without a parent, each would be a window of its own.
        waiting = QWidget(self)
        waiting.hide()
        self.try_button = Button(tr("Try on an area"), "quiet", icon="patch", size="small", parent=waiting)
        self.try_button.setToolTip(tr("Try models on a small part of the picture before paying for all of it"))
        self.try_button.hide()
        self.details_button = IconButton("info", tr("File details"), parent=waiting)
        self.details_button.hide()
        self._tray: QWidget | None = None
        self._tray_files: FilesOf | None = None
        self._cell_keys: CellKeys | None = None
        self._chosen: Callable[[Picture], ShownFiles | None] = lambda _picture: None
        self._compared: ShownFiles | None = None
        self._set_aside: list[QWidget] = []
        self.header = Header()
        self.header.row.setContentsMargins(0, 0, 0, px(1))
        self._tools = QHBoxLayout()  # the place of the viewer's tools, which come later than what stands beside them
        self.header.row.addLayout(self._tools, 1)
        self.notices = NoticeBar()
        self.empty = EmptyPanel()
        self.result = ResultStrip()
        self.result.hide()
        self.result.folder.clicked.connect(lambda: self.folder_wanted.emit(self.result.path))
        Pull(self.result).pulled.connect(self._result_pulled)
        self._stack = QStackedWidget()
        self._stack.setMinimumHeight(px(120))  # less than the empty panel's minimum, because the queue needs the room
        self._stack.addWidget(self.empty)
        self.toasts = ToastPlace(self._stack)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(NoticeArea(self.notices))
        self.above_picture = QVBoxLayout()  # where hints about comparing stand
        column.addLayout(self.above_picture)
        column.addWidget(self._stack, 1)
        column.addWidget(self.result)
        self.pair_line = PairLine()
        self.pair_line.hide()
        column.addWidget(self.pair_line)
        # Files may be dropped on the empty panel as well as on the viewer.
        self.empty.files_dropped.connect(self.files_dropped)

    def show_picture(self, picture: Picture | None, *, is_empty: bool) -> None:
        """Show a picture and its result, nothing for None, or the empty panel if there are no pictures at all."""
        self._take_presses(wanted=not is_empty)
        if is_empty:
            self._stack.setCurrentIndex(0)
            self.result.hide()
            self.compare_files(None)
            if self._made is not None:
                self._made.strip.hide()
                self._made.view.set_pair(None, None)
            return
        view = self.view
        self._stack.setCurrentIndex(1)
        self.strip.show()
        if picture is None:
            view.set_pair(None, None)
            self.result.hide()
            return
        if self._compared is not None:
            self._give(self._compared)
        else:
            self._give(self._files_of(picture), (picture.path, picture.page or 0))
        self.show_result(picture)

    def _give(self, shown: ShownFiles, picture: tuple[Path, int] | None = None) -> None:
        subject = (shown.subject, 0) if shown.subject is not None else picture
        self.view.stage.named_after = shown.named_after
        few = "" if shown.candidates > 2 else too_few()
        self.view.stage.cells.allow(few if shown.no_grid is None else shown.no_grid)
        self.view.set_files(shown.files, subject, shown.kept, is_grid=shown.is_grid, origin=shown.origin)

    def _files_of(self, picture: Picture) -> ShownFiles:
        if self._tray_files is not None:
            return self._tray_files(picture)
        if (chosen := self._chosen(picture)) is not None:
            return chosen
        source, result = ShownFile(picture.path, picture.size, page=picture.page or 0), picture.result
        if result is None or result.result is None:
            return ShownFiles((source,))
        return ShownFiles((source, ShownFile(result.result, result.result_size)))

    @property
    def compared(self) -> ShownFiles | None:
        """The files that are compared instead of a picture and its result."""
        return self._compared

    def compare_files(self, shown: ShownFiles | None) -> None:
        """Compare any files, whatever picture is chosen; None shows the chosen picture at the next call."""
        was_comparing, self._compared = self._compared is not None, shown
        self.pair_line.setVisible(shown is not None)
        if was_comparing is (shown is None):
            self._set_aside_buttons(wanted=shown is not None)
            self.compared_changed.emit()
        if shown is not None:
            self.result.hide()
            self.pair_line.names.setText(" · ".join(file.word for file in shown.files))
            self._give(shown)

    def _set_aside_buttons(self, *, wanted: bool) -> None:
        """Hide the buttons that are about the chosen picture while it is not on screen, or show them again."""
        if wanted:
            self._set_aside = [each for each in (self.details_button, self.try_button) if not each.isHidden()]
        for button in self._set_aside:
            button.setHidden(wanted)

    def _are_few(self, paths: list[Path]) -> bool:
        """Return whether these may be two to four pictures that are dropped on pictures. Does not look at the disk."""
        are_few = 2 <= len(paths) <= len(CELLS) and self._stack.currentIndex() == 1 and not self.has_tray
        return are_few and not any(map(_is_no_picture, paths))

    def _tell_drop(self, paths: list[Path]) -> None:
        """Say what becomes of files that are dragged over the viewer."""
        if self._stack.currentIndex() == 0:
            return  # the empty panel lights up
        if self._drop_sign is None:
            from topazdesk.ui.viewer.drop_sign import DropSign

            self._drop_sign = DropSign(self._stack)
        if self._are_few(paths) and all(path.suffix for path in paths):
            words = tr("Drop here to compare these {n}. To add them, drop them on the list.")
            self._drop_sign.say(words.format(n=number(len(paths))))
        elif not any(map(_is_no_picture, paths)):
            self._drop_sign.say(tr("Drop to add to the list"))

    def _end_drop(self, is_over: bool) -> None:
        if not is_over and self._drop_sign is not None:
            self._drop_sign.say("")

    def _dropped(self, paths: list[Path]) -> None:
        """Compare two to four files dropped on pictures; all others, and what is no picture, are for the list."""
        if self._are_few(paths) and all(path.is_file() for path in paths):
            self.few_dropped.emit(paths)
        else:
            self.files_dropped.emit(paths)

    def choose_by(self, chosen: Callable[[Picture], ShownFiles | None]) -> None:
        """Ask `chosen` which files to show for a picture; None stands for the picture and its newest result."""
        self._chosen = chosen

    def show_result(self, picture: Picture) -> None:
        """Show the line below the viewer, unless a tray takes its place: saved, running or failed."""
        self.result.show_picture(picture)
        if self._tray is not None or self._compared is not None:
            self.result.hide()

    def open_tray(self, tray: QWidget | None, files: FilesOf | None) -> None:
        """Show `tray` below the viewer in place of the result's line; None removes it.

        While it is open, `files` determines what is compared.
        """
        if self._tray is not None:
            self._tray.hide()
        self._tray = tray
        self._tray_files = files
        if self._cell_keys is not None:
            self._cell_keys.follow()
        if tray is not None:
            self.compare_files(None)
            self._column.addWidget(tray)  # adding it again does no harm: it keeps its place
            tray.show()

    @property
    def shows_picture(self) -> bool:
        """Whether it shows the picture of the list by itself: neither trials of it nor other files."""
        return self._tray is None and self._compared is None

    @property
    def has_tray(self) -> bool:
        """Whether a tray decides what is compared."""
        return self._tray is not None

    @property
    def mode_word(self) -> str:
        """The way to compare, for `restore_mode` of the next start."""
        if self.wants_grid:
            return GRID.word
        return (self._first_mode if self._made is None else self._made.view.stage.pair_mode).word

    def restore_mode(self, word: str) -> None:
        """Compare in the mode of this word from the first picture on; an unknown word changes nothing."""
        found = next((mode for mode in MODES if mode.word == word), self._first_mode)
        self.wants_grid = found.is_grid
        if not found.is_grid:
            self._first_mode = found

    def prepare(self) -> None:
        """Create the viewer now, out of sight, so that the first picture need not wait for it."""
        if self._made is None:
            self.strip.hide()

    @property
    def view(self) -> CompareView:
        """The viewer itself, created on first use."""
        return self._viewer().view

    @property
    def strip(self) -> ViewerStrip:
        """The viewer's toolbar, in the header of the column."""
        return self._viewer().strip

    @property
    def is_sharp(self) -> bool:
        """Whether everything on screen is fully sharp."""
        return self._made is None or self._made.view.stage.is_sharp

    def set_note(self, words: str, few: str = "") -> None:
        """Set the sentence in the line below the pictures, and a shorter one for a narrow window."""
        self._viewer().body.foot.set_note(words, few)

    def stop(self) -> None:
        """End the worker threads of the viewer. Idempotent."""
        if self._made is not None:
            self._made.view.stop()

    def _viewer(self) -> _Made:
        if self._made is None:
            view = self._make_view()
            view.stage.set_mode(self._first_mode)  # before anybody hears that this is not the 2 × 2
            view.problem.connect(self.problem)
            view.whole_shown.connect(self.whole_shown)
            view.exported.connect(self.exported)
            view.stage.carried.connect(self.carried)
            cells = view.stage.cells
            cells.wanted.connect(self.grid_wanted)
            cells.compare_wanted.connect(self.two_wanted)
            cells.menu_wanted.connect(self.cell_menu_wanted)
            cells.chosen_changed.connect(self.cell_changed)
            strip, body = ViewerStrip(view), ViewerBody(view)
            self._tools.addWidget(strip)
            body.foot.add_button(self.details_button)
            body.foot.add_button(self.try_button)
            self._stack.addWidget(body)
            for button in (
                self.details_button,
                self.try_button,
                self.pair_line.add,
                self.pair_line.end,
                *self.result.buttons,
            ):
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._made = _Made(view, strip, body)
            # The trials give these keys to their candidates, which need not be in a cell.
            self._cell_keys = CellKeys(self, view.stage, lambda: not self.has_tray)
        return self._made

    def _take_presses(self, *, wanted: bool) -> None:
        """Give the keys to the pictures at a press anywhere in the column that no part of it uses."""
        self.setFocusProxy(None)  # type: ignore[arg-type]  # a policy is passed on to the proxy
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus if wanted else Qt.FocusPolicy.NoFocus)
        if wanted:
            self.setFocusProxy(self.view)

    def take_keys(self) -> bool:
        """Give the keys to the pictures; return False if there are none on screen."""
        if self._made is None or not self._made.view.isVisible():
            return False
        self._made.view.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _result_pulled(self) -> None:
        if self.result.path is not None:
            self.carried.emit(self.result.path)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the context menu of the picture, also from the line below it."""
        places = [part.geometry() for part in (self._stack, self.result) if part.isVisible()]
        if self._stack.currentIndex() == 1 and any(place.contains(event.pos()) for place in places):
            self.menu_wanted.emit(event.globalPos(), self._file_at(event))

    def _file_at(self, event: QContextMenuEvent) -> Path | None:
        """Return which of the shown files a menu is wanted for, None if it lies at none of them."""
        stage = self.view.stage
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            side = stage.cells.chosen if stage.mode.is_grid else None
        else:
            pane = stage.pane_at(QPointF(stage.surface.mapFromGlobal(event.globalPos())))
            side = pane.side if pane is not None else None
        return stage.pairs.shown.paths.get(side) if side is not None else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Report the new height, to which the tray adapts."""
        super().resizeEvent(event)
        self.notices.set_low(self.height() < px(_LOW))
        self.height_changed.emit(self.height())


def _is_no_picture(path: Path) -> bool:
    """Return whether a file is for something else than the list: a run's record or a preset."""
    return is_sidecar(path) or path.suffix.lower() == PRESET_SUFFIX
