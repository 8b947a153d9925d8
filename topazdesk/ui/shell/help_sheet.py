"""Help in short: how to do what people come for, and where to find the rest. `?` opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.ui.controls import Button, Sheet, Text
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px


@dataclass(frozen=True, slots=True)
class Topic:
    """A question with its answer; `actions` are names of the window's actions, as buttons under the answer."""

    title: str
    text: str
    actions: tuple[str, ...] = ()


def topics() -> tuple[Topic, ...]:
    """Return all topics, in the order in which a newcomer needs them."""
    return (
        Topic(
            tr("Enhance a picture"),
            tr(
                "Drop pictures or folders into the window and choose a model. The blue button says which pictures it "
                "means and what they cost; nothing is paid before you press it. Your originals are never changed."
            ),
            ("add", "gallery"),
        ),
        Topic(
            tr("Try it without paying"),
            tr(
                "The sandbox runs on this computer and costs nothing. Its results are marked and are not made by "
                "Topaz: use it to learn the program."
            ),
        ),
        Topic(
            tr("What it costs"),
            tr(
                "Topaz is paid in credits, Runflow in dollars, by the size of the result. Each price is shown before "
                "you pay. Set a limit per run or per day, and see every charge and refund."
            ),
            ("limits", "money"),
        ),
        Topic(
            tr("Find the right model and settings"),
            tr(
                "Try several models on a small area of your own picture and compare them. An area costs less than the "
                "whole picture wherever the price depends on the size."
            ),
            ("trials",),
        ),
        Topic(
            tr("Compare before and after"),
            tr(
                "Drag the divider across the picture, or hold Space to see the original. The wheel zooms to the "
                "pointer. Difference shows what has changed, however little."
            ),
            ("side", "difference"),
        ),
        Topic(
            tr("Results"),
            tr(
                "They are saved next to the original or in the folder that you choose, under a name of their own. "
                "Camera data, captions and keywords of the original come back in the result. Double-click a picture to "
                "open its result in your usual program; right-click it for everything else."
            ),
            ("settings",),
        ),
        Topic(
            tr("If something goes wrong"),
            tr(
                "You can close the window at any time: paid work goes on at the service, and its results are "
                "downloaded when you come back. A picture that failed says why, and whether it was charged."
            ),
            ("recover",),
        ),
        Topic(
            tr("What leaves your computer"),
            tr(
                "Only the picture itself, its colour profile and its resolution, under a random name. Location, dates, "
                "names and serial numbers stay here. With the sandbox nothing leaves at all."
            ),
        ),
        Topic(
            tr("Without a window"),
            tr("The command line does the same on whole folders and in scripts. It starts with: topazdesk --help"),
        ),
    )


class HelpSheet(Sheet):
    """Shows the topics. Emits `wanted` with the name of an action after it has closed itself.

    `labels` are the texts of the actions that can be run now; buttons of others are left out.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget, labels: dict[str, str]) -> None:
        super().__init__(parent, tr("Help"), width=880, closable=True)
        self.finished.connect(self.deleteLater)
        shown = topics()
        columns = QHBoxLayout()
        columns.setSpacing(px(40))
        half = len(shown) // 2
        for part in (shown[:half], shown[half:]):
            columns.addLayout(self._column(part, labels), 1)
        self.body.addLayout(columns)
        for name, text in (
            ("keys", tr("Keyboard shortcuts")),
            ("hints", tr("Show the first hints again")),
            ("about", tr("About topazdesk")),
        ):
            self.footer.addWidget(self._button(name, text))
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.reject)
        self.footer.addWidget(close)
        close.setFocus(Qt.FocusReason.OtherFocusReason)

    def _column(self, shown: Sequence[Topic], labels: dict[str, str]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(px(4))
        for topic in shown:
            column.addWidget(Text(topic.title, weight=600))
            column.addWidget(Text(topic.text, "base", "text2", wrap=True))
            known = [name for name in topic.actions if name in labels]
            if known:
                row = QHBoxLayout()
                row.setContentsMargins(0, px(4), 0, 0)
                row.setSpacing(px(8))
                for name in known:
                    row.addWidget(self._button(name, labels[name]))
                row.addStretch(1)
                column.addLayout(row)
            column.addSpacing(px(14))
        column.addStretch(1)
        return column

    def _button(self, name: str, text: str) -> Button:
        button = Button(text, size="panel")
        button.setObjectName(name)
        button.clicked.connect(lambda: self._leave_for(name))
        return button

    def _leave_for(self, name: str) -> None:
        self.accept()
        self.wanted.emit(name)
