"""Fixtures of the media tests."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def without_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a computer where the optional packages are not installed, whatever this one has."""
    for name in ("pillow_heif", "rawpy"):
        monkeypatch.setitem(sys.modules, name, None)
