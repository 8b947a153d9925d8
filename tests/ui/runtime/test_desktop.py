"""Files handed to other programs: real ones are started, and what cannot be is said with a way on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.programs import FakeDesktop, arguments, odd_name
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.ui.runtime.desktop import open_file, open_with, reveal


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDesktop:
    made = FakeDesktop(tmp_path / "desktop")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    # What these programs do is looked at when they have ended, however long a busy machine takes to start them.
    monkeypatch.setattr("topazdesk.ui.runtime.desktop._STARTED_S", 400.0)
    return made


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = odd_name(tmp_path)
    path.write_bytes(b"picture")
    return path


def test_the_file_manager_is_asked_to_select_the_file(desktop: FakeDesktop, picture: Path) -> None:
    told = desktop.command("dbus-send")
    asyncio.run(reveal(picture))
    (words,) = arguments(told)
    assert words[-3:] == [
        b"org.freedesktop.FileManager1.ShowItems",
        b"array:string:file://" + bytes(picture.parent) + b"/caf%E9%2050%25%2C%23.png",
        b"string:",
    ]


def test_without_such_a_file_manager_the_folder_is_opened(desktop: FakeDesktop, picture: Path) -> None:
    told = desktop.command("xdg-open")
    asyncio.run(reveal(picture))
    assert arguments(told) == [[bytes(picture.parent)]]


def test_no_file_manager_is_said_with_the_path(desktop: FakeDesktop, picture: Path) -> None:
    with pytest.raises(ComputerError) as raised:
        asyncio.run(reveal(picture))
    assert raised.value.code == Code.COMPUTER_NO_PROGRAM
    assert raised.value.title == "No file manager was found on this computer"
    assert raised.value.hint == f"The file is {picture.parent}/caf� 50%,#.png"


def test_a_file_is_opened_in_the_systems_program_byte_for_byte(desktop: FakeDesktop, picture: Path) -> None:
    told = desktop.command("xdg-open")
    asyncio.run(open_file(picture))
    assert arguments(told) == [[bytes(picture)]]


def test_a_program_that_fails_or_is_not_there_is_named(desktop: FakeDesktop, picture: Path) -> None:
    false = desktop.root / "bin" / "false"
    false.write_text("#!/bin/sh\nexit 3\n")
    false.chmod(0o755)
    for command in (str(false), "/nowhere/viewer"):
        with pytest.raises(ComputerError) as raised:
            asyncio.run(open_with([command, str(picture)], picture))
        assert raised.value.title == f"{Path(command).name} could not open the picture"


def test_a_program_that_stays_open_is_not_waited_for(
    desktop: FakeDesktop, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs until it is closed; meanwhile the loop goes on, and what waits for it ends after a few seconds."""

    async def story() -> int:
        turns = 0
        opening = asyncio.create_task(open_with(["/bin/cat", str(pipe)], picture))
        while not opening.done():
            turns += 1
            await asyncio.sleep(0.01)
        await opening
        return turns

    import os

    monkeypatch.setattr("topazdesk.ui.runtime.desktop._STARTED_S", 1.0)
    pipe = desktop.root / "pipe"
    os.mkfifo(pipe)
    assert asyncio.run(story()) > 2, "the loop stood still"
    pipe.open("wb").close()  # the program ends


def test_a_file_that_is_gone_is_said_before_any_program_starts(desktop: FakeDesktop, tmp_path: Path) -> None:
    told = desktop.command("xdg-open")
    for work in (open_file, reveal):
        with pytest.raises(UseError) as raised:
            asyncio.run(work(tmp_path / "gone.png"))
        assert raised.value.code == Code.USE_FILE_GONE
    assert not told.exists()
