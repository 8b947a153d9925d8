"""Fixtures of the screenshot tests: a theme, and a clean slate afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.support.shots import shot as take
from tests.support.watched import toasts_stay, window_answers
from topazdesk.ui.theme import Mode, Theme

__all__ = ["mode", "shot", "toasts_stay", "window_answers"]


@pytest.fixture(params=["dark", "light"])
def mode(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Mode]:
    """Each of the two themes, without motion."""
    Theme.apply(qapp, request.param, high_contrast=False, reduced_motion=True)
    yield request.param
    QCoreApplication.sendPostedEvents(
        None, QEvent.Type.DeferredDelete
    )  # else every later theme change dresses the dead


@pytest.fixture
def shot() -> Callable[..., object]:
    """`shot(widget, name)`; see tests.support.shots."""
    return take
