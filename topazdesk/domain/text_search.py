"""Compares words that people type with names: whatever the case, and however an accent is written in bytes.

A name from a Mac or an old archive has "é" as two characters, a keyboard types it as one; both look the same.
"""

from __future__ import annotations

import unicodedata


def searchable(text: str) -> str:
    """Return `text` as filters compare it. An accent comes after its letter, so "cafe" finds "café", too."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
