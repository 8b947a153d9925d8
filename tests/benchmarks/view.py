"""A picture of 100 MP opened as the viewer opens it, against the bare decoder: first pixels, and all levels ready.

The times are those of a first visit: every run has an empty tile cache.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pyvips

from tests.benchmarks.table import Line, at_most
from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Tile
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.thumbnail import coarse
from topazdesk.media.tilecache import TileCache

SIZE = Size(12_500, 8_000)
BOX = Size(1_600, 1_000)
RUNS = 3
FIRST_BAR = 1.5


def make_picture(path: Path) -> None:
    """A JPEG of 100 MP with smooth parts, edges and noise, so that it costs what a photograph costs."""
    noise = pyvips.Image.gaussnoise(SIZE.width, SIZE.height, sigma=9, mean=0, seed=3)
    grid = pyvips.Image.xyz(SIZE.width, SIZE.height)
    hills = (grid[0] / 310).sin() * 60 + (grid[1] / 170).cos() * 50 + 120
    picture = hills.bandjoin([hills * 0.8 + 30, hills * 0.6 + 60]) + noise
    picture.cast("uchar").copy(interpretation="srgb").jpegsave(str(path), Q=88)


def taken(action: Callable[[], object]) -> float:
    """Seconds that `action` takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def measure(folder: Path) -> list[Line]:
    """First pixels against one scaled decode, the pyramid against one full decode."""
    path = folder / "hundred.jpg"
    make_picture(path)
    first: list[tuple[float, float]] = []
    full: list[tuple[float, float]] = []
    for run in range(RUNS):
        cache = TileCache(folder / f"tiles-{run}")
        first.append((taken(lambda: coarse(path, BOX)), taken(lambda: _scaled(path))))
        full.append((taken(lambda cache=cache: _sharp(path, cache)), taken(lambda: _decoded(path))))  # type: ignore[misc]
    lines = []
    for name, times, bar in (
        ("100 MP: first pixels", first, FIRST_BAR),
        ("100 MP: every level ready, one tile read", full, 3.0),
    ):
        mine, theirs = (statistics.median(column) for column in zip(*times, strict=True))
        lines.append(at_most(name, mine, theirs, bar, binding=times is first))
    return lines


def _scaled(path: Path) -> bytes:
    return bytes(pyvips.Image.thumbnail(str(path), BOX.width, height=BOX.height, size="down").write_to_memory())


def _decoded(path: Path) -> float:
    return float(pyvips.Image.new_from_file(str(path), access="sequential").avg())


def _sharp(path: Path, cache: TileCache) -> int:
    return len(Pyramid.open(path, cache).tile(Tile(0, 3, 3)).data)
