"""The list as it is used: places of rows, selection by ids, keys, dropping, 2,000 rows painted few at a time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.fake_context import job_of, known
from tests.support.window import drop, menu_of, mime_of
from tests.ui.shell.conftest import Stage, stage
from topazdesk.domain.draft import draft
from topazdesk.domain.job import JobState
from topazdesk.ui.controls.drop import local_paths
from topazdesk.ui.models.picture import Section
from topazdesk.ui.texts import number
from topazdesk.ui.theme import px

__all__ = ["stage"]


def test_every_row_is_found_where_it_is(stage: Stage) -> None:
    pictures = known(stage.session, *[(100, 100)] * 30)
    for picture in pictures[10:20]:
        picture.again = False
        picture.result = None
    view, model = stage.window.pictures.view, stage.session.library.pictures
    for row in range(model.rowCount()):
        top = view.top_of(row)
        assert view.row_at(top) == row
        assert view.row_at(view.top_of(row + 1) - 1 if row + 1 < model.rowCount() else top) == row
    assert view.row_at(view.contents_height()) == -1


def test_the_viewer_keeps_the_picture_that_a_filter_or_a_fold_hides(stage: Stage) -> None:
    """It went blank while somebody typed, and the list stayed scrolled to where nothing had been looked for."""
    pictures = known(stage.session, *[(100, 100)] * 40)
    view, model, bar = (
        stage.window.pictures.view,
        stage.session.library.pictures,
        stage.window.pictures.view.verticalScrollBar(),
    )
    shown = pictures[30]
    view.choose([shown.id], shown.id)
    view.scrollTo(view.currentIndex())
    assert bar.value() > 0
    model.set_filter(pictures[2].name)
    assert (view.chosen_ids(), stage.session.library.chosen, stage.session.library.picture) == ([], [], shown)
    assert bar.value() == 0
    model.set_filter("")
    assert (view.chosen_ids(), view.current_id(), stage.session.library.picture) == ([shown.id], shown.id, shown)
    assert view.viewport().rect().contains(view.visualRect(view.currentIndex()))
    model.set_folded(Section.TODO, True)
    assert stage.session.library.picture is shown
    model.set_folded(Section.TODO, False)
    model.set_filter(pictures[2].name)
    view.choose([pictures[2].id], pictures[2].id)
    model.set_filter("")
    assert stage.session.library.picture is pictures[2]
    model.set_filter(pictures[5].name)
    stage.session.library.remove([pictures[2].id])
    assert stage.session.library.picture is pictures[5]


def test_the_current_row_stays_in_sight_when_the_queue_opens_below_it(stage: Stage) -> None:
    pictures = known(stage.session, *[(100, 100)] * 40)
    view, window = stage.window.pictures.view, stage.window
    QApplication.processEvents()

    def is_in_sight() -> bool:
        QApplication.processEvents()
        return view.viewport().rect().contains(view.visualRect(view.currentIndex()))

    last = pictures[30]
    view.choose([last.id], last.id)
    view.scrollTo(view.currentIndex())
    assert is_in_sight()
    window.commands.run("queue")
    assert is_in_sight()
    window.commands.run("queue")
    view.verticalScrollBar().setValue(0)
    window.commands.run("queue")
    assert view.verticalScrollBar().value() == 0, "who has scrolled away stays there"


def test_two_thousand_rows_only_ask_for_what_is_seen(stage: Stage, qtbot: QtBot) -> None:
    view = stage.window.pictures.view
    asked: set[int] = set()
    view.wanted.connect(asked.update)
    known(stage.session, *[(1500, 1000)] * 2000)
    qtbot.waitUntil(lambda: bool(asked))
    rows = view.viewport().height() // px(60) + 2
    assert len(asked) <= 2 * rows  # and those of the next page
    assert view.verticalScrollBar().maximum() > 2000 * px(60) - view.viewport().height()
    asked.clear()
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: 2000 in asked)
    count = number(2000)
    assert stage.window.footer.button.label() == f"Enhance {count} pictures · {count} credits"


def test_the_selection_stays_on_its_pictures_when_rows_move(stage: Stage) -> None:
    a, b, c = known(stage.session, (10, 10), (20, 20), (30, 30))
    view = stage.window.pictures.view
    view.choose([b.id, c.id], c.id)
    stage.session.library.remove([a.id])
    assert view.chosen_ids() == [b.id, c.id]
    assert view.current_id() == c.id
    assert stage.session.library.chosen == [b.id, c.id]
    stage.session.library.pictures.set_filter("00002")
    assert view.chosen_ids() == [c.id]


def test_arrows_pass_over_headings_and_delete_only_takes_off_the_list(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "kept.jpg"
    file.write_bytes(b"anything")
    (first,) = stage.session.library.pictures.add([file])
    second, third = known(stage.session, (10, 10), (10, 10))
    view = stage.window.pictures.view
    view.setFocus(Qt.FocusReason.TabFocusReason)
    view.choose([first.id], first.id)
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.current_id() == first.id
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.chosen_ids() == [second.id]
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.chosen_ids() == [second.id, third.id]
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.chosen_ids() == [first.id]
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert [p.id for p in stage.session.library.pictures.pictures()] == [second.id, third.id]
    assert file.read_bytes() == b"anything"


def test_when_the_shown_picture_leaves_the_next_one_is_shown(stage: Stage) -> None:
    """A first file that was no picture left an empty viewer and no selection beside the good ones."""
    first, second, third = known(stage.session, (10, 10), (10, 10), (10, 10))
    view = stage.window.pictures.view
    view.choose([first.id], first.id)
    stage.session.library.remove([first.id])
    assert (view.chosen_ids(), stage.session.library.current) == ([second.id], second.id)
    view.choose([third.id], third.id)
    stage.session.library.remove([third.id])
    assert (view.chosen_ids(), stage.session.library.current) == ([second.id], second.id)
    stage.session.library.remove([second.id])
    assert (view.chosen_ids(), stage.session.library.picture) == ([], None)


def test_the_menu_of_the_list_says_what_is_order_and_what_is_filter(stage: Stage) -> None:
    """ "Kept" and "Rejected" stood below "Largest first" without a word: the title of a section is not painted."""
    menu = stage.window.pictures.sort_menu()
    title = menu.actions()[[each.isSeparator() for each in menu.actions()].index(True) + 1]
    assert (title.text(), title.isSeparator(), title.isEnabled()) == ("Show only", False, False)
    menu.deleteLater()


def test_the_filter_is_left_by_keys(stage: Stage) -> None:
    """Escape and the arrow did nothing there, and the next shortcut was typed into it."""
    pictures = known(stage.session, (10, 10), (10, 10), (10, 10))
    view, field = stage.window.pictures.view, stage.window.pictures.filter
    view.choose([pictures[0].id], pictures[0].id)
    field.setFocus()
    QTest.keyClicks(field, "00002")
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert view.hasFocus()
    assert view.chosen_ids() == [pictures[2].id]
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), field.hasFocus()) == ("", True)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert view.hasFocus()
    assert view.chosen_ids() == [pictures[2].id], "it stays chosen"
    field.setFocus()
    QTest.keyClicks(field, "nothing is called so")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.hasFocus(), "there is nothing to go to"


def test_delete_in_a_field_removes_no_picture(stage: Stage) -> None:
    known(stage.session, (10, 10))
    stage.window.pictures.filter.setFocus()
    QTest.keyClick(stage.window.pictures.filter, Qt.Key.Key_Delete)
    stage.window.recipe.form.setFocus()
    QTest.keyClick(stage.window.recipe, Qt.Key.Key_Delete)
    assert len(stage.session.library.pictures) == 1


def test_a_click_on_a_heading_folds_its_section(stage: Stage) -> None:
    known(stage.session, (10, 10), (10, 10))
    view = stage.window.pictures.view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, px(14)))
    assert stage.session.library.pictures.head(Section.TODO).folded
    assert stage.session.library.pictures.rowCount() == 1
    assert stage.window.footer.button.label() == "Enhance 2 pictures · 2 credits"


def test_files_folders_and_mixtures_can_be_dropped_anywhere(stage: Stage, tmp_path: Path) -> None:
    for target in (stage.window.pictures, stage.window.viewer.empty, stage.window.viewer):
        drop(target, tmp_path, tmp_path / "a.jpg")
        assert stage.spawned.names() == ["intake"]
        stage.spawned.drop()


def test_what_is_no_local_file_is_not_taken() -> None:
    mime = mime_of(Path("/in/a.jpg"))
    mime.setUrls([*mime.urls(), "https://example.com/b.jpg"])
    assert local_paths(mime) == [Path("/in/a.jpg")]


def test_the_context_menu_has_what_fits(stage: Stage) -> None:
    one, two = known(stage.session, (10, 10), (10, 10))
    texts = [a.text() for a in menu_of(stage.window, [one.id]).actions() if a.text()]
    own = "Separate settings for selection"
    files = ["Open", "Open with…", "Show in folder", "Copy", "Copy path", "File details…"]
    assert texts == [*files, "Copy settings", own, "Remove from the list"]
    texts = [a.text() for a in menu_of(stage.window, [one.id, two.id]).actions() if a.text()]
    assert texts[:4] == ["Several sizes or formats…", "Show in folder", "Copy", "Copy paths"], "both are what is meant"


def test_the_list_follows_what_is_enhanced_unless_the_user_looks_elsewhere(stage: Stage, qtbot: QtBot) -> None:
    """The picture that was being enhanced vanished from sight when it moved to another section."""
    pictures = known(stage.session, *[(100, 100)] * 60)
    view, model = stage.window.pictures.view, stage.session.library.pictures
    bar, current = view.verticalScrollBar(), pictures[0]

    def in_sight() -> bool:
        return view.viewport().rect().intersects(view.visualRect(view.currentIndex()))

    def to(state: JobState) -> None:
        assert current.info is not None
        prices = stage.session.pricing.prices
        current.job = job_of(draft(current.info, prices.model, prices.recipe), "one", state)
        model.arrange()

    view.choose([current.id], current.id)
    assert bar.value() == 0
    to(JobState.RUNNING)
    assert current.section is Section.PROGRESS
    assert in_sight(), "below 59 others, and still seen"
    followed = bar.value()
    assert followed > 0
    # The user scrolls back to the top, and what ends meanwhile does not pull the list away.
    wheel = QWheelEvent(
        QPointF(20, 20),
        QPointF(view.viewport().mapToGlobal(QPoint(20, 20))),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), wheel)
    before = bar.value()
    assert before < followed
    to(JobState.DONE)
    assert bar.value() == before
    assert stage.session.library.picture is current, "the viewer does not jump either"


def test_the_current_row_does_not_jump_when_others_move(stage: Stage) -> None:
    pictures = known(stage.session, *[(100, 100)] * 60)
    view, model = stage.window.pictures.view, stage.session.library.pictures
    current = pictures[40]
    view.choose([current.id], current.id)
    view.scrollTo(view.currentIndex())
    top = view.visualRect(view.currentIndex()).top()
    prices = stage.session.pricing.prices
    for other in pictures[:5]:  # five rows above leave the section, and stand below it from now on
        assert other.info is not None
        other.job = job_of(draft(other.info, prices.model, prices.recipe), f"job-{other.id}", JobState.RUNNING)
    model.arrange()
    assert view.visualRect(view.currentIndex()).top() == top
