"""The pulse of a loop that works, and of one that has nothing to do."""

from __future__ import annotations

from PySide6.QtCore import QEventLoop, QTimer

from topazdesk.ui.runtime.pulse import Pulse


def test_a_loop_with_nothing_to_do_is_not_woken() -> None:
    """Once at rest, the pulse has no timer that runs; the next turn of the loop starts it again."""
    pulse, loop, told = Pulse(interval_ms=5), QEventLoop(), list[str]()
    timers = pulse.findChildren(QTimer)

    def rested() -> None:
        told.append("rested")
        assert not pulse.is_beating
        assert not any(timer.isActive() for timer in timers)
        QTimer.singleShot(1, lambda: told.append("work"))
        if told.count("rested") == 2:
            loop.quit()

    pulse.began.connect(lambda: told.append("began"))
    pulse.beat.connect(lambda: told.append("beat"))
    pulse.rested.connect(rested)
    pulse.start()
    loop.exec()
    pulse.stop()
    assert told[0] == "began"
    assert told.count("began") == 2
    assert told.index("work") > told.index("rested")
    assert told[-2:] == ["beat", "rested"]


def test_it_goes_on_as_long_as_the_loop_works() -> None:
    pulse, loop, beats = Pulse(interval_ms=50), QEventLoop(), list[bool]()

    def beat() -> None:
        beats.append(pulse.is_beating)
        if len(beats) == 10:
            loop.quit()

    busy = QTimer()
    busy.start(0)
    pulse.rested.connect(loop.quit)
    pulse.beat.connect(beat)
    pulse.start()
    loop.exec()
    pulse.stop()
    assert beats == [True] * 10


def test_a_stopped_pulse_does_not_begin_again() -> None:
    pulse, loop, beats = Pulse(interval_ms=5), QEventLoop(), list[int]()
    pulse.start()
    pulse.start()
    pulse.stop()
    pulse.stop()
    pulse.beat.connect(lambda: beats.append(1))
    pulse.began.connect(lambda: beats.append(2))
    QTimer.singleShot(30, loop.quit)
    loop.exec()
    assert beats == []
    assert not pulse.is_beating
