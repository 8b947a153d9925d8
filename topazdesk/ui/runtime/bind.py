"""Keeps a view up to date with the state it shows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import SignalInstance


def bind(show: Callable[[], object], *changes: SignalInstance) -> None:
    """Call `show` now, and again whenever one of the `changes` signals is emitted."""
    for change in changes:
        change.connect(show)
    show()
