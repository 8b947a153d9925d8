"""Which page of the help belongs to a part of the window, so that F1 opens the one for the place where one is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

_NAME = "helpPage"


class HelpWishes(QObject):
    """Carries the wish for help from any control to whoever shows it: the widget over which, and the page."""

    wanted = Signal(QWidget, str)


_wishes: list[HelpWishes] = []


def help_wishes() -> HelpWishes:
    """Return the one of the process."""
    if not _wishes:
        _wishes.append(HelpWishes())
    return _wishes[0]


def set_help(widget: QWidget, reference: str) -> None:
    """Say which page, or part of one ("money#limits"), is about a widget and all inside of it."""
    widget.setProperty(_NAME, reference)


def help_at(widget: QWidget | None) -> str:
    """Return the page about the place of a widget, the nearest that is set; "" for none."""
    while widget is not None:
        found = widget.property(_NAME)
        if isinstance(found, str) and found:
            return found
        widget = widget.parentWidget()
    return ""
