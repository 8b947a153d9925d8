"""Starts the sandbox as a process of its own when it is needed, and finds one that already runs on this profile.

The process outlives the program that started it for a while, as a remote service would, and exits when it has been
idle. Two programs on one profile share it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from topazdesk import own_program
from topazdesk.app.listener_owner import listens
from topazdesk.app.resources import catalogue_folder
from topazdesk.disk.names import shown_path
from topazdesk.disk.private_file import write
from topazdesk.errors import Code, ComputerError
from topazdesk.language import say
from topazdesk.sandbox.holder import is_held
from topazdesk.sandbox.state import KEY_FILE, LEAVE_FILE, SERVER_FILE

log = logging.getLogger(__name__)

START_TIMEOUT_S = 30.0
END_TIMEOUT_S = 5.0
IDLE_EXIT_S = 120
_LOOK_S = 0.05
_STARTS = 3


@dataclass(frozen=True, slots=True)
class SandboxAddress:
    """A running sandbox: root URL, key (worth nothing elsewhere), process id, and `run`, which tells it to exit."""

    url: str
    api_key: str = field(repr=False)
    pid: int
    run: str = field(default="", repr=False)


class SandboxLauncher:
    """Starts and finds the sandbox of one profile.

    `state` is the sandbox's own folder, `speed` is as in the settings, `models` is the folder with the user's own
    models.
    """

    def __init__(
        self, state: Path, *, speed: float = 1.0, log_folder: Path | None = None, models: Path | None = None
    ) -> None:
        self._state = state
        self._speed = speed
        self._log_folder = log_folder
        self._models = models
        self._is_current = False
        self._proven: tuple[int, int] | None = None
        self._lock = asyncio.Lock()

    async def ensure(self) -> SandboxAddress:
        """Return the address of a running sandbox, starting one if needed. Raises ComputerError if it cannot start."""
        async with self._lock:
            running = await self.running()
            if running is not None and await self._serves_own_models():
                return running
            if running is not None:
                await self._end(running)
            return await self._start()

    async def _serves_own_models(self) -> bool:
        """Return whether the running sandbox has read the user's models as they are now.

        Checked only once, because this program reads them only once, too.
        """
        if not self._is_current:
            self._is_current = not await asyncio.to_thread(self._is_behind)
        return self._is_current

    def _is_behind(self) -> bool:
        if self._models is None:
            return False
        try:
            started = (self._state / SERVER_FILE).stat().st_mtime
            changed = [max(s.st_mtime, s.st_ctime) for s in (p.stat() for p in self._models.rglob("*.json"))]
        except OSError:
            return False  # being changed just now: the next start of a program will see it
        return any(moment > started for moment in changed)

    async def _end(self, running: SandboxAddress) -> None:
        """Ask the sandbox to exit and wait until it has released its folder; the next one continues its jobs.

        It is asked through a file in its folder. No process is ever signalled, because the id may belong to another
        program by now.
        """
        try:
            await asyncio.to_thread(write, self._state / LEAVE_FILE, running.run)
        except OSError as error:
            log.info("the sandbox could not be asked to leave: %s", error)
            return
        with contextlib.suppress(TimeoutError):  # one that does not exit is used as it is
            async with asyncio.timeout(END_TIMEOUT_S):
                # Polled, because another process has no event to wait for.
                while await asyncio.to_thread(is_held, self._state, running.pid):  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_S)

    async def set_speed(self, speed: float) -> None:
        """Change the speed. A running sandbox is ended; it starts again at the next request and continues its jobs."""
        if speed == self._speed:
            return
        async with self._lock:
            self._speed = speed
            running = await self.running()
            if running is not None:
                await self._end(running)

    async def running(self) -> SandboxAddress | None:
        """Return the sandbox that runs on this state folder, or None."""
        return await asyncio.to_thread(self._found)

    def _found(self) -> SandboxAddress | None:
        """Return what the note in the folder says, if its process holds the folder's lock at this moment.

        A note survives a sandbox that was killed. Then its process id and its port may belong to other programs, and
        whoever listens there would get the key. The lock, however, ends with its process. The port is checked once per
        process: the sandbox opens it before it writes the note, and removes the note before it closes the port.
        """
        try:
            note = json.loads((self._state / SERVER_FILE).read_text("utf-8"))
            pid, run, url = int(note["pid"]), str(note["run"]), str(note["topaz_url"])
            port = _port_of(url)
            if not is_held(self._state, pid):
                return None
            if self._proven != (pid, port):
                if not listens(pid, port):
                    return None
                self._proven = (pid, port)
            key = (self._state / KEY_FILE).read_text("ascii").strip()
        except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
            return None
        return SandboxAddress(url, key, pid, run)

    async def _start(self) -> SandboxAddress:
        self._is_current = True
        why, refused = "", None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT_S):
                for _ in range(_STARTS):
                    process = await asyncio.to_thread(self._spawn)
                    try:
                        line = await asyncio.to_thread(_first_line, process)
                        refused = _refusal(line, self._state) if line else None
                        if line and refused is None:
                            return _announced(line)
                        why = f"exit {await asyncio.to_thread(process.wait)}"
                    except (ValueError, KeyError) as error:
                        why = type(error).__name__
                        process.kill()
                    except BaseException:
                        process.kill()
                        raise
                    finally:
                        if process.stdout:
                            process.stdout.close()
                    # Another program has started one at the same moment, or an earlier one is still exiting.
                    other = await self._other()
                    if other is not None:
                        return other
        if refused is not None:
            raise refused
        raise ComputerError(
            "The practice service (sandbox) did not start",
            "Start the program again. If that does not help, look into the log folder of the profile.",
            details=why or f"no answer within {START_TIMEOUT_S:g} s",
            code=Code.COMPUTER_SANDBOX,
        )

    async def _other(self) -> SandboxAddress | None:
        """Return the sandbox that holds the folder, once it listens; None if there is none or it has exited."""
        while await asyncio.to_thread(is_held, self._state):
            running = await self.running()
            if running is not None:
                return running
            await asyncio.sleep(_LOOK_S)
        return None

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = ["--state", str(self._state), "--catalogue", str(catalogue_folder())]
        options += ["--catalogue", str(self._models)] if self._models is not None else []
        options += ["--speed", f"{self._speed:g}", "--idle-exit", str(IDLE_EXIT_S)]
        errors: Any = subprocess.DEVNULL
        try:
            if self._log_folder is not None:
                errors = (self._log_folder / "sandbox.log").open("ab")
            return subprocess.Popen(  # noqa: S603 - our own program, no shell
                own_program.command(own_program.Part.SANDBOX, *options),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                **own_program.apart(),
            )
        except OSError as error:
            raise ComputerError(
                "The practice service (sandbox) did not start",
                "Install topazdesk again.",
                details=str(error.strerror or error),
                code=Code.COMPUTER_SANDBOX,
            ) from error
        finally:
            if errors is not subprocess.DEVNULL:
                errors.close()


def _first_line(process: subprocess.Popen[bytes]) -> str:
    if process.stdout is None:
        raise ValueError("no output")
    return process.stdout.readline().decode("utf-8")


def _announced(line: str) -> SandboxAddress:
    """Return the address in the first line of a sandbox that we started. Raises ValueError, KeyError."""
    data: dict[str, Any] = json.loads(line)
    return SandboxAddress(str(data["topaz_url"]), str(data["api_key"]), int(data["pid"]))


def _refusal(line: str, folder: Path) -> ComputerError | None:
    """Return why a sandbox did not start, if its first line says so. Raises ValueError for a line that is not JSON.

    Its hints are changed: they mention an option of a command that the user has not typed.
    """
    said = json.loads(line)
    if not isinstance(said, dict) or said.get("event") != "error":
        return None
    title, details = str(said.get("title", "")), str(said.get("details", ""))
    hint = f"{str(said.get('hint', '')).split(', or choose')[0].rstrip('.')}."
    if said.get("code") == Code.USE_SANDBOX_FOLDER:
        hint = say(
            "Move what is in {folder} elsewhere, and start it again. Nothing there was touched.",
            folder=shown_path(folder),
        )
    return ComputerError(
        say("The practice service (sandbox) did not start: {why:text}", why=title),
        hint,
        details=details,
        code=Code.COMPUTER_SANDBOX,
    )


def _port_of(url: str) -> int:
    """Return the port in the address of a sandbox. Raises ValueError for any other address."""
    found = re.fullmatch(r"http://127\.0\.0\.1:([0-9]{1,5})", url)
    if found is None or not 0 < int(found[1]) < 65_536:
        raise ValueError("no address of a sandbox")
    return int(found[1])


def run_in_foreground(arguments: list[str]) -> int:
    """Run the sandbox alone in this process until it is stopped (`topazdesk sandbox`); return its exit code."""
    from topazdesk.sandbox.main import main

    return main(arguments)
