"""Qt's own widgets in the window's look: text boxes, menus, lists, scroll areas, splitters.

They take their colours from the palette and, where that is not enough, a style sheet of their own (`theme_qss`).
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QListView,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QSplitterHandle,
    QWidget,
)

from topazdesk.ui.theme import sheet, theme, tokens


class _Dress(QObject):
    """Keeps a widget's own style sheet in the theme's colours."""

    def __init__(self, widget: QWidget, kind: str) -> None:
        super().__init__(widget)
        self._widget, self._kind = widget, kind
        self._put()
        theme().changed.connect(self._put)

    def _put(self) -> None:
        self._widget.setStyleSheet(sheet(self._kind))


def dress(widget: QWidget, kind: str) -> None:
    """Give `widget` the style sheet `kind` of `theme_qss`, now and after each change of the theme."""
    _Dress(widget, kind)


def thin_bars(area: QAbstractScrollArea) -> None:
    """Scroll bars of the window's kind, for lists and scroll areas that are not made here."""
    for bar in (area.verticalScrollBar(), area.horizontalScrollBar()):
        dress(bar, "bar")


class Menu(QMenu):
    """A menu; with `WA_DeleteOnClose` where it is made for one use."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        dress(self, "menu")

    def inner(self, title: str) -> Menu:
        """A menu within this one."""
        made = Menu(self)
        made.setTitle(title)
        self.addMenu(made)
        return made


class TextBox(QPlainTextEdit):
    """Several lines of plain text. `quiet=True` for text that is only read; `set_invalid` marks what cannot be sent."""

    def __init__(self, text: str = "", *, quiet: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("plain", quiet)
        dress(self, "box")
        thin_bars(self)

    @property
    def is_invalid(self) -> bool:
        """Whether it is marked."""
        return bool(self.property("invalid"))

    def set_invalid(self, invalid: bool) -> None:
        """Mark it, or take the mark away."""
        if invalid != self.is_invalid:
            self.setProperty("invalid", invalid)
            self.style().unpolish(self)
            self.style().polish(self)


class ListView(QListView):
    """A list without a frame, over rows that a delegate paints; it draws its own focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("focusRing", False)
        thin_bars(self)


class ScrollArea(QScrollArea):
    """Scrolls `inside` up and down, without a ground, a frame or a place in the order of Tab of its own."""

    def __init__(self, inside: QWidget | None = None, *, resizes: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(resizes)
        self.viewport().setAutoFillBackground(False)
        thin_bars(self)
        if inside is not None:
            self.setWidget(inside)

    def setWidget(self, widget: QWidget) -> None:
        """What is scrolled; it keeps no ground of its own."""
        super().setWidget(widget)
        widget.setAutoFillBackground(False)


class Splitter(QSplitter):
    """Two or more parts with a line between them; the line lights up under the pointer."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget | None = None) -> None:
        super().__init__(orientation, parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:
        """The line."""
        return _Line(self.orientation(), self)


class _Line(QSplitterHandle):
    def __init__(self, orientation: Qt.Orientation, parent: QSplitter) -> None:
        super().__init__(orientation, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # Qt paints it anew when the pointer comes and goes

    def paintEvent(self, event: QPaintEvent) -> None:
        """One colour."""
        t = tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), t.mark if self.underMouse() else t.line)
        painter.end()
