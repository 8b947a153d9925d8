"""A night in small: a watched folder with a daily limit, a refused key, a full disk and restarts; then the books.

`TOPAZDESK_NIGHT_FILES` makes it shorter or longer. The full disk is a small file system in memory, where the system lets
one be made; elsewhere that hour is left out, and said.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.benchmarks.table import Line
from tests.support.sandbox import started

FILES = 2_000
_PIECE_S = 0.005
_PATIENCE_S = 900.0
_LOOK_S = 0.2
#: In which nothing must happen.
_STILL_S = 5.0
_REFUSED = {"match": {}, "do": {"status": 401, "body": {"error": "Unauthorized"}}}


class _Watcher:
    """A watcher at work. What it says goes to a file, which tells at any time what happened."""

    def __init__(self, command: list[str], env: dict[str, str], log: IO[bytes]) -> None:
        self._log = Path(log.name)
        self._start = self._log.stat().st_size
        self.process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.DEVNULL)

    def said(self) -> list[dict[str, Any]]:
        """All whole lines so far."""
        with self._log.open("rb") as log:
            log.seek(self._start)
            return [json.loads(line) for line in log.read().splitlines(keepends=True) if line.endswith(b"\n")]

    def has_said(self, code: str) -> bool:
        return any(str(line.get("code", "")).startswith(code) for line in self.said())

    def end(self) -> int:
        """As a computer that is shut down."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(120)


def measure(folder: Path) -> list[Line]:
    """What each hour of the night did, and whether report and books agree with those of the service."""
    files = int(os.environ.get("TOPAZDESK_NIGHT_FILES", FILES))
    cap = files // 4
    incoming, log = folder / "incoming", folder / "said"
    incoming.mkdir()
    began = time.monotonic()
    lines: list[Line] = []

    def tell(name: str, ours: object, wanted: object) -> None:
        lines.append(Line(f"night: {name}", f"{ours}", f"{wanted}", None, "the same", ours == wanted))

    with (
        _disk(folder / "results") as has_disk,
        started(folder / "service", options=("--credits", str(files * 2))) as service,
        log.open("ab") as out,
    ):
        env = {
            **os.environ,
            "TOPAZDESK_PROFILE": str(folder / "profile"),
            "TOPAZ_API_KEY": service.key,
            "TOPAZDESK_TOPAZ_URL": service.url,
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        program = [sys.executable, "-m", "topazdesk"]
        watch = [*program, "watch", str(incoming), "--model", "Low Resolution 2", "--service", "topaz", "--json"]
        watch += ["--still", "0.5", "--out", str(folder / "results")]
        words = [sys.executable, "-m", "tests.support.slow_writer", str(incoming), str(files), str(_PIECE_S)]
        with subprocess.Popen(words) as writer:
            first = _Watcher([*watch, "--per-day", str(cap)], env, out)
            _until(lambda: first.has_said("budget.limit"), first)
            _until(lambda: len(service.rows("jobs")) >= cap, first)
            time.sleep(_STILL_S)
            tell("jobs under a limit of a quarter", len(service.rows("jobs")), cap)
            tell("exit code of a watcher that is shut down", first.end(), 130)

            second = _Watcher([*watch, "--per-day", str(files * 2)], env, out)
            _until(lambda: len(service.rows("jobs")) >= files // 2, second)
            service.scenario(_REFUSED)
            _until(lambda: second.has_said("account."), second)
            taken = len(service.rows("jobs"))
            time.sleep(_STILL_S)
            tell("jobs while the key is refused", len(service.rows("jobs")) - taken, 0)
            service.scenario()
            subprocess.run([*program, "jobs", "resume"], env=env, stdout=subprocess.DEVNULL, check=True)

            if has_disk:
                _until(lambda: len(service.rows("jobs")) >= files * 5 // 8, second)
                filler = _fill(folder / "results")
                _until(lambda: second.has_said("disk.") or second.has_said("computer.disk_full"), second)
                filler.unlink()
            _until(lambda: len(service.rows("jobs")) >= files * 3 // 4, second)
            tell("exit code at the second shutdown", second.end(), 130)
            service.restart()
            writer.wait()
        ends = [
            subprocess.run([*watch, "--per-day", str(files * 2), "--once"], env=env, stdout=out, check=False).returncode
            for _ in "ab"
        ]
        report = folder / "night.json"
        words = [*program, "jobs", "report", "--since", "1d", str(report), "--json"]
        told = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        summary = json.loads(told.stdout.splitlines()[-1])
        books = json.loads(report.read_text("utf-8"))["books"]["credit"]
        spent = sum(-row["reserved"] for row in service.rows("ledger") if row["kind"] == "charge")
        tell("exit code of the last watcher", ends[-1], 0)
        tell("pictures done by the report", summary["done"], files)
        tell("results in the folder", sum(path.suffix == ".png" for path in (folder / "results").iterdir()), files)
        tell("jobs that the service took", len(service.rows("jobs")), files)
        tell("credits charged by the report", books["charged"], spent)
        tell("credits charged by the summary", summary["credits"], spent)
        tell("credits still held by the report", books["reserved"], 0)
    lines.append(Line("night: a full disk", "yes" if has_disk else "not possible here", "–", None, "–", None))
    lines.append(Line("night: time", f"{time.monotonic() - began:.0f} s", "–", None, "–", None))
    return lines


def _until(is_so: Callable[[], bool], watcher: _Watcher) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not is_so():
        if time.monotonic() > end or watcher.process.poll() is not None:
            raise AssertionError(f"it did not come to that: {watcher.said()[-5:]}")
        time.sleep(_LOOK_S)


@contextmanager
def _disk(place: Path) -> Iterator[bool]:
    """A folder for results, on a small disk of its own if that can be had."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(place)]
    is_mounted = sys.platform == "linux" and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=False)


def _fill(place: Path) -> Path:
    """Leave no byte free."""
    filler = place / ".filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
        except OSError:
            return filler
