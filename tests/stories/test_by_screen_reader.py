"""The main job done through AT-SPI alone, as a screen reader does it: no pointer, no keys, no look at the screen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.desktop import MISSING, desktop
from tests.stories.whole_window import SAMPLE, WholeWindow
from tests.support.session_bus import session_bus

SYSTEM_PYTHON = "/usr/bin/python3"
_HAS_CLIENT = any(Path("/usr/lib/python3/dist-packages").glob("pyatspi")) and shutil.which("dbus-daemon")

pytestmark = pytest.mark.skipif(
    bool(MISSING) or not _HAS_CLIENT, reason="needs Xvfb, openbox, dbus and pyatspi (dev.py test installs them)"
)


class ScreenReader:
    """Asks `screen_reader.py`, which has no other way to the window than AT-SPI."""

    def __init__(self, display: str) -> None:
        program = Path(__file__).with_name("screen_reader.py")
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(program)],
            env={**os.environ, "DISPLAY": display},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, do: str, name: str = "", role: str = "", **more: Any) -> Any:
        """Do one thing; see `screen_reader.py`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"do": do, "name": name, "role": role, **more}), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScreenReader]:
    monkeypatch.setenv("QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "1")
    monkeypatch.setenv("QT_ACCESSIBILITY", "1")
    picture = tmp_path / "abbey.jpg"
    shutil.copy(SAMPLE, picture)
    profile = tmp_path / "profile"
    profile.mkdir()
    (profile / "settings.toml").write_text('service = "sandbox"\nsandbox_speed = 0.0\n')
    with session_bus(tmp_path), desktop() as screen:
        window = WholeWindow(screen, profile, [picture], (60, 30), (1400, 900))
        made = ScreenReader(screen.display)
        try:
            yield made
        finally:
            made.end()
            window.end()


def test_the_main_job(reader: ScreenReader, tmp_path: Path) -> None:
    reader("find", "abbey.jpg", "list item")
    reader("press", "4×", "check box")
    reader("set", "Sharpen", "slider", value=40)
    assert reader("value", "Sharpen", "slider") == 40
    button, price = reader("find", "Enhance this picture · ", "push button")
    assert "credit" in button + price
    assert reader("poor") == []
    reader("press", "Enhance this picture · ", "push button")
    reader("find", "abbey.jpg is done")
    assert (tmp_path / "abbey_standard-2_4x.jpg").exists()
    reader("press", "Help", "push button")
    reader("press", "Keyboard shortcuts", "push button")
    reader("find", "Shortcut of “Try on an area”: Ctrl+T", "push button")
    assert reader("poor") == []
