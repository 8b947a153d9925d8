"""The view of the picture list. Headings (28 px) and rows (60 px) are placed by arithmetic: 10,000 need no layout."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from topazdesk.ui.controls import ListView
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.models.picture_list import Entry, Head, PictureModel
from topazdesk.ui.pictures.row import HEAD, ROW, Look
from topazdesk.ui.pictures.row_cache import DrawnRows
from topazdesk.ui.theme import px, theme

Index = QModelIndex | QPersistentModelIndex
Move = QAbstractItemView.CursorAction


class PictureView(ListView):
    """Multi-selection list over a `PictureModel`. Unlike Qt's own list layout, it never asks a row for its size.

    `wanted` is emitted with the ids of pictures that have no thumbnail yet: first those in view, then those one page
    below and above. Each list replaces the one before: ids missing from it are no longer wanted.
    """

    wanted = Signal(list)
    chosen = Signal()  # the selection or the current picture changed
    dragged = Signal()  # the selected pictures are dragged out of the list
    opened = Signal()  # the current picture is to be opened: it was clicked twice

    def __init__(self, model: PictureModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = model
        self._kept: tuple[list[int], int, int] = ([], 0, 0)
        self._kept_row = -1
        self._seen: tuple[Section, int] | None = None  # where the current picture's row was before rows moved
        self._has_scrolled = False  # the user looks at something else than the current picture
        self._hidden_current = 0  # id of the current picture while a filter or a folded section hides its row, else 0
        self._filter = ""
        self._arranging = False
        self._last_chosen: list[int] = []
        self._keyboard = False
        self._any_missing = False
        self._under = -1
        self._is_pressed = False  # on a picture
        self._drawn = DrawnRows()
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setUniformItemSizes(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.verticalScrollBar().setSingleStep(px(ROW) // 3)
        self.verticalScrollBar().sliderPressed.connect(self._looks_elsewhere)
        theme().changed.connect(self._look_changed)
        model.about_to_arrange.connect(self._remember)
        model.arranged.connect(self._restore)

    # geometry

    def top_of(self, row: int) -> int:
        """Return the distance of a row from the top of the contents, in pixels."""
        heads = sum(1 for head in self._pictures.heads() if head.first <= row)
        return heads * px(HEAD) + (row - heads) * px(ROW)

    def row_at(self, y: int) -> int:
        """Return the row at a distance (pixels) from the top of the contents, or -1."""
        if y < 0:
            return -1
        row = top = 0
        for head in self._pictures.heads():
            if y < top + px(HEAD):
                return row
            shown = 0 if head.folded else head.count
            top += px(HEAD)
            row += 1
            if y < top + shown * px(ROW):
                return row + (y - top) // px(ROW)
            top += shown * px(ROW)
            row += shown
        return -1

    def contents_height(self) -> int:
        """Return the height of all rows and headings, in pixels."""
        heads = self._pictures.heads()
        return len(heads) * px(HEAD) + (self._pictures.rowCount() - len(heads)) * px(ROW)

    def visualRect(self, index: Index) -> QRect:
        """Return the rectangle of a row in the viewport."""
        entry = self._pictures.entry(index.row())
        if entry is None:
            return QRect()
        height = px(HEAD) if isinstance(entry, Head) else px(ROW)
        top = self.top_of(index.row()) - self.verticalOffset()
        return QRect(0, top, self.viewport().width(), height)

    def indexAt(self, point: QPoint) -> QModelIndex:
        """Return the index of the row at a point of the viewport."""
        row = self.row_at(point.y() + self.verticalOffset())
        return self._pictures.index(row) if row >= 0 else QModelIndex()

    def verticalOffset(self) -> int:
        """Return how far the list is scrolled, in pixels."""
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        """Return 0: the list never scrolls sideways."""
        return 0

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Bring a row into view."""
        entry = self._pictures.entry(index.row())
        if entry is None:
            return
        top = self.top_of(index.row())
        bar, height = self.verticalScrollBar(), px(HEAD) if isinstance(entry, Head) else px(ROW)
        # Scrolling to the first row of a section shows its heading too.
        if isinstance(self._pictures.entry(index.row() - 1), Head):
            top, height = top - px(HEAD), height + px(HEAD)
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(top - (self.viewport().height() - height) // 2)
        elif top < bar.value():
            bar.setValue(top)
        elif top + height > bar.value() + self.viewport().height():
            bar.setValue(top + height - self.viewport().height())

    def doItemsLayout(self) -> None:
        """Skip `QListView`'s layout: only the scroll bar depends on the rows."""
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        """Set the scroll bar's range and page size."""
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, self.contents_height() - self.viewport().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Update the scroll bar, and keep the current row in sight if it was: the queue opens from below."""
        current = self.currentIndex()
        top = self.top_of(current.row()) - self.verticalScrollBar().value() if current.isValid() else -1
        QAbstractItemView.resizeEvent(self, event)
        self.updateGeometries()
        if 0 <= top <= event.oldSize().height() - px(ROW):
            self.scrollTo(current)

    def sizeHint(self) -> QSize:
        """Return a nominal size; the layout decides the real one."""
        return QSize(px(288), px(300))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select the rows that intersect a rectangle of the viewport."""
        box = rect.normalized()
        last_row = self._pictures.rowCount() - 1
        first = self.row_at(max(0, box.top() + self.verticalOffset()))
        last = self.row_at(max(0, box.bottom() + self.verticalOffset()))
        selection = QItemSelection()
        if first >= 0:
            last = last if last >= 0 else last_row
            selection.select(self._pictures.index(first), self._pictures.index(last))
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Return the whole viewport: repainting all of it is simpler than finding the selected part."""
        return QRegion(self.viewport().rect())

    def moveCursor(self, action: Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Move by arrow, page, Home and End keys, skipping headings."""
        rows, row = self._pictures.rowCount(), self.currentIndex().row()
        page = max(1, self.viewport().height() // px(ROW) - 1)
        step = {
            Move.MoveUp: -1,
            Move.MovePrevious: -1,
            Move.MoveLeft: -1,
            Move.MoveDown: 1,
            Move.MoveNext: 1,
            Move.MoveRight: 1,
            Move.MovePageUp: -page,
            Move.MovePageDown: page,
        }.get(action, 0)
        if action == Move.MoveHome:
            row, step = -1, 1
        elif action == Move.MoveEnd:
            row, step = rows, -1
        target = min(max(row + step, 0), rows - 1)
        direction = 1 if step > 0 else -1
        while 0 <= target < rows and isinstance(self._pictures.entry(target), Head):
            target += direction
        return self._pictures.index(target) if 0 <= target < rows else self.currentIndex()

    # selection by ids

    def chosen_ids(self) -> list[int]:
        """Return the ids of the selected pictures in row order."""
        selection = self.selectionModel().selection()
        rows: list[int] = []
        for place in range(selection.count()):
            part = selection.at(place)
            rows += range(part.top(), part.bottom() + 1)
        return self._pictures.ids(sorted(rows))

    def current_id(self) -> int:
        """Return the id of the current picture, or 0. If a filter hides it, it stays current and in the viewer."""
        entry = self._pictures.entry(self.currentIndex().row())
        return entry.id if isinstance(entry, Picture) else self._hidden_current

    def enter(self) -> bool:
        """Make the first picture shown the current one, unless the current one is shown; tell whether one is."""
        shown = self._pictures.shown_ids()
        if shown and self.current_id() not in shown:
            self.choose(shown[:1], shown[0])
        return bool(shown)

    def choose(self, ids: list[int], current: int = 0) -> None:
        """Select pictures by id and make `current` the current one."""
        self._lay_on(ids, current)
        self._tell()

    def _lay_on(self, ids: list[int], current: int) -> None:
        rows = sorted(row for row in (self._pictures.row_of(i) for i in ids) if row >= 0)
        selection = QItemSelection()
        start = 0
        for at in range(1, len(rows) + 1):
            if at == len(rows) or rows[at] != rows[at - 1] + 1:
                selection.select(self._pictures.index(rows[start]), self._pictures.index(rows[at - 1]))
                start = at
        model = self.selectionModel()
        row = self._pictures.row_of(current)
        if row >= 0:
            model.setCurrentIndex(self._pictures.index(row), QItemSelectionModel.SelectionFlag.NoUpdate)
        model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._hidden_current = current if row < 0 and self._pictures.picture(current) is not None else 0

    def _remember(self) -> None:
        self._arranging = True
        self._kept = (self.chosen_ids(), self.current_id(), self.verticalOffset())
        self._kept_row = self.currentIndex().row()
        self._seen = self._place_of(self._kept[1])

    def _place_of(self, picture_id: int) -> tuple[Section, int] | None:
        """Return the section of a picture and how far below the edge its row is; None if the row is out of sight."""
        row = self._pictures.row_of(picture_id)
        below = self.top_of(row) - self.verticalOffset()
        is_seen = row >= 0 and -px(ROW) < below < self.viewport().height()
        return (self._section_at(row), below) if is_seen else None

    def _section_at(self, row: int) -> Section:
        """Return the section whose heading is above a row."""
        return next(head.section for head in reversed(self._pictures.heads()) if head.first <= row)

    def _follow(self, current: int, offset: int) -> None:
        """Scroll so that the current picture is where it was. What is enhanced moves to another section, with the
        list following it, unless the user has scrolled meanwhile and looks at something else.
        """
        bar, row = self.verticalScrollBar(), self._pictures.row_of(current)
        bar.setValue(offset)
        if self._seen is None or row < 0:
            return
        section, below = self._seen
        if section is not self._section_at(row):
            if not self._has_scrolled:
                self.scrollTo(self._pictures.index(row))
        elif offset:
            bar.setValue(self.top_of(row) - below)

    def _restore(self) -> None:
        ids, current, offset = self._kept
        ids = [i for i in ids if self._pictures.picture(i) is not None]
        if current and self._pictures.picture(current) is None:
            current = ids[0] if ids else self._near(self._kept_row)
            ids = ids or [current]
        if current and current == self._hidden_current and self._pictures.row_of(current) >= 0:
            ids = ids or [current]  # visible again, so select it again
        self._lay_on(ids, current)
        self._arranging = False
        self.updateGeometries()
        if self._filter == self._pictures.filter_text:
            self._follow(current, offset)
        else:  # the filter changed: start at the top, unless the current picture is among the matches
            self._filter = self._pictures.filter_text
            self.verticalScrollBar().setValue(0)
            self.scrollTo(self.currentIndex())
        self._tell()

    def _near(self, row: int) -> int:
        """Return the id of the first picture at or below `row`, else of the nearest one above; 0 if there is none."""
        last = self._pictures.rowCount() - 1
        places = (*range(max(0, row), last + 1), *range(min(row, last), -1, -1))
        entries = (self._pictures.entry(place) for place in places)
        return next((entry.id for entry in entries if isinstance(entry, Picture)), 0)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Announce the change, but not while rows are being rearranged."""
        QAbstractItemView.selectionChanged(self, selected, deselected)
        if not self._arranging:
            self._tell()

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Scroll to the new current row and announce it, but not while rows are being rearranged."""
        if not self._arranging:
            self._hidden_current = 0
            self._has_scrolled = False
            QAbstractItemView.currentChanged(self, current, previous)
            self._tell()
        self.viewport().update()

    def _tell(self) -> None:
        now = [self.current_id(), *self.chosen_ids()]
        if now != self._last_chosen:
            self._last_chosen = now
            self.chosen.emit()

    # events

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll, and stop following the current picture: the user looks elsewhere."""
        self._looks_elsewhere()
        super().wheelEvent(event)

    def _looks_elsewhere(self) -> None:
        self._has_scrolled = True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Fold or unfold a section when its heading is clicked."""
        self._keyboard = False
        entry = self._pictures.entry(self.indexAt(event.position().toPoint()).row())
        self._is_pressed = isinstance(entry, Picture)
        if isinstance(entry, Head):
            if event.button() == Qt.MouseButton.LeftButton:
                self._pictures.set_folded(entry.section, not entry.folded)
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the selected pictures; what was pressed on a heading drags nothing."""
        if self._is_pressed or not event.buttons():
            super().mouseMoveEvent(event)

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        """Announce that the selected pictures are dragged out; the window knows their files."""
        self.dragged.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the picture that was clicked twice."""
        index = self.indexAt(event.position().toPoint())
        is_picture = isinstance(self._pictures.entry(index.row()), Picture)
        if is_picture and index == self.currentIndex() and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the focus ring from the first key press on; Ctrl+Left and Ctrl+Right fold and unfold the section."""
        self._keyboard = True
        if (
            event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self._fold_here(event.key() == Qt.Key.Key_Left)
            return
        super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring when focus arrives by Tab, and select the first picture if none is current."""
        self._keyboard = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            ids = self._pictures.shown_ids()
            if ids:
                self.choose([ids[0]], ids[0])
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """Repaint the rows that the pointer enters and leaves."""
        if event.type() in (QEvent.Type.HoverMove, QEvent.Type.HoverLeave, QEvent.Type.HoverEnter):
            self._follow_pointer()
        return super().viewportEvent(event)

    def _look_changed(self) -> None:
        self._drawn.clear()
        self.viewport().update()

    def _follow_pointer(self) -> None:
        now = self._row_under()
        if now != self._under:
            for row in (self._under, now):
                self.viewport().update(self.visualRect(self._pictures.index(row)))
            self._under = now

    def _row_under(self) -> int:
        """Return the row under the pointer, or -1."""
        if not self.viewport().underMouse():
            return -1
        return self.row_at(self.viewport().mapFromGlobal(self.cursor().pos()).y() + self.verticalOffset())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in view only, then announce which thumbnails are missing."""
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        offset, width = self.verticalOffset(), self.viewport().width()
        self._follow_pointer()
        row = self.row_at(max(0, event.rect().top() + offset))
        top = self.top_of(row) - offset
        while row >= 0 and (entry := self._pictures.entry(row)) is not None and top <= event.rect().bottom():
            place = QRect(0, top, width, px(HEAD) if isinstance(entry, Head) else px(ROW))
            if event.region().intersects(place):
                self._paint_entry(painter, QRectF(place), row, entry)
            top += place.height()
            row += 1
        painter.end()
        self._tell_wanted()

    def _paint_entry(self, painter: QPainter, place: QRectF, row: int, entry: Entry) -> None:
        if isinstance(entry, Head):
            self._drawn.head(painter, place, entry, hovered=row == self._under)
            return
        is_current = row == self.currentIndex().row() and self._keyboard and self.hasFocus()
        look = Look(self.selectionModel().isRowSelected(row, QModelIndex()), row == self._under, is_current)
        is_marked = self._pictures.is_marked(entry)
        self._drawn.row(painter, place, entry, self._pictures.price_of(entry), look, is_marked=is_marked)

    def _tell_wanted(self) -> None:
        offset, height = self.verticalOffset(), self.viewport().height()
        first, last = max(0, self.row_at(offset)), self.row_at(offset + height - 1)
        last = last if last >= 0 else self._pictures.rowCount() - 1
        page = last - first + 1
        rows = (*range(first, last + 1 + page), *range(first - 1, max(-1, first - 1 - page), -1))
        entries = map(self._pictures.entry, rows)
        missing = [entry.id for entry in entries if isinstance(entry, Picture) and entry.thumbnail is None]
        if missing or self._any_missing:
            self._any_missing = bool(missing)
            self.wanted.emit(missing)

    def _fold_here(self, folded: bool) -> None:
        entry = self._pictures.entry(self.currentIndex().row())
        section: Section | None = entry.section if entry is not None else None
        if section is not None:
            self._pictures.set_folded(section, folded)
