"""Translates catalogue texts in the form: labels and descriptions of parameters are data, not source strings."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def data(text: str) -> str:
    """Translate a catalogue text; an empty one stays empty."""
    return QCoreApplication.translate("catalogue", text) if text else ""
