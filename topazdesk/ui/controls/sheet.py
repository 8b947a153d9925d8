"""The base of dialogs: a sheet over the dimmed window, opened with `open()` and awaited, never with a nested loop."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QMoveEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QDialog, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from topazdesk.ui.controls.button import IconButton
from topazdesk.ui.controls.dressed import ScrollArea
from topazdesk.ui.controls.help_place import help_at, help_wishes, set_help
from topazdesk.ui.controls.label import Surface, Text
from topazdesk.ui.controls.paint import box, painter_for, px, tokens
from topazdesk.ui.texts import tr

_ANY = 16_777_215  # Qt's value for "no limit"
_PLACED_AGAIN = 3
_EDGE, _LEAST = 12, 240  # design pixels: distance from the window's edges; least height, however small the window
_SCROLLS = {
    Qt.Key.Key_Up: QAbstractSlider.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_Down: QAbstractSlider.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
}


class Sheet(QDialog):
    """A dialog with `head` (the row of the title), `body` (a column) and `footer` (a row of buttons).

    Fill `body` and `footer` (with a stretch before the right-hand buttons), then call `open()`, or `await answered()`
    for the result code. Escape rejects. Window-modal: the window behind takes no input, but the event loop goes on.
    F1 opens `help_page`, or what is set for the part of the sheet that has the focus.
    """

    #: The page of the help about it, or a part of one; "" for none.
    help_page: ClassVar[str] = "start"

    def __init__(self, parent: QWidget | None, title: str, *, width: int = 520, closable: bool = False) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        set_help(self, self.help_page)
        self._shade: _Shade | None = None
        self._belongs: QPoint | None = None  # where the shown sheet was put
        self._placed_again = 0
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 1, 1, 1)
        whole.setSpacing(0)
        self._first: QWidget | None = None
        head = self.head = QHBoxLayout()
        head.setContentsMargins(px(24), px(20), px(16 if closable else 24), px(4))
        self.heading = Text(title, "dialog", wrap=True)
        head.addWidget(self.heading, 1)
        if closable:
            close = IconButton("close", tr("Close"))
            close.clicked.connect(self.reject)
            head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        whole.addLayout(head)
        inside = QWidget()
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(px(24), px(4), px(24), px(20))
        self.body.setSpacing(px(8))
        self._scroll = ScrollArea(inside)
        # Its height is set by `fit`.
        self._scroll.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        whole.addWidget(self._scroll, 1)
        self._foot = _Foot()
        self.footer = QHBoxLayout(self._foot)
        self.footer.setContentsMargins(px(16), px(12), px(16), px(12))
        self.footer.setSpacing(px(8))
        whole.addWidget(self._foot)
        self.setMinimumWidth(px(width))
        self.setMaximumWidth(px(width))

    def set_free_size(self, width: int, height: int) -> None:
        """Make this a large sheet of up to this design size, at least 24 design pixels from the window's edges."""
        parent = self.parentWidget()
        room = parent.window().size() if parent is not None else None
        wide, high = px(width), px(height)
        if room is not None:
            wide, high = min(wide, room.width() - px(48)), min(high, room.height() - px(48))
        self.setMinimumWidth(0)
        self.setMaximumWidth(_ANY)
        self.resize(max(px(320), wide), max(px(240), high))

    def fit(self) -> None:
        """Make the sheet as high as its contents need, but not higher than the window; then the body scrolls.

        Call this when the contents change while the sheet is open.
        """
        layout, width = self.layout(), self.maximumWidth()
        if layout is None or width >= _ANY:
            return
        self.body.activate()
        layout.activate()
        width = self._widen(width)
        around = sum(_height(part, width - 2) for part in (self.head, self.footer)) + 2
        window = self._window()
        most = window.height() - 2 * px(_EDGE) if window is not None else _ANY
        self.resize(width, min(around + _height(self.body, width - 2), max(most, px(_LEAST))))
        if self.isVisible():
            self._centre()

    def begin_at(self, part: QWidget) -> None:
        """Scroll to `part` of the body when the sheet opens: it is what was asked for."""
        self._first = part

    def _scroll_to_first(self) -> None:
        if self._first is not None:
            self._scroll.ensureWidgetVisible(self._first, 0, px(24))

    def _widen(self, width: int) -> int:
        """Return the width: more where contents or buttons need it, and never more than the window has."""
        window = self._window()
        needed = max(part.minimumSize().width() for part in (self.head, self.body, self.footer)) + 2
        most = window.width() - 2 * px(_EDGE) if window is not None else _ANY
        fitting = min(max(width, needed), most)
        if fitting != width:
            self.setFixedWidth(fitting)
        return fitting

    def _window(self) -> QWidget | None:
        """Return the window that the sheet lies over, even if it was opened from another sheet."""
        parent = self.parentWidget()
        window = parent.window() if parent is not None else None
        return window._window() if isinstance(window, Sheet) else window  # noqa: SLF001 - the same class

    def _centre(self) -> None:
        """Move the sheet to the centre of the window."""
        window = self._window()
        if window is not None:
            middle = window.mapToGlobal(QPoint(window.width() // 2, window.height() // 2))
            self._belongs = middle - QPoint(self.width() // 2, self.height() // 2)
            self.move(self._belongs)

    def moveEvent(self, event: QMoveEvent) -> None:
        """Put the sheet where it belongs once more if Qt takes it to be elsewhere while it opens.

        On X it is told the place that the window had before the window manager took it, the corner of the screen, and
        keeps to that: menus of the sheet then open that far away from their buttons.
        """
        super().moveEvent(event)
        is_elsewhere = self._belongs is not None and event.pos() != self._belongs and self.isVisible()
        if is_elsewhere and self._placed_again < _PLACED_AGAIN and QGuiApplication.platformName() == "xcb":
            self._placed_again += 1  # a window manager may have a place of its own for it
            QTimer.singleShot(0, self, self._centre)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the help with F1; scroll the body with the arrow and page keys, if no widget in it uses them."""
        if event.key() == Qt.Key.Key_F1 and self.help_page:
            help_wishes().wanted.emit(self, help_at(self.focusWidget() or self))
            return
        bar = self._scroll.verticalScrollBar()
        act = _SCROLLS.get(Qt.Key(event.key()))
        if act is not None and bar.maximum() > 0:
            bar.triggerAction(act)
        else:
            super().keyPressEvent(event)

    async def answered(self) -> int:
        """Open the sheet, wait until it is closed, and return its `QDialog.DialogCode` as int."""
        import asyncio  # takes 25 ms, which just showing a window does not need

        waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def settle(code: int) -> None:
            if not waiting.done():
                waiting.set_result(code)

        self.finished.connect(settle)
        try:
            self.open()
            return await waiting
        finally:
            self.finished.disconnect(settle)
            self.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Dim the window and centre the sheet in it."""
        parent = self.parentWidget()
        if parent is not None:
            window = parent.window()
            if self._shade is None:
                self._shade = _Shade(window)
            self._shade.cover()
            self._placed_again = 0
            self.fit()
            self._centre()
        super().showEvent(event)
        QTimer.singleShot(0, self, self._scroll_to_first)  # once its parts have their places

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop dimming the window."""
        if self._shade is not None:
            shade, self._shade = self._shade, None
            shade.hide()
            shade.deleteLater()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Round the corners with a mask on X, where they would be black without compositing (remote desktops)."""
        super().resizeEvent(event)
        if QGuiApplication.platformName() != "xcb":
            return
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), px(8), px(8))
        self.setMask(QRegion(path.toFillPolygon().toPolygon()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a rounded panel."""
        t = tokens()
        painter = painter_for(self)
        box(painter, QRectF(self.rect()), px(8), t.panel, t.edge, width=t.outline)
        painter.end()


def is_open(sheet: Sheet) -> bool:
    """Return whether a sheet can still show an answer that comes late: it may be closed, or even destroyed."""
    return isValid(sheet) and sheet.isVisible()


def _height(layout: QLayout, width: int) -> int:
    """Return the height that a layout needs at a width, with its margins."""
    if layout.hasHeightForWidth():
        return max(layout.heightForWidth(width), layout.minimumSize().height())
    return max(layout.sizeHint().height(), layout.minimumSize().height())


class _Foot(Surface):
    """The background of the footer, with rounded lower corners."""

    def __init__(self) -> None:
        super().__init__("window")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background, with rounded lower corners and a line on top."""
        t = tokens()
        painter = painter_for(self)
        radius = px(7)
        rect = QRectF(self.rect())
        painter.setClipRect(rect)
        box(painter, rect.adjusted(0, -2 * radius, 0, 0), radius, t.window)
        painter.fillRect(QRectF(0, 0, rect.width(), 1), t.line)
        painter.end()


class _Shade(QWidget):
    """Dims the window behind the sheet."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        window.installEventFilter(self)

    def cover(self) -> None:
        """Cover the whole window."""
        window = self.parentWidget()
        if window is not None:
            self.setGeometry(window.rect())
            self.raise_()
            self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the window."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.cover()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shade."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), tokens().shade)
        painter.end()
