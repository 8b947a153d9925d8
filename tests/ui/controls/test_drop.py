"""Drags over the window: files are welcome as a copy only, all else is refused while it hovers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.support.window import drag_place, drop, mime_of
from topazdesk.ui.controls import LineField
from topazdesk.ui.controls.dressed import TextBox
from topazdesk.ui.controls.drop import FileDrops

COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction


def enter(widget: QWidget, mime: QMimeData, actions: Qt.DropAction = COPY | MOVE) -> QDragEnterEvent:
    event = QDragEnterEvent(
        drag_place(5, 5), actions, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    )
    QApplication.sendEvent(widget, event)
    return event


@pytest.fixture
def place(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_every_file_drag_is_answered_with_copy_from_the_first_move_on(place: QWidget) -> None:
    """The proposed Move was accepted: a file manager may delete the file that it believes was moved."""
    FileDrops(place)
    mime = mime_of(Path("/in/a.jpg"))
    assert enter(place, mime).dropAction() == COPY
    move = QDragMoveEvent(
        drag_place(6, 6), COPY | MOVE, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    )
    move.setDropAction(MOVE)
    QApplication.sendEvent(place, move)
    assert (move.isAccepted(), move.dropAction()) == (True, COPY)


def test_what_cannot_be_copied_is_refused(place: QWidget) -> None:
    FileDrops(place)
    assert not enter(place, mime_of(Path("/in/a.jpg")), MOVE).isAccepted()


def test_a_drag_without_local_files_is_refused_while_it_hovers(place: QWidget) -> None:
    """A picture of a web page was welcome, and then nothing happened."""
    hovered: list[bool] = []
    drops = FileDrops(place)
    drops.hovering.connect(hovered.append)
    link, text = QMimeData(), QMimeData()
    link.setData("text/uri-list", b"https://example.com/a.jpg\r\n")
    text.setText("a.jpg")
    assert not enter(place, link).isAccepted()
    assert not enter(place, text).isAccepted()
    assert hovered == []


def test_a_program_that_is_too_busy_to_say_which_files_is_believed(place: QWidget) -> None:
    FileDrops(place)
    mime = QMimeData()
    mime.setData("text/uri-list", b"")
    assert enter(place, mime).isAccepted() == mime.hasFormat("text/uri-list")


def test_the_paths_are_told_and_the_light_goes_out(place: QWidget) -> None:
    dropped: list[list[Path]] = []
    hovered: list[bool] = []
    drops = FileDrops(place)
    drops.dropped.connect(dropped.append)
    drops.hovering.connect(hovered.append)
    drop(place, Path("/in/a.jpg"), Path("/in/caf\udce9.jpg"))
    assert dropped == [[Path("/in/a.jpg"), Path("/in/caf\udce9.jpg")]]
    assert hovered == [True, False]


@pytest.mark.parametrize("kind", [LineField, TextBox])
def test_files_pass_by_a_text_field(qtbot: QtBot, kind: type[QWidget]) -> None:
    """They landed in the filter as an address, and a Move was accepted there."""
    field = kind()
    qtbot.addWidget(field)
    mime = mime_of(Path("/in/a.jpg"))
    mime.setText("/in/a.jpg")
    target = field.viewport() if isinstance(field, TextBox) else field
    assert not enter(target, mime).isAccepted()
    text = QMimeData()
    text.setText("a word")
    assert enter(target, text).isAccepted()
