"""A window that does not answer for 50 ms fails its test: a fixture for every conftest of window tests.

    from tests.support.watched import window_answers  # noqa: F401

A program that runs beside a test is watched by its own watchdog: `gaps_in_log` reads what it told.

What counts is the product's own work in Qt's loop, by `Gap.own_s`: on a loaded machine that is the processor time of the window's
thread, so that other programs cannot fail a test by taking the processor. They still share its caches and its cores' halves,
which makes the same work two to three times as long, and what a thread without a processor has not done yet it does at once when it gets
one: there the limit is higher. What a test does by itself between two turns of the loop,
or calls directly, is not a gap of the product's. `@pytest.mark.slow_loop("why")` takes a test out; it needs a reason.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytestqt
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from topazdesk.ui.controls import toast
from topazdesk.ui.runtime.pulse import Pulse
from topazdesk.ui.runtime.watchdog import LIMIT_S, Gap, Watchdog

_TESTS = Path(__file__).parents[1]
_WAITS = Path(pytestqt.__file__).parent
#: How much longer the same work may take where other programs share the machine: 250 ms, as before the limit was halved. Painting
#: that takes under 50 ms alone took 141 ms of the processor beside three other workers on two cores.
_LOADED = 5.0
#: How much of the time without a processor may come on top of it as work that had piled up.
_PILED_UP = 0.1
#: Other workers of this run compute all the time, whatever the load average of the last minute says.
_ALONE = "PYTEST_XDIST_WORKER" not in os.environ


@pytest.fixture(autouse=True)
def window_answers(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Watches the test; fails it at its end when the loop stood still for too long."""
    # Qt moves no pointer to the place where the test before left it.
    QCursor.setPos(-1, -1)
    let_go()
    QCoreApplication.processEvents()
    gaps: list[Gap] = []
    pulse = Pulse(interval_ms=20)
    dog = Watchdog(pulse, gaps.append, also=(_TESTS, _WAITS))
    pulse.start()
    dog.start()
    yield
    dog.stop()
    pulse.stop()
    dog.deleteLater()
    pulse.deleteLater()
    if request.node.get_closest_marker("slow_loop") is None:
        told = [str(gap) for gap in gaps if is_too_long(gap) and is_the_products(gap)]
        assert not told, "the window did not answer for " + "\n".join(told)


@pytest.fixture(autouse=True)
def toasts_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until a test has looked at them, however late that is. What takes them away is called by name: `tick`."""
    for name in ("SHOWN_MS", "SHOWN_WITH_ACTION_MS"):
        monkeypatch.setattr(toast, name, 3_600_000)


def let_go() -> None:
    """Let go of the mouse: QTest's double click leaves its button down, and what has the keys next passes for clicked."""
    window = QWindow()
    window.resize(9, 9)
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
        if QGuiApplication.mouseButtons() & button:
            QTest.mouseRelease(window, button, pos=QPoint(4, 4))
    window.destroy()


_TOLD = re.compile(r"did not answer for (\d+) ms \((\d+) ms of it computing, (\d+) ms without a processor\): (.*)")


def gaps_in_log(log: Path) -> list[Gap]:
    """What a program of the product told of itself in its log; it names the places only as words, all in the first one."""
    told = _TOLD.finditer(log.read_text("utf-8")) if log.exists() else ()
    busy = os.getloadavg()[0] > (os.cpu_count() or 1)
    found = []
    for line in told:
        seconds, cpu, starved = (int(line[number]) / 1000 for number in (1, 2, 3))
        loaded = busy or starved > 0.05 * seconds
        found.append(Gap(seconds, cpu, starved, loaded, ((line[4],),)))
    return found


def is_too_long(gap: Gap, *, alone: bool = _ALONE) -> bool:
    """Whether a user would have felt it, had the machine been the test's alone. `alone`: no other worker runs beside it."""
    if alone and not gap.is_loaded:
        return gap.own_s > LIMIT_S
    # At first the load average knows nothing of the other workers, and a wait for what they have passes for work.
    return gap.cpu_s > LIMIT_S * _LOADED + _PILED_UP * gap.starved_s


def is_the_products(gap: Gap) -> bool:
    """Whether what was mostly seen in the gap is work of the product that Qt's loop had called."""
    for number, place in enumerate(gap.stacks[0] if gap.stacks else ()):
        if is_loop(place):
            return number > 0
        if not place.startswith("topazdesk/") and (number > 0 or "tests/" in place or "/test_" in place):
            return False  # only the innermost place may be of a library
    return False


def is_loop(place: str) -> bool:
    """Where a stack shows Qt's loop: the window's own, or that of a waiting test."""
    return (place.startswith("topazdesk/ui/runtime/loop.py:") and place.endswith(" _run")) or "/pytestqt/" in place
