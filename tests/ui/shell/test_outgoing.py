"""Pictures leave the window: the same verbs in list, viewer and queue, by menu and key, and faults become notices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.support.fake_context import job_of, known
from tests.support.programs import FakeDesktop, arguments, odd_name
from tests.support.window import jpeg
from tests.ui.shell.conftest import Stage
from topazdesk.disk.file_uris import uri_of
from topazdesk.domain.draft import draft
from topazdesk.domain.job import JobState
from topazdesk.ui.host.outgoing import files_mime
from topazdesk.ui.host.programs import programs_for
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.queue.controller import QueueController


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDesktop:
    made = FakeDesktop(tmp_path / "desktop")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("topazdesk.ui.runtime.desktop._STARTED_S", 400.0)  # looked at when they have ended
    return made


def _finished(stage: Stage, tmp_path: Path) -> Picture:
    """A picture with a result, its job in the queue, chosen in the list."""
    (picture,) = known(stage.session, (1500, 1000))
    result = jpeg(tmp_path / "out", "result.jpg")
    assert picture.info is not None
    job = job_of(
        draft(picture.info, stage.session.pricing.recipe.model, stage.session.pricing.recipe.recipe),
        "job-1",
        JobState.DONE,
    )
    picture.job = picture.result = replace(job, result=result)
    stage.session.library.pictures.arrange()
    stage.window.pictures.view.choose([picture.id], picture.id)
    queue = stage.window.findChild(QueueController)
    assert queue is not None
    queue.model.fill([picture.job])
    return picture


def _texts(menu: QMenu) -> list[str]:
    return [entry.text() for entry in menu.actions() if entry.text()]


def test_list_viewer_and_queue_have_the_same_menu(stage: Stage, tmp_path: Path) -> None:
    picture = _finished(stage, tmp_path)
    window, queue = stage.window, stage.window.findChild(QueueController)
    assert queue is not None
    assert picture.job is not None
    in_list = _texts(window.menus.menu(window._selected()))
    in_viewer = _texts(window.menus.menu(window._viewed()))
    in_queue = _texts(window.menus.menu(queue._subject(picture.job.id)))
    assert in_list == in_viewer == in_queue
    verbs = [
        "Enhance again",
        "Details…",
        "Open",
        "Open with…",
        "Show result in folder",
        "Show original in folder",
        "Copy",
        "Copy path",
        "Copy settings",
        "Remove from the list",
        "Clear from the queue",
    ]
    assert [text for text in in_list if text in verbs] == verbs


def test_return_and_double_click_open_the_result_and_never_pay(stage: Stage, tmp_path: Path, qtbot: QtBot) -> None:
    picture = _finished(stage, tmp_path)
    view = stage.window.pictures.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(view, Qt.Key.Key_Enter)
    row = view.visualRect(stage.session.library.pictures.index(stage.session.library.pictures.row_of(picture.id)))
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    assert stage.spawned.names().count("open") == 3
    assert "enqueue" not in stage.spawned.names()


def test_a_picture_without_a_result_is_opened_itself(stage: Stage, desktop: FakeDesktop, tmp_path: Path) -> None:
    told = desktop.command("xdg-open")
    path = jpeg(tmp_path / "in", "one.jpg")
    (picture,) = stage.session.library.pictures.add([path])
    stage.window.pictures.view.choose([picture.id], picture.id)
    stage.spawned.drop()
    stage.window.commands.run("open")
    assert "enqueue" not in stage.spawned.names()
    stage.spawned.run()
    assert arguments(told) == [[bytes(path)]]


def test_in_the_viewer_the_result_that_is_looked_at_is_meant(stage: Stage, tmp_path: Path) -> None:
    """A picture has two results, and the earlier one is on screen: the newest was opened instead."""
    picture = _finished(stage, tmp_path)
    assert picture.result is not None
    earlier = replace(picture.result, id="job-0", result=tmp_path / "earlier.jpg")
    stage.window.viewer.result.show_choice(earlier, 1, 2)
    assert stage.window._viewed().best == [earlier.result]
    assert stage.window._selected().best == [picture.result.result]


def test_keys_mean_the_selected_pictures_or_the_row_of_the_queue(stage: Stage, tmp_path: Path) -> None:
    picture = _finished(stage, tmp_path)
    (other,) = known(stage.session, (1500, 1000))
    window = stage.window
    window.pictures.view.choose([other.id], other.id)
    window.pictures.view.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window, Qt.Key.Key_C, control | Qt.KeyboardModifier.AltModifier)
    assert QGuiApplication.clipboard().text() == str(other.path)
    queue = window.findChild(QueueController)
    assert queue is not None
    assert picture.job is not None
    subject = queue._subject(picture.job.id)
    assert (subject.source, subject.result) == (picture.path, picture.job.result)


def _copied(form: str) -> bytes:
    return bytes(QGuiApplication.clipboard().mimeData().data(form).data())


def test_one_copied_picture_is_files_at_once_and_pixels_soon(stage: Stage, tmp_path: Path) -> None:
    picture = _finished(stage, tmp_path)
    result = picture.result.result if picture.result is not None else None
    assert result is not None
    stage.spawned.drop()
    stage.window.commands.run("copy")
    assert _copied("text/uri-list") == uri_of(result) + b"\r\n"
    assert _copied("x-special/gnome-copied-files") == b"copy\n" + uri_of(result)
    assert QGuiApplication.clipboard().text() == str(result)
    stage.spawned.run()
    assert _copied("image/png").startswith(b"\x89PNG")
    assert _copied("text/uri-list") == uri_of(result) + b"\r\n"


def test_several_copied_pictures_are_files_each_result_or_source(stage: Stage, tmp_path: Path) -> None:
    one = _finished(stage, tmp_path)
    (two,) = known(stage.session, (1500, 1000))
    stage.window.pictures.view.choose([one.id, two.id], one.id)
    result = one.result.result if one.result is not None else None
    assert result is not None
    stage.spawned.drop()
    stage.window.commands.run("copy")
    assert sorted(_copied("text/uri-list").split()) == sorted([uri_of(result), uri_of(two.path)])
    assert "copy" not in stage.spawned.names(), "no picture stands for several"


def test_what_was_copied_meanwhile_stays(stage: Stage, tmp_path: Path) -> None:
    """The picture came a second after its file, over what the user had copied elsewhere in the meantime."""
    _finished(stage, tmp_path)
    stage.spawned.drop()
    stage.window.commands.run("copy")
    QGuiApplication.clipboard().setText("something else")
    stage.spawned.run()
    assert QGuiApplication.clipboard().text() == "something else"


def test_a_drag_takes_files_of_any_name_and_never_offers_to_move_them(tmp_path: Path) -> None:
    mime = files_mime([odd_name(tmp_path), tmp_path / "two.png"])
    listed = bytes(mime.data("text/uri-list").data())
    assert listed.count(b"\r\n") == 2
    assert b"/caf%E9%2050%25%2C%23.png\r\n" in listed
    assert not mime.hasFormat("x-special/gnome-copied-files"), "that one is for the clipboard"


def test_without_a_file_manager_the_notice_has_the_path_to_copy(
    stage: Stage, desktop: FakeDesktop, tmp_path: Path
) -> None:
    picture = _finished(stage, tmp_path)
    result = picture.result.result if picture.result is not None else None
    stage.spawned.drop()
    for _ in range(2):
        stage.window.commands.run("show_result")
        stage.spawned.run()
    (notice,) = stage.window.notices.shown()
    assert notice.title == "No file manager was found on this computer"
    assert str(result) in notice.hint
    notice.buttons[0].click()
    assert QGuiApplication.clipboard().text() == str(result)


def test_where_the_system_opens_nothing_the_desktops_own_program_does(
    stage: Stage, desktop: FakeDesktop, tmp_path: Path
) -> None:
    told = desktop.add("Viewer")
    path = jpeg(tmp_path / "in", "one.jpg")
    stage.spawned.drop()
    stage.window.outgoing.open(path)
    stage.spawned.run()
    assert arguments(told) == [[bytes(path)]]


def test_open_with_offers_the_programs_and_opens_the_chosen_one(
    stage: Stage, desktop: FakeDesktop, tmp_path: Path
) -> None:
    desktop.add("Alpha")
    told = desktop.add("Beta")
    path = jpeg(tmp_path / "in", "one.jpg")
    stage.spawned.drop()
    menu = stage.window.outgoing.programs_menu(path, programs_for("image/jpeg"))
    assert _texts(menu) == ["Alpha", "Beta", "Other program…"]
    menu.actions()[1].trigger()
    stage.spawned.run()
    assert arguments(told) == [[bytes(path)]]


def test_no_program_at_all_is_said(stage: Stage, desktop: FakeDesktop, tmp_path: Path) -> None:
    path = jpeg(tmp_path / "in", "one.jpg")
    stage.spawned.drop()
    stage.window.outgoing.open(path)
    stage.spawned.run()
    (notice,) = stage.window.notices.shown()
    assert notice.title == "No program for this kind of picture was found on this computer"
    assert str(path) in notice.hint
    assert [button.text() for button in notice.buttons] == ["Copy path"]
