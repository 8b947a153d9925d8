"""For every test: nothing of a test stays in the user's own folders."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

# Windows of tests stay off the screen, also where pytest is started by hand; the stories bring an X server of their own.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Thumbnails that windows make go to a folder of the test run, not to the desktop's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
