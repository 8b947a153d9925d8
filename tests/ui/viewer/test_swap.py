"""Flicker between the sides: the frame after a swap is sharp, never a coarse one first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from topazdesk.media.memory_budget import budget
from topazdesk.ui.viewer import CompareView
from topazdesk.ui.viewer.modes import SPLIT, SWAP

SIZE = (2_600, 1_800)


@pytest.fixture(params=["in memory", "in tiles"])
def room(request: pytest.FixtureRequest) -> Iterator[None]:
    """With room for decoded pictures in memory, and without."""
    most = budget.most_bytes
    if request.param == "in tiles":
        budget.most_bytes = 0
    yield
    budget.most_bytes = most


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Stripes one pixel wide, which any coarser image shows as grey; red ones and blue ones."""
    folder, made = tmp_path_factory.mktemp("stripes"), []
    for name, colour in (("before", (255, 0, 0)), ("after", (0, 0, 255))):
        numbers = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        numbers[:, ::2] = colour
        made.append(folder / f"{name}.png")
        Image.fromarray(numbers).save(made[-1], compress_level=1)
    return made[0], made[1]


def is_sharp(image: QImage, channel: int) -> bool:
    """Whether the middle of the view has stripes of this colour, and of no other; smoothing at 200 % halves them."""
    y, middle = image.height() // 2, image.width() // 2 + 40
    colours = [image.pixelColor(x, y) for x in range(middle, middle + 60)]
    levels = {(colour.red(), colour.green(), colour.blue())[channel] for colour in colours}
    others = {(colour.red(), colour.green(), colour.blue())[2 - channel] for colour in colours}
    return max(levels) - min(levels) >= 120 and others == {0}


@pytest.mark.parametrize("percent", [100.0, 200.0])
def test_the_frame_after_a_swap_is_the_sharp_one(
    view: CompareView, pair: tuple[Path, Path], room: None, percent: float, qtbot: QtBot
) -> None:
    def wait() -> None:
        qtbot.waitUntil(lambda: view.stage.is_sharp and not view.stage.pairs.is_loading, timeout=60_000)

    view.set_pair(*pair)
    view.stage.set_mode(SWAP)
    wait()
    view.stage.zoom_to(percent)
    wait()
    assert is_sharp(view.grab().toImage(), 2)
    for _ in range(2):  # the very next frame each time: nothing is waited for
        view.stage.swap()
        assert is_sharp(view.grab().toImage(), 0)
        view.stage.swap()
        assert is_sharp(view.grab().toImage(), 2)
    view.stage.pan(0.7, 0.4)
    wait()
    view.stage.swap()
    assert is_sharp(view.grab().toImage(), 0)


def test_so_is_the_source_while_its_key_is_held(
    view: CompareView, pair: tuple[Path, Path], room: None, qtbot: QtBot
) -> None:
    view.set_pair(*pair)
    view.stage.set_mode(SPLIT)
    qtbot.waitUntil(lambda: view.stage.is_sharp and not view.stage.pairs.is_loading, timeout=60_000)
    view.stage.zoom_to(100)
    qtbot.waitUntil(lambda: view.stage.is_sharp, timeout=60_000)
    assert is_sharp(view.grab().toImage(), 2)
    view.stage.hold_source(True)
    assert is_sharp(view.grab().toImage(), 0)
    view.stage.hold_source(False)
    assert is_sharp(view.grab().toImage(), 2)
