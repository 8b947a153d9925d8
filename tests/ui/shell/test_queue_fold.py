"""The queue makes way for the trials where both would leave no picture between them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from tests.ui.shell.conftest import Stage
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.trials.controller import TrialsController


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
