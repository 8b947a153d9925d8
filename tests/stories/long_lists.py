"""The window's own lists with a hundred rows each, in a window of their own: `python -m … pictures`.

Prints "at N" whenever the list was scrolled to N. A line on its input asks whether what is on the screen is what a
forced repaint paints there: the answer is "same" or "differs".
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QListView, QVBoxLayout, QWidget

from tests.support.books import some_books
from tests.support.queue_jobs import NOW, job
from topazdesk.domain.account import Account
from topazdesk.domain.geometry import Size
from topazdesk.domain.ports import RemoteJob, RemoteState
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.charges_list import ChargesList
from topazdesk.ui.account.found_list import FoundJob, FoundList
from topazdesk.ui.controls import Surface
from topazdesk.ui.models.job_list import QueueModel
from topazdesk.ui.models.picture_list import PictureModel
from topazdesk.ui.pictures.list_view import PictureView
from topazdesk.ui.queue.view import QueueView
from topazdesk.ui.theme import Theme

_ROWS = 100


def pictures(parent: QWidget) -> QListView:
    model = PictureModel(parent)
    model.add(Path(f"/pictures/{number:03d}.jpg") for number in range(_ROWS))
    return PictureView(model)


def queue(parent: QWidget) -> QListView:
    model = QueueModel(now=lambda: NOW, parent=parent)
    model.fill([job(f"{number:03d}.jpg", position=number) for number in range(_ROWS)])
    return QueueView(model, lambda _job: None)


def charges(_parent: QWidget) -> QListView:
    one = some_books().entries[0]
    return ChargesList([replace(one, picture=f"{number:03d}.jpg") for number in range(_ROWS)], "charges")


def found(_parent: QWidget) -> QListView:
    plain = RemoteJob("r", "", "", RemoteState.COMPLETED, 100, None, NOW, None, 6, "Recover 3", Size(600, 400), "jpeg")
    made = FoundList()
    made.rows.fill(
        [
            FoundJob(
                Account(ServiceName.TOPAZ), replace(plain, remote_id=f"r-{number}", credits=number), f"Model {number}"
            )
            for number in range(_ROWS)
        ]
    )
    return made


LISTS = {"pictures": pictures, "queue": queue, "charges": charges, "found": found}


class Judge:
    """Compares what the X server shows of a list with a fresh painting of it."""

    def __init__(self, view: QListView) -> None:
        self._view = view

    def answer(self) -> None:
        # A turn of the loop later: what the last event asked to be painted is painted first.
        sys.stdin.readline()
        QTimer.singleShot(0, self._compare)

    def _compare(self) -> None:
        before = self._on_screen()
        self._view.viewport().repaint()
        print("same" if self._on_screen() == before else "differs", flush=True)

    def _on_screen(self) -> QImage:
        view = self._view
        at = view.mapTo(view.window(), view.rect().topLeft())
        shot = view.screen().grabWindow(view.window().winId(), at.x(), at.y(), view.width(), view.height())
        return shot.toImage()


def main(name: str) -> None:
    app = QApplication([])
    Theme.apply(app, "dark")
    window = Surface("panel")
    window.setWindowTitle("long list")
    window.resize(820, 500)
    view = LISTS[name](window)
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(view)
    view.verticalScrollBar().valueChanged.connect(lambda value: print(f"at {value}", flush=True))
    judge = Judge(view)
    asked = QSocketNotifier(0, QSocketNotifier.Type.Read)
    asked.activated.connect(judge.answer)
    window.show()
    view.setFocus(Qt.FocusReason.OtherFocusReason)
    QTimer.singleShot(0, lambda: print("shown", flush=True))
    app.exec()


if __name__ == "__main__":
    main(sys.argv[1])
