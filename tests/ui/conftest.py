"""Fixtures of the window's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.support.watched import toasts_stay, window_answers
from topazdesk.ui.theme import Theme

__all__ = ["themed", "toasts_stay", "window_answers"]


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[Theme]:
    """The dark theme without motion; what a test left behind is destroyed afterwards."""
    yield Theme.apply(qapp, "dark", high_contrast=False, reduced_motion=True)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
