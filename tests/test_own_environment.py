"""The tests are the same whatever the one who runs them has set for the program."""

from __future__ import annotations

import re
from pathlib import Path

import topazdesk
from tests.support import own_environment

_NAME = re.compile(r"TOPAZDESK_[A-Z_]*[A-Z]\b")


def test_all_that_the_program_reads_is_taken_away() -> None:
    """With TOPAZDESK_TEAM set, tests of a single machine ran against that team."""
    package = Path(topazdesk.__file__).parent
    read = {name for path in package.rglob("*.py") for name in _NAME.findall(path.read_text("utf-8"))}
    assert "TOPAZDESK_TEAM" in read
    keys = {"TOPAZ_API_KEY", "RUNFLOW_API_KEY", "TOPAZ_API_KEY_STUDIO", "TOPAZDESK_TOPAZ_URL", "TOPAZDESK_RUNFLOW_URL"}
    environment = dict.fromkeys({*read, *keys, "TOPAZDESK_SHOTS", "PATH"}, "x")
    own_environment.clear(environment)
    assert set(environment) == {"TOPAZDESK_SHOTS", "PATH"}
