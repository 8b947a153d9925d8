"""A picture whose pyramid is still being built: sharp where somebody looks, and nothing lost by leaving it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tests.ui.viewer.conftest import BLUE, MARK, MARK_AT, colour, marked, near
from topazdesk.errors import TopazdeskError
from topazdesk.media.memory_budget import budget
from topazdesk.media.workers import shared
from topazdesk.ui.viewer import CompareView
from topazdesk.ui.viewer.readout import Readout
from topazdesk.ui.viewer.side import Side

Sharp = Callable[[CompareView], QImage]


@pytest.fixture
def too_large() -> Iterator[None]:
    """Every picture is too large to be decoded whole, whatever else is in memory."""
    most, budget.most_bytes = budget.most_bytes, 0
    yield
    budget.most_bytes = most


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return marked(tmp_path_factory.mktemp("large") / "large.jpg", 4_000, 3_000, BLUE)


@pytest.fixture
def sharp(qtbot: QtBot) -> Sharp:
    """Wait as long as a build may take on a busy computer."""

    def wait(widget: CompareView) -> QImage:
        qtbot.waitUntil(lambda: widget.stage.is_sharp and not widget.stage.pairs.is_loading, timeout=60_000)
        return widget.grab().toImage()

    return wait


def shows_the_mark(view: CompareView, image: QImage) -> bool:
    """Whether the view, with the mark in its middle, has its white square and the ground beside it at 100 %."""
    across, down = view.width() / 2, view.height() / 2
    return near(colour(image, across, down), MARK) and near(colour(image, across - 200, down), BLUE)


def test_the_place_looked_at_is_sharp(view: CompareView, large: Path, too_large: None, sharp: Sharp) -> None:
    view.set_pair(large, None)
    sharp(view)
    view.stage.zoom_to(100)
    view.stage.centre(MARK_AT[0], MARK_AT[1])
    assert shows_the_mark(view, sharp(view))


def test_one_that_was_left_meanwhile_is_sharp_when_somebody_comes_back(
    view: CompareView, large: Path, files: dict[str, Path], too_large: None, sharp: Sharp, qtbot: QtBot
) -> None:
    """Tiles were asked of the pyramid whose building had ended with the first visit."""
    view.set_pair(large, None)
    qtbot.waitUntil(lambda: bool(view.stage.pairs.shown.pictures), timeout=60_000)
    view.set_pair(files["before"], None)
    sharp(view)
    view.set_pair(large, None)
    sharp(view)
    view.stage.zoom_to(100)
    view.stage.centre(MARK_AT[0], MARK_AT[1])
    assert shows_the_mark(view, sharp(view))
    qtbot.waitUntil(lambda: view.stage.pairs.is_sharp, timeout=60_000)
    assert not view.stage.pairs.shown.blurred


def test_a_build_whose_process_ends_leaves_the_coarse_picture_and_says_so(
    view: CompareView, large: Path, too_large: None, qtbot: QtBot
) -> None:
    told: list[TopazdeskError] = []
    view.stage.pairs.problem.connect(lambda _side, error: told.append(error))
    shared.close()
    shared.warm()  # a job of a process that was never used is not tried again
    helper = shared._idle[-1].pid

    def has_begun() -> bool:
        picture = view.stage.pairs.shown.pictures.get(Side.BEFORE)
        return picture is not None and picture.pyramid is not None

    view.set_pair(large, None)
    qtbot.waitUntil(has_begun, timeout=60_000)
    os.kill(helper, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(told) or view.stage.pairs.is_sharp, timeout=60_000)
    if told:  # or it was faster
        assert view.stage.pairs.shown.blurred == {Side.BEFORE}
        assert view.stage.pairs.shown.pictures[Side.BEFORE].pyramid is None
    assert near(colour(view.grab().toImage(), 560, 120), BLUE)


def test_no_file_is_decoded_for_the_readout_while_somebody_waits_for_the_picture(
    view: CompareView, large: Path, too_large: None, qtbot: QtBot
) -> None:
    """The pointer lies on the picture anyway: its value took a decode of all of it from the place that was looked at."""
    readout = Readout(view)
    early: list[bool] = []

    def look() -> None:
        if None not in readout.values.values() and readout.values:
            early.append(not view.stage.pairs.shown.is_open)

    readout.changed.connect(look)
    view.set_pair(large, None)
    qtbot.waitUntil(lambda: bool(view.stage.pairs.shown.pictures), timeout=60_000)
    qtbot.mouseMove(view, QPoint(300, 200))
    qtbot.waitUntil(lambda: bool(early), timeout=60_000)
    assert not any(early)
