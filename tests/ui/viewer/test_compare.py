"""The viewer driven by mouse and keyboard, judged by the pixels that it paints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.timed_keys import let_space_go, press_space
from tests.ui.viewer.conftest import BLUE, GREEN, MARK_AT, RED, bright_span, colour, marked, near
from topazdesk.errors import TopazdeskError
from topazdesk.ui.theme import tokens
from topazdesk.ui.viewer import SIDE_BY_SIDE, SPLIT, CompareView
from topazdesk.ui.viewer.divider import STEPS

Sharp = Callable[[CompareView], QImage]
Files = dict[str, Path]


def wheel(view: CompareView, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(view.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def drag(widget: CompareView, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(widget, (start + end) / 2)
    QTest.mouseMove(widget, end)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end)


def test_before_is_left_and_after_is_right_of_the_divider(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    image = sharp(view)
    assert near(colour(image, 60, 120), RED)
    assert near(colour(image, 290, 120), RED)
    assert near(colour(image, 310, 120), GREEN)
    assert near(colour(image, 560, 120), GREEN)
    assert colour(image, 300, 120) == (255, 255, 255)  # the line itself


def test_the_divider_follows_the_mouse(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    handle = view.stage.divider.handle_rect().center()
    QTest.mousePress(view.stage.divider, Qt.MouseButton.LeftButton, pos=handle)
    QTest.mouseMove(view.stage.divider, handle - QPoint(150, 0))
    QTest.mouseRelease(view.stage.divider, Qt.MouseButton.LeftButton, pos=handle)
    image = view.grab().toImage()
    assert abs(view.stage.divider.share - 0.25) < 0.01
    assert near(colour(image, 140, 120), RED)
    assert near(colour(image, 160, 120), GREEN)


def test_the_divider_follows_the_keyboard_and_says_where_it_is(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    assert view.stage.divider.accessibleName() == "Divider at 50\N{NARROW NO-BREAK SPACE}%"
    for _ in range(10):
        QTest.keyClick(view.stage.divider, Qt.Key.Key_Left)
    assert view.stage.divider.accessibleName() == "Divider at 40\N{NARROW NO-BREAK SPACE}%"
    image = view.grab().toImage()
    assert near(colour(image, 230, 120), RED)
    assert near(colour(image, 250, 120), GREEN)
    QTest.keyClick(view.stage.divider, Qt.Key.Key_End)
    assert view.stage.divider.value() == STEPS
    interface = QAccessible.queryAccessibleInterface(view.stage.divider)
    assert interface is not None
    assert interface.role() is QAccessible.Role.Slider


def test_a_turned_divider_has_the_before_above(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.turn_divider()
    for _ in range(20):
        QTest.keyClick(view.stage.divider, Qt.Key.Key_Up)
    image = view.grab().toImage()
    assert near(colour(image, 500, 110), RED)
    assert near(colour(image, 500, 130), GREEN)


def test_side_by_side_shows_both_and_moves_them_in_step(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    QTest.keyClick(view, Qt.Key.Key_Y)
    assert view.stage.mode is SIDE_BY_SIDE
    image = sharp(view)
    assert near(colour(image, 150, 150), RED)
    assert near(colour(image, 450, 150), GREEN)
    assert not view.stage.divider.isVisible()
    view.stage.zoom_to(100, QPointF(150, 200))
    assert view.stage.viewport is not None
    view.stage._look(view.stage.viewport.centred(*MARK_AT))
    drag(view, QPoint(450, 200), QPoint(410, 170))
    image = sharp(view)
    left = bright_span(image, 172, 0, 298)
    right = bright_span(image, 172, 302, 600)
    assert 100 < left[0] + 40 < 180
    assert abs(right[0] - left[0] - 302) <= 1
    assert abs(right[1] - left[1] - 302) <= 1
    QTest.keyClick(view, Qt.Key.Key_Y, Qt.KeyboardModifier.ShiftModifier)
    assert view.stage.mode is SPLIT


@pytest.mark.parametrize("percent", [50, 73, 100, 200, 300, 800])
def test_a_small_and_a_large_file_show_the_mark_at_the_same_pixel(
    view: CompareView, files: Files, sharp: Sharp, percent: int
) -> None:
    """1× and 4× aligned at the same relative place within a pixel, above and below the zoom where pixels are shown bare."""
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.zoom_to(percent)
    viewport = view.stage.viewport
    assert viewport is not None
    view.stage._look(viewport.centred(*MARK_AT))
    image = sharp(view)
    assert view.stage.viewport is not None
    x, y = view.stage.viewport.point_of(*MARK_AT)
    # Half a pixel of the small file is two of the large one: smoothing moves no edge further than its own rounding.
    spans = []
    for share in (0.0, 1.0):
        view.stage.divider.setValue(round(share * STEPS))
        image = view.grab().toImage()
        row = min(399, max(0, round(y) + 4))
        left, right = bright_span(image, row, 24, 576)  # beside the handle
        top, bottom = bright_span(image, min(595, max(4, round(x) + 4)), 4, 396, across=False)
        spans.append((left, right, top, bottom))
    assert all(abs(one - other) <= 1 for one, other in zip(*spans, strict=True)), spans


def test_the_wheel_zooms_to_the_pointer(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["large"])
    sharp(view)
    at = QPoint(round(MARK_AT[0] * 600), round(MARK_AT[1] * 400))
    for _ in range(8):
        wheel(view, at, 1)
    image = sharp(view)
    assert view.stage.percent > 80
    assert sum(colour(image, at.x(), at.y())) > 3 * 230
    for _ in range(20):
        wheel(view, at, -1)
    assert view.stage.viewport is not None
    assert view.stage.viewport.is_fitted


def test_the_wheel_stops_at_100_percent(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["large"])
    sharp(view)
    seen = []
    for _ in range(16):
        wheel(view, QPoint(300, 200), 1)
        seen.append(view.stage.percent)
    assert 100.0 in seen


def test_keys_zoom_fit_and_pan(view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot) -> None:
    view.set_pair(files["before"], files["large"])
    sharp(view)
    fit = view.stage.percent
    with qtbot.waitSignal(view.stage.zoom_changed) as told:
        QTest.keyClick(view, Qt.Key.Key_Plus)
    assert told.args == [view.stage.percent]
    assert view.stage.percent > fit
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.stage.percent == pytest.approx(fit)
    QTest.keyClick(view, Qt.Key.Key_Z)
    assert view.stage.percent == pytest.approx(100)
    assert view.stage.viewport is not None
    x = view.stage.viewport.frame_rect.x
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.stage.viewport.frame_rect.x == x - 60
    QTest.keyClick(view, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert view.stage.percent == pytest.approx(fit)
    QTest.keyClick(view, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert view.stage.percent == pytest.approx(100)


def test_double_click_goes_to_100_percent_at_that_place(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["large"])
    sharp(view)
    at = QPoint(round(MARK_AT[0] * 600), round(MARK_AT[1] * 400))
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at)
    image = sharp(view)
    assert view.stage.percent == pytest.approx(100)
    assert sum(colour(image, at.x(), at.y())) > 3 * 230
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert view.stage.viewport is not None
    assert view.stage.viewport.is_fitted


def test_dragging_moves_the_picture_by_as_many_pixels(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["large"])
    sharp(view)
    view.stage.zoom_to(100)
    assert view.stage.viewport is not None
    before = view.stage.viewport.frame_rect
    drag(view, QPoint(200, 200), QPoint(160, 230))
    after = view.stage.viewport.frame_rect
    assert (after.x - before.x, after.y - before.y) == (-40, 30)


def test_space_shows_the_source_while_held(view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    press_space(view)
    image = view.grab().toImage()
    assert near(colour(image, 560, 120), RED)
    assert not view.stage.divider.isVisible()
    let_space_go(view)
    qtbot.waitUntil(lambda: not view.stage.holds_source)
    assert view.stage.mode is SPLIT
    image = view.grab().toImage()
    assert near(colour(image, 560, 120), GREEN)


def test_a_held_space_does_not_flicker_where_repeats_look_like_releases(
    view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    """Seen under Xvfb: release and press came in pairs, not marked as repeats, and the picture flickered at 25 Hz."""
    view.set_pair(files["before"], files["after"])
    sharp(view)
    QTest.keyPress(view, Qt.Key.Key_Space)
    for _ in range(5):
        QTest.keyRelease(view, Qt.Key.Key_Space)
        assert view.stage.holds_source
        QTest.keyPress(view, Qt.Key.Key_Space)
        assert view.stage.holds_source
    QTest.keyRelease(view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not view.stage.holds_source)


def test_space_works_from_the_divider_too(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    QTest.keyPress(view.stage.divider, Qt.Key.Key_Space)
    assert view.stage.holds_source


def test_one_picture_fills_the_view(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], None)
    image = sharp(view)
    assert near(colour(image, 560, 120), RED)
    assert not view.stage.divider.isVisible()
    assert not view.stage.can_compare
    assert "Original 300 × 200 · 0.06 MP" in view.accessibleDescription()


def test_bare_pixels_above_200_percent_and_smooth_ones_below(view: CompareView, sharp: Sharp, tmp_path: Path) -> None:
    import pyvips

    grid = pyvips.Image.xyz(300, 200)
    board = ((grid[0] + grid[1]) % 2 == 0).ifthenelse(255, 0).cast("uchar")
    path = tmp_path / "board.png"
    board.bandjoin([board, board]).copy(interpretation="srgb").write_to_file(str(path))
    view.set_pair(path, None)
    sharp(view)
    view.stage.zoom_to(400)
    image = sharp(view)
    seen = {colour(image, x, 203) for x in range(40, 560)}
    assert seen == {(0, 0, 0), (255, 255, 255)}
    view.stage.zoom_to(150)
    image = sharp(view)
    assert len({colour(image, x, 203) for x in range(40, 560)}) > 2


def test_100_percent_shows_the_very_pixels(view: CompareView, sharp: Sharp, tmp_path: Path) -> None:
    import pyvips

    from tests.support import pictures

    path = tmp_path / "scene.png"
    pictures.scene(1501, 1003).write_to_file(str(path))
    source = pyvips.Image.new_from_file(str(path))
    view.set_pair(path, None)
    sharp(view)
    view.stage.zoom_to(100)
    image = sharp(view)
    assert view.stage.viewport is not None
    frame = view.stage.viewport.frame_rect
    for x, y in ((100, 100), (299, 201), (420, 260)):
        assert list(colour(image, x, y)) == source.getpoint(x - frame.x, y - frame.y)


def test_transparent_places_show_a_neutral_chequered_ground(view: CompareView, sharp: Sharp, tmp_path: Path) -> None:
    path = marked(tmp_path / "cut.png", 300, 200, (200, 40, 40, 0))
    view.set_pair(path, None)
    image = sharp(view)
    seen = {colour(image, x, y) for x in range(300, 340) for y in range(60, 100)}
    assert len(seen) == 2
    assert all(red == green == blue for red, green, blue in seen)
    mark = colour(image, MARK_AT[0] * 600, MARK_AT[1] * 400)
    assert near(mark, (250, 250, 250))


def test_the_surround_is_the_themes_neutral_canvas(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.resize(600, 500)
    view.set_pair(files["before"], files["after"])
    image = sharp(view)
    canvas = tokens().canvas
    assert colour(image, 250, 10) == (canvas.red(), canvas.green(), canvas.blue())


def test_the_map_appears_when_something_is_out_of_sight_and_takes_clicks(
    view: CompareView, files: Files, sharp: Sharp
) -> None:
    view.set_pair(files["before"], files["large"])
    sharp(view)
    overview = view._furniture.overview
    assert not overview.isVisible()
    view.stage.zoom_to(100)
    assert overview.isVisible()
    assert (overview.width(), overview.height()) == (150, 100)
    assert (600 - overview.geometry().right() - 1, 400 - overview.geometry().bottom() - 1) == (12, 12)
    QTest.mouseClick(overview, Qt.MouseButton.LeftButton, pos=QPoint(45, 65))
    assert view.stage.viewport is not None
    assert view.stage.viewport.x == pytest.approx(0.3, abs=0.01)
    assert view.stage.viewport.y == pytest.approx(0.65, abs=0.01)
    image = sharp(view)
    assert sum(colour(image, 290, 190)) > 3 * 230


def test_resizing_keeps_a_fitted_picture_fitted(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.resize(900, 640)
    image = sharp(view)
    assert view.stage.viewport is not None
    assert view.stage.viewport.is_fitted
    assert near(colour(image, 880, 120), GREEN)


def test_a_damaged_file_is_told_in_a_sentence_and_the_other_is_shown(
    view: CompareView, files: Files, sharp: Sharp, tmp_path: Path, qtbot: QtBot
) -> None:
    broken = tmp_path / "result.png"
    broken.write_text("no picture")
    problems: list[TopazdeskError] = []
    view.problem.connect(problems.append)
    view.set_pair(files["before"], broken)
    image = sharp(view)
    assert near(colour(image, 560, 120), RED)
    assert len(problems) == 1
    assert problems[0].title
    view.stage.set_mode(SIDE_BY_SIDE)
    view.set_pair(broken, None)
    qtbot.waitUntil(lambda: not view.stage.pairs.is_loading)
    assert view.stage.viewport is None


def test_large_files_are_kept_in_the_cache_folder_where_memory_has_no_room(
    view: CompareView, files: Files, no_memory: None, sharp: Sharp, tmp_path: Path
) -> None:
    view.set_pair(files["large"], None)
    image = sharp(view)
    assert near(colour(image, 560, 120), BLUE)
    kept = {entry.name for entry in (tmp_path / "cache").iterdir()} - {".topazdesk-pyramids"}
    assert [Path(name).suffix for name in kept] == [".tiles"]
