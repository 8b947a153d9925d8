"""A program on a pseudo-terminal, and what a person sees on it: the screen is drawn by a real terminal emulator."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte

from tests.support import quick_start


class Terminal:
    """A command on a terminal of its own. Use it as a context; the command is ended with it."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], *, columns: int = 80, rows: int = 24) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000)
        self._stream = pyte.ByteStream(self.screen)
        self._master, slave = os.openpty()
        _set_size(slave, columns, rows)
        spoken = {} if any(name in env for name in ("LANG", "LC_ALL", "LC_CTYPE")) else {"LANG": "C.UTF-8"}
        self.process = quick_start.start(
            command,
            env={"TERM": "xterm-256color", **spoken, **env},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.raw = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    @property
    def lines(self) -> list[str]:
        """The lines on the screen that are not empty."""
        return [line.rstrip() for line in self.screen.display if line.strip()]

    @property
    def text(self) -> str:
        """All that stands on the screen, and what has scrolled off it."""
        gone = ["".join(row[x].data for x in range(self.screen.columns)) for row in self.screen.history.top]
        return "\n".join(line.rstrip() for line in [*gone, *self.screen.display])

    def until(self, is_so: Callable[[], bool], timeout_s: float = 400) -> None:
        """Draw what the command writes until something is so on the screen."""
        end = time.monotonic() + timeout_s
        while not is_so():
            assert time.monotonic() < end, self.text
            if not self._take(0.2) and self.process.poll() is not None and not self._take(0):
                assert is_so(), self.text
                return

    def end(self, timeout_s: float = 400) -> int:
        """Draw to the end of the command; return its exit code."""
        end = time.monotonic() + timeout_s
        while self._take(0.2) or self.process.poll() is None:
            assert time.monotonic() < end, self.text
        return self.process.wait()

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as a window manager does."""
        self.screen.resize(rows, columns)
        _set_size(self._master, columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def _take(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError:  # the other end is closed
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)


def _set_size(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
