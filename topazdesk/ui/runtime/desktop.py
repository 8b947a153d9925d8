"""Hands files to other programs of the desktop: shows them in the file manager, opens them.

Whether another program started is known only a moment later, and a desktop that is busy may take seconds to answer. So
all of this is awaited, and nothing here blocks the loop.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from topazdesk.disk.file_uris import uri_of
from topazdesk.disk.names import shown_path
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import say

#: A program that runs for so long has started.
_STARTED_S = 3.0
_FILE_MANAGER = "org.freedesktop.FileManager1"


async def reveal(path: Path) -> None:
    """Show a file in the file manager, selected if that supports it.

    Raises UseError if the file is gone, ComputerError if there is no file manager.
    """
    await _look(path)
    if sys.platform == "win32":
        shown = (
            await _start(["explorer", "/select,", str(path)]) is not None
        )  # its exit code is 1 even if all went well
    elif sys.platform == "darwin":
        shown = await _start(["open", "-R", str(path)]) == 0
    else:
        shown = await _start(_show_items(path)) == 0 or await _start(["xdg-open", str(path.parent)]) == 0
    if not shown:
        raise ComputerError(
            "No file manager was found on this computer",
            say("The file is {path}", path=shown_path(path)),
            code=Code.COMPUTER_NO_PROGRAM,
        )


async def open_file(path: Path) -> None:
    """Open a file in the program that the system chooses.

    Raises UseError if the file is gone, ComputerError if no program opens it.
    """
    await _look(path)
    if sys.platform == "win32":
        opened = await asyncio.to_thread(_started_by_windows, path)
    elif sys.platform == "darwin":
        opened = await _start(["open", str(path)]) == 0
    else:
        opened = await _start(["xdg-open", str(path)]) == 0
    if not opened:
        raise ComputerError(
            "No program for this kind of picture was found on this computer",
            say("Choose one with Open with. The file is {path}", path=shown_path(path)),
            code=Code.COMPUTER_NO_PROGRAM,
        )


async def open_with(command: Sequence[str], path: Path) -> None:
    """Run a program's command, which contains the file already. Raises UseError and ComputerError."""
    await _look(path)
    if await _start(command) != 0:
        raise ComputerError(
            say("{command} could not open the picture", command=Path(command[0]).name),
            say("Try another program. The file is {path}", path=shown_path(path)),
            code=Code.COMPUTER_NO_PROGRAM,
        )


def _show_items(path: Path) -> list[str]:
    uri = uri_of(path).decode("ascii").replace(",", "%2C")  # a comma would separate two files
    call = ["dbus-send", "--session", "--print-reply", f"--dest={_FILE_MANAGER}", "/org/freedesktop/FileManager1"]
    return [*call, f"{_FILE_MANAGER}.ShowItems", f"array:string:{uri}", "string:"]


async def _look(path: Path) -> None:
    if not await asyncio.to_thread(os.path.lexists, path):  # a drive on the network may take its time
        raise UseError(
            "The file is no longer there",
            say("It was moved, renamed or deleted: {path}", path=shown_path(path)),
            code=Code.USE_FILE_GONE,
        )


def _started_by_windows(path: Path) -> bool:
    try:
        os.startfile(path)  # type: ignore[attr-defined,unused-ignore]  # noqa: S606 - the user asked for it
    except OSError:
        return False
    return True


async def _start(command: Sequence[str]) -> int | None:
    """Start a program that outlives this one. Return its exit code, 0 if it goes on, None if it does not exist."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int | None] = loop.create_future()

    def tell(code: int | None) -> None:
        if not ended.done():
            ended.set_result(code)

    def follow() -> None:
        code = _run(command)
        try:
            loop.call_soon_threadsafe(tell, code)
        except RuntimeError:  # the window was closed long ago
            return

    # A thread of its own that nobody waits for: the program may run for hours, and this one may end before.
    threading.Thread(target=follow, name=f"follows {Path(command[0]).name}", daemon=True).start()
    try:
        return await asyncio.wait_for(asyncio.shield(ended), _STARTED_S)
    except TimeoutError:
        return 0


def _run(command: Sequence[str]) -> int | None:
    try:
        # Not in our session: Ctrl+C in the terminal that this program came from is not meant for it.
        process = subprocess.Popen(  # noqa: S603 - a program that the user chose, without a shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
    return process.wait()
