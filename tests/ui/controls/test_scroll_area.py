"""What a padded area scrolls is as wide as its view, whether its bar is there or not."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QScrollBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from topazdesk.ui.controls import ScrollArea


def test_the_bar_over_what_is_scrolled_moves_nothing(qtbot: QtBot) -> None:
    inside, lines = QWidget(), []
    column = QVBoxLayout(inside)
    for number in range(12):
        lines.append(QLabel(f"line {number} that is long enough to be wrapped where there is too little room for it"))
        lines[-1].setWordWrap(True)
        column.addWidget(lines[-1])
    area = ScrollArea(inside, padded=True)
    qtbot.addWidget(area)
    area.resize(320, 700)
    area.show()
    bar = next(each for each in area.children() if isinstance(each, QScrollBar))
    seen: list[int] = []
    for height in (100, 700, inside.sizeHint().height(), inside.sizeHint().height() - 1, 700, 120):
        area.resize(320, height)
        QApplication.processEvents()
        seen.append(inside.width())
        needed = inside.height() > area.viewport().height()
        qtbot.waitUntil(lambda needed=needed: bar.isVisible() is needed)  # type: ignore[misc]
    assert set(seen) == {320}
    assert bar.geometry().right() == area.rect().right()

    place = QPointF(50, 50)
    down = QWheelEvent(
        *(place, area.mapToGlobal(place), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton),
        *(Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(area.viewport(), down)
    assert bar.value() > 0
    assert inside.y() == -bar.value()
    bar.setValue(bar.maximum())
    assert inside.y() + inside.height() == area.viewport().height()
    while lines:
        lines.pop().deleteLater()
    qtbot.waitUntil(lambda: not bar.isVisible())
