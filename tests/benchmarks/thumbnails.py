"""Thumbnails of JPEGs of 24 MP as the window makes them (its own reader, an empty cache on the disk), against `vipsthumbnail`.

The reference runs as many processes as there are cores, each with its share of the files, and takes the better of this and one
process for all. Both sides write what they make. Then our side once more from its cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtGui import QImage

from tests.benchmarks import photos
from tests.benchmarks.table import Line, at_most, left_out
from topazdesk.media.limits import vips
from topazdesk.ui.models.reading import Reader
from topazdesk.ui.runtime.inbox import Inbox

COUNT = 60
RUNS = 3
BAR, CACHE_BAR = 1.1, 0.2
BOX = 128


def ours(files: list[Path], cache: Path) -> float:
    """Seconds until the window's thread has all of them; `cache` is where they are kept."""
    os.environ["XDG_CACHE_HOME"] = str(cache)
    app = QCoreApplication.instance() or QCoreApplication([])
    inbox, loop = Inbox(), QEventLoop()
    made: dict[int, QImage] = {}

    def took(picture_id: int, image: QImage) -> None:
        made[picture_id] = image
        if len(made) == len(files):
            loop.quit()

    def failed(error: BaseException) -> None:
        raise error

    reader = Reader(inbox, lambda _found: None, took, failed, thumbnail_px=BOX, cache=cache)
    begun = time.perf_counter()
    reader.wish((number, (path, 0)) for number, path in enumerate(files))
    loop.exec()
    seconds = time.perf_counter() - begun
    reader.close()
    inbox.close()
    app.processEvents()
    if any(image.isNull() for image in made.values()):
        raise RuntimeError("a thumbnail is missing")
    return seconds


def theirs(files: list[Path], out: Path) -> float:
    """Seconds of the better way to use `vipsthumbnail`."""
    return min(_processes(files, out, 1), _processes(files, out, os.cpu_count() or 1))


def _processes(files: list[Path], out: Path, count: int) -> float:
    base = ["vipsthumbnail", "--size", f"{BOX}x{BOX}", "-o", str(out / "%s.png")]
    begun = time.perf_counter()
    running = [subprocess.Popen([*base, *map(str, files[n::count])]) for n in range(count)]
    codes = [process.wait() for process in running]
    seconds = time.perf_counter() - begun
    if any(codes):
        raise RuntimeError(f"vipsthumbnail ended with {codes}")
    return seconds


def best(side: Callable[[int], float]) -> float:
    """The least of some runs: other programs only ever make it longer."""
    return min(side(run) for run in range(RUNS))


def measure(folder: Path) -> list[Line]:
    """Decoded, and from the disk."""
    if shutil.which("vipsthumbnail") is None:
        return [left_out("thumbnails", "vipsthumbnail is not installed (Debian: libvips-tools)")]
    data = photos.photo()
    plain = photos.fill(folder / "plain", COUNT, data)
    out = folder / "out"
    out.mkdir()
    vips()
    lines: list[Line] = []
    mine: list[float] = []
    reference: list[float] = []
    for run in range(RUNS):
        mine.append(ours(plain, folder / f"plain-cache-{run}"))
        reference.append(theirs(plain, out))
    lines.append(at_most(f"{COUNT} thumbnails of 24 MP", min(mine), min(reference), BAR))
    again = best(lambda run: ours(plain, folder / f"plain-cache-{run}"))
    lines.append(at_most(f"{COUNT} thumbnails from the disk", again, min(reference), CACHE_BAR, binding=False))
    return lines
