"""An engine harness in the test's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness


@pytest.fixture
def harness(tmp_path: Path) -> EngineHarness:
    return EngineHarness(tmp_path)
