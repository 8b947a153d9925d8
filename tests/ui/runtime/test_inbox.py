"""The inbox between worker threads and the window: nothing is lost, and nothing comes to a window that is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QObject
from pytestqt.qtbot import QtBot

from topazdesk.ui.runtime.inbox import Inbox


def test_every_call_of_many_threads_is_made_once_and_in_its_threads_order(qtbot: QtBot) -> None:
    inbox, made = Inbox(), list[tuple[int, int]]()

    def caller(thread: int, number: int) -> Callable[[], None]:
        return lambda: made.append((thread, number))

    def work(thread: int) -> None:
        for number in range(500):
            inbox.post(caller(thread, number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    qtbot.waitUntil(lambda: len(made) == 2000)
    for number in range(4):
        assert [n for thread, n in made if thread == number] == list(range(500))


def test_a_call_that_fails_does_not_hold_the_next_ones_up(qtbot: QtBot) -> None:
    inbox, made = Inbox(), list[str]()

    def fail() -> None:
        raise ValueError("of this call alone")

    with qtbot.capture_exceptions() as caught:
        inbox.post(fail)
        inbox.post(lambda: made.append("next"))
        qtbot.waitUntil(lambda: made == ["next"])
    assert [kind for kind, *_ in caught] == [ValueError]


def test_a_closed_inbox_drops_what_waits_and_what_comes(qtbot: QtBot) -> None:
    inbox, other, made = Inbox(), Inbox(), list[str]()
    inbox.post(lambda: made.append("waiting"))
    inbox.close()
    inbox.post(lambda: made.append("late"))
    other.post(lambda: made.append("other"))
    qtbot.waitUntil(lambda: "other" in made)
    assert made == ["other"]


def test_workers_may_post_while_the_window_is_deleted(qapp: QCoreApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that emitted a signal of an object just being deleted brought the process down, or failed itself."""
    failures: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)
    boxes: list[Inbox] = []
    is_over = threading.Event()

    def work() -> None:
        while not is_over.is_set():
            for inbox in tuple(boxes):
                inbox.post(lambda: None)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        owner = QObject()
        boxes.append(Inbox(owner))
        QCoreApplication.processEvents()
        shiboken6.delete(owner)
        boxes.clear()
    is_over.set()
    for thread in threads:
        thread.join()
    assert failures == []
