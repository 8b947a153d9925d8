"""A second program on a profile hands its pictures to the first window, and leaves."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import pictures
from topazdesk.app.handover import Handover, hand_over


def test_pictures_arrive_whatever_their_names(tmp_path: Path) -> None:
    names = [tmp_path / pictures.NON_UTF8_NAME, tmp_path / pictures.NEWLINE_NAME, tmp_path / "a.png"]

    async def run() -> list[Path]:
        got: asyncio.Queue[list[Path]] = asyncio.Queue()
        handover = await Handover.open(tmp_path, got.put_nowait)
        assert await asyncio.to_thread(hand_over, tmp_path, names)
        await handover.close()
        assert not hand_over(tmp_path, names)
        return await got.get()

    assert asyncio.run(run()) == names


def test_who_cannot_read_the_profile_is_not_heard(tmp_path: Path) -> None:
    async def run() -> None:
        got: list[list[Path]] = []
        handover = await Handover.open(tmp_path, got.append)
        note = json.loads((tmp_path / "window.json").read_text())
        assert (tmp_path / "window.json").stat().st_mode & 0o077 == 0
        for line in (b'{"token": "guess", "paths": ["/a"]}\n', b"\xff\n", b"[]\n", b'{"token": "\\u00e9"}\n'):
            reader, writer = await asyncio.open_connection("127.0.0.1", note["port"])
            writer.write(line)
            answer = await reader.readline()
            assert answer in (b"", b'{"taken": false}\n')
            writer.close()
        await handover.close()
        assert got == []

    asyncio.run(run())


def test_a_note_of_a_killed_program_leads_nowhere(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "window.json").write_text(json.dumps({"port": port, "token": "t", "pid": 1}))
    assert not hand_over(tmp_path, [])
    (tmp_path / "window.json").write_text("[")
    assert not hand_over(tmp_path, [])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TOPAZDESK_PROFILE": str(tmp_path / "profile")}


def test_two_real_windows_on_one_profile(tmp_path: Path, environment: dict[str, str]) -> None:
    """The second says so and exits 0; the first has the picture when it saves its session; the command line says it is in use."""
    picture = pictures.write(tmp_path / "second.png")
    command = [sys.executable, "-m", "topazdesk"]
    first = subprocess.Popen(command, env=environment)
    note = tmp_path / "profile" / "window.json"
    try:
        for _ in range(600):
            if note.exists():
                break
            with pytest.raises(subprocess.TimeoutExpired):
                first.wait(0.1)
        second = subprocess.run([*command, str(picture)], env=environment, capture_output=True, text=True, timeout=60)
        assert second.returncode == 0, second.stderr
        assert "handed" in second.stdout
        third = subprocess.run(
            [*command, "jobs", "run", "--json"], env=environment, capture_output=True, text=True, timeout=60
        )
        assert third.returncode == 5
        assert "Another topazdesk is running" in third.stdout
        other = pictures.write(tmp_path / "third.png")
        words = [*command, "enhance", str(other), "--model", "Standard 2"]
        fourth = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
        assert fourth.returncode == 5
        assert "Its window has the pictures now" in fourth.stderr
    finally:
        first.terminate()
        first.wait(30)
    session = json.loads((tmp_path / "profile" / "session.json").read_text())
    assert all(os.fsencode(each).hex() in json.dumps(session) for each in (picture, other))
    assert not note.exists()
