"""One visit of a pair in the viewer, in a process of its own: prints its times, frames and memory as one JSON line.

`python -m tests.benchmarks.viewer_client BEFORE AFTER CACHE [--frames]`, or `... A B CACHE --frames --grid C D` for four
in the 2 × 2; with `--places` one place after the other at 100 %, with `--swaps` one side after the other; with `--again 20` the pair under twenty names, looked at one after the other and then once more.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEventLoop, QPointF, QTimer
from PySide6.QtWidgets import QApplication

from topazdesk.domain.geometry import Size
from topazdesk.media.decoded_pyramid import prepare
from topazdesk.media.limits import vips
from topazdesk.ui.runtime.garbage import Garbage
from topazdesk.ui.runtime.loop import SWITCH_S
from topazdesk.ui.runtime.pulse import Pulse
from topazdesk.ui.theme import Theme
from topazdesk.ui.theme.icons import glyph
from topazdesk.ui.viewer import CompareView
from topazdesk.ui.viewer.modes import SWAP
from topazdesk.ui.viewer.shown_files import ShownFile
from topazdesk.ui.viewer.side import Side

VIEW = (1920, 1080)
_MOST_S = 300.0
_ASK_MS = 5
_FRAMES = 400
#: Frames after which memory is looked at, between two of them.
_LOOKS_EACH = 10
_SWAPS = 40
#: Places in a picture, as fractions of it, that are looked at one after the other: above and below those before.
PLACES = ((0.3, 0.2), (0.7, 0.65), (0.2, 0.4), (0.6, 0.95), (0.5, 0.05))


def worker_bytes() -> int:
    """Bytes that the children of this process hold."""
    total = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == os.getpid():
                total += own_bytes(entry.parent)
        except (OSError, ValueError, IndexError):  # it has just ended
            continue
    return total


def own_bytes(process: Path) -> int:
    """Bytes that a process alone holds, and its share of what it holds with others; without pages of the files it reads."""
    fields = dict(line.split(":", 1) for line in (process / "smaps_rollup").read_text().splitlines()[1:])
    return sum(int(fields[name].split()[0]) * 1024 for name in ("Pss_Anon", "Pss_Shmem"))


class Memory:
    """Watches the highest mark: of this process, of its helpers, and of all of them at one moment."""

    def __init__(self) -> None:
        self.most = self.helpers = self.together = 0
        self._begun = own_bytes(Path("/proc/self"))
        self._over, self._rests = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            if not self._rests.is_set():
                self.look()

    def look(self) -> None:
        """Look once. It takes some milliseconds of Python."""
        own, helpers = own_bytes(Path("/proc/self")) - self._begun, worker_bytes()
        self.most, self.helpers = max(self.most, own), max(self.helpers, helpers)
        self.together = max(self.together, own + helpers)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Do not watch in a thread, which would keep the window's waiting for the interpreter."""
        self._rests.set()
        try:
            yield
        finally:
            self._rests.clear()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


def wait(app: QCoreApplication, until: Callable[[], bool]) -> float:
    """Run the loop until it is so; the moment at which it was.

    The loop sleeps between events as that of the program does: one that spins (which `processEvents` does when it is given a
    time) takes a core away from the decoders that are measured.
    """
    end = time.perf_counter() + _MOST_S
    alarm = QTimer()  # where no event comes, the question is asked anyway
    alarm.start(_ASK_MS)
    while time.perf_counter() < end:
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if until():
            return time.perf_counter()
    raise TimeoutError("the viewer did not become ready")


def frames(app: QCoreApplication, view: CompareView, memory: Memory) -> tuple[list[float], list[float]]:
    """Milliseconds of each frame of a pan and zoom over the picture (events of the frame, then painting), and of its processor time.

    The second is that of the window's thread: a computer that does something else meanwhile makes the first longer, not the second.
    """
    taken, worked = [], []
    view.stage.zoom_to(100)
    for number in range(_FRAMES):
        begun, busy = time.perf_counter(), time.thread_time()
        phase = number // 100 % 4
        if phase == 0:
            view.stage.pan_by(-37, -11)
        elif phase == 1:
            view.stage.zoom_to(view.stage.percent * 0.975, QPointF(900, 500))
        elif phase == 2:
            view.stage.pan_by(53, 23)
        else:
            view.stage.zoom_to(view.stage.percent * 1.03, QPointF(700, 300))
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)  # tiles that have come, and the painting
        spent = time.perf_counter() - begun
        taken.append(spent * 1000)
        worked.append((time.thread_time() - busy) * 1000)
        if number % _LOOKS_EACH == 0:
            memory.look()
        # What is left of the frame belongs to the threads, as on a screen.
        if spent < 0.016:
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)
            time.sleep(max(0.0, 0.016 - (time.perf_counter() - begun)))
    return taken, worked


