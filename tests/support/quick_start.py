"""Starts our programs and their workers from a process that has imported them already: up to a second of imports less for each start.

What starts is a process of its own, with its own arguments, environment, streams and signals, and all that the program does after its
imports. `Quick` is used as `subprocess.Popen` is. Where the start itself is tested, or anything that the interpreter reads when it
starts, `can_start` says no; where processes cannot be forked, too.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

_ROOT = Path(__file__).parents[2]
_HEAD = struct.Struct("!Q")
_PACKAGES = ("disk", "domain", "media", "services", "engine", "team", "app", "cli", "sandbox")
_WORKER = "topazdesk.media.worker"
_TRYING = "topazdesk.app.trying"
_OF_TESTS = ("tests.support.team_worker", "tests.support.first_start", "tests.shots.scaled_window")
_MODULES = ("topazdesk", "topazdesk.sandbox", _WORKER, _TRYING, *_OF_TESTS)
#: What our modules import only when they need it.
_LATER = (
    *("certifi", "anyio._backends._asyncio", "anyio.streams.stapled", "anyio.streams.tls", "uvicorn.lifespan.off"),
    *("pyvips", "numpy", "exiv2", "tifffile", "imagecodecs", "PIL.Image", "PIL.JpegImagePlugin", "PIL.PngImagePlugin"),
    *(
        "psycopg",
        "psycopg_pool",
        "procrastinate",
        "sqlite3",
        "encodings.ascii",
        "encodings.idna",
        "encodings.utf_8_sig",
    ),
)
_EXIT = struct.Struct("!i")
#: Of these names the one that the interpreter does not read.
_KEYRING = "PYTHON_KEYRING_BACKEND"


def _linked(environment: Mapping[str, str]) -> dict[str, str]:
    """What the dynamic linker reads, before there is an interpreter."""
    return {name: value for name, value in environment.items() if name.startswith("LD_")}


#: A test may set it for itself and all that it starts; the starter has what was set when it started.
_LINKED = _linked(os.environ)


def can_start(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether `command` is one of our programs, and what its interpreter reads at its start is as it is here."""
    early = {n for n in {*environment, *os.environ} if n.startswith(("PYTHON", "LC_", "LANG", "SSL_"))} - {_KEYRING}
    return (
        sys.platform == "linux"
        and len(command) > 2
        and (command[0], command[1]) == (sys.executable, "-m")
        and command[2] in _MODULES
        and all(environment.get(name) == os.environ.get(name) for name in early)
        and _linked(environment) == _LINKED
    )


def start(command: Sequence[str], *, env: Mapping[str, str], **options: Any) -> subprocess.Popen[Any]:
    """Start a command, the quick way where that makes no difference."""
    kind = Quick if can_start(command, env) else subprocess.Popen
    return kind(list(command), env=dict(env), **options)


