"""The folder that needs no Python: the program frozen by PyInstaller, with the list and the licences of its parts."""

from __future__ import annotations

import sys
from pathlib import Path

import environment
import slimming
import wheel
from commands import run, say
from places import DIST, HERE, WORK

#: What the folder may take on a disk. 73 MB of it are the service "This computer": its networks and what runs them.
MOST_BYTES = 335_000_000


def build() -> Path:
    """Make the folder in `dist` and prove that it works; return it."""
    python = environment.ready(wheel.build())
    run([python, HERE / "icons.py", WORK])
    say("Freezing (takes some minutes)")
    words = ["-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--distpath", DIST, "--workpath", WORK]
    # In a folder that has no topazdesk: what was installed is frozen, not what lies in the repository.
    run([python, *words, HERE / "topazdesk.spec"], folder=WORK)
    folder = DIST / "topazdesk"
    slimming.slim(folder)
    run([python, HERE / "materials.py", folder])
    taken = size(folder)
    say(f"{folder}: {taken / 1e6:.0f} MB")
    if taken > MOST_BYTES:
        raise SystemExit(f"The folder has {taken:,} bytes, over {MOST_BYTES:,}: see what has come in.")
    return folder


def size(folder: Path) -> int:
    """Return what a folder takes on a disk, as `du` counts it."""
    return (
        sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
        if sys.platform != "win32"
        else sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    )
