"""Prove that a program that was built works: its version, its own check, the main job, a picture of its window.

The main job is done twice: through the sandbox, which the program starts as a process of its own, and by this computer.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from commands import run, say
from places import RESOURCES, version

_SECONDS = 300
_SAMPLE = RESOURCES / "samples" / "statue.jpg"
_JOBS = (("sandbox", "Low Resolution 2"), ("local", "real-esrgan-fast"))
#: Parts of `doctor` that need not be well where installers are made.
_ELSEWHERE = {"keyring", "topaz key", "runflow key", "profile disk", "c2pa", "display"}


def prove(program: Sequence[str | Path]) -> None:
    """Run the program in a folder and an environment of its own. Raises SystemExit when something does not work."""
    with tempfile.TemporaryDirectory(prefix="topazdesk-proof-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        env = _environment(folder)
        told = _run(program, ["--version"], env, folder).strip()
        if told != f"topazdesk {version()}":
            raise SystemExit(f"the version told is {told!r}, not {version()}")
        for line in _run(program, ["doctor", "--offline", "--json"], env, folder).splitlines():
            event = json.loads(line)
            if event["event"] == "check" and event["finding"] != "ok" and event["name"] not in _ELSEWHERE:
                raise SystemExit(f"doctor: {event}")
        picture = Path(shutil.copy(_SAMPLE, folder))
        for service, model in _JOBS:
            options = [
                "--service",
                service,
                "--model",
                model,
                "--scale",
                "2",
                "--yes",
                "--json",
                "--out",
                str(folder / service),
            ]
            done = _events(_run(program, ["enhance", str(picture), *options], env, folder))
            results = [Path(event["result"]) for event in done if event["event"] == "done"]
            if len(results) != 1 or not results[0].is_file():
                raise SystemExit(f"enhance by {service} made no result: {done}")
        shot = folder / "window.png"
        _run(program, ["--screenshot", str(shot), "--result", str(picture)], env, folder)
        if shot.stat().st_size < 20_000:
            raise SystemExit(f"the picture of the window has {shot.stat().st_size} bytes only")
    say("It works: version, doctor, a picture by the sandbox and one by this computer, the window.")


def _environment(folder: Path) -> dict[str, str]:
    """Return what a new user's login has: no Python, no settings of whoever builds."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "WINDIR", "LANG") if name in os.environ}
    own = {"HOME": str(folder), "USERPROFILE": str(folder), "LOCALAPPDATA": str(folder), "TMPDIR": str(folder)}
    return {
        **kept,
        **own,
        "PATH": "/usr/bin:/bin",
        "QT_QPA_PLATFORM": "offscreen",
        "TOPAZDESK_PROFILE": str(folder / "profile"),
    }


def _run(program: Sequence[str | Path], words: list[str], env: dict[str, str], folder: Path) -> str:
    return run([*program, *words], env=env, folder=folder, timeout_s=_SECONDS)


def _events(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]
