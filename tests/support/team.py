"""A team for tests: a database, the sandbox in place of the service on the net, and workers that are real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from tests.support import quick_start
from tests.support.sandbox import RunningSandbox

REPOSITORY = Path(__file__).parents[2]
#: What hangs is told after so long.
WAIT_S = 500.0


def until(condition: Callable[[], bool]) -> None:
    """Waits for a state that other processes bring about."""
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


class Team:
    """A team below `folder`; its one root is `scans` there."""

    def __init__(self, folder: Path, url: str, sandbox: RunningSandbox) -> None:
        self.folder = folder
        self.url = url
        self.sandbox = sandbox
        self.scans = folder / "scans"
        self.scans.mkdir(parents=True, exist_ok=True)
        self.workers: dict[str, subprocess.Popen[str]] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "TOPAZDESK_TOPAZ_URL": self.sandbox.url,
            "TOPAZ_API_KEY": self.sandbox.key,
        }

    def picture(self, name: str, seed: int = 0, size: tuple[int, int] = (40, 30)) -> Path:
        path = self.scans / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.effect_noise(size, 40).convert("RGB")
        picture.putpixel((0, 0), (seed % 256, seed // 256 % 256, seed // 65536))
        picture.save(path, "PNG")
        return path

    def start(
        self,
        name: str,
        *,
        uploads: int = 4,
        downloads: int = 6,
        url: str = "",
        root: str = "scans",
        folder: Path | None = None,
        profile: str = "",
        **more: str,
    ) -> subprocess.Popen[str]:
        """Starts a worker, whose log goes by its profile, which goes by its name."""
        own = profile or name
        log = (self.folder / f"{own}.log").open("a", encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "tests.support.team_worker",
            str(self.folder / f"profile-{own}"),
            url or self.url,
            name,
        ]
        command += [f"{root}={folder or self.scans}", str(uploads), str(downloads)]
        process = quick_start.start(
            command, stdout=log, stderr=log, text=True, env={**self.environment, **more}, cwd=REPOSITORY
        )
        log.close()
        self.workers[own] = process
        return process

    def kill(self, name: str) -> None:
        self.workers[name].send_signal(signal.SIGKILL)
        self.workers[name].wait(60)

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def close(self) -> None:
        for process in self.workers.values():
            if process.poll() is None:
                process.kill()
            process.wait(60)

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs the command line on a machine of the team that is no worker."""
        profile = self.folder / "profile-desk"
        command = [sys.executable, "-m", "topazdesk", "--team", self.url, *words, "--profile", str(profile)]
        return quick_start.run(command, env={**self.environment, **more}, timeout_s=200)

    def add(self, *more: str) -> None:
        """Starts all pictures of the root on a machine of the team that is no worker."""
        words = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--out", str(self.scans / "out"))
        done = self.run("jobs", "add", str(self.scans), *words, "--yes", *more)
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def team(folder: Path, url: str, sandbox: RunningSandbox) -> Iterator[Team]:
    made = Team(folder, url, sandbox)
    try:
        yield made
    finally:
        made.close()
