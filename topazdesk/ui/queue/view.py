"""The rows of the queue: placed by arithmetic, painted only where visible, used with pointer or keyboard.

Keyboard: Up and Down choose a row, Left and Right one of its buttons, Space presses it. Return presses it, too, unless
it spends money: that takes Space or the pointer. While no button is chosen, Return opens the picture, as a double click
does, and Space shows the details. A click shows the picture in the viewer, as an entry of the menu does. The menu key
opens everything that can be done with the row. Alt with Up, Down or Home moves a queued row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QToolTip, QWidget

from topazdesk.app.help.causes import help_for
from topazdesk.domain.job import Job
from topazdesk.ui.controls import ListView
from topazdesk.ui.controls.help_place import set_help
from topazdesk.ui.controls.pull import is_pull
from topazdesk.ui.models.job_list import Index, QueueModel
from topazdesk.ui.models.job_texts import Act
from topazdesk.ui.queue.row import MORE, ROW, ButtonPlace, RowLook, paint_queue_row, place_name, places
from topazdesk.ui.texts import plain_tip, tr
from topazdesk.ui.theme import px
from topazdesk.ui.theme.mirrored import is_mirrored, mirrored_rect, painter_on

_TICK_MS = 1000
_ORDER_KEYS = {Qt.Key.Key_Up: Act.UP, Qt.Key.Key_Down: Act.DOWN, Qt.Key.Key_Home: Act.FIRST}


class QueueView(ListView):
    """The list of rows. `acted(act, job id)` is emitted for a button, and `menu_wanted` with the job's id and a place
    of the screen; `shown` when the picture of a job is to be shown in the viewer, `opened` when it is to be opened in
    its program. `image_of` returns thumbnails.
    """

    acted = Signal(object, str)
    menu_wanted = Signal(str, object)
    shown = Signal(str)
    opened = Signal(str)
    dragged = Signal(str)  # the picture of a job is dragged out of the list

    def __init__(
        self, model: QueueModel, image_of: Callable[[Job], QImage | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._queue = model
        self._image_of = image_of
        self._button = -1
        self._keyboard = False
        self._down: tuple[str, Act] | None = None
        self._kept = ""
        self._pressed_at: QPoint | None = None  # where a row is held that may be pulled out
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Queue"))
        self.setAccessibleDescription(tr("Left and right choose a button of the row, Space presses it"))
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.verticalScrollBar().setSingleStep(px(ROW) // 3)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._lay_on)
        self._tick = QTimer(self)  # time left and the next try count down
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self.viewport().update)

    # geometry

    def visualRect(self, index: Index) -> QRect:
        """Return where a row is in the viewport."""
        return QRect(0, index.row() * px(ROW) - self.verticalOffset(), self.viewport().width(), px(ROW))

    def indexAt(self, point: QPoint) -> QModelIndex:
        """Return the row at a point of the viewport."""
        row = (point.y() + self.verticalOffset()) // px(ROW)
        return self._queue.index(row) if 0 <= row < self._queue.rowCount() else QModelIndex()

    def verticalOffset(self) -> int:
        """Return the pixels scrolled."""
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        """Return 0: the list does not scroll sideways."""
        return 0

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Bring a row into view."""
        if not index.isValid():
            return
        top, bar = index.row() * px(ROW), self.verticalScrollBar()
        if top < bar.value():
            bar.setValue(top)
        elif top + px(ROW) > bar.value() + self.viewport().height():
            bar.setValue(top + px(ROW) - self.viewport().height())

    def doItemsLayout(self) -> None:
        """Lay out the scroll bar; the rows need no layout."""
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        """Set the range of the scroll bar."""
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, self._queue.rowCount() * px(ROW) - self.viewport().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measure again."""
        QAbstractItemView.resizeEvent(self, event)
        self.updateGeometries()

    def sizeHint(self) -> QSize:
        """Return a preferred size; the list accepts any."""
        return QSize(px(720), px(300))

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Return the row that an arrow, page, Home or End key leads to."""
        move = QAbstractItemView.CursorAction
        last, row = self._queue.rowCount() - 1, self.currentIndex().row()
        page = max(1, self.viewport().height() // px(ROW) - 1)
        step = {move.MoveUp: -1, move.MoveDown: 1, move.MovePageUp: -page, move.MovePageDown: page}.get(action, 0)
        if action == move.MoveHome:
            row = step = 0
        elif action == move.MoveEnd:
            row = last
            step = 0
        target = min(max(row + step, 0), last)
        return self._queue.index(target) if last >= 0 else QModelIndex()

    # what is under the pointer and the keyboard

    @property
    def current_id(self) -> str:
        """The job of the current row, or ""."""
        return self._queue.id_at(self.currentIndex().row())

    def choose(self, job_id: str) -> None:
        """Make the job's row the current one."""
        row = self._queue.row_of(job_id)
        if row >= 0:
            self.selectionModel().setCurrentIndex(
                self._queue.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def places_of(self, job_id: str) -> list[ButtonPlace]:
        """Return the buttons of a row, in coordinates of the viewport."""
        index, view = self._queue.index(self._queue.row_of(job_id)), self.viewport()
        found = places(QRectF(self.visualRect(index)), self._queue.line(job_id))
        return [replace(place, rect=mirrored_rect(view, place.rect)) for place in found]

    def _hit(self, point: QPoint) -> tuple[str, int]:
        """Return the job and the index of the button at a point of the viewport, "" and -1 for none."""
        job_id = self._queue.id_at(self.indexAt(point).row())
        if not job_id:
            return "", -1
        found = (n for n, place in enumerate(self.places_of(job_id)) if place.rect.contains(point))
        return job_id, next(found, -1)

    def _keep(self) -> None:
        self._kept = self.current_id

    def _lay_on(self) -> None:
        self.choose(self._kept)
        self.updateGeometries()

    # acting

    def press(self, job_id: str, place: ButtonPlace) -> None:
        """Do what a button does."""
        if place.action is MORE:
            self.menu_wanted.emit(job_id, self.viewport().mapToGlobal(place.rect.bottomLeft().toPoint()))
        elif not self._queue.is_busy(job_id):
            self.acted.emit(place.action.act, job_id)

    # events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Arm the button that is pressed, or choose the row."""
        self._keyboard = False
        self._button = -1
        job_id, number = self._hit(event.position().toPoint())
        if job_id and number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._down = (job_id, self.places_of(job_id)[number].action.act)
            self.choose(job_id)
            self.viewport().update()
            return
        super().mousePressEvent(event)
        is_held = bool(job_id) and event.button() == Qt.MouseButton.LeftButton
        self._pressed_at = event.position().toPoint() if is_held else None
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Announce that the picture of the held row is dragged out; the window knows its files.

        Qt would choose the rows on the way instead.
        """
        if not event.buttons():
            super().mouseMoveEvent(event)
        elif self._pressed_at is not None and is_pull(event.position().toPoint() - self._pressed_at):
            self._pressed_at = None  # before the drag, which begins and ends inside of this signal
            self.dragged.emit(self.current_id)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Act if the pointer is still over the button or row that was pressed; do nothing if the rows moved."""
        was_held, self._pressed_at = self._pressed_at is not None, None
        down, self._down = self._down, None
        job_id, number = self._hit(event.position().toPoint())
        self.viewport().update()
        if down is None:
            super().mouseReleaseEvent(event)
            if was_held and number < 0 and job_id == self.current_id:
                self.shown.emit(job_id)
            return
        if number >= 0:
            place = self.places_of(job_id)[number]
            if (job_id, place.action.act) == down:
                self.press(job_id, place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the picture of the row. A second click on a button is a click, except on what spends money: the rows
        may have moved under the pointer.
        """
        job_id, number = self._hit(event.position().toPoint())
        if job_id and number < 0 and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(job_id)
        elif number < 0 or not self.places_of(job_id)[number].action.spends:
            self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the keys described at the top of this module."""
        self._keyboard = True
        job_id = self.current_id
        key = event.key()
        if job_id and event.modifiers() == Qt.KeyboardModifier.AltModifier and key in _ORDER_KEYS:
            if not self._queue.is_busy(job_id) and self._queue.can_move(job_id):
                self.acted.emit(_ORDER_KEYS[Qt.Key(key)], job_id)
            return
        if not job_id or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        found = self.places_of(job_id)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if key == Qt.Key.Key_Right else -1
            self._button = min(max(self._button + step, -1), len(found) - 1)
            self._speak(job_id, found)
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.isAutoRepeat():
                return
            if self._button < 0:
                if key == Qt.Key.Key_Space:
                    self.acted.emit(Act.DETAILS, job_id)
                else:
                    self.opened.emit(job_id)
            elif key == Qt.Key.Key_Space or not found[self._button].action.spends:
                self.press(job_id, found[min(self._button, len(found) - 1)])
        elif key == Qt.Key.Key_Menu:
            self.menu_wanted.emit(job_id, self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center()))
        else:
            super().keyPressEvent(event)
        self.viewport().update()

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Move the keyboard focus to the new row itself, not to one of its buttons; help is about its trouble."""
        self._button = -1
        job = self._queue.job(self._queue.id_at(current.row())) if current.isValid() else None
        set_help(self, help_for(job.trouble.code) if job is not None and job.trouble is not None else "")
        super().currentChanged(current, previous)
        self.viewport().update()

    def _speak(self, job_id: str, found: list[ButtonPlace]) -> None:
        words = place_name(found[self._button]) if self._button >= 0 else self._queue.line(job_id).spoken
        self.setAccessibleDescription(words)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the row under the pointer, or of the current one."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        job_id = self.current_id if by_key else self._queue.id_at(self.indexAt(event.pos()).row())
        if job_id:
            self.choose(job_id)
            middle = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
            self.menu_wanted.emit(job_id, middle if by_key else event.globalPos())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Mark no row: keys are meant for something else now."""
        super().focusOutEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring if the focus came by Tab."""
        self._keyboard = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        if not self.current_id and self._queue.rowCount():
            self.choose(self._queue.id_at(0))
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """Repaint on hover, and show the tool tip of the button or else of the row."""
        if event.type() in (QEvent.Type.HoverMove, QEvent.Type.HoverLeave, QEvent.Type.HoverEnter):
            self.viewport().update()
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            job_id, number = self._hit(event.pos())
            if number >= 0:
                place = self.places_of(job_id)[number]
                QToolTip.showText(event.globalPos(), plain_tip(place.action.tip or place_name(place)), self)
                return True
        return super().viewportEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Count down while the list is visible."""
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop counting down: a hidden list costs nothing."""
        super().hideEvent(event)
        self._tick.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible rows only."""
        painter = painter_on(self.viewport(), self.viewport().width(), mirrored=is_mirrored(self))
        under, over = "", -1
        if self.viewport().underMouse():
            under, over = self._hit(self.viewport().mapFromGlobal(self.cursor().pos()))
        current = self.current_id if self.hasFocus() else ""
        row = max(0, event.rect().top() + self.verticalOffset()) // px(ROW)
        while job_id := self._queue.id_at(row):
            top = row * px(ROW) - self.verticalOffset()
            if top > event.rect().bottom():
                break
            job = self._queue.job(job_id)
            look = RowLook(
                hovered=job_id == under,
                chosen=job_id == current,
                focused=job_id == current and self._keyboard,
                over=over if job_id == under else -1,
                focus=self._button if job_id == current else -1,
                pressed=self._down is not None and self._down[0] == job_id,
                busy=self._queue.is_busy(job_id),
            )
            rect = QRectF(0, top, self.viewport().width(), px(ROW))
            paint_queue_row(painter, rect, self._queue.line(job_id), self._image_of(job) if job else None, look)
            row += 1
        painter.end()
