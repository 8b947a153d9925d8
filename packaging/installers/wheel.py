"""The wheel and the source archive."""

from __future__ import annotations

import sys
from pathlib import Path

from commands import run
from places import DIST, version


def build() -> Path:
    """Make both in `dist`; return the wheel."""
    run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", DIST])
    return DIST / f"topazdesk-{version()}-py3-none-any.whl"
