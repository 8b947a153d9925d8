"""Runs the real program as a process, on a profile of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support import quick_start
from tests.support.sandbox import RunningSandbox, started
from tests.support.secrets import LINK_MARK, assert_unsaid, assert_unwritten


@dataclass
class Ran:
    """What a command did: exit code, its JSON lines, its texts."""

    code: int
    out: str
    err: str
    events: list[dict[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e["event"] == kind]

    @property
    def error(self) -> dict[str, Any]:
        """What ended the command."""
        return self.of("error")[-1]

    @property
    def summary(self) -> dict[str, Any]:
        assert self.events[-1]["event"] == "summary", self.out + self.err
        return self.events[-1]


@dataclass
class Program:
    """The program with a profile; `env` is added to the environment, `under` is the command line that it is started by."""

    profile: Path
    env: dict[str, str]
    under: tuple[str, ...] = ()

    def command(self, *words: str | Path) -> list[str]:
        return [*self.under, sys.executable, "-m", "topazdesk", *map(os.fspath, words)]

    @property
    def environment(self) -> dict[str, str]:
        base = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
        return {**base, "TOPAZDESK_PROFILE": str(self.profile), **self.env}

    def run(self, *words: str | Path, timeout_s: float = 400) -> Ran:
        """Without a terminal, as cron and pipes run it, wherever the tests are started."""
        ran = quick_start.run(self.command(*words), env=self.environment, timeout_s=timeout_s)
        for key in (self.env.get(f"{name}_API_KEY") for name in ("TOPAZ", "RUNFLOW")):
            assert_unsaid(ran.stdout + ran.stderr, key or LINK_MARK)
        lines = [json.loads(line) for line in ran.stdout.splitlines()] if "--json" in words else []
        return Ran(ran.returncode, ran.stdout, ran.stderr, lines)

    def tell(self, text: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """With a text on its standard input, as `echo … | topazdesk …` runs it."""
        return quick_start.run(self.command(*words), env=self.environment, told=text)

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        return quick_start.start(
            self.command(*words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self.environment,
        )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox process that stands for the Topaz service."""
    with started(tmp_path / "service") as running:
        yield running


@pytest.fixture
def program(tmp_path: Path, service: RunningSandbox) -> Iterator[Program]:
    """The program with a key for that service, which nothing of what it writes may hold afterwards."""
    yield Program(tmp_path / "profile", {"TOPAZ_API_KEY": service.key, "TOPAZDESK_TOPAZ_URL": service.url})
    assert_unwritten(tmp_path, service.key, but=[service.state, tmp_path / "profile" / "sandbox"])


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Program]:
    """The program without key or service; a sandbox that it starts for itself is stopped afterwards."""
    found = Program(tmp_path / "profile", {})
    yield found
    address = found.profile / "sandbox" / "server.json"
    if address.exists():
        os.kill(json.loads(address.read_text())["pid"], signal.SIGTERM)
