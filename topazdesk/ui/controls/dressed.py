"""Qt's own widgets in the look of the window: text boxes, menus, lists, scroll areas, splitters.

They take their colours from the palette and, where that is not enough, from a style sheet of their own
(`theme.style_sheets`).
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QListView,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QSplitter,
    QSplitterHandle,
    QWidget,
)

from topazdesk.ui.controls.drop import text_only
from topazdesk.ui.theme import px, sheet, theme, tokens
from topazdesk.ui.theme.mirrored import is_mirrored


class _Dress(QObject):
    """Keeps a widget's own style sheet in the theme's colours."""

    def __init__(self, widget: QWidget, kind: str) -> None:
        super().__init__(widget)
        self._widget = widget
        self._kind = kind
        self._put()
        theme().changed.connect(self._put)

    def _put(self) -> None:
        self._widget.setStyleSheet(sheet(self._kind))


def dress(widget: QWidget, kind: str) -> None:
    """Give `widget` the style sheet `kind` (see `theme.style_sheets`), now and after each change of the theme."""
    _Dress(widget, kind)


def thin_bars(area: QAbstractScrollArea) -> None:
    """Give a list or scroll area the scroll bars of the window."""
    for bar in (area.verticalScrollBar(), area.horizontalScrollBar()):
        dress(bar, "bar")


class Menu(QMenu):
    """A menu. Set `WA_DeleteOnClose` on one that is made for a single use."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        dress(self, "menu")

    def drop_down(self, button: QWidget, gap: int = 4, *, is_above: bool = False) -> None:
        """Open the menu below a button, or above it, from the edge at which the language begins to read.

        Where the screen has no room for it there, it opens on the other side, else beside the button: Qt would push it
        over the button.
        """
        size, screen = self.sizeHint(), button.screen().availableGeometry()
        around = QRect(button.mapToGlobal(QPoint(0, 0)), button.size()).adjusted(0, -px(gap), 0, px(gap))
        above, below = around.top() - size.height(), around.bottom() + 1
        fits_above, fits_below = above >= screen.top(), below + size.height() <= screen.bottom() + 1
        left, right = around.left(), around.right() + 1
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            left, right = right - size.width(), left - size.width()
        if not fits_above and not fits_below:
            has_room = screen.left() <= right and right + size.width() <= screen.right() + 1
            other = around.left() - size.width() if right > around.left() else around.right() + 1
            self.popup(QPoint(right if has_room else other, max(screen.top(), screen.bottom() + 1 - size.height())))
        elif fits_above if is_above else not fits_below:
            self.popup(QPoint(left, above))
        else:
            self.popup(QPoint(left, below))

    def add_title(self, words: str) -> QAction:
        """Begin a group of entries with a title. Qt's own sections lose it in a menu with a style sheet."""
        self.addSeparator()
        title = self.addAction(words.replace("&", "&&"))
        title.setEnabled(False)
        return title

    def inner(self, title: str) -> Menu:
        """Add a submenu and return it."""
        made = Menu(self)
        made.setTitle(title)
        self.addMenu(made)
        return made


class TextBox(QPlainTextEdit):
    """Several lines of plain text. `quiet=True` is for text that is only read."""

    def __init__(self, text: str = "", *, quiet: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("plain", quiet)
        dress(self, "box")
        thin_bars(self)
        text_only(self.viewport())

    @property
    def is_invalid(self) -> bool:
        """Whether it is marked as invalid."""
        return bool(self.property("invalid"))

    def set_invalid(self, invalid: bool) -> None:
        """Mark it as invalid, or remove the mark."""
        if invalid != self.is_invalid:
            self.setProperty("invalid", invalid)
            self.style().unpolish(self)
            self.style().polish(self)


class ListView(QListView):
    """A list without a frame; a delegate paints its rows and their focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("focusRing", False)
        thin_bars(self)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Paint all rows in view anew.

        Qt moves the painted rows instead, which shows wrong ones here: it moves nothing where a list places its rows
        itself (Qt's own layout is empty then), and takes the row under the pointer with it, its highlight included.
        """
        super().scrollContentsBy(dx, dy)
        self.viewport().update()


class _BarOver(QScrollBar):
    """A bar that lies over what an area scrolls and takes no room, so that nothing moves when it comes and goes.

    Margins of the view that make up for Qt's own bar do not do it: Qt reckons with them at one time and lays out at
    another, and what is inside may stay wider than its view.
    """

    def __init__(self, area: ScrollArea) -> None:
        super().__init__(Qt.Orientation.Vertical, area)
        self._area = area
        self._own = area.verticalScrollBar()  # never shown; it still has the place and takes the wheel
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        dress(self, "bar")
        self._own.rangeChanged.connect(self._follow)
        self._own.valueChanged.connect(self.setValue)
        self.valueChanged.connect(self._own.setValue)
        area.installEventFilter(self)
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the edge of the area."""
        if watched is self._area and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._follow()
        return False

    def _follow(self) -> None:
        own, view = self._own, self._area.viewport().geometry()
        self.setRange(own.minimum(), own.maximum())
        self.setPageStep(view.height())
        self.setSingleStep(own.singleStep())
        self.setValue(own.value())
        width = self.sizeHint().width()
        left = view.left() if is_mirrored(self._area) else view.right() + 1 - width
        self.setGeometry(left, view.top(), width, view.height())
        self.setVisible(own.maximum() > own.minimum())
        self.raise_()


class ScrollArea(QScrollArea):
    """Scrolls `inside` vertically; has no background, frame or place in the tab order of its own.

    With `padded=True` the bar lies over what is inside, which must have a padding as wide as the bar. Then nothing
    moves when it appears, and what scrolls ends at the same edge as what does not.
    """

    def __init__(
        self,
        inside: QWidget | None = None,
        *,
        resizes: bool = True,
        padded: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(resizes)
        self.viewport().setAutoFillBackground(False)
        thin_bars(self)
        if padded:
            _BarOver(self)
        if inside is not None:
            self.setWidget(inside)

    def setWidget(self, widget: QWidget) -> None:
        """Set the scrolled widget, without a background of its own."""
        super().setWidget(widget)
        widget.setAutoFillBackground(False)


class Splitter(QSplitter):
    """Two or more parts with a line between them; the line lights up under the pointer.

    `doubled` is emitted at a double click on the line.
    """

    doubled = Signal()

    def __init__(self, orientation: Qt.Orientation, parent: QWidget | None = None) -> None:
        super().__init__(orientation, parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:
        """Return a line as the handle."""
        return _Line(self.orientation(), self)


class _Line(QSplitterHandle):
    def __init__(self, orientation: Qt.Orientation, parent: Splitter) -> None:
        super().__init__(orientation, parent)
        self._doubled = parent.doubled
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # repaint when the pointer enters and leaves

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tell of a double click."""
        self._doubled.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the line with one colour."""
        t = tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), t.mark if self.underMouse() else t.line)
        painter.end()
