"""The program as it is started: options, the start-up report, a screenshot without a display."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from tests.support.pictures import encode
from tests.support.window import profile_with_sandbox, settings
from topazdesk.domain.image import FileFormat
from topazdesk.ui.main import Options, glance, parse

_ROOT = Path(__file__).parents[3]


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "topazdesk", *map(str, arguments)]
    return subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False)


def test_options_are_read() -> None:
    found = parse(["a.jpg", "--profile", "/p", "--screenshot=o.png", "--result", "--size", "800x600", "--", "-b.jpg"])
    assert found == Options(
        paths=[Path("a.jpg"), Path("-b.jpg")],
        profile=Path("/p"),
        screenshot=Path("o.png"),
        result=True,
        size=(800, 600),
    )


@pytest.mark.parametrize("words", [["--profile"], ["--unknown"], ["--theme", "pink"], ["--size", "big"]])
def test_what_is_no_option_is_said_and_ends_with_2(words: list[str]) -> None:
    with pytest.raises(ValueError, match=words[0].removeprefix("--")[:4]):
        parse(words)


@pytest.mark.parametrize("words", [[""], ["a.jpg", ""], ["--", ""], ["--profile", ""], ["--profile="]])
def test_an_empty_word_is_not_the_folder_one_is_in(words: list[str]) -> None:
    """A variable that is not set added every picture of that folder."""
    with pytest.raises(ValueError, match=r"empty|needs a value"):
        parse(words)


def test_a_settings_file_that_cannot_be_read_does_not_keep_the_window_from_opening(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("theme = \\", "utf-8")
    assert glance(tmp_path / "settings.toml") == {}
    settings(tmp_path, theme="light", sandbox_speed=0.0)
    assert glance(tmp_path / "settings.toml") == {"theme": "light"}


def test_the_first_contents_wait_for_nothing_heavy(tmp_path: Path) -> None:
    """What they do not need is not loaded before they can be used: the reason why the start is fast."""
    settings(tmp_path, theme="dark")  # it has chosen its service
    code = (
        "import gc, sys, topazdesk.ui.main as m\n"
        "first = m._first_paint\n"
        "def painted(*a):\n"
        "    shown = first(*a)\n"
        "    print(' '.join(sorted(sys.modules)), gc.isenabled())\n"
        "    return shown\n"
        "m._first_paint = painted\n"
        f"sys.exit(m.main(['--startup-report', '--profile', {str(tmp_path)!r}]))\n"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=True,
    )
    loaded, report = done.stdout.strip().splitlines()
    assert "geometry" not in (tmp_path / "settings.toml").read_text("utf-8"), "a report must not move the user's window"
    heavy = {
        "httpx",
        "jsonschema",
        "pyvips",
        "PIL",
        "keyring",
        "asyncio",
        "qasync",
        "tomlkit",
        "click",
        "sqlite3",
        "rich",
        "socket",
        "topazdesk.media",
        "topazdesk.engine",
        "topazdesk.errors",
        "topazdesk.domain.job",
        "topazdesk.ui.models",
        "topazdesk.ui.viewer.compare",
        "topazdesk.ui.controls.sheet",
    }
    assert not heavy & set(loaded.split())
    assert loaded.endswith("False"), "the collector looks through modules again and again while they are loaded"
    times = json.loads(report)
    assert times["event"] == "startup"
    assert 0 < times["usable_ms"] < times["whole_ms"] < times["ready_ms"]
    before = ["python_ms", "qt_import_ms", "application_ms", "contents_ms"]
    assert [name for name in times if name in before] == before
    # No stage is counted twice; the system knows to 10 ms when the process began.
    assert all(times[name] >= 0 for name in before)
    assert sum(times[name] for name in before) <= times["usable_ms"] + 15


def test_a_screenshot_needs_no_display(tmp_path: Path) -> None:
    picture, out = tmp_path / "one.jpg", tmp_path / "shot.png"
    picture.write_bytes(encode(FileFormat.JPEG, 300, 200))
    with profile_with_sandbox(tmp_path) as (profile, _):
        done = _run("--profile", profile, "--screenshot", out, "--size", "1200x700", picture)
        assert (done.returncode, done.stderr) == (0, "")
        image = QImage(str(out))
        assert (image.width(), image.height()) == (1200, 700)
        assert (profile / "session.json").exists()


def test_wrong_use_ends_with_2_and_a_sentence() -> None:
    done = _run("--nonsense")
    assert done.returncode == 2
    assert "There is no option --nonsense." in done.stderr
