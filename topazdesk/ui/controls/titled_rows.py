"""The body of a sheet of settings: titles on the left, their controls on the right, lines between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.ui.controls.label import Surface, Text
from topazdesk.ui.controls.paint import px

_TOP = Qt.AlignmentFlag.AlignTop


def titled_rows(parts: Sequence[tuple[str, QWidget]], narrow: Iterable[QWidget] = ()) -> QGridLayout:
    """Return the rows as a layout. Controls take the whole width, except those that are `narrow`."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(px(20))
    grid.setVerticalSpacing(px(10))
    grid.setColumnStretch(1, 1)
    as_they_are = set(narrow)
    for number, (name, content) in enumerate(parts):
        if number:
            line = Surface("line")
            line.setFixedHeight(1)
            grid.addWidget(line, 2 * number - 1, 0, 1, 2)
        label = Text(name, "base", weight=600)
        label.setMinimumHeight(px(28))
        label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(label, 2 * number, 0, _TOP)
        grid.addWidget(content, 2 * number, 1, Qt.AlignmentFlag.AlignLeft if content in as_they_are else _TOP)
    grid.setRowStretch(2 * len(parts), 1)
    return grid


def hint(words: str) -> Text:
    """Return the explanation below a control."""
    return Text(words, "small", "text2", wrap=True)


def in_row(*widgets: QWidget, stretch: int | None = None) -> QWidget:
    """Return a row; the widget at `stretch` takes the room that is left, or nobody."""
    room = QWidget()
    row = QHBoxLayout(room)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(px(8))
    for place, widget in enumerate(widgets):
        row.addWidget(widget, 1 if place == stretch else 0)
    if stretch is None:
        row.addStretch(1)
    return room


def stacked(*widgets: QWidget) -> QWidget:
    """Return a column."""
    room = QWidget()
    room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    column = QVBoxLayout(room)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(px(6))
    for widget in widgets:
        column.addWidget(widget)
    return room
