"""The queue makes way for the trials where both would leave no picture between them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from tests.ui.shell.conftest import Stage
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.trials.controller import TrialsController


def test_the_menu_says_what_its_entry_does(stage: Stage) -> None:
    def entries() -> list[str]:
        return [entry.text() for entry in stage.window.menu().actions()]

    assert "Show the queue" in entries()
    stage.window.commands.run("queue")
    assert "Fold the queue" in entries()
    assert "Show the queue" not in entries()


def test_the_menu_fits_on_a_full_hd_screen_at_150_percent(stage: Stage) -> None:
    """A higher one breaks into columns: it had 740 of the 720 pixels."""
    assert stage.window.menu().sizeHint().height() <= 700


@pytest.mark.parametrize(("height", "stays"), [(720, False), (1080, True)])
def test_in_a_low_window_the_queue_folds_for_the_trials_and_comes_back(stage: Stage, height: int, stays: bool) -> None:
    window = stage.window
    window.resize(1280, height)
    queue, trials = window.findChild(QueuePanel), window.findChild(TrialsController)
    assert queue is not None
    assert trials is not None
    panel = QWidget()
    trials.panel_shown.emit(panel)
    trials.panel_shown.emit(None)
    assert not queue.isVisible(), "it was folded before"
    window.commands.run("queue")
    trials.panel_shown.emit(panel)
    assert queue.isVisible() is stays
    trials.panel_shown.emit(None)
    assert queue.isVisible()
    trials.panel_shown.emit(panel)
    if not stays:
        window.commands.run("queue")
    trials.panel_shown.emit(None)
    assert queue.isVisible(), "opened by the user meanwhile, it stays"
