"""The watchdog against loops that really stand still."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.support.watched import gaps_in_log, is_the_products, is_too_long, let_go
from topazdesk.ui.runtime.pulse import Pulse
from topazdesk.ui.runtime.watchdog import Gap, Watchdog, log_gap


def compute_for(seconds: float) -> None:
    """Use the processor; how long, as the thread's own clock has it."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        hashlib.sha256(b"x" * 1000).digest()


def watched(qtbot: QtBot, action: object, *, limit_s: float = 0.1) -> list[Gap]:
    """The gaps of a busy loop in which `action` runs once, and which then answers again."""
    gaps: list[Gap] = []
    busy = QTimer()
    busy.start(1)
    pulse = Pulse(interval_ms=5)
    dog = Watchdog(pulse, gaps.append, limit_s=limit_s, also=(Path(__file__).parents[2],))
    pulse.start()
    dog.start()
    done: list[bool] = []
    QTimer.singleShot(20, lambda: (action(), QTimer.singleShot(30, lambda: done.append(True))))  # type: ignore[operator]
    qtbot.waitUntil(lambda: bool(done))
    dog.stop()
    pulse.stop()
    return gaps


@pytest.mark.slow_loop("the loop is stopped on purpose")
def test_a_loop_that_computes_is_told_with_its_place(qtbot: QtBot) -> None:
    gaps = [gap for gap in watched(qtbot, lambda: compute_for(0.3)) if gap.own_s > 0.2]
    assert len(gaps) == 1
    assert gaps[0].seconds > 0.2  # its clock and that of the processor differ by a millisecond or two
    assert gaps[0].cpu_s > 0.2
    places = [place for stack in gaps[0].stacks for place in stack]
    assert any(place.startswith("ui/runtime/test_watchdog.py:") and "compute_for" in place for place in places)
    assert not any("/root" in place or "/home" in place for place in places)


@pytest.mark.slow_loop("the loop is stopped on purpose")
def test_what_the_first_turn_after_a_rest_computes_is_told() -> None:
    """While the loop rests no beat is due, so that none can be late."""
    gaps: list[Gap] = []
    pulse, loop = Pulse(interval_ms=5), QEventLoop()
    dog = Watchdog(pulse, gaps.append, limit_s=0.1)

    def compute() -> None:
        if pulse.is_beating:
            QTimer.singleShot(25, compute)
            return
        compute_for(0.3)
        QTimer.singleShot(50, loop.quit)

    pulse.start()
    dog.start()
    QTimer.singleShot(25, compute)
    loop.exec()
    dog.stop()
    pulse.stop()
    assert [gap.cpu_s > 0.2 for gap in gaps if gap.own_s > 0.2] == [True]


@pytest.mark.slow_loop("the loop is stopped on purpose")
def test_a_loop_that_waits_is_told_too_where_the_machine_has_time(qtbot: QtBot) -> None:
    """On a loaded machine waiting cannot be told from having no processor, and is not held against the program."""
    gate = threading.Event()
    gaps = watched(qtbot, lambda: gate.wait(0.3))
    assert gaps
    longest = max(gaps, key=lambda gap: gap.seconds)
    assert longest.seconds > 0.2
    assert longest.own_s > 0.2 or longest.is_loaded
    assert longest.cpu_s < 0.1


def test_short_work_is_not_told(qtbot: QtBot) -> None:
    assert [gap for gap in watched(qtbot, lambda: compute_for(0.03), limit_s=0.2) if gap.own_s > 0.2] == []


def test_blame_needs_processor_time_where_the_machine_is_loaded() -> None:
    stack = (("a.py:1 f",),)
    assert Gap(0.5, 0.02, 0.3, True, stack).own_s == 0.02
    assert Gap(0.5, 0.02, 0.0, False, stack).own_s == 0.5
    assert Gap(0.5, 0.02, 0.01, False, stack).own_s == pytest.approx(0.49)


