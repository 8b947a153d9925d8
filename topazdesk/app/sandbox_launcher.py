"""Starts the sandbox as a process of its own when it is needed, and finds one that already runs on this profile.

The process outlives its starter for a while (like a remote service would) and leaves by itself when nobody asks it for
anything. Two programs on one profile share it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from topazdesk.app.resources import catalogue_folder
from topazdesk.errors import ComputerError

log = logging.getLogger(__name__)

START_TIMEOUT_S = 30.0
END_TIMEOUT_S = 5.0
IDLE_EXIT_S = 120


@dataclass(frozen=True, slots=True)
class SandboxAddress:
    """A running sandbox: root URL, its key (worth nothing elsewhere), process id."""

    url: str
    api_key: str = field(repr=False)
    pid: int


class SandboxLauncher:
    """One per profile. `speed` as in the settings; `state` is the sandbox's own folder; `models` the user's own models."""

    def __init__(
        self, state: Path, *, speed: float = 1.0, log_folder: Path | None = None, models: Path | None = None
    ) -> None:
        self._state = state
        self._speed = speed
        self._log_folder = log_folder
        self._models = models
        self._is_current = False
        self._lock = asyncio.Lock()

    async def ensure(self) -> SandboxAddress:
        """The address of a running sandbox, started if there is none. Raises ComputerError when it cannot start."""
        async with self._lock:
            running = await self.running()
            if running is not None and await self._serves_own_models():
                return running
            if running is not None:
                await self._end(running)
            return await self._start()

    async def _serves_own_models(self) -> bool:
        """Whether the one that runs has read the user's models as they are. Looked at once: this program read them once, too."""
        if not self._is_current:
            self._is_current = not await asyncio.to_thread(self._is_behind)
        return self._is_current

    def _is_behind(self) -> bool:
        if self._models is None:
            return False
        try:
            started = (self._state / "server.json").stat().st_mtime
            changed = [max(s.st_mtime, s.st_ctime) for s in (p.stat() for p in self._models.rglob("*.json"))]
        except OSError:
            return False  # somebody changes it just now: the next program finds it
        return any(moment > started for moment in changed)

    async def _end(self, running: SandboxAddress) -> None:
        """Ends it and waits until it has given its folder back; what it works on goes on in the next one."""
        await asyncio.to_thread(_end, running.pid)
        with contextlib.suppress(TimeoutError):  # one that does not leave is used as it is
            async with asyncio.timeout(END_TIMEOUT_S):
                while await self.running() is not None:  # noqa: ASYNC110 - another process has no event for us
                    await asyncio.sleep(0.05)

    async def set_speed(self, speed: float) -> None:
        """Another speed from now on. One that runs is ended; it starts anew when it is asked next and goes on where it was."""
        if speed == self._speed:
            return
        async with self._lock:
            self._speed = speed
            running = await self.running()
            if running is not None:
                await self._end(running)

    async def running(self) -> SandboxAddress | None:
        """The sandbox that runs on this state folder, or None."""
        address = await asyncio.to_thread(self._read)
        if address is None:
            return None
        parts = urlsplit(address.url)
        try:
            # Not wait_for: on Python 3.11 it swallows a cancellation that comes together with the answer.
            async with asyncio.timeout(3):
                _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except (OSError, TimeoutError):
            return None
        writer.close()
        return address

    def _read(self) -> SandboxAddress | None:
        try:
            data = json.loads((self._state / "server.json").read_text("utf-8"))
            key = Path(data["key_file"]).read_text("utf-8").strip()
            return SandboxAddress(str(data["topaz_url"]).rstrip("/"), key, int(data["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    async def _start(self) -> SandboxAddress:
        self._is_current = True
        process = await asyncio.to_thread(self._spawn)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                line = await asyncio.to_thread(_first_line, process)
            data: dict[str, Any] = json.loads(line)
            return SandboxAddress(str(data["topaz_url"]).rstrip("/"), str(data["api_key"]), int(data["pid"]))
        except (TimeoutError, ValueError, KeyError) as error:
            # Another program may have started one in the same moment: then ours refused and left.
            running = await self.running()
            if running is not None:
                return running
            process.kill()
            raise ComputerError(
                "The practice service (sandbox) did not start.",
                "Start the program again. If it stays so, look into the log folder of the profile.",
                details=f"{type(error).__name__}, exit {process.poll()}",
                code="computer.sandbox",
            ) from error
        finally:
            if process.stdout:
                process.stdout.close()

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [*_program(), "--state", str(self._state), "--catalogue", str(catalogue_folder())]
        command += ["--catalogue", str(self._models)] if self._models is not None else []
        command += ["--speed", f"{self._speed:g}", "--idle-exit", str(IDLE_EXIT_S)]
        errors: Any = subprocess.DEVNULL
        try:
            if self._log_folder is not None:
                errors = (self._log_folder / "sandbox.log").open("ab")
            return subprocess.Popen(  # noqa: S603 - our own program, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                # A Ctrl+C in the terminal is for us, not for it. No session of its own: Linux would share the processor
                # out between the two sessions evenly, however modest the sandbox is.
                process_group=0,
            )
        except OSError as error:
            raise ComputerError(
                "The practice service (sandbox) did not start.",
                "Install topazdesk again.",
                details=str(error.strerror or error),
                code="computer.sandbox",
            ) from error
        finally:
            if errors is not subprocess.DEVNULL:
                errors.close()


def _program() -> list[str]:
    """How the sandbox is run: a frozen program runs itself, anything else its interpreter."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "sandbox"]
    return [sys.executable, "-m", "topazdesk.sandbox"]


def _first_line(process: subprocess.Popen[bytes]) -> str:
    if process.stdout is None:
        raise ValueError("no output")
    return process.stdout.readline().decode("utf-8")


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except (ProcessLookupError, PermissionError) as error:
        log.info("the sandbox could not be ended: %s", error)


def run_in_foreground(arguments: list[str]) -> int:
    """`topazdesk sandbox`: the sandbox alone, in this process, until it is stopped. Returns its exit code."""
    from topazdesk.sandbox.main import main

    return main(arguments)
