"""Prove that a program that was built works: its version, its own check, the main job, a picture of its window.

The main job is done by this computer, and through the sandbox, which the program starts as a process of its own, with a
picture of each kind. So whatever was left out of the program is missed here: readers, fonts, languages, metadata.
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
from places import HERE, RESOURCES, version

#: Tells what hangs; a busy machine may need minutes for a picture.
_SECONDS = 1800
_SAMPLE = RESOURCES / "samples" / "statue.jpg"
_JOBS = (("sandbox", "Low Resolution 2"), ("local", "real-esrgan-fast"))
#: Models of this computer that are slow: they are tried on a small picture.
_SLOW = ("real-esrgan-photo", "real-esrgan-art")
_LANGUAGES = ("en", "de", "fr", "es", "ja")
#: An address at which nobody answers: the program has what it asks a team's database with.
_NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"
#: Parts of `doctor` that need not be well where installers are made.
_ELSEWHERE = {"keyring", "topaz key", "runflow key", "profile disk", "c2pa", "display"}


def prove(program: Sequence[str | Path], python: Path) -> None:
    """Run the program in a folder and an environment of its own. Raises SystemExit when something does not work.

    `python` has the libraries that write pictures of all kinds.
    """
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
            made = _enhanced(program, [str(picture), "--service", service, "--model", model], env, folder / model)
            if len(made) != 1:
                raise SystemExit(f"enhance by {service} made no result with {model}")
        _every_kind(program, python, env, folder)
        for language in _LANGUAGES:
            pages = folder / language
            _run(program, ["--language", language, "help", "--html", str(pages)], env, folder)
            if not any(pages.glob("*.html")):
                raise SystemExit(f"no help in {language}")
        told = _run(program, ["--team", _NO_DATABASE, "team", "status", "--json"], env, folder, may_fail=True)
        if "127.0.0.1" not in told:
            raise SystemExit(f"no team can be asked: {told!r}")
        shot = folder / "window.png"
        _run(program, ["--screenshot", str(shot), "--result", str(picture)], env, folder)
        if shot.stat().st_size < 20_000:
            raise SystemExit(f"the picture of the window has {shot.stat().st_size} bytes only")
    say("It works: version, doctor, every kind of picture by the sandbox, this computer, trial, bag, help, the window.")


def _every_kind(program: Sequence[str | Path], python: Path, env: dict[str, str], folder: Path) -> None:
    """Do the main job with a picture of each kind, look at what comes of it, and try models on one of them."""
    kinds = folder / "kinds"
    run([python, HERE / "kinds.py", kinds])
    pictures = len(list(kinds.iterdir()))
    words = [str(kinds), "--service", "sandbox", "--model", "Standard 2", "--bag", str(folder / "bag")]
    made = _enhanced(program, words, env, folder / "results")
    if len(made) != pictures:
        raise SystemExit(f"of {pictures} kinds of pictures {len(made)} were made")
    if not any((folder / "bag").rglob("*.pdf")):
        raise SystemExit("the bag has no contact sheet")
    told = _run(program, ["metadata", str(made[0])], env, folder)
    if "Standard 2" not in told:
        raise SystemExit(f"the result does not say how it was made: {told!r}")
    for model in _SLOW:
        if not _enhanced(program, [str(kinds / "picture0.jpg"), "--service", "local", "--model", model], env, folder):
            raise SystemExit(f"{model} made no result")
    words = ["--service", "sandbox", "--model", "Standard 2", "--model", "Recover 3", "--yes", "--json"]
    tried = folder / "tried"
    _run(program, ["try", str(folder / _SAMPLE.name), *words, "--out", str(tried)], env, folder)
    if len(list(tried.iterdir())) != 2:
        raise SystemExit("the trial made no two results")


def _enhanced(program: Sequence[str | Path], words: list[str], env: dict[str, str], out: Path) -> list[Path]:
    """Enhance pictures; return the results that are there."""
    out.mkdir(exist_ok=True)
    options = ["--scale", "2", "--yes", "--json", "--out", str(out)]
    done = _events(_run(program, ["enhance", *words, *options], env, out))
    return [Path(event["result"]) for event in done if event["event"] == "done" and Path(event["result"]).is_file()]


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


def _run(
    program: Sequence[str | Path], words: list[str], env: dict[str, str], folder: Path, *, may_fail: bool = False
) -> str:
    return run([*program, *words], env=env, folder=folder, timeout_s=_SECONDS, may_fail=may_fail)


def _events(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]
