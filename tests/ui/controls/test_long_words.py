"""The name of a file can be wider than the window: it breaks, and what is copied is the name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from topazdesk.domain.displayed_text import lines
from topazdesk.ui.controls import Notice, Text

NAME = "DSC_0042_Grandmother_and_the_others_on_the_stairs_of_the_old_town_hall_in_1911_(3).jpg"


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("name", [NAME, "x" * 120, "画" * 60, "/home/ada/" + "scans-of-1911/" * 9])
def test_a_long_word_breaks(qtbot: QtBot, name: str) -> None:
    label = Text(f"{name} was not saved", wrap=True)
    qtbot.addWidget(label)
    assert label.text() == f"{name} was not saved"
    assert label.minimumSizeHint().width() <= 220
    assert label.heightForWidth(220) >= 2 * label.fontMetrics().height()


@pytest.mark.usefixtures("themed")
def test_the_close_button_of_a_notice_stays_in_it(qtbot: QtBot) -> None:
    notice = Notice("err", "Not saved", f"{NAME} was not saved")
    qtbot.addWidget(notice)
    notice.resize(336, notice.heightForWidth(336))
    notice.show()
    QApplication.processEvents()
    assert notice.close_button is not None
    assert notice.minimumSizeHint().width() <= 336
    assert notice.rect().contains(notice.close_button.geometry())


@pytest.mark.usefixtures("themed")
def test_what_is_copied_is_the_name(qtbot: QtBot) -> None:
    label = Text(NAME, wrap=True)
    qtbot.addWidget(label)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.show()
    label.setSelection(0, len(QLabel.text(label)))
    QTest.keyClick(label, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == NAME


@given(st.text(max_size=80))
def test_a_text_is_what_it_was(qapp: QApplication, text: str) -> None:
    assert Text(text, wrap=True).text() == lines(text)
