"""The list of keyboard shortcuts that `?` opens."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from topazdesk.ui.controls import Button, KeyCap, ScrollArea, Sheet, Text
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px

#: What a small screen has room for between title and button, in design pixels.
_MOST_HEIGHT = 460
#: Title, buttons and the distance from the window's edges.
_AROUND = 184

_Group = tuple[str, list[tuple[str, list[str]]]]


class KeysList(Sheet):
    """Lists all actions that have a shortcut, by group, and the viewer's keys.

    It has two columns, because a single one is taller than a small screen, and scrolls where two are, too.
    """

    def __init__(self, parent: QWidget, groups: list[tuple[str, list[QAction]]]) -> None:
        super().__init__(parent, tr("Keyboard shortcuts"), width=880, closable=True)
        self.finished.connect(self.deleteLater)
        shown: list[_Group] = []
        for title, actions in groups:
            lines = [(a.text().rstrip("…"), _parts(a.shortcut())) for a in actions if not a.shortcut().isEmpty()]
            shown.append((title, lines))
        viewer = [
            (tr("Hold: show the original"), ["Space"]),
            (tr("Tap: swap before and after"), ["Space"]),
            (tr("Zoom to the pointer"), [tr("Wheel")]),
            (tr("Move the picture"), [tr("Shift"), tr("Arrows")]),
            (tr("Move one side only"), [tr("Shift"), tr("Drag")]),
            (tr("Move the divider, or fade"), [tr("Page Up"), tr("Page Down")]),
            (tr("Move the loupe"), [tr("Arrows")]),
            (tr("Choose a cell of the 2 × 2"), ["1", "–", "4"]),
            (tr("Menu of the chosen cell"), ["M"]),
            (tr("Hide the side panels, after a click"), [tr("Tab")]),
        ]
        trials = [
            (tr("Original, results 1 to 4"), ["0", "–", "4"]),
            (tr("Move the frame"), [tr("Arrows")]),
            (tr("Resize the frame"), [tr("Shift"), tr("Arrows")]),
            (tr("Close the trials"), ["Esc"]),
        ]
        shown.insert(3, (tr("Trials"), trials))
        shown.append((tr("In the viewer"), viewer))
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(0, 0, px(12), 0)
        columns.setSpacing(px(40))
        for half in _halves([group for group in shown if group[1]]):
            column = _column(half)
            columns.addLayout(column, 1)
            columns.setAlignment(column, Qt.AlignmentFlag.AlignTop)
        area = ScrollArea(inside)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # else the arrow keys would not reach it
        area.setAccessibleName(tr("Keyboard shortcuts"))
        # In a low window the sheet itself scrolls, and a second bar inside of it would be in the way.
        is_low = parent.window().height() < px(_MOST_HEIGHT + _AROUND)
        height = inside.sizeHint().height()
        area.setFixedHeight(height if is_low else min(height, px(_MOST_HEIGHT)))
        self.body.addWidget(area)
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)


def _halves(groups: list[_Group]) -> tuple[list[_Group], list[_Group]]:
    """Split the groups, in order, into two parts of about the same number of lines."""

    def lines(part: list[_Group]) -> int:
        return sum(len(rows) + 1 for _title, rows in part)

    cut = min(range(len(groups) + 1), key=lambda at: max(lines(groups[:at]), lines(groups[at:])))
    return groups[:cut], groups[cut:]


def _column(groups: list[_Group]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(px(24))
    grid.setVerticalSpacing(px(4))
    row = 0
    for title, lines in groups:
        grid.addWidget(Text(title, "small", "text2", weight=600), row, 0)
        row += 1
        for text, keys in lines:
            grid.addWidget(Text(text), row, 0)
            caps = QHBoxLayout()
            caps.setSpacing(px(4))
            for key in keys:
                caps.addWidget(KeyCap(key))
            caps.addStretch(1)
            grid.addLayout(caps, row, 1)
            row += 1
        grid.setRowMinimumHeight(row, px(6))
        row += 1
    grid.setColumnStretch(0, 1)
    return grid


def _parts(keys: QKeySequence) -> list[str]:
    """Split a shortcut such as "Ctrl+O" into its keys; a plus that is itself the key is kept."""
    text = keys.toString(QKeySequence.SequenceFormat.NativeText)
    if text.endswith("+"):
        return [*text[:-2].split("+"), "+"] if len(text) > 1 else ["+"]
    return text.split("+")