def test_the_log_line_says_how_long_and_what(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log_gap(Gap(0.25, 0.2, 0.01, False, (("topazdesk/ui/a.py:7 work", "topazdesk/ui/b.py:9 call"),)))
        log_gap(Gap(0.25, 0.01, 0.2, True, ()))
    first, second = caplog.records
    assert first.levelno == logging.WARNING
    assert first.getMessage() == (
        "the window did not answer for 250 ms (200 ms of it computing, 10 ms without a processor): "
        "topazdesk/ui/a.py:7 work < topazdesk/ui/b.py:9 call"
    )
    assert second.levelno == logging.INFO


def test_a_gap_before_there_is_a_log_is_not_written_to_the_terminal() -> None:
    """On a busy machine the window takes longer to be made than it may stand still, and the log is opened after it."""
    code = (
        "from topazdesk.ui.runtime.watchdog import Gap, log_gap\n"
        "log_gap(Gap(0.5, 0.4, 0.0, False, ()))\n"
        "import logging; logging.basicConfig(format='%(message)s')\n"
        "log_gap(Gap(0.25, 0.2, 0.01, False, ()))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [line[:37] for line in ran.stderr.splitlines()] == ["the window did not answer for 250 ms "]


def test_nothing_is_left_when_it_is_stopped(qtbot: QtBot) -> None:
    before = threading.active_count()
    dog = Watchdog(Pulse(), lambda gap: None)
    dog.start()
    dog.start()
    assert threading.active_count() == before + 1
    dog.stop()
    dog.stop()
    assert threading.active_count() == before


def test_no_test_begins_with_the_button_of_the_mouse_held(qtbot: QtBot) -> None:
    """After a double click in another test the ring of the focus was missing, whatever Tab went to."""
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.mouseDClick(widget, Qt.MouseButton.LeftButton)
    let_go()
    assert QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton


def test_what_fails_a_window_test() -> None:
    """The product's work in a loop, measured in processor time where the machine is loaded; never the test's own work."""
    loop, waits = "topazdesk/ui/runtime/loop.py:70 _run", "site-packages/pytestqt/wait_signal.py:45 wait"
    own = "topazdesk/ui/shell/window.py:9 _opened"
    test = "ui/shell/test_x.py:5 test_x"

    def gap(*stack: str, cpu: float = 0.3, loaded: bool = True) -> Gap:
        return Gap(0.6, cpu, 0.1, loaded, (stack,))

    assert is_the_products(gap(own, loop, "tests/support/window.py:77 live", test))
    assert is_the_products(gap(own, waits, test))
    assert not is_the_products(gap(own, test, waits))
    assert not is_the_products(gap(own, "tests/support/window.py:63 tell", loop))
    assert not is_the_products(
        gap("topazdesk/ui/runtime/garbage.py:40 stop", "topazdesk/ui/runtime/loop.py:48 run", test)
    )
    assert is_too_long(gap(own, cpu=0.3))
    assert not is_too_long(gap(own, cpu=0.2))
    assert is_too_long(gap(own, cpu=0.1, loaded=False), alone=True)
    assert not is_too_long(Gap(1.4, 0.3, 1.2, True, ((own,),))), "what piled up meanwhile is done at once"
    waits = Gap(0.6, 0.02, 0.0, False, ((own,),))
    assert is_too_long(waits, alone=True)
    assert not is_too_long(waits, alone=False), "for what other workers have, the disk for instance"
    short = Gap(0.1, 0.09, 0.0, False, ((own,),))
    assert is_too_long(short, alone=True)
    assert not is_too_long(short, alone=False)


def test_what_a_program_told_of_itself_is_read_from_its_log(tmp_path: Path) -> None:
    """The line is that of `log_gap`; a lost word would make every story pass."""
    log = tmp_path / "topazdesk.log"
    assert gaps_in_log(log) == []
    told = Gap(0.4, 0.35, 0.001, False, (("topazdesk/ui/a.py:7 work", "topazdesk/ui/b.py:9 call"),))
    writer, logger = logging.FileHandler(log, encoding="utf-8"), logging.getLogger("topazdesk.ui.runtime.watchdog")
    logger.addHandler(writer)
    log_gap(told)
    logger.removeHandler(writer)
    writer.close()
    [read] = gaps_in_log(log)
    assert (read.seconds, read.cpu_s, read.starved_s) == (0.4, 0.35, 0.001)
    assert "a.py:7 work < topazdesk" in str(read)
    assert is_too_long(read)
