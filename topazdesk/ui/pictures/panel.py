"""The left column: the list of pictures, its filter and sort order, and the drop area for files."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup, QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from topazdesk.domain.job import Verdict
from topazdesk.language import say
from topazdesk.ui.controls import IconButton, LineField, Menu, Surface, Text
from topazdesk.ui.controls.drop import FileDrops
from topazdesk.ui.models.picture_list import Order, PictureModel, verdict_word
from topazdesk.ui.pictures.filter_keys import FilterKeys
from topazdesk.ui.pictures.heading import NoPictures, PicturesHeading
from topazdesk.ui.pictures.list_view import PictureView
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.theme import px
from topazdesk.ui.theme.icons import icon

#: Below this height (design pixels) the drop area makes way for the list.
_HINT_FROM = 300
_MARKS = {Verdict.KEPT: say("Kept"), Verdict.REJECTED: say("Rejected"), Verdict.NONE: say("Unmarked")}


class PicturesPanel(Surface):
    """The left column. `files_dropped` carries paths of files and folders in any mixture."""

    files_dropped = Signal(list)
    menu_wanted = Signal(object)  # the context menu of the selected pictures, at this place of the screen

    def __init__(self, model: PictureModel) -> None:
        super().__init__("panel")
        self._model = model
        self.setMinimumWidth(px(240))
        self.setAccessibleName(tr("Pictures"))
        self.view = PictureView(model)
        self.view.setAccessibleName(tr("List of pictures"))
        self.view.setAcceptDrops(False)  # the whole column takes drops
        self._heading = PicturesHeading()
        self.menu_button, self.add_button = self._heading.menu_button, self._heading.add_button
        self.filter = LineField()
        self.filter.set_hints(tr("Filter by name or state"), tr("Filter"))
        self.filter.setAccessibleName(tr("Filter by name or state"))
        self.filter.setClearButtonEnabled(True)
        self.filter.addAction(icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self.filter.textChanged.connect(model.set_filter)
        FilterKeys(self.filter, self.view)
        self.sort_button = IconButton("sort", tr("Sort and filter"))
        self.sort_button.clicked.connect(lambda: self.sort_menu().drop_down(self.sort_button))
        self._drop_hint = DropHint()
        drops = FileDrops(self)
        drops.dropped.connect(self.files_dropped)
        drops.hovering.connect(self._drop_hint.set_ready)
        self._lay_out()
        bind(self._count_anew, model.counted)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setContentsMargins(px(12), px(8), px(8), px(4))
        tools.setSpacing(px(8))
        tools.addWidget(self.filter, 1)
        tools.addWidget(self.sort_button)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(tools)
        column.addWidget(self.view, 1)
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(px(12), px(8), px(12), px(12))
        foot.addWidget(self._drop_hint)
        column.addWidget(self._foot)
        self._stack = QStackedWidget()
        self._stack.addWidget(NoPictures())
        self._stack.addWidget(full)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._heading)
        whole.addWidget(self._stack, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave what room there is to the pictures where it is for few: files can be dropped on them, too."""
        super().resizeEvent(event)
        self._foot.setVisible(self.height() >= px(_HINT_FROM))

    def _count_anew(self) -> None:
        count = len(self._model)
        self._heading.show_count(count)
        self._stack.setCurrentIndex(1 if count else 0)

    # menus

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the context menu of the selected pictures, at the current row if the keyboard asked for it."""
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place = self.view.viewport().mapToGlobal(self.view.visualRect(self.view.currentIndex()).center())
        if self.view.chosen_ids():
            self.menu_wanted.emit(place)

    def sort_menu(self) -> Menu:
        """Build the menu for the order of the list, and for what it shows."""
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = QActionGroup(menu)
        words = {Order.ADDED: tr("As added"), Order.NAME: tr("By name"), Order.PIXELS: tr("Largest first")}
        for order, word in words.items():
            entry = menu.addAction(word)
            entry.setCheckable(True)
            entry.setChecked(order is self._model.order)
            group.addAction(entry)
            entry.triggered.connect(lambda _checked=False, wanted=order: self._model.set_order(wanted))
        menu.add_title(tr("Show only"))
        for verdict, word in _MARKS.items():
            entry = menu.addAction(translated(word))
            entry.setCheckable(True)
            wanted = verdict_word(verdict)
            entry.setChecked(self.filter.text() == wanted)
            entry.triggered.connect(lambda on, words=wanted: self.filter.setText(words if on else ""))
        return menu


class DropHint(Surface):
    """The dashed drop area below the list; highlighted while files are dragged over the column."""

    def __init__(self) -> None:
        super().__init__("panel", edge="track", radius=6, dashed=True)
        self.setFixedHeight(px(40))
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), 0, px(12), 0)
        text = Text(tr("Drop more pictures or folders here"), "small", "text2", wrap=True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(text)

    def set_ready(self, ready: bool) -> None:
        """Set whether files are being dragged over the column."""
        self.set_ground("sel" if ready else "panel", "mark" if ready else "track")
