"""Binds what is shown to the state that it shows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import SignalInstance


def bind(show: Callable[[], object], *changes: SignalInstance) -> None:
    """Show a state now, and anew with every signal that tells of a change."""
    for change in changes:
        change.connect(show)
    show()
