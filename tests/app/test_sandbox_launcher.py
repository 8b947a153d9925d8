"""The launcher trusts the process that holds the sandbox's lock and no other, and signals nobody: real processes and ports."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from topazdesk.app.listener_owner import listens
from topazdesk.app.sandbox_launcher import SandboxAddress, SandboxLauncher
from topazdesk.errors import ComputerError
from topazdesk.sandbox.holder import FolderLock, is_held
from topazdesk.sandbox.state import StateFolder

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the system names no holder of a lock there"),
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),  # as it should be
]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder; whoever holds it at the end is ended."""
    folder = tmp_path / "sandbox"
    folder.mkdir()
    yield folder
    note = folder / "server.json"
    if note.exists() and is_held(folder, pid := json.loads(note.read_text())["pid"]):
        os.kill(pid, signal.SIGKILL)


def _launcher(state: Path) -> SandboxLauncher:
    return SandboxLauncher(state, speed=0)


class _Foreign(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.seen.append(dict(self.headers))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # its end waits for who is still being answered
    seen: list[dict[str, str]]
    connections = 0

    def verify_request(self, *_: Any) -> bool:
        self.connections += 1
        return True


@pytest.fixture
def foreign() -> Iterator[_Server]:
    """Another program's server; it notes whoever connects."""
    server = _Server(("127.0.0.1", 0), _Foreign)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A program that has nothing to do with us and got a process id that a sandbox once had."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def _note(state: Path, pid: int, port: int, **more: str) -> None:
    note = {"topaz_url": f"http://127.0.0.1:{port}", "runflow_url": None, "pid": pid, "run": "0" * 32, **more}
    (state / "server.json").write_text(json.dumps(note | {"key_file": str(state / "api-key")}))


def _kill(address: SandboxAddress) -> None:
    os.kill(address.pid, signal.SIGKILL)
    _gone(address)


def _gone(address: SandboxAddress) -> None:
    """Wait for the end of a process that the launcher started in this one."""
    with suppress(ChildProcessError):  # another start has tidied up already
        os.waitpid(address.pid, 0)


def _works(address: SandboxAddress) -> bool:
    balance = httpx.get(address.url + "/account/v1/credits/balance", headers={"X-API-Key": address.api_key})
    return balance.status_code == 200


def test_a_note_of_a_sandbox_that_is_gone_is_no_word_of_whoever_has_its_number_now(
    state: Path, foreign: _Server, sleeper: subprocess.Popen[bytes]
) -> None:
    """A reused process id got SIGTERM, and the key went to a foreign port."""
    first = asyncio.run(_launcher(state).ensure())
    _kill(first)
    assert (state / "server.json").exists(), "what a killed sandbox leaves"
    _note(state, sleeper.pid, foreign.server_port)

    async def use() -> SandboxAddress:
        launcher = _launcher(state)
        assert await launcher.running() is None
        await launcher.set_speed(1.0)  # ends the one that runs
        return await launcher.ensure()

    address = asyncio.run(use())
    assert address.pid not in (first.pid, sleeper.pid)
    assert address.api_key == first.api_key
    assert _works(address)
    assert sleeper.poll() is None, "it was not ours to end"
    assert foreign.connections == 0, "and nobody asked it anything"


def test_a_note_beside_a_held_lock_has_to_be_the_holders(
    state: Path, foreign: _Server, sleeper: subprocess.Popen[bytes]
) -> None:
    async def use() -> None:
        address = await _launcher(state).ensure()
        port = int(address.url.rpartition(":")[2])
        assert (await _launcher(state).running()) is not None
        for pid, at in ((sleeper.pid, port), (sleeper.pid, foreign.server_port), (os.getpid(), foreign.server_port)):
            _note(state, pid, at)
            assert await _launcher(state).running() is None
        if sys.platform.startswith("linux"):
            _note(state, address.pid, foreign.server_port)
            assert await _launcher(state).running() is None
        for url in (
            "http://192.0.2.1:80",
            "https://127.0.0.1:1",
            f"http://127.0.0.1:{port}@example.com",
            "http://127.0.0.1:0",
        ):
            _note(state, address.pid, port, topaz_url=url)
            assert await _launcher(state).running() is None, url
        for spoiled in ("", "[]", '{"pid": 1e400}', "[" * 100_000, '{"pid": "x"}'):
            (state / "server.json").write_text(spoiled)
            assert await _launcher(state).running() is None, spoiled[:20]
        _note(state, address.pid, port)
        assert await _launcher(state).running() is not None

    asyncio.run(use())
    assert foreign.connections == 0
    assert sleeper.poll() is None


def test_the_key_comes_from_the_folder_whatever_the_note_says(state: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("somebody's secret")

    async def use() -> None:
        address = await _launcher(state).ensure()
        _note(state, address.pid, int(address.url.rpartition(":")[2]), key_file=str(other))
        running = await _launcher(state).running()
        assert running is not None
        assert running.api_key == address.api_key

    asyncio.run(use())


def test_many_programs_at_once_share_one_sandbox(state: Path) -> None:
    async def use() -> list[SandboxAddress]:
        return await asyncio.gather(*(_launcher(state).ensure() for _ in range(5)))

    found = asyncio.run(use())
    assert len({(address.url, address.pid, address.api_key) for address in found}) == 1
    assert _works(found[0])


def test_a_sandbox_that_was_killed_is_started_anew(state: Path) -> None:
    async def use() -> None:
        launcher = _launcher(state)
        for _ in range(2):
            address = await launcher.ensure()
            assert await launcher.ensure() == (await launcher.running())
            assert await asyncio.to_thread(_works, address)
            _kill(address)
            assert await launcher.running() is None

    asyncio.run(use())


def test_another_speed_is_served_by_another_process_and_the_first_leaves_by_itself(state: Path) -> None:
    async def use() -> None:
        launcher = _launcher(state)
        first = await launcher.ensure()
        await launcher.set_speed(3.0)
        assert await launcher.running() is None
        assert not is_held(state)
        second = await launcher.ensure()
        assert second.pid != first.pid
        assert await asyncio.to_thread(_works, second)

    asyncio.run(use())


def test_a_wish_to_leave_is_for_one_run_only(state: Path) -> None:
    async def use() -> None:
        first = await _launcher(state).ensure()
        running = await _launcher(state).running()
        assert running is not None
        (state / "leave").write_text("0" * 32)  # that of an earlier run, written late
        await asyncio.sleep(0.5)  # longer than it takes to look; there is no event for what does not happen
        assert await asyncio.to_thread(_works, first)
        (state / "leave").write_text(running.run)
        await asyncio.to_thread(_gone, first)
        assert not (state / "server.json").exists(), "it left in good order"

    asyncio.run(use())


def test_a_folder_that_is_refused_is_told_with_the_reason(state: Path, tmp_path: Path) -> None:
    """The error only said that it did not start; why stood in sandbox.log."""
    (state / "photo.jpg").write_bytes(b"the user's")
    with pytest.raises(ComputerError) as told:
        asyncio.run(SandboxLauncher(state, speed=0, log_folder=tmp_path).ensure())
    assert told.value.title == "The practice service (sandbox) did not start: This folder contains other files"
    assert told.value.hint == f"Move what is in {state} elsewhere, and start it again. Nothing there was touched."
    (state / "photo.jpg").unlink()
    state.rmdir()
    state.write_bytes(b"")
    with pytest.raises(ComputerError) as told:
        asyncio.run(SandboxLauncher(state, speed=0, log_folder=tmp_path).ensure())
    assert told.value.title.endswith("did not start: The sandbox's folder cannot be used")
    assert str(state) in told.value.hint
    assert "--state" not in told.value.hint


def test_a_folder_that_is_held_and_says_nothing_is_told(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    StateFolder.open(state).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(state)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    monkeypatch.setattr("topazdesk.app.sandbox_launcher.START_TIMEOUT_S", 3.0)

    async def start() -> None:
        # However long it takes to be started and to say so: from then on it is waited for.
        vars(asyncio.get_running_loop())["time"] = _ClockFrom(tmp_path / "sandbox.log", b"Another sandbox")
        await SandboxLauncher(state, speed=0, log_folder=tmp_path).ensure()

    with pytest.raises(ComputerError) as told:
        asyncio.run(start())
    assert told.value.title.endswith("did not start: Another sandbox is using this folder")
    assert "--state" not in told.value.hint
    assert (tmp_path / "sandbox.log").read_text().count("Another sandbox") == 1, "it was waited for, not run against"
    assert holder.poll() is None
    holder.communicate(b"\n")


class _ClockFrom:
    """The time of a loop that stands still until something is in a file."""

    def __init__(self, file: Path, words: bytes) -> None:
        self._file, self._words = file, words
        self._begun, self._stood_s = time.monotonic(), 0.0

    def __call__(self) -> float:
        if not self._stood_s:
            if not self._file.exists() or self._words not in self._file.read_bytes():
                return self._begun
            self._stood_s = time.monotonic() - self._begun
        return time.monotonic() - self._stood_s


_HOLD = """
import sys
from pathlib import Path
from topazdesk.sandbox.holder import FolderLock
lock = FolderLock.take(Path(sys.argv[1]))
print("held" if lock else "not held", flush=True)
sys.stdin.readline()
"""


def test_who_listens_is_told_by_the_system(foreign: _Server, sleeper: subprocess.Popen[bytes]) -> None:
    assert listens(os.getpid(), foreign.server_port)
    if sys.platform.startswith("linux"):
        assert not listens(sleeper.pid, foreign.server_port)
        assert not listens(os.getpid(), 1)
        assert not listens(2**22 + 1, foreign.server_port)


def test_a_lock_ends_with_its_process_and_is_had_once(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    lock = FolderLock.take(tmp_path)
    assert lock is not None
    other = [sys.executable, "-c", _ASK, str(tmp_path), str(os.getpid())]
    said = subprocess.run(other, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]).stdout
    assert said.split() == ["True", "False", "True", "None"]
    lock.release()
    said = subprocess.run(other, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]).stdout
    assert said.split()[:3] == ["False", "False", "False"]


_ASK = """
import sys
from pathlib import Path
from topazdesk.sandbox.holder import FolderLock, is_held
folder = Path(sys.argv[1])
print(is_held(folder, int(sys.argv[2])), is_held(folder, 1), is_held(folder), FolderLock.take(folder))
"""
