"""A viewer with pictures whose every place is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pyvips
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from topazdesk.media.memory_budget import budget
from topazdesk.ui.theme import Theme
from topazdesk.ui.viewer import CompareView

RED, GREEN, BLUE = (200, 40, 40), (40, 170, 60), (40, 60, 200)
MARK = (250, 250, 250)
#: The mark's middle, in parts of the picture.
MARK_AT = (0.3, 0.65)


def marked(path: Path, width: int, height: int, ground: tuple[int, ...], *, mark: float = 0.02) -> Path:
    """A picture of one colour with a white square around `MARK_AT`, `mark` of the width to each side."""
    image = pyvips.Image.black(width, height, bands=len(ground)).linear(1, list(ground)).cast("uchar")
    reach = round(mark * width)
    left, top = round(MARK_AT[0] * width) - reach, round(MARK_AT[1] * height) - reach
    ink = [*MARK, 255][: len(ground)]
    image = image.draw_rect(ink, left, top, 2 * reach, 2 * reach, fill=True).copy(interpretation="srgb")
    image.write_to_file(str(path), **({} if path.suffix == ".jpg" else {"compression": 1}))
    return path


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """before 300 × 200 red · after 1200 × 800 green · large 3000 × 2000 blue (not kept in memory)."""
    folder = tmp_path_factory.mktemp("viewer")
    return {
        "before": marked(folder / "before.png", 300, 200, RED),
        "after": marked(folder / "after.png", 1200, 800, GREEN),
        "large": marked(folder / "large.png", 3000, 2000, BLUE),
    }


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[CompareView]:
    """A shown viewer of 600 × 400."""
    Theme.apply(qapp, "dark", high_contrast=False, reduced_motion=True)
    widget = CompareView(tmp_path / "cache")
    qtbot.addWidget(widget)
    widget.resize(600, 400)
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    widget.stop()


@pytest.fixture
def sharp(qtbot: QtBot) -> Callable[[CompareView], QImage]:
    """Wait until a view is sharp and return what it shows."""

    def wait(widget: CompareView) -> QImage:
        qtbot.waitUntil(lambda: widget.stage.is_sharp and not widget.stage.pairs.is_loading)
        return widget.grab().toImage()

    return wait


def colour(image: QImage, x: float, y: float) -> tuple[int, int, int]:
    """The colour at a pixel."""
    pixel = image.pixelColor(round(x), round(y))
    return pixel.red(), pixel.green(), pixel.blue()


def near(one: tuple[int, ...], other: tuple[int, ...], by: int = 4) -> bool:
    """Whether two colours are the same but for rounding."""
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=False))


def bright_span(image: QImage, line: int, start: int, end: int, *, across: bool = True) -> tuple[int, int]:
    """First and last pixel of the white mark on a row (or column) between two pixels."""
    found = [
        at for at in range(start, end) if sum(colour(image, at, line) if across else colour(image, line, at)) > 3 * 195
    ]
    return found[0], found[-1]


@pytest.fixture
def no_memory() -> Iterator[None]:
    """No memory left for pictures that are decoded whole."""
    rest = budget.most_bytes - budget.used_bytes
    assert budget.claim(rest)
    yield
    budget.give_back(rest)
