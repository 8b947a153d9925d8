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

from tests.support import pictures, quick_start
from topazdesk.app.app_context import AppContext
from topazdesk.app.channel import Note
from topazdesk.app.handover import hand_over


def test_pictures_arrive_whatever_their_names(tmp_path: Path) -> None:
    names = [tmp_path / pictures.NON_UTF8_NAME, tmp_path / pictures.NEWLINE_NAME, tmp_path / "a.png"]
    profile = tmp_path / "profile"

    async def run() -> list[Path]:
        got: asyncio.Queue[list[Path]] = asyncio.Queue()
        context = await AppContext.open(profile)
        await context.begin(show=got.put_nowait)
        assert await asyncio.to_thread(hand_over, profile, names)
        await context.close()
        assert not hand_over(profile, names)
        return await got.get()

    assert asyncio.run(run()) == names


def test_a_command_has_no_window_to_show(tmp_path: Path) -> None:
    async def run() -> None:
        context = await AppContext.open(tmp_path / "profile")
        await context.begin()
        assert not await asyncio.to_thread(hand_over, tmp_path / "profile", [])
        await context.close()

    asyncio.run(run())


def test_who_is_ending_takes_nothing_in_any_more(tmp_path: Path) -> None:
    """A second command handed its pictures to one that waited for its last answers, and was left alone with them."""

    async def run() -> None:
        context = await AppContext.open(tmp_path / "profile")
        await context.begin()
        note = tmp_path / "profile" / "owner.json"
        assert note.exists()
        await context.wind_down()
        assert not note.exists()
        await context.close()

    asyncio.run(run())


def test_a_note_of_a_killed_program_leads_nowhere(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    Note.new(port, "window").write(tmp_path / "owner.json")
    assert not hand_over(tmp_path, [])
    (tmp_path / "owner.json").write_text("[")
    assert not hand_over(tmp_path, [])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TOPAZDESK_PROFILE": str(tmp_path / "profile")}


def test_two_real_windows_on_one_profile(tmp_path: Path, environment: dict[str, str]) -> None:
    """The second says so and exits 0; the first has the picture when it saves its session; the command line works with it."""
    picture = pictures.write(tmp_path / "second.png")
    command = [sys.executable, "-m", "topazdesk"]
    first = subprocess.Popen(command, env=environment)
    note = tmp_path / "profile" / "owner.json"
    try:
        while not note.exists():  # a machine that is busy may take a minute for that
            with pytest.raises(subprocess.TimeoutExpired):
                first.wait(0.1)
        second = subprocess.run([*command, str(picture)], env=environment, capture_output=True, text=True, timeout=240)
        assert second.returncode == 0, second.stderr
        assert "handed" in second.stdout
        third = quick_start.run([*command, "jobs", "run", "--json"], env=environment)
        assert third.returncode == 0, third.stdout
    finally:
        first.terminate()
        first.wait(400)
    session = json.loads((tmp_path / "profile" / "session.json").read_text())
    assert os.fsencode(picture).hex() in json.dumps(session)
    assert not note.exists()
