"""Texts of the catalogue in the form: labels and descriptions of parameters are data."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def data(text: str) -> str:
    """Translate a text of the catalogue."""
    return QCoreApplication.translate("catalogue", text) if text else ""
