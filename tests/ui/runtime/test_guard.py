"""What Qt calls in our classes never ends the process: every override is guarded, and an error is told once."""

from __future__ import annotations

import importlib
import logging
import math
import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QListView, QStyledItemDelegate, QWidget

import topazdesk.ui
from topazdesk.errors import BugError, TopazdeskError
from topazdesk.ui.runtime import guard


def _classes() -> Iterator[type]:
    for found in pkgutil.walk_packages(topazdesk.ui.__path__, "topazdesk.ui."):
        module = importlib.import_module(found.name)
        yield from (each for each in vars(module).values() if isinstance(each, type) and each.__module__ == found.name)


def test_every_override_of_every_class_is_guarded() -> None:
    """`X-ETA: inf` reached a paint event, and the window died with a segmentation fault at each start."""
    found = {(cls, name): method for cls in set(_classes()) for name, method in guard.overrides(cls).items()}
    assert len(found) > 200  # it looks at something
    assert [
        f"{cls.__module__}.{cls.__name__}.{name}" for (cls, name), m in found.items() if not guard.is_guarded(m)
    ] == []


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[TopazdeskError]]:
    reports: list[TopazdeskError] = []
    monkeypatch.setattr(guard, "_told", set())
    guard.report_to(reports.append)
    yield reports
    guard.report_to(None)


def _seconds(value: float) -> str:
    return f"{int(value)} s"  # OverflowError for an infinite number


@guard.guarded
class _Painted(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.drawText(10, 10, _seconds(math.inf))


@guard.guarded
class _Rows(QAbstractListModel):
    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008, N802
        return 3

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return _seconds(math.inf) if index.row() == 1 else "fine"


@guard.guarded
class _Delegate(QStyledItemDelegate):
    def paint(self, painter, option, index) -> None:  # type: ignore[no-untyped-def]
        painter.translate(1000, 0)
        _seconds(math.inf)


@guard.guarded
class _Filter(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        raise KeyError("gone")


@pytest.mark.usefixtures("qapp")
def test_painting_goes_on_and_it_is_told_once(
    qapp: QApplication, told: list[TopazdeskError], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        widget, view, model, delegate = _Painted(), QListView(), _Rows(), _Delegate()
        seen = _Filter()
        view.setModel(model)
        view.setItemDelegate(delegate)
        widget.installEventFilter(seen)
        for each in (widget, view):
            each.resize(200, 100)
            for _ in range(5):
                assert not each.grab().isNull()
        assert model.data(model.index(1)) is None
        assert model.rowCount() == 3
    qapp.processEvents()
    assert all(isinstance(error, BugError) for error in told)
    assert len(told) == 4
    assert sum("_seconds" in error.details for error in told) == 3  # where it happened


_PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget
from topazdesk.ui.runtime import guard

class Broken(QWidget):
    __module__ = "topazdesk.ui.made_later"
    def paintEvent(self, event):
        painter = QPainter(self)
        painter.save()
        raise OverflowError("infinite")

app = QApplication([])
widget = Broken()
widget.show()
for at in range(5):
    QTimer.singleShot(at * 20, widget.repaint)
QTimer.singleShot(150, app.quit)
app.exec()
widget.grab()
widget.deleteLater()
app.processEvents()
print("alive")
"""


def test_a_window_whose_paint_event_always_fails_stays_alive() -> None:
    """A class that nobody marked: it is guarded because it is the window's."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr
    assert "active painter" not in done.stderr


def test_an_interrupt_is_no_error_of_the_window() -> None:
    @guard.guarded
    class Stopped(QObject):
        def event(self, event: QEvent) -> bool:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Stopped().event(QEvent(QEvent.Type.User))
