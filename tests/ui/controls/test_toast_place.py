"""Where toasts lie: at the foot of the pictures, but not over what somebody works on there."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from topazdesk.ui.controls import ToastPlace


def _place(qtbot: QtBot) -> tuple[QWidget, QWidget, ToastPlace]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(700, 600)
    host = QWidget()
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 40, 0, 0)
    column.addWidget(host)
    window.show()
    return window, host, ToastPlace(host)


def test_a_toast_keeps_off_the_frame_where_there_is_room(qtbot: QtBot) -> None:
    window, host, toasts = _place(qtbot)
    part = [QRectF(300, 380, 100, 100)]
    toasts.keep_free(host, lambda: part[0])
    toast = toasts.show("ok", "2 pictures are done", "2 credits charged", ())

    def taken() -> QRect:
        return part[0].toAlignedRect().translated(host.mapTo(window, QPoint(0, 0)))

    assert not toast.geometry().intersects(taken())
    assert toast.geometry().top() < taken().top(), "above it"
    part[0] = QRectF(300, 10, 100, 100)
    toasts.follow()
    assert not toast.geometry().intersects(taken())
    assert toast.geometry().top() > taken().bottom(), "where toasts lie as ever"
    part[0] = QRectF(host.rect())
    toasts.follow()
    assert toast.geometry().top() > window.height() // 2, "no place is free"


def test_what_is_hidden_needs_no_room(qtbot: QtBot) -> None:
    _window, host, toasts = _place(qtbot)
    frame = QWidget(host)
    toasts.keep_free(frame, lambda: QRectF(0, 0, 700, 600))
    toast = toasts.show("ok", "Done", "", ())
    usual = toast.geometry()
    frame.resize(700, 600)
    frame.show()
    toasts.follow()
    assert toast.geometry() == usual, "no place is free"
