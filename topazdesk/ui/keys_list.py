"""The list of keys that `?` shows."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from topazdesk.ui.controls import Button, KeyCap, Sheet, Text
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px


class KeysList(Sheet):
    """Every action that has a key, by group; and the keys of the viewer."""

    def __init__(self, parent: QWidget, groups: list[tuple[str, list[QAction]]]) -> None:
        super().__init__(parent, tr("Keys"), width=560, closable=True)
        self.finished.connect(self.deleteLater)
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(24))
        grid.setVerticalSpacing(px(6))
        row = 0
        shown: list[tuple[str, list[tuple[str, list[str]]]]] = []
        for title, actions in groups:
            lines = [(a.text().rstrip("…"), _parts(a.shortcut())) for a in actions if not a.shortcut().isEmpty()]
            shown.append((title, lines))
        viewer = [(tr("Hold: show the original"), ["Space"]), (tr("Zoom to the pointer"), [tr("Wheel")])]
        shown.append((tr("In the viewer"), viewer))
        for title, lines in shown:
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
        self.body.addLayout(grid)
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)


def _parts(keys: QKeySequence) -> list[str]:
    """ "Ctrl+O" as its caps; a plus that is itself the key stays."""
    text = keys.toString(QKeySequence.SequenceFormat.NativeText)
    if text.endswith("+"):
        return [*text[:-2].split("+"), "+"] if len(text) > 1 else ["+"]
    return text.split("+")
