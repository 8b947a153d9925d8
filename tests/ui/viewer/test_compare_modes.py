"""Swap in place, difference, change map, sides moved by hand, zoom of either file, values, export: by the painted pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pyvips
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.timed_keys import tap_space
from tests.ui.viewer.conftest import GREEN, MARK_AT, RED, bright_span, colour, marked, near
from topazdesk.domain.changes import ChangeMap
from topazdesk.errors import ComputerError, TopazdeskError, UseError
from topazdesk.ui.theme import px, tokens
from topazdesk.ui.viewer import DIFFERENCE, MODES, SIDE_BY_SIDE, SPLIT, SWAP, CompareView, ViewerBody, ViewerStrip
from topazdesk.ui.viewer.difference_paint import area_rect
from topazdesk.ui.viewer.differences import Style
from topazdesk.ui.viewer.export import comparison_image, save, suggested_name
from topazdesk.ui.viewer.overlays import SideLabel
from topazdesk.ui.viewer.side import PAIR, Side

Sharp = Callable[[CompareView], QImage]
Files = dict[str, Path]


class Frames(QObject):
    """What is seen at (560, 120) after every painting of a view."""

    def __init__(self, view: CompareView) -> None:
        super().__init__(view)
        self.seen: list[tuple[int, int, int]] = []
        self._view = view
        self._busy = False
        view.installEventFilter(self)

    def eventFilter(  # noqa: N802 - Qt's name
        self, watched: QObject, event: QEvent
    ) -> bool:
        if event.type() is QEvent.Type.Paint and not self._busy:
            self._busy = True
            image = QImage(self._view.size(), QImage.Format.Format_RGB32)
            self._view.render_on(image)
            self.seen.append(colour(image, 560, 120))
            self._busy = False
        return False


@pytest.fixture
def changed(tmp_path: Path) -> tuple[Path, Path]:
    """A soft scene of 480 × 320, and the same at 2× with a pattern at 300, 200 (64 × 48 pixels of the source)."""
    grid = pyvips.Image.xyz(480, 320)
    soft = (grid[0] / 23).sin() * 30 + (grid[1] / 31).cos() * 30 + 120
    before = soft.bandjoin([soft + 10, soft - 10]).cast("uchar").copy(interpretation="srgb")
    patch = (pyvips.Image.xyz(64, 48)[0] // 4 % 2 == 0).ifthenelse(20, 235).cast("uchar")
    after = before.insert(patch.bandjoin([patch, patch]).copy(interpretation="srgb"), 300, 200).resize(2)
    before.write_to_file(str(tmp_path / "scan.png"))
    after.write_to_file(str(tmp_path / "scan 2x.png"))
    return tmp_path / "scan.png", tmp_path / "scan 2x.png"


@pytest.fixture
def body(view: CompareView, qtbot: QtBot) -> Iterator[ViewerBody]:
    whole = ViewerBody(view)
    qtbot.addWidget(whole)
    whole.resize(1000, 500)
    with qtbot.waitExposed(whole):
        whole.show()
    yield whole
    whole.hide()


def measured(view: CompareView, qtbot: QtBot) -> ChangeMap:
    qtbot.waitUntil(lambda: view.stage.differences.changes is not None)
    assert view.stage.differences.changes is not None
    return view.stage.differences.changes


def test_swapping_needs_one_frame_and_shows_nothing_between(
    view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    view.set_pair(files["before"], files["large"])
    view.stage.set_mode(SWAP)
    sharp(view)
    qtbot.waitUntil(lambda: all(view.facts.text(side) for side in PAIR))  # which stand in the frame, too
    view.stage.zoom_to(100)
    first = sharp(view)
    frames = Frames(view)
    view.stage.swap()
    QApplication.processEvents()
    view.stage.swap()
    QApplication.processEvents()
    assert len(frames.seen) == 2
    assert near(frames.seen[0], RED)
    assert frames.seen[1] == colour(first, 560, 120)
    assert view.grab().toImage() == first  # the very same frame: the pixels were kept


def test_backslash_swaps_from_any_mode_and_back(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    QTest.keyClick(view, Qt.Key.Key_Backslash)
    assert view.stage.mode is SWAP
    assert near(colour(view.grab().toImage(), 560, 120), RED)
    QTest.keyClick(view, Qt.Key.Key_Backslash)
    assert near(colour(view.grab().toImage(), 60, 120), GREEN)


def test_a_tap_on_space_swaps_without_a_flicker(view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    frames = Frames(view)
    tap_space(view)
    qtbot.waitUntil(lambda: view.stage.mode is SWAP)
    QApplication.processEvents()
    assert all(near(pixel, RED) for pixel in frames.seen)
    tap_space(view)
    qtbot.waitUntil(lambda: not view.stage.is_swapped)
    assert near(colour(view.grab().toImage(), 560, 120), GREEN)
    assert not view.stage.holds_source


def test_the_label_of_the_swap_says_which_side_is_seen(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    view.stage.set_mode(SWAP)
    sharp(view)
    labels = view._furniture.labels
    assert (labels[Side.BEFORE].isVisible(), labels[Side.AFTER].isVisible()) == (False, True)
    view.stage.swap()
    assert (labels[Side.BEFORE].isVisible(), labels[Side.AFTER].isVisible()) == (True, False)


@pytest.mark.parametrize("gain", [1, 4, 16])
def test_difference_is_exact_and_gain_multiplies_it(view: CompareView, sharp: Sharp, tmp_path: Path, gain: int) -> None:
    one = marked(tmp_path / "one.png", 300, 200, (100, 90, 80))
    other = marked(tmp_path / "other.png", 300, 200, (103, 90, 60))
    view.stage.differences.set_style(Style.PIXELS)
    view.stage.differences.set_gain(gain)
    view.set_pair(one, other)
    view.stage.set_mode(DIFFERENCE)
    image = sharp(view)
    assert colour(image, 40, 100) == (min(255, 3 * gain), 0, min(255, 20 * gain))
    assert colour(image, round(MARK_AT[0] * 600), round(MARK_AT[1] * 400)) == (0, 0, 0)


def test_the_surround_of_a_difference_is_no_difference(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.resize(600, 500)
    view.stage.differences.set_style(Style.PIXELS)
    view.set_pair(files["before"], files["after"])
    view.stage.set_mode(DIFFERENCE)
    image = sharp(view)
    canvas = tokens().canvas
    assert colour(image, 500, 490) == (canvas.red(), canvas.green(), canvas.blue())


def test_the_map_marks_the_place_that_was_invented(
    view: CompareView, changed: tuple[Path, Path], sharp: Sharp, qtbot: QtBot
) -> None:
    view.resize(480, 320)
    with qtbot.waitSignal(view.stage.differences.measured) as told:
        view.set_pair(*changed)
        sharp(view)
        QTest.keyClick(view, Qt.Key.Key_D)
    before, after, changes = told.args
    assert (before, after) == changed
    assert view.stage.mode is DIFFERENCE
    assert changes.clear_share == pytest.approx(64 * 48 / (480 * 320), abs=0.01)
    view.stage.differences.areas = ()  # their frames lie on it
    image = sharp(view)
    red, green, blue = colour(image, 300 + 32, 200 + 30)
    assert red > blue + 20  # glowing
    red, green, blue = colour(image, 100, 250)
    assert abs(red - green) <= 2  # elsewhere grey
    assert abs(red - blue) <= 2
    QTest.keyClick(view, Qt.Key.Key_D)
    assert view.stage.mode is SPLIT


def test_an_offset_by_hand_does_not_move_the_map_off_the_result(
    view: CompareView, body: ViewerBody, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    """Map and numbers lay beside the places that they meant: they went with the source, under them was the result."""
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.set_mode(DIFFERENCE)
    measured(view, qtbot)
    pane, area = view.stage.panes()[0], view.stage.differences.areas[0]
    before = area_rect(view.stage, pane, area, 1)
    view.stage.offsets.move(0.125, -0.0625)
    assert area_rect(view.stage, pane, area, 1) == before
    assert body.foot.text.text() == "The change map leaves out what was moved by hand"
    view.stage.offsets.reset()
    assert "by hand" not in body.foot.text.text()


def test_n_goes_from_place_to_place(
    view: CompareView, body: ViewerBody, tmp_path: Path, sharp: Sharp, qtbot: QtBot
) -> None:
    before = marked(tmp_path / "before.png", 600, 400, (90, 90, 90), mark=0.001)
    image = pyvips.Image.new_from_file(str(before))
    for left, ink in ((40, 250), (300, 200), (520, 160)):
        image = image.draw_rect([ink] * 3, left, 60, 40, 40, fill=True)
    image.write_to_file(str(tmp_path / "after.png"))
    view.set_pair(before, tmp_path / "after.png")
    sharp(view)
    QTest.keyClick(view, Qt.Key.Key_N)
    measured(view, qtbot)
    first = view.stage.differences.current
    assert first is not None
    assert first.part.x < 0.2
    assert body.changes.isVisible()
    assert [row.area.rank for row in body.changes.rows][:3] == [1, 2, 3]
    assert body.changes.rows[0].isChecked()
    assert "Look at area 1 first" in body.foot.text.text()
    QTest.keyClick(view, Qt.Key.Key_N)
    assert view.stage.differences.current == view.stage.differences.areas[1]
    assert body.changes.rows[1].isChecked()
    QTest.keyClick(view, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert view.stage.differences.current == first
    details = [pane for pane in view.stage.panes() if pane.viewport is not None]
    assert [pane.side for pane in details] == [Side.BEFORE, Side.AFTER]
    shown = sharp(view)
    above, below = (pane.area.center() for pane in details)
    assert near(colour(shown, above.x(), above.y()), (90, 90, 90))
    assert near(colour(shown, below.x(), below.y()), (250, 250, 250))


def test_the_panel_of_changes_has_its_room_in_the_narrowest_column(
    view: CompareView, body: ViewerBody, files: Files, sharp: Sharp
) -> None:
    """In a window of 960 pixels its right edge was cut: "Differen", and percentages of which one digit was left."""
    body.resize(px(360), px(360))
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.set_mode(DIFFERENCE)
    assert body.changes.isVisible()
    assert body.minimumSizeHint().width() <= px(360), "the viewer's column is not wider than that"
    assert body.changes.geometry().right() < px(360)


def test_the_name_of_the_mode_is_left_out_where_it_has_no_room(
    view: CompareView, body: ViewerBody, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    """Between two side panels of a small window it ran past the edge of the picture."""
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.set_mode(DIFFERENCE)
    measured(view, qtbot)
    seen = set()
    for width in (1000, 300, 1000):
        body.resize(width, 500)
        QApplication.processEvents()
        named = [label for label in view.visible_labels() if isinstance(label, SideLabel) and "changed" in label.text()]
        assert all(label.geometry().right() <= view.width() for label in named)
        seen.add((width, len(named)))
    assert seen == {(1000, 1), (300, 0)}


def test_pictures_that_are_the_same_say_so(
    view: CompareView, body: ViewerBody, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    view.set_pair(files["before"], files["before"])
    sharp(view)
    view.stage.set_mode(DIFFERENCE)
    measured(view, qtbot)
    assert body.changes.rows == []
    assert body.foot.text.text() == "No visible change."


def test_another_pair_has_other_differences(
    view: CompareView, changed: tuple[Path, Path], files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    view.set_pair(*changed)
    sharp(view)
    view.stage.set_mode(DIFFERENCE)
    measured(view, qtbot)
    view.set_pair(files["before"], files["after"])
    qtbot.waitUntil(lambda: view.stage.pairs.shown.paths.get(Side.BEFORE) == files["before"])
    sharp(view)
    assert measured(view, qtbot).size.width == 300


def test_shift_and_dragging_move_one_side_only_and_the_pair_keeps_it(
    view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    strip = ViewerStrip(view)
    qtbot.addWidget(strip)
    strip.resize(900, 36)
    strip.show()
    view.stage.set_mode(SIDE_BY_SIDE)
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.zoom_to(100)
    assert view.stage.viewport is not None
    view.stage._look(view.stage.viewport.centred(*MARK_AT))
    still = sharp(view)
    left = bright_span(still, 200, 0, 298)
    right = bright_span(still, 200, 302, 600)
    assert not strip.same_place.isVisible()

    def drag(start: QPoint) -> None:
        QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, start)
        QTest.mouseMove(view, start + QPoint(10, 2))
        QTest.mouseMove(view, start + QPoint(20, 4))
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, start + QPoint(20, 4))

    drag(QPoint(100, 100))
    moved = sharp(view)
    assert bright_span(moved, 204, 0, 298)[0] == pytest.approx(left[0] + 20, abs=1)
    assert bright_span(moved, 204, 302, 600)[0] == pytest.approx(right[0], abs=1)
    drag(QPoint(500, 100))
    moved = sharp(view)
    assert bright_span(moved, 204, 0, 298)[0] == pytest.approx(left[0] + 20, abs=1)
    assert bright_span(moved, 204, 302, 600)[0] == pytest.approx(right[0] + 20, abs=1)
    drag(QPoint(100, 100))
    assert view.stage.offsets.is_set
    assert strip.same_place.isVisible()
    kept = (view.stage.offsets.x, view.stage.offsets.y)
    view.set_pair(files["before"], files["large"])
    qtbot.waitUntil(lambda: view.stage.pairs.shown.paths.get(Side.AFTER) == files["large"])
    assert not view.stage.offsets.is_set
    view.set_pair(files["before"], files["after"])
    qtbot.waitUntil(lambda: view.stage.pairs.shown.paths.get(Side.AFTER) == files["after"])
    assert (view.stage.offsets.x, view.stage.offsets.y) == kept
    strip.same_place.click()
    assert not view.stage.offsets.is_set
    assert not strip.same_place.isVisible()


def test_an_offset_is_kept_for_the_next_start(
    view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot, tmp_path: Path
) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.offsets.move(0.125, -0.0625)
    view.stop()
    qtbot.waitUntil(lambda: (tmp_path / "cache" / "offsets.json").exists())
    again = CompareView(tmp_path / "cache")
    qtbot.addWidget(again)
    again.set_pair(files["before"], files["after"])
    qtbot.waitUntil(lambda: again.stage.offsets.is_set)
    assert (again.stage.offsets.x, again.stage.offsets.y) == (0.125, -0.0625)
    again.stop()


def test_zoom_counts_in_the_result_or_in_the_source_and_says_which(
    view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    strip = ViewerStrip(view)
    qtbot.addWidget(strip)
    strip.resize(900, 36)
    strip.show()
    view.set_pair(files["before"], files["after"])
    sharp(view)
    strip.actual.click()
    assert view.stage.viewport is not None
    assert view.stage.viewport.scale == pytest.approx(1)
    assert strip.unit.label() == "of result"
    strip.unit.click()
    assert strip.unit.label() == "of source"
    assert view.stage.percent == pytest.approx(400)  # 1200 of 300 pixels across
    assert strip.field.text().startswith("400")
    strip.actual.click()
    assert view.stage.viewport.scale == pytest.approx(0.5)  # no smaller than the whole picture
    view.stage.zoom_to(300)
    assert view.stage.viewport.scale == pytest.approx(0.75)


def test_values_under_the_pointer_are_those_of_the_files(
    view: CompareView, body: ViewerBody, tmp_path: Path, sharp: Sharp, qtbot: QtBot
) -> None:
    ink = [51_234, 20_001, 65_535]
    deep = pyvips.Image.black(400, 300, bands=3).linear(1, ink).cast("ushort").copy(interpretation="rgb16")
    deep.write_to_file(str(tmp_path / "deep.tif"))
    plain = marked(tmp_path / "plain.png", 200, 150, (12, 34, 56))
    view.set_pair(plain, tmp_path / "deep.tif")
    sharp(view)
    view.point(QPointF(300, 120))
    qtbot.waitUntil(lambda: None not in body.readout.values.values() and len(body.readout.values) == 2)
    assert "Before RGB 12 34 56" in body.foot.text.text()
    assert "After RGB 51234 20001 65535 16 bits" in body.foot.text.text()
    # The view moves below a pointer that rests.
    was = body.foot.text.text()
    view.stage.zoom_to(400)
    assert body.foot.text.text().split("  ·  ")[0] != was.split("  ·  ")[0]
    view.point(None)
    assert "RGB" not in body.foot.text.text()


def test_an_export_never_replaces_a_compared_picture(
    view: CompareView, files: Files, sharp: Sharp, tmp_path: Path
) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    before = files["before"].read_bytes()
    other = tmp_path / "other name.png"
    other.symlink_to(files["before"])
    for name in (files["before"], other):
        with pytest.raises(UseError):
            save(view, name)
    assert files["before"].read_bytes() == before
    with pytest.raises(ComputerError):
        save(view, tmp_path / "no folder" / "a.png")


def test_the_export_is_what_is_seen_with_labels(view: CompareView, files: Files, sharp: Sharp, tmp_path: Path) -> None:
    view.set_pair(files["before"], files["after"])
    seen = sharp(view)
    image = comparison_image(view)
    assert image.size() == seen.size()
    for x, y in ((60, 120), (290, 120), (310, 120), (560, 120), (20, 20), (580, 20)):
        assert colour(image, x, y) == colour(seen, x, y)
    assert colour(image, 300, 200) == (255, 255, 255)  # the line, without its handle
    assert suggested_name(view) == "before split.png"
    assert save(view, tmp_path / "out") == tmp_path / "out.png"
    assert QImage(str(tmp_path / "out.png")) == image.convertToFormat(QImage(str(tmp_path / "out.png")).format())
    save(view, tmp_path / "out.jpg")
    assert QImage(str(tmp_path / "out.jpg")).size() == seen.size()
    with pytest.raises(TopazdeskError):
        save(view, tmp_path / "missing" / "out.png")


def test_the_strip_gives_way_to_icons_and_keeps_its_names(
    view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    strip = ViewerStrip(view)
    qtbot.addWidget(strip)
    strip.show()
    for width in (1000, 600, 418):  # the last is what the narrowest window leaves
        strip.resize(width, 36)
        QApplication.processEvents()
        names = [segment.accessibleName() for mode in MODES if (segment := strip.modes.segment(mode)) is not None]
        # The last one is left out of a narrow strip, because these two have no third.
        assert names[:5] == ["Split", "Side by side", "Fade", "Swap", "Difference"]
        assert names[5:] == (["2 × 2"] if width == 1000 else [])
        assert strip.actual.geometry().right() < width
        assert strip.modes.geometry().right() < strip.export.geometry().left()
        assert strip.modes.width() >= strip.modes.sizeHint().width()  # the icons are whole
        assert strip.smaller.isVisible() is (width > 418)


def test_once_a_picture_is_dragged_out_no_place_of_it_is_under_the_pointer(
    view: CompareView, files: Files, sharp: Sharp
) -> None:
    """The place where the drag began stood in the line below, with its colours, until the pointer came back."""
    view.set_pair(files["before"], files["after"])
    sharp(view)
    handed: list[object] = []
    view.stage.carried.connect(handed.append)
    start = QPoint(100, 200)
    QTest.mouseMove(view, start)
    assert view.pointer_part is not None
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(view, start + QPoint(40, 10))
    assert handed == [files["before"]]
    assert view.pointer_part is None
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(view, start + QPoint(5, 5))
    assert view.pointer_part is not None
