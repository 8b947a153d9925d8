"""Toasts: good news shown for a moment over the picture. Trouble is never a toast: it stays, as a notice."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from topazdesk.ui.controls.focus_return import FocusReturn
from topazdesk.ui.controls.notice import Kind, Notice, NoticeAction
from topazdesk.ui.controls.paint import px

#: How long a toast stays, and how long one with a button that has to be read and reached.
SHOWN_MS, SHOWN_WITH_ACTION_MS = 4_000, 10_000
#: The last is from the lower edge of the host: above its line and the slider of the fade.
_WIDTH, _SIDE, _BELOW = 520, 12, 92
#: The line at the foot of the host, which no toast covers.
_FOOT = 36


class Toast(Notice):
    """A notice that goes by itself, but not while the pointer or the keyboard is on it."""

    def __init__(self, kind: Kind, title: str, hint: str, actions: tuple[NoticeAction, ...], subject: str) -> None:
        super().__init__(kind, title, hint, actions=actions, subject=subject)
        self.focus = FocusReturn(self)
        self._timer = QTimer(self)
        self._timer.setInterval(SHOWN_WITH_ACTION_MS if actions else SHOWN_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def tick(self) -> None:
        """Go, as the time is over; while it is used, ask again later."""
        focus = self.window().focusWidget()
        if not self.underMouse() and not (focus is not None and self.isAncestorOf(focus)):
            self._timer.stop()
            self.closed.emit()


class ToastPlace(QObject):
    """Shows toasts at the bottom of a widget in a layout, one at a time: the newest."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._toast: Toast | None = None
        self._kept_free: tuple[QWidget, Callable[[], QRectF | None]] | None = None
        host.installEventFilter(self)

    def keep_free(self, widget: QWidget, part: Callable[[], QRectF | None]) -> None:
        """Keep toasts off a part of a widget, in its coordinates, as far as there is room elsewhere."""
        self._kept_free = (widget, part)

    def follow(self) -> None:
        """Find the place again: what is to be kept free has moved."""
        self._place()

    @property
    def toast(self) -> Toast | None:
        """The toast on screen, if there is one."""
        return self._toast

    def show(self, kind: Kind, title: str, hint: str, actions: tuple[NoticeAction, ...], subject: str = "") -> Toast:
        """Show a toast in place of the one before, and have screen readers say it without interrupting."""
        self.remove()
        toast = self._toast = Toast(kind, title, hint, actions, subject)
        toast.setParent(self._host.parentWidget() or self._host)
        toast.closed.connect(lambda: self.remove(toast))
        toast.leaving.connect(toast.focus.give_back)
        self._place()
        toast.show()
        toast.raise_()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(toast, toast.accessibleName()))
        return toast

    def remove(self, toast: Toast | None = None) -> None:
        """Remove the toast, or nothing if `toast` is another one."""
        if self._toast is not None and toast in (None, self._toast):
            self._toast.focus.give_back()
            gone, self._toast = self._toast, None
            gone.hide()
            gone.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the toast in its place, and above what is shown later."""
        if self._toast is not None and event.type() in (
            QEvent.Type.Resize,
            QEvent.Type.Move,
            QEvent.Type.LayoutRequest,
        ):
            self._place()
            self._toast.raise_()
        return False

    def _place(self) -> None:
        """Put the toast above the line at the foot of the host; in a low one it reaches over what is above."""
        toast, room = self._toast, self._host.geometry()
        if toast is None:
            return
        width = min(px(_WIDTH), room.width() - 2 * px(_SIDE))
        height = toast.heightForWidth(width) if toast.hasHeightForWidth() else toast.sizeHint().height()
        top = room.bottom() - height - px(_BELOW)
        if top < room.top() + px(_SIDE):
            top = max(0, min(room.top() + px(_SIDE), room.bottom() - height - px(_FOOT)))
        left = room.left() + (room.width() - width) // 2
        free = self._free()
        above = QRect(left, room.top() + px(_SIDE), width, height)
        if free.intersects(QRect(left, top, width, height)) and not free.intersects(above):
            top = above.top()
        toast.setGeometry(left, top, width, height)

    def _free(self) -> QRect:
        """Return what is to be kept free, in the coordinates of what toasts lie in."""
        place = self._host.parentWidget()
        if self._kept_free is None or place is None or not self._kept_free[0].isVisible():
            return QRect()
        widget, part = self._kept_free
        rect = part()
        return rect.toAlignedRect().translated(widget.mapTo(place, QPoint(0, 0))) if rect is not None else QRect()
