"""A desk in the test's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_desk import EngineDesk


@pytest.fixture
def desk(tmp_path: Path) -> EngineDesk:
    return EngineDesk(tmp_path)
