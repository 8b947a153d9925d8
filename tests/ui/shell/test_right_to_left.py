"""A language that is read from right to left: the window is mirrored, and pictures, names and numbers are not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.support.clipping import Words, clipped
from tests.support.pseudo import FROM_THE_RIGHT, write_pseudo
from tests.support.shots import OUT
from tests.support.window import jpeg, live, no_environment, painted, profile_with_sandbox, quiet, session_of, until
from topazdesk.language import use
from topazdesk.ui.controls import Button, Slider
from topazdesk.ui.controls.dressed import Menu
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.runtime.spoken import speak
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme.icons import paint_icon
from topazdesk.ui.theme.mirrored import MirroredPainter, mirrored_rect
from topazdesk.ui.viewer.side import Side

__all__ = ["no_environment"]

WHITE, INK = QColor("white"), QColor("black")


@pytest.fixture(autouse=True)
def from_the_right(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    use("en")
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def _canvas() -> QImage:
    image = QImage(200, 40, QImage.Format.Format_RGB32)
    image.fill(WHITE)
    return image


def _columns(image: QImage) -> list[int]:
    """The columns of an image that have something in them."""
    white = WHITE.rgb()
    return [x for x in range(image.width()) if any(image.pixel(x, y) != white for y in range(image.height()))]


def _drawn(mirrored: bool, text: str, flags: Qt.AlignmentFlag, rect: QRectF) -> QImage:
    image = _canvas()
    painter = MirroredPainter(image, image.width()) if mirrored else QPainter(image)
    font = QFont("DejaVu Sans")
    font.setPixelSize(16)
    painter.setFont(font)
    painter.setPen(INK)
    painter.drawText(rect, flags, text)
    painter.end()
    return image


@pytest.mark.qt_log_ignore("does not support")
def test_a_menu_opens_at_the_edge_where_reading_begins(qapp: QApplication, qtbot: QtBot) -> None:
    """It hung out at the left of its button, over what is beside it."""
    window = QWidget()
    window.resize(600, 400)
    window.move(100, 100)
    button = Button("Go", parent=window)
    button.setGeometry(300, 200, 80, 30)
    qtbot.addWidget(window)
    window.show()
    corner = button.mapToGlobal(QPoint(0, 0))
    for direction, is_above in itertools.product(Qt.LayoutDirection, (False, True)):
        if direction is Qt.LayoutDirection.LayoutDirectionAuto:
            continue
        qapp.setLayoutDirection(direction)
        menu = Menu(window)
        for word in ("A rather long entry of a menu", "Another one"):
            menu.addAction(word)
        menu.drop_down(button, is_above=is_above)
        place = menu.geometry()
        assert place.width() > button.width()
        if direction is Qt.LayoutDirection.RightToLeft:
            assert place.x() + place.width() == corner.x() + button.width()
        else:
            assert place.x() == corner.x()
        assert place.bottom() < corner.y() if is_above else place.y() > corner.y() + button.height()
        menu.close()


def test_a_text_is_at_the_mirrored_place_and_reads_as_ever() -> None:
    rect, start = QRectF(10, 5, 100, 30), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    mirrored = _drawn(True, "2216 × 1536", start, rect)
    assert 186 <= max(_columns(mirrored)) <= 190, "it begins where lines begin, which is at the right"
    at_the_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
    QApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert mirrored == _drawn(False, "2216 × 1536", at_the_right, QRectF(90, 5, 100, 30)), "not a letter is turned"


def test_the_end_and_the_middle_are_mirrored_too() -> None:
    rect = QRectF(10, 5, 100, 30)
    end = _columns(_drawn(True, "AB", Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, rect))
    assert 90 <= min(end) <= 93
    middle = _columns(_drawn(True, "AB", Qt.AlignmentFlag.AlignCenter, rect))
    assert sum(middle) / len(middle) == pytest.approx(140, abs=2)


def test_the_left_of_a_picture_stays_left() -> None:
    picture = QImage(20, 20, QImage.Format.Format_RGB32)
    picture.fill(QColor("blue"))
    for x in range(10):
        for y in range(20):
            picture.setPixelColor(x, y, QColor("red"))
    image = _canvas()
    painter = MirroredPainter(image, image.width())
    painter.drawImage(QRectF(0, 10, 20, 20), picture, QRectF(picture.rect()))
    painter.end()
    assert min(_columns(image)) == 180, "at the mirrored place"
    assert image.pixelColor(183, 20) == QColor("red")
    assert image.pixelColor(197, 20) == QColor("blue")


@pytest.mark.parametrize(("name", "is_turned"), [("open", True), ("undo", True), ("retry", False), ("key", False)])
def test_only_arrows_that_point_the_way_that_is_read_are_turned(name: str, is_turned: bool) -> None:
    def icon(painter: QPainter, image: QImage, rect: QRectF) -> QImage:
        paint_icon(painter, rect, name, INK)
        painter.end()
        return image.copy(176, 6, 24, 24)

    image, other = _canvas(), _canvas()
    mirrored = icon(MirroredPainter(image, image.width()), image, QRectF(0, 6, 24, 24))
    QApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    plain = icon(QPainter(other), other, QRectF(176, 6, 24, 24))

    def differing(way: int) -> int:
        return sum(
            (mirrored.pixelColor(x, y).value() < 128)
            is not (plain.pixelColor(x if way > 0 else 23 - x, y).value() < 128)
            for x in range(24)
            for y in range(24)
        )

    right, wrong = (differing(-1), differing(1)) if is_turned else (differing(1), differing(-1))
    assert right < wrong / 2, "but for pixels of rounding along the edges"


def test_a_slider_grows_to_the_left(qtbot: QtBot) -> None:
    slider = Slider(0.0, 1.0, 0.1, name="Strength")
    qtbot.addWidget(slider)
    slider.resize(200, 28)
    slider.show()
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(20, 14))
    assert slider.number() > 0.8
    before = slider.number()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.number() < before


def test_the_window_is_mirrored_and_its_pictures_are_not(
    qapp: QApplication, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("languages")
    write_pseudo(folder, FROM_THE_RIGHT)
    use(FROM_THE_RIGHT, folder)
    source = jpeg(tmp_path / "in", "one.jpg")
    found: list[str] = []

    async def story(window: Window) -> None:
        session = session_of(window)
        await until(lambda: session.pricing.plan.is_confirmed, "the price")
        await quiet(window)

        def left(widget: QWidget) -> int:
            return widget.mapTo(window, QPoint(0, 0)).x()

        assert left(window.pictures) > left(window.viewer) > left(window.recipe)
        assert left(window.footer.fold) > left(window.footer.chip) > left(window.footer.button)
        window.commands.run("queue")
        session.enhance(session.pricing.held.plan)
        view = window.viewer.view
        await until(lambda: view.stage.can_compare, "the result")
        await quiet(window)
        (panel,) = window.findChildren(QueuePanel)
        job = panel.model.id_at(0)
        await until(lambda: len(panel.view.places_of(job)) > 1, "its buttons")
        places = panel.view.places_of(job)
        assert places[-1].rect.left() < places[0].rect.left(), "the last button is at the left"
        assert max(place.rect.right() for place in places) < panel.view.width() / 2
        asked: list[str] = []
        panel.view.menu_wanted.disconnect()
        panel.view.menu_wanted.connect(lambda job_id, _place: asked.append(job_id))
        QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=places[-1].rect.center().toPoint())
        assert asked == [job], "it is pressed where it is painted"
        # Left and right are those of the picture: before is left of after, and the divider moves as the arrows say.
        assert view.layoutDirection() == Qt.LayoutDirection.LeftToRight
        panes = {pane.side: pane.clip for pane in view.stage.panes()}
        assert panes[Side.BEFORE].left() < panes[Side.AFTER].left()
        at = view.stage.divider.value()
        QTest.keyClick(view.stage.divider, Qt.Key.Key_Left)
        assert view.stage.divider.value() < at
        window.commands.run("queue")
        await painted(window)
        found.extend(clipped(window.window(), Words(), OUT / "window-right-to-left.png"))

    OUT.mkdir(parents=True, exist_ok=True)
    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, source, size=(1280, 720)) == []
    assert found == []


def test_the_direction_follows_the_language(qapp: QApplication, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(100, 20)
    assert mirrored_rect(widget, QRectF(0, 0, 10, 20)) == QRectF(90, 0, 10, 20)
    speak(qapp, "en")
    assert qapp.layoutDirection() == Qt.LayoutDirection.LeftToRight
    assert mirrored_rect(widget, QRectF(0, 0, 10, 20)) == QRectF(0, 0, 10, 20)
