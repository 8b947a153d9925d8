"""Texts of the form. Labels and descriptions of parameters are data of the catalogue and come in through `data`."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def tr(text: str) -> str:
    """Translate a text of the form."""
    return QCoreApplication.translate("form", text)


def data(text: str) -> str:
    """Translate a text of the catalogue."""
    return QCoreApplication.translate("catalogue", text) if text else ""
