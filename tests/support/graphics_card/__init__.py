"""A graphics card for tests: a package in the place of ncnn, for processes that are started with `with_card`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

NAME = "Test Card 9000"


def with_card(environment: Mapping[str, str], fault: str) -> dict[str, str]:
    """Return the environment of a process with a card that does this; see `ncnn/__init__.py` beside this file."""
    paths = [str(Path(__file__).parent), environment.get("PYTHONPATH", "")]
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "TOPAZDESK_TEST_CARD": fault,
    }
