"""Starts our programs from a process that has imported them already: half a second of imports less for each start.

What starts is a process of its own, with its own arguments, environment, streams and signals, and all that the program does after its
imports. `Quick` is used as `subprocess.Popen` is. Where the start itself is tested, or anything that the interpreter reads when it
starts, `can_start` says no; where processes cannot be forked, too.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

_ROOT = Path(__file__).parents[2]
_HEAD = struct.Struct("!Q")
_PACKAGES = ("disk", "domain", "media", "services", "engine", "app", "cli", "sandbox")
_MODULES = ("topazdesk", "topazdesk.sandbox")
_EXIT = struct.Struct("!i")


def can_start(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether `command` is one of our programs, and what its interpreter reads at its start is as it is here."""
    early = {n for n in {*environment, *os.environ} if n.startswith(("PYTHON", "LC_", "LANG"))}
    return (
        sys.platform == "linux"
        and len(command) > 2
        and (command[0], command[1]) == (sys.executable, "-m")
        and command[2] in _MODULES
        and all(environment.get(name) == os.environ.get(name) for name in early)
    )


def start(command: Sequence[str], *, env: Mapping[str, str], **options: Any) -> subprocess.Popen[Any]:
    """Start a command, the quick way where that makes no difference."""
    kind = Quick if can_start(command, env) else subprocess.Popen
    return kind(list(command), env=dict(env), **options)


def run(command: Sequence[str], *, env: Mapping[str, str], timeout_s: float) -> tuple[int, str, str]:
    """Run a command without input to its end. Returns exit code, output and errors."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with start(command, env=env, **streams) as process:
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, out, err


class Quick(subprocess.Popen):  # type: ignore[type-arg]
    """A process that the starter has forked. The places of CPython's class where it forks and waits are replaced, nothing else."""

    def _execute_child(self, args: list[str], *rest: Any) -> None:
        cwd, environment = rest[4], rest[5]
        pipes = rest[9:15]
        given = pipes[0], pipes[3], pipes[5]
        here, there = socket.socketpair()
        asked = {"module": args[2], "words": args[3:], "env": environment, "folder": str(cwd or Path.cwd())}
        streams = [one if one != -1 else own for own, one in enumerate(given)]
        try:
            _starter().ask(asked, [*streams, there.fileno()])
            self.pid = _EXIT.unpack(_exactly(here, _EXIT.size))[0]
        finally:
            there.close()
        self._told = here
        self._child_created = True
        self._close_pipe_fds(*pipes)

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if wait_flags & os.WNOHANG:
            self._told.setblocking(False)
        try:
            status = _EXIT.unpack(_exactly(self._told, _EXIT.size))[0]
        except BlockingIOError:
            return 0, 0
        finally:
            self._told.setblocking(True)
        self._told.close()
        return self.pid, status

    def _internal_poll(self, *_: object, **__: object) -> int | None:
        if self.returncode is None and self._waitpid_lock.acquire(False):
            try:
                if self.returncode is None:
                    pid, status = self._try_wait(os.WNOHANG)
                    if pid == self.pid:
                        self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


class _Starter:
    """The process that has all imports; one for each process that runs tests."""

    def __init__(self) -> None:
        self._line, there = socket.socketpair()
        self._lock = threading.Lock()
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=_ROOT,
            )
        atexit.register(self._end)

    def ask(self, asked: dict[str, Any], streams: list[int]) -> None:
        """Have a process started; `streams` are its three standard ones and the line on which its fate is told."""
        data = json.dumps(asked).encode()
        with self._lock:
            socket.send_fds(self._line, [_HEAD.pack(len(data))], streams)
            self._line.sendall(data)

    def _end(self) -> None:
        self._line.close()
        self._process.wait(10)


_made: list[_Starter] = []
_making = threading.Lock()


def _starter() -> _Starter:
    with _making:
        if not _made:
            _made.append(_Starter())
    return _made[0]


def _exactly(line: socket.socket, size: int) -> bytes:
    data = line.recv(size, socket.MSG_WAITALL)
    if len(data) < size:
        raise EOFError("the starter has ended")
    return data


# -- the starter itself -----------------------------------------------------------------------------------------------------


def _serve(line: socket.socket) -> None:
    """Fork a process for each request until nobody asks any more."""
    for package in _PACKAGES:
        folder = importlib.import_module(f"topazdesk.{package}")
        for module in pkgutil.walk_packages(folder.__path__, f"{folder.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    while True:
        head, streams, _, _ = socket.recv_fds(line, _HEAD.size, 4)
        if not head:
            return
        asked = json.loads(_exactly(line, _HEAD.unpack(head)[0]))
        if os.fork() == 0:
            _keep(line, asked, streams)
        for number in streams:
            os.close(number)
        _bury()


def _bury() -> None:
    """Forget keepers that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _keep(line: socket.socket, asked: dict[str, Any], streams: list[int]) -> NoReturn:
    """Fork the program, tell its number, wait for its end and tell that: only a parent can."""
    line.close()
    *own, told = streams
    pid = os.fork()
    if pid == 0:
        os.close(told)
        _become(asked, own)
    for number in (*own, 0, 1, 2):
        os.close(number)
    os.write(told, _EXIT.pack(pid))
    _, status = os.waitpid(pid, 0)
    try:
        os.write(told, _EXIT.pack(status))
    finally:
        os._exit(0)


def _become(asked: dict[str, Any], streams: list[int]) -> NoReturn:
    """Run the program as the interpreter does: its streams, its place, its words, then its module. Its end is the interpreter's own."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for stream in streams:
        if stream > 2:
            os.close(stream)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        errors = "backslashreplace" if name == "stderr" else getattr(sys, name).errors
        opened = open(number, mode, encoding=sys.stdout.encoding, errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, opened)
        setattr(sys, f"__{name}__", opened)
    if not sys.stderr.line_buffering:
        sys.stderr.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = [asked["module"], *asked["words"]]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the tests
    _serve(socket.socket(fileno=int(sys.argv[1])))
