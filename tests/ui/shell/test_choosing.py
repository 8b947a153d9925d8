"""The dialogs for files and folders begin where pictures are."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from tests.support.window import jpeg
from topazdesk.ui.shell import choosing
from topazdesk.ui.shell.choosing import choose_files, choose_folder


def test_they_begin_among_the_users_pictures_and_then_where_the_last_one_ended(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newcomer saw the folder in which the program happened to be started."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.setattr(choosing._Begins, "folder", "")
    (tmp_path / "Pictures").mkdir()
    picture = jpeg(tmp_path / "elsewhere", "a.jpg")
    window = QWidget()
    qtbot.addWidget(window)
    taken: list[list[Path]] = []

    def shown() -> QFileDialog:
        return window.findChildren(QFileDialog)[-1]

    choose_files(window, taken.append)
    assert Path(shown().directory().absolutePath()) == tmp_path / "Pictures"
    shown().setDirectory(str(picture.parent))
    shown().selectFile(picture.name)
    shown().accept()
    qtbot.waitUntil(lambda: taken == [[picture]])
    choose_folder(window, taken.append)
    assert Path(shown().directory().absolutePath()) == picture.parent
    shown().reject()
