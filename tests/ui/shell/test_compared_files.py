"""Any two files side by side: dropped on the viewer, selected in the list, or chosen for the picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QDragLeaveEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from tests.support.fake_context import job_of, known
from tests.support.window import drag_over, drop
from tests.ui.shell.conftest import Stage
from topazdesk.domain.draft import draft
from topazdesk.domain.job import JobState
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.viewer.drop_sign import DropSign
from topazdesk.ui.viewer.side import Side


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / name for name in ("a.png", "b.png", "left.png", "right.png")]
    for place, path in enumerate(found):
        Image.new("RGB", (60, 40), (40 * place, 90, 120)).save(path)
    return found


@pytest.fixture
def listed(stage: Stage, files: list[Path]) -> list[Picture]:
    """Two pictures in the list, the first one in the viewer."""
    library = stage.session.library
    pictures = library.pictures.add(files[:2])
    library.pictures.arrange()
    stage.window.pictures.view.choose([pictures[0].id], pictures[0].id)
    return pictures


def compared(stage: Stage) -> list[str]:
    shown = stage.window.viewer.view.stage.pairs.shown
    return [shown.paths[side].name for side in Side if side in shown.paths]


def test_two_files_dropped_on_the_viewer_are_compared_and_not_listed(
    stage: Stage, listed: list[Picture], files: list[Path], qtbot: QtBot
) -> None:
    viewer = stage.window.viewer
    qtbot.waitUntil(lambda: compared(stage) == ["a.png"])
    drop(viewer.view, *files[2:])
    qtbot.waitUntil(lambda: compared(stage) == ["left.png", "right.png"])
    shown = viewer.view.stage.pairs.shown
    assert [shown.word(side) for side in shown.paths] == ["left.png", "right.png"]
    assert viewer.pair_line.isVisible()
    assert len(stage.session.library.pictures) == 2
    QTest.keyClick(viewer.view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: compared(stage) == ["a.png"])
    assert not viewer.pair_line.isVisible()


def test_what_a_drop_does_is_said_while_the_files_hover(stage: Stage, listed: list[Picture], files: list[Path]) -> None:
    """Nothing showed that files may be dropped, nor that three pictures are compared and four are added."""
    viewer = stage.window.viewer
    sign = viewer.findChildren(DropSign)
    assert sign == [], "not made before it is needed"
    for paths, words in (
        (files[2:], "Drop here to compare these 2. To add them, drop them on the list."),
        ([*files, files[0].with_name("e.png")], "Drop to add to the list"),
        (files[:1], "Drop to add to the list"),
        ([files[0].with_name("a.topazpreset")], ""),
    ):
        drag_over(viewer, *paths)
        [sign] = viewer.findChildren(DropSign)
        assert sign.words == words
        assert sign.size() == sign.parentWidget().size()
        QApplication.sendEvent(viewer, QDragLeaveEvent())
        assert not sign.words


def moved(stage: Stage, picture: Picture, state: JobState) -> None:
    """The picture has a job in this state."""
    recipe = stage.session.pricing.recipe
    assert picture.info is not None
    picture.job = job_of(draft(picture.info, recipe.model, recipe.recipe), "job", state)
    stage.session.library.pictures.arrange()


def test_what_is_not_in_view_is_named_on_the_button(stage: Stage, files: list[Path]) -> None:
    """With two dropped files on screen, "this" and "again" would mean a picture that nobody sees."""
    picture, _ = known(stage.session, (1000, 800), (1000, 800))
    view, footer, viewer = stage.window.pictures.view, stage.window.footer, stage.window.viewer
    view.choose([picture.id], picture.id)
    assert footer.button.label() == "Enhance this picture · 1 credit"
    viewer.details_button.show()  # as the feature does that is behind it
    drop(viewer.view, *files[2:])
    assert footer.button.label() == f"Enhance {picture.name} · 1 credit"
    assert all(button.isHidden() for button in (viewer.try_button, viewer.details_button))
    for state, words in (
        (JobState.QUEUED, f"{picture.name} is in the queue"),
        (JobState.RUNNING, f"Enhancing {picture.name}…"),
        (JobState.DONE, f"Enhance {picture.name} again…"),
    ):
        moved(stage, picture, state)
        assert footer.button.label() == words
    QTest.keyClick(viewer.view, Qt.Key.Key_Escape)
    assert footer.button.label() == "Enhance again…"
    assert not viewer.details_button.isHidden()


def test_the_menu_and_the_keys_mean_the_files_in_view(
    stage: Stage, listed: list[Picture], files: list[Path], qtbot: QtBot
) -> None:
    viewer = stage.window.viewer
    drop(viewer.view, *files[2:])
    qtbot.waitUntil(lambda: compared(stage) == ["left.png", "right.png"])
    asked: list[Path | None] = []
    viewer.menu_wanted.disconnect()  # no menu is to be seen
    viewer.menu_wanted.connect(lambda _place, path: asked.append(path))
    for part, path in ((0.25, files[2]), (0.75, files[3])):
        at = QPoint(int(viewer.view.width() * part), viewer.view.height() // 2)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, viewer.view.mapToGlobal(at))
        QCoreApplication.sendEvent(viewer.view, event)
        assert asked.pop() == path
    viewer.view.setFocus()
    assert stage.window.menus.subject().best == files[2:], "a copy takes both"
    words = [entry.text() for entry in stage.window.menus.menu(stage.window.menus.subject()).actions() if entry.text()]
    assert words == ["Show in folder", "Copy", "Copy paths"]


def test_they_can_be_added_after_all(stage: Stage, listed: list[Picture], files: list[Path], qtbot: QtBot) -> None:
    arrived: list[list[Path]] = []
    stage.window.arrived.connect(lambda paths, _dropped: arrived.append(paths))
    drop(stage.window.viewer.view, *files[2:])
    assert arrived == []
    QTest.mouseClick(stage.window.viewer.pair_line.add, Qt.MouseButton.LeftButton)
    assert arrived == [files[2:]]
    assert stage.window.viewer.compared is None


def test_one_five_and_folders_are_for_the_list(
    stage: Stage, listed: list[Picture], files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    arrived: list[list[Path]] = []
    stage.window.arrived.connect(lambda paths, _dropped: arrived.append(paths))
    for paths in ([files[2]], [*files, files[0]], [files[2], tmp_path / "folder"]):
        drop(stage.window.viewer.view, *paths)
        assert arrived.pop() == paths
        assert stage.window.viewer.compared is None


def test_two_selected_pictures_are_compared_until_another_is_chosen(
    stage: Stage, listed: list[Picture], qtbot: QtBot
) -> None:
    both = [picture.id for picture in listed]
    stage.window.pictures.view.choose(both, both[0])
    stage.window.commands.run("compare_with")
    qtbot.waitUntil(lambda: compared(stage) == ["a.png", "b.png"])
    stage.window.pictures.view.choose([both[1]], both[1])
    qtbot.waitUntil(lambda: compared(stage) == ["b.png"])
    assert stage.window.viewer.compared is None


def test_a_picture_is_compared_with_a_chosen_file(
    stage: Stage, listed: list[Picture], files: list[Path], qtbot: QtBot
) -> None:
    stage.window.commands.run("compare_with")
    dialog = stage.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(files[3]))
    dialog.reject()
    qtbot.waitUntil(lambda: compared(stage) == ["a.png", "right.png"])


def test_trials_end_the_comparison(stage: Stage, listed: list[Picture], files: list[Path]) -> None:
    drop(stage.window.viewer.view, *files[2:])
    assert stage.window.viewer.compared is not None
    stage.window.viewer.open_tray(stage.window.viewer.pair_line, lambda: (None, None))
    assert stage.window.viewer.compared is None
    stage.window.viewer.open_tray(None, None)
