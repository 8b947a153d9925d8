"""The viewer in every state, to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pyvips
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from topazdesk.ui.theme import Mode as ThemeMode
from topazdesk.ui.viewer import DIFFERENCE, SIDE_BY_SIDE, SWAP, CompareView, ViewerBody, ViewerStrip
from topazdesk.ui.viewer.differences import Style
from topazdesk.ui.viewer.side import Side

Shot = Callable[[QWidget, str], object]


SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("viewer-shots")
    names = {
        "before": SAMPLES / "mountain-lake.jpg",
        "after": folder / "mountain-lake_recover-3_4x.jpg",
        "cut": folder / "cut.png",
    }
    sharp = pyvips.Image.new_from_file(str(names["before"])).median(3).resize(4).sharpen(sigma=2, m2=8)
    sharp.write_to_file(str(names["after"]), Q=92)
    small = sharp.resize(0.5)
    grid = pyvips.Image.xyz(small.width, small.height)
    round_ = ((grid[0] / small.width - 0.5) ** 2 + (grid[1] / small.height - 0.5) ** 2) < 0.14
    small.bandjoin(round_.gaussblur(3)).copy(interpretation="srgb").write_to_file(str(names["cut"]))
    return names


@pytest.fixture
def stage(qtbot: QtBot, mode: ThemeMode, tmp_path: Path) -> Iterator[tuple[QWidget, CompareView]]:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    view = CompareView(tmp_path / "cache")
    column.addWidget(ViewerStrip(view))
    column.addWidget(ViewerBody(view), 1)
    page.resize(800, 640)
    page.show()
    yield page, view
    view.stop()


def sharp(qtbot: QtBot, view: CompareView) -> None:
    qtbot.waitUntil(lambda: view.stage.is_sharp and not view.stage.pairs.is_loading)


def test_split(
    qtbot: QtBot, stage: tuple[QWidget, CompareView], files: dict[str, Path], mode: ThemeMode, shot: Shot
) -> None:
    page, view = stage
    view.set_pair(files["before"], files["after"])
    sharp(qtbot, view)
    shot(page, f"viewer-split-fit-{mode}")
    view.stage.zoom_to(75, QPointF(300, 260))
    sharp(qtbot, view)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    view.stage.divider.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(view.stage.divider.hasFocus)
    shot(page, f"viewer-split-zoomed-{mode}")
    view.stage.turn_divider()
    view.stage.zoom_to(400, QPointF(330, 290))
    sharp(qtbot, view)
    shot(page, f"viewer-split-turned-pixels-{mode}")


def test_side_by_side(
    qtbot: QtBot, stage: tuple[QWidget, CompareView], files: dict[str, Path], mode: ThemeMode, shot: Shot
) -> None:
    page, view = stage
    view.stage.set_mode(SIDE_BY_SIDE)
    view.set_pair(files["before"], files["after"])
    sharp(qtbot, view)
    shot(page, f"viewer-side-fit-{mode}")
    view.stage.zoom_to(60, QPointF(200, 290))
    sharp(qtbot, view)
    QTest.mouseMove(view, QPointF(180, 250).toPoint())
    shot(page, f"viewer-side-zoomed-{mode}")


def test_single(
    qtbot: QtBot, stage: tuple[QWidget, CompareView], files: dict[str, Path], mode: ThemeMode, shot: Shot
) -> None:
    page, view = stage
    view.set_pair(files["before"], None)
    sharp(qtbot, view)
    shot(page, f"viewer-single-{mode}")
    view.set_pair(files["cut"], None)
    sharp(qtbot, view)
    shot(page, f"viewer-alpha-{mode}")


def test_failed(
    qtbot: QtBot,
    stage: tuple[QWidget, CompareView],
    files: dict[str, Path],
    mode: ThemeMode,
    shot: Shot,
    tmp_path: Path,
) -> None:
    page, view = stage
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    view.set_pair(broken, None)
    qtbot.waitUntil(lambda: not view.stage.pairs.is_loading)
    shot(page, f"viewer-failed-{mode}")
    view.stage.set_mode(SIDE_BY_SIDE)
    view.set_pair(files["before"], broken)
    qtbot.waitUntil(lambda: not view.stage.pairs.is_loading)
    shot(page, f"viewer-after-failed-{mode}")


def test_narrow(
    qtbot: QtBot, stage: tuple[QWidget, CompareView], files: dict[str, Path], mode: ThemeMode, shot: Shot
) -> None:
    page, view = stage
    page.resize(480, 420)
    view.set_pair(files["before"], files["after"])
    sharp(qtbot, view)
    shot(page, f"viewer-narrow-{mode}")


def test_swap(
    qtbot: QtBot, stage: tuple[QWidget, CompareView], files: dict[str, Path], mode: ThemeMode, shot: Shot
) -> None:
    page, view = stage
    view.set_pair(files["before"], files["after"])
    view.stage.set_mode(SWAP)
    sharp(qtbot, view)
    shot(page, f"viewer-swap-after-{mode}")
    view.stage.swap()
    shot(page, f"viewer-swap-before-{mode}")


def test_difference(
    qtbot: QtBot, stage: tuple[QWidget, CompareView], files: dict[str, Path], mode: ThemeMode, shot: Shot
) -> None:
    page, view = stage
    page.resize(1120, 640)
    view.set_pair(files["before"], files["after"])
    sharp(qtbot, view)
    view.stage.set_mode(DIFFERENCE)
    qtbot.waitUntil(lambda: view.stage.differences.changes is not None)
    sharp(qtbot, view)
    shot(page, f"viewer-difference-map-{mode}")
    view.stage.differences.set_style(Style.PIXELS)
    sharp(qtbot, view)
    shot(page, f"viewer-difference-pixels-{mode}")
    view.stage.differences.set_style(Style.MAP)
    view.stage.zoom_to(120)
    view.stage.next_area()
    sharp(qtbot, view)
    shot(page, f"viewer-difference-zoomed-{mode}")
    page.resize(640, 480)
    sharp(qtbot, view)
    shot(page, f"viewer-difference-narrow-{mode}")


def test_moved_apart(
    qtbot: QtBot, stage: tuple[QWidget, CompareView], files: dict[str, Path], mode: ThemeMode, shot: Shot
) -> None:
    page, view = stage
    page.resize(1120, 640)
    view.set_pair(files["before"], files["after"])
    view.stage.set_mode(SIDE_BY_SIDE)
    sharp(qtbot, view)
    view.stage.zoom_to(60)
    view.stage.offsets.move(0.04, -0.03)
    view.stage.set_zoom_unit(Side.BEFORE)
    sharp(qtbot, view)
    view.point(QPointF(180, 250))
    qtbot.waitUntil(lambda: page.findChild(ViewerBody).readout.values[Side.AFTER] is not None)
    shot(page, f"viewer-side-apart-{mode}")