def at_place(app: QCoreApplication, view: CompareView, x: float, y: float) -> float:
    """Seconds until another place is sharp at 100 %."""
    begun = time.perf_counter()
    view.stage.centre(x, y)
    wait(app, lambda: view.stage.is_sharp)
    view.repaint()
    return time.perf_counter() - begun


def swaps(app: QCoreApplication, view: CompareView) -> list[float]:
    """Milliseconds from each swap of the sides at 100 % to the frame that shows the other one; a test has it that it is sharp."""
    view.stage.set_mode(SWAP)
    wait(app, lambda: view.stage.is_sharp)
    taken = []
    for _ in range(_SWAPS):
        begun = time.perf_counter()
        view.stage.swap()
        view.repaint()
        taken.append((time.perf_counter() - begun) * 1000)
        if not view.stage.is_sharp:
            raise RuntimeError("the other side was not sharp")
        app.processEvents()
    return taken


def again(app: QCoreApplication, view: CompareView, pairs: list[tuple[Path, Path]]) -> tuple[list[float], list[float]]:
    """Milliseconds of each first and each second visit: from the choice to both sides painted with a pixel for every pixel of the screen."""
    taken: tuple[list[float], list[float]] = ([], [])
    for visits in taken:
        for before, after in pairs:
            begun = time.perf_counter()
            view.set_pair(before, after, (Size(6000, 4000), None))
            wait(app, lambda before=before: has_arrived(view, before))  # type: ignore[misc]
            view.repaint()
            visits.append((time.perf_counter() - begun) * 1000)
            wait(app, lambda: view.stage.pairs.shown.is_open)  # somebody looks at it for a moment
    return taken


def has_arrived(view: CompareView, before: Path) -> bool:
    shown = view.stage.pairs.shown
    is_it = shown.paths.get(Side.BEFORE) == before and len(shown.pictures) == 2
    return is_it and all(picture.coarse.width() >= VIEW[1] for picture in shown.pictures.values())


def named_anew(before: Path, after: Path, folder: Path, count: int) -> list[tuple[Path, Path]]:
    """The pair under other names, which are other files for the viewer."""
    folder.mkdir(parents=True)
    pairs = []
    for number in range(count):
        pair = (folder / f"{number} before{before.suffix}", folder / f"{number} after{after.suffix}")
        for name, path in zip(pair, (before, after), strict=True):
            os.link(path, name)
        pairs.append(pair)
    return pairs


def main() -> int:
    """Show, wait, move, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--frames", action="store_true")
    parser.add_argument("--places", action="store_true")
    parser.add_argument("--swaps", action="store_true")
    parser.add_argument("--grid", nargs=2, type=Path, default=())
    parser.add_argument("--again", type=int, default=0)
    options = parser.parse_args()
    app = QApplication([])
    # As the program's own loop does it.
    sys.setswitchinterval(SWITCH_S)
    pulse = Pulse(app)
    pulse.start()
    garbage = Garbage(pulse, app)
    garbage.start()
    Theme.apply(app, "dark", high_contrast=False, reduced_motion=True)
    vips()
    prepare()
    glyph("settings")  # a window has shown icons before it shows a picture
    view = CompareView(options.cache)
    view.resize(*VIEW)
    view.show()
    wait(app, view.isVisible)
    app.processEvents()
    memory = Memory()
    begun = time.perf_counter()
    if options.grid:
        files = [ShownFile(path) for path in (options.before, options.after, *options.grid)]
        view.set_files(files, (options.before, 0), is_grid=True)
    else:
        view.set_pair(options.before, options.after, (Size(6000, 4000), None))
    wait(app, lambda: bool(view.stage.pairs.shown.pictures))
    view.repaint()
    any_pixels = time.perf_counter() - begun
    wait(app, lambda: Side.AFTER in view.stage.pairs.shown.pictures)
    view.repaint()
    first = time.perf_counter() - begun
    wait(app, lambda: view.stage.is_sharp)
    view.repaint()
    sharp = time.perf_counter() - begun
    asked = time.perf_counter()
    view.stage.zoom_to(100)
    wait(app, lambda: view.stage.is_sharp)
    view.repaint()
    actual = time.perf_counter() - begun
    told = {"any": any_pixels, "first": first, "sharp": sharp, "actual": actual, "asked": time.perf_counter() - asked}
    if options.places:
        told["places"] = [at_place(app, view, *place) for place in PLACES]  # type: ignore[assignment]
    if options.frames:
        wait(app, lambda: view.stage.pairs.shown.is_open)
        with memory.resting():
            told["frames"], told["worked"] = frames(app, view, memory)  # type: ignore[assignment]
    if options.swaps:
        told["swaps"] = swaps(app, view)  # type: ignore[assignment]
    if options.again:
        pairs = named_anew(options.before, options.after, options.cache.with_suffix(".names"), options.again)
        told["firsts"], told["again"] = again(app, view, pairs)  # type: ignore[assignment]
    memory.stop()
    told |= {"memory": memory.most, "helpers": memory.helpers, "together": memory.together}
    view.stop()
    print(json.dumps(told), flush=True)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
