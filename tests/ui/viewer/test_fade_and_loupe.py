"""The fade lays one side over the other; the loupe enlarges the place under the pointer on both sides alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.viewer.conftest import GREEN, MARK, MARK_AT, RED, colour, near
from topazdesk.ui.viewer import CompareView, ViewerStrip
from topazdesk.ui.viewer.modes import FADE, SPLIT
from topazdesk.ui.viewer.overlays import TurnButton

Files = dict[str, Path]
Sharp = Callable[[CompareView], QImage]
KEY = Qt.Key


def mixed(share: float) -> tuple[int, ...]:
    return tuple(round(a + (b - a) * share) for a, b in zip(RED, GREEN, strict=True))


@pytest.fixture
def pair(view: CompareView, files: Files, sharp: Sharp) -> CompareView:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.activateWindow()
    view.setFocus()
    return view


def test_the_fade_lays_the_after_over_the_before(pair: CompareView, sharp: Sharp, qtbot: QtBot) -> None:
    qtbot.keyClick(pair, KEY.Key_F)
    assert pair.stage.mode is FADE
    assert pair.fade_bar.isVisible()
    assert near(colour(sharp(pair), 450, 100), mixed(0.5))
    qtbot.keyClick(pair, KEY.Key_PageDown)
    qtbot.keyClick(pair, KEY.Key_PageDown)
    assert near(colour(sharp(pair), 450, 100), mixed(0.7))
    assert pair.fade_bar.percent.text().startswith("70")
    for key, share in ((KEY.Key_Home, 0.0), (KEY.Key_End, 1.0)):
        qtbot.keyClick(pair, key)
        assert near(colour(sharp(pair), 450, 100), mixed(share))
    pair.fade_bar.slider.setFocus()
    qtbot.keyClick(pair.fade_bar.slider, KEY.Key_Left)
    assert near(colour(sharp(pair), 450, 100), mixed(0.99))
    qtbot.keyClick(pair.fade_bar.slider, KEY.Key_F)
    assert pair.stage.mode is SPLIT, "F again goes back"
    assert not pair.fade_bar.isVisible()
    assert pair.hasFocus()


def test_space_shows_the_source_while_fading(pair: CompareView, sharp: Sharp, qtbot: QtBot) -> None:
    pair.stage.choose(FADE)
    qtbot.keyPress(pair, KEY.Key_Space)
    assert near(colour(sharp(pair), 450, 100), RED)
    pair.stage.hold_source(False)


def test_the_same_keys_move_the_divider(pair: CompareView, qtbot: QtBot) -> None:
    qtbot.keyClick(pair, KEY.Key_PageUp)
    assert pair.stage.divider.share == pytest.approx(0.4)
    qtbot.keyClick(pair, KEY.Key_End)
    assert pair.stage.divider.share == 1


def test_nothing_lies_on_the_loupe(pair: CompareView, sharp: Sharp) -> None:
    """The button that turns the divider did, and the divider's handle did not."""
    pair.stage.set_mode(SPLIT)
    turn = pair.findChild(TurnButton)
    assert turn is not None
    pair.loupe.toggle()
    pair.loupe.move_to(QPointF(turn.geometry().center()))
    assert turn.isVisible()
    for happens in (
        pair.stage.arranged.emit,
        pair.facts.changed.emit,
        lambda: pair.stage.divider.valueChanged.emit(50),
    ):
        happens()
        children = pair.stage.surface.children()
        assert children.index(pair.loupe) > children.index(turn)


def test_the_loupe_shows_both_sides_at_a_set_magnification(pair: CompareView, sharp: Sharp, qtbot: QtBot) -> None:
    loupe = pair.loupe
    at = QPoint(round(MARK_AT[0] * 600), round(MARK_AT[1] * 400))
    loupe.toggle()
    loupe.move_to(QPointF(at))
    sharp(pair)
    before, after = loupe.panes()
    assert before.viewport is not None
    assert before.viewport == after.viewport
    assert before.viewport.percent == 400
    image = loupe.grab().toImage()
    half, high = loupe.width() // 2, loupe.height()
    for left, ground in ((0, RED), (half, GREEN)):
        # The mark reaches 24 pixels of the result to each side of its middle, which is in the middle of each half.
        assert near(colour(image, left + half / 2 + 80, high / 2 + 70), MARK, 8)
        assert near(colour(image, left + half / 2, high / 2 + 105), ground, 8)
    for percent in (800, 200):
        loupe.magnify_more()
        viewport = loupe.panes()[0].viewport
        assert viewport is not None
        assert viewport.percent == percent
    qtbot.keyClick(pair, KEY.Key_Escape)
    assert not loupe.isVisible()
    assert loupe.panes() == ()


def test_the_loupe_follows_the_pointer_and_the_arrow_keys(pair: CompareView, sharp: Sharp, qtbot: QtBot) -> None:
    pair.loupe.toggle()
    qtbot.mouseMove(pair, QPoint(300, 200))
    qtbot.waitUntil(lambda: pair.loupe.panes()[0].viewport is not None)
    pair.loupe.move_to(QPointF(300, 200))
    start = pair.loupe.panes()[0].viewport
    middle = pair.loupe.geometry().center()
    for _ in range(3):
        qtbot.keyClick(pair, KEY.Key_Right)
    qtbot.keyClick(pair, KEY.Key_Down)
    now = pair.loupe.panes()[0].viewport
    assert start is not None
    assert now is not None
    assert now.x == pytest.approx(start.x + 36 / 600)
    assert now.y == pytest.approx(start.y + 12 / 400)
    assert pair.loupe.geometry().center() == middle + QPoint(36, 12)
    for _ in range(60):
        qtbot.keyClick(pair, KEY.Key_Right)
    assert pair.rect().contains(pair.loupe.geometry()), "it stays inside"
    assert pair.loupe.panes()[0].viewport.x == pytest.approx(599 / 600)  # type: ignore[union-attr]
    sharp(pair)


def test_the_loupe_of_one_picture_has_one_half(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["large"], None)
    sharp(view)
    view.loupe.toggle()
    (pane,) = view.loupe.panes()
    assert pane.area.width() == round(view.loupe.width() * view.stage.ratio)
    sharp(view)
    view.set_pair(None, None)
    assert not view.loupe.isVisible()


def test_the_toolbar_has_the_loupe(pair: CompareView, qtbot: QtBot, qapp: QApplication) -> None:
    strip = ViewerStrip(pair)
    qtbot.addWidget(strip)
    strip.resize(900, 40)
    strip.show()
    assert not strip.power.isVisible()
    qtbot.mouseClick(strip.loupe, Qt.MouseButton.LeftButton)
    assert pair.loupe.isVisible()
    assert strip.power.label() == "4×"
    qtbot.mouseClick(strip.power, Qt.MouseButton.LeftButton)
    assert strip.power.label() == "8×"
    qtbot.mouseClick(strip.loupe, Qt.MouseButton.LeftButton)
    assert not pair.loupe.isVisible()
