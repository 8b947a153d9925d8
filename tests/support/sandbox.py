"""A real sandbox process for tests: starts it on a free port, knows its address and key, kills and restarts it.

Use `started(folder)` as a context manager, or the fixture `sandbox` in a conftest of your own folder::

    from tests.support.sandbox import sandbox  # noqa: F401
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from tests.support import quick_start
from topazdesk.disk.own_folder import is_mark

CATALOGUE_DIR = Path(__file__).parents[2] / "resources" / "catalogue"


@dataclass
class RunningSandbox:
    """A sandbox process. `url` is the service's root (`TOPAZDESK_TOPAZ_URL`), `key` its API key, `state` its folder.

    `scenario(rules)` changes what goes wrong while it runs; `kill` and `start` make a crash and a restart on the same port.
    """

    state: Path
    speed: float = 0.0
    options: tuple[str, ...] = ()
    catalogue: Path = CATALOGUE_DIR
    url: str = ""
    key: str = ""
    port: int = 0
    hello: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    _place: socket.socket | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.key}

    @property
    def scenario_file(self) -> Path:
        folder = self.state.parent
        # Not into a profile: that is refused where it holds other files.
        return (folder.parent if folder.name == "profile" else folder) / f"{self.state.name}-scenario.json"

    @property
    def uploads(self) -> list[str]:
        """Names of the files of uploads under way, or left behind."""
        return [path.name for path in (self.state / "incoming").iterdir() if not is_mark(path.name)]

    @property
    def output(self) -> IO[str]:
        assert self.process is not None
        assert self.process.stdout is not None
        return self.process.stdout

    def start(self) -> RunningSandbox:
        if not self.scenario_file.exists():
            self.scenario()
        command = [sys.executable, "-m", "topazdesk.sandbox", "--state", str(self.state), "--speed", str(self.speed)]
        command += ["--catalogue", str(self.catalogue), "--port", str(self.port)]
        command += ["--scenario", str(self.scenario_file), *self.options]
        self.process = quick_start.start(
            command, env=os.environ, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        line = self.output.readline()
        self.give_up_port()
        assert line, f"the sandbox ended with {self.process.wait(400)}"
        self.hello = json.loads(line)
        self.url, self.key = self.hello["topaz_url"], self.hello["api_key"]
        self.port = int(self.url.rpartition(":")[2])
        return self

    def scenario(self, *rules: dict[str, Any], credits: int | None = None) -> None:
        """Replace all rules (see topazdesk/sandbox/scenario.py), at once and with fresh counts."""
        text = json.dumps({"rules": rules} if credits is None else {"rules": rules, "credits": credits})
        part = self.scenario_file.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(self.scenario_file)

    def kill(self) -> None:
        """SIGKILL: as a crash or a power cut."""
        self._end(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return self._end(signal.SIGTERM)

    def restart(self) -> RunningSandbox:
        """Kill and start again on the same port and folder."""
        self.kill()
        return self.start()

    def edit(self, statement: str, *values: object) -> None:
        """Change its books: what it looks up there is so at once, what it works on once it is started again."""
        with closing(sqlite3.connect(self.state / "sandbox.sqlite3")) as database, database:
            database.execute(statement, values)

    def hurry(self) -> RunningSandbox:
        """Have all be over that it works on, however long it was to take."""
        self.kill()
        self.edit("UPDATE jobs SET queue_s = 0, takes_s = 0")
        return self.start()

    def _end(self, number: int) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code = self.process.wait(400)
        self.output.close()
        self.process = None
        self._keep_port()
        return code

    def _keep_port(self) -> None:
        """Keep the port while nobody listens there: whoever else asks the system for any port could be given it."""
        if sys.platform != "linux":  # which lets a second one have it as long as neither listens
            return
        self.give_up_port()
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", self.port))

    def give_up_port(self) -> None:
        """Let others have the port."""
        if self._place is not None:
            self._place.close()
            self._place = None

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table of its database ("ledger", "jobs", "sources", "account"), oldest first."""
        with closing(sqlite3.connect(f"file:{self.state / 'sandbox.sqlite3'}?mode=ro", uri=True)) as database, database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY rowid")]

    def result_bytes(self, process_id: str) -> bytes:
        """The bytes of a result as the sandbox stores them."""
        return (self.state / "results" / process_id).read_bytes()


@contextmanager
def started(state: Path, *, speed: float = 0.0, options: tuple[str, ...] = ()) -> Iterator[RunningSandbox]:
    """A running sandbox on the folder `state`; `speed` 0 finishes jobs at once. Ended at exit."""
    running = RunningSandbox(state, speed, options)
    try:
        yield running.start()
    finally:
        running.kill()
        running.give_up_port()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A fresh sandbox at speed 0 with 500 credits."""
    with started(tmp_path / "sandbox") as running:
        yield running