class Subprocess:
    """Stands for the module `subprocess` where our programs start workers, or the doctor tries what can be loaded."""

    PIPE, DEVNULL, TimeoutExpired = subprocess.PIPE, subprocess.DEVNULL, subprocess.TimeoutExpired

    @staticmethod
    def Popen(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:  # noqa: N802
        return start(command, env=os.environ, **options)

    @staticmethod
    def run(
        command: Sequence[str], *, timeout: float, capture_output: bool, check: bool, **options: Any
    ) -> subprocess.CompletedProcess[Any]:
        assert capture_output
        assert not check
        with Subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(list(command), process.returncode, out, err)


def lend(*modules: str) -> None:
    """Let this process's own workers be started the quick way, and what these modules start.

    Not its sandboxes: they outlive who started them, and the tests look at how they end.
    """
    for name in ("topazdesk.media.workers", *modules):
        vars(importlib.import_module(name))["subprocess"] = Subprocess


def run(
    command: Sequence[str], *, env: Mapping[str, str], told: str | None = None, timeout_s: float = 240
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as `subprocess.run` does; what it is `told` stands on its standard input."""
    stdin = subprocess.DEVNULL if told is None else subprocess.PIPE
    with start(command, env=env, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            out, err = process.communicate(told, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(list(command), process.returncode, out, err)


class Quick(subprocess.Popen):  # type: ignore[type-arg]
    """A process that the starter has forked. The places of CPython's class where it forks and waits are replaced, nothing else.

    A `preexec_fn` stays here: what starts a session on a terminal has that terminal as its own without one.
    """

    def _execute_child(self, args: list[str], *rest: Any) -> None:
        cwd, environment = rest[4], rest[5]
        pipes = rest[9:15]
        given = pipes[0], pipes[3], pipes[5]
        asked = {
            "module": args[2],
            "words": args[3:],
            "env": environment,
            "folder": str(cwd or Path.cwd()),
            "is_session": bool(rest[20]),
            "group": rest[21] if len(rest) > 21 else -1,
        }
        self._told = _starter().ask(asked, [one if one != -1 else own for own, one in enumerate(given)])
        self.pid = _EXIT.unpack(_exactly(self._told, _EXIT.size))[0]
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
    """The process that has all imports; one for each process that runs tests, ended with it."""

    def __init__(self) -> None:
        # Where it listens is its secret: only those who run the tests may have programs started.
        self._folder = tempfile.TemporaryDirectory(prefix="topazdesk-starter-")
        self._place = str(Path(self._folder.name) / "line")
        ours, there = socket.socketpair()
        self._life = ours
        with socket.socket(socket.AF_UNIX) as listening, there:
            listening.bind(self._place)
            listening.listen(64)
            kept = [listening.fileno(), there.fileno()]
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, self._place, *map(str, kept)],
                pass_fds=kept,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=_ROOT,
            )

    def ask(self, asked: dict[str, Any], streams: list[int]) -> socket.socket:
        """Have a process started with these three streams. Returns the line on which its number and its end are told."""
        return _ask(self._place, asked, streams)

    def end(self) -> None:
        self._life.close()
        self._process.wait(120)
        self._folder.cleanup()


class _Above:
    """The starter as the programs know it that it has started."""

    def __init__(self, place: str) -> None:
        self._place = place

    def ask(self, asked: dict[str, Any], streams: list[int]) -> socket.socket:
        return _ask(self._place, asked, streams)


def _ask(place: str, asked: dict[str, Any], streams: list[int]) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(place)
        data = json.dumps(asked).encode()
        socket.send_fds(line, [_HEAD.pack(len(data))], streams)
        line.sendall(data)
    except BaseException:
        line.close()
        raise
    return line


_made: list[_Starter | _Above] = []
_making = threading.Lock()


@atexit.register  # at the import of this module, and so after all that our own modules do at the end: they end their workers
def _end() -> None:
    for each in _made:
        if isinstance(each, _Starter):
            each.end()


def _starter() -> _Starter | _Above:
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


def _load() -> None:
    """Import all that our programs may come to import. Nothing is called: each program sets its libraries up by itself.

    But for the certificates that are trusted: to read those takes longer than all the rest of a short command.
    """
    for package in _PACKAGES:
        folder = importlib.import_module(f"topazdesk.{package}")
        for module in pkgutil.walk_packages(folder.__path__, f"{folder.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in _LATER:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    vars(importlib.import_module("topazdesk.services.http"))["_trusted"]()
    assert threading.active_count() == 1, "a thread does not come along when a process is forked"


def _serve(place: str, listening: socket.socket, life: socket.socket) -> None:
    """Fork a process for each request, and tell who asked how it ends; until the tests are over."""
    _load()
    gc.collect()
    gc.freeze()
    heard = selectors.DefaultSelector()
    heard.register(listening, selectors.EVENT_READ)
    heard.register(life, selectors.EVENT_READ)
    while True:
        for key, _ in heard.select():
            if key.fileobj is life:
                return
            if key.fileobj is listening:
                line, _ = listening.accept()
                with contextlib.suppress(OSError, EOFError):
                    pid = _forked(place, line, heard)
                    heard.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, line))
                    continue
                line.close()
                continue
            heard.unregister(key.fileobj)
            os.close(key.fd)
            pid, line = key.data
            _, status = os.waitpid(pid, 0)
            with line, contextlib.suppress(OSError):
                line.send(_EXIT.pack(status), socket.MSG_NOSIGNAL)


def _forked(place: str, line: socket.socket, heard: selectors.BaseSelector) -> int:
    """Fork the program that is asked for on a line. Raises EOFError if who asks is killed meanwhile: a program of the tests can be."""
    head, streams, _, _ = socket.recv_fds(line, _HEAD.size, 3)
    try:
        if len(head) < _HEAD.size:
            raise EOFError("it has not said what to start")
        asked = json.loads(_exactly(line, _HEAD.unpack(head)[0]))
    except EOFError:
        for number in streams:
            os.close(number)
        raise
    pid = os.fork()
    if pid == 0:
        for key in list(heard.get_map().values()):
            # A socket that is closed by its number alone would at its end close whatever has the number then.
            key.fileobj.close() if isinstance(key.fileobj, socket.socket) else os.close(key.fd)
        heard.close()
        line.close()
        _made[:] = [_Above(place)]
        _become(asked, streams)
    for number in streams:
        os.close(number)
    line.sendall(_EXIT.pack(pid))
    return pid


def _become(asked: dict[str, Any], streams: list[int]) -> NoReturn:
    """Run the program as the interpreter does: its streams, its place, its words, then its module."""
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
    if asked["is_session"]:
        os.setsid()
        if os.isatty(0):
            _own_terminal()
    elif asked["group"] >= 0:
        os.setpgid(0, asked["group"])
    lend("topazdesk.app.doctor")  # with whom not everything is there, a test says so before the interpreter starts
    sys.modules.pop(asked["module"] if asked["module"] in (_WORKER, _TRYING) else "", None)  # it is run, not imported
    try:
        runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            _leave(ended.code or 0)
        raise
    _leave(0)
    sys.exit()


def _leave(code: int) -> None:
    """End as the interpreter does, but without taking all modules apart: that alone takes longer than all the rest of a short command.

    Come back where the interpreter would have something to say in the end.
    """
    threading._shutdown()
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _own_terminal() -> None:
    import fcntl  # not on Windows, where nothing is forked
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the tests
    _serve(sys.argv[1], *(socket.socket(fileno=int(word)) for word in sys.argv[2:]))
