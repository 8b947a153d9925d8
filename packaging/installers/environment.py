"""The environment that installers are made from: the locked versions and the program's wheel, nothing of development.

It is a fresh one beside `.venv`, so that it also proves that the wheel works with what it asks for, and that only what
people get is frozen.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

from commands import run, say
from places import ROOT, WORK

sys.path.insert(0, str(ROOT / "packaging"))
import dev

_FOLDER = WORK / "environment"
PYTHON = _FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ready(wheel: Path) -> Path:
    """Install `wheel` with what it needs into the environment, made anew where a lock changed; return its Python."""
    locks = (dev.LOCK_BUILD, dev.LOCK, dev.LOCK_PACKAGE)
    stamp = _FOLDER / "locks.sha256"
    wanted = hashlib.sha256(b"".join([sys.version.encode(), *(lock.read_bytes() for lock in locks)])).hexdigest()
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet"]
    if not stamp.exists() or stamp.read_text("ascii") != wanted:
        say("Installing the locked versions into an environment of its own (takes a few minutes)")
        shutil.rmtree(_FOLDER, ignore_errors=True)
        run([sys.executable, "-m", "venv", _FOLDER])
        run([*pip, *dev.verified(dev.LOCK_BUILD)], env=env)
        run([*pip, *dev.verified(dev.LOCK, dev.LOCK_PACKAGE)], env=env)
        stamp.write_text(wanted, "ascii")
    # Without an index: pip fails if the wheel needs anything that the locks do not name.
    run([*pip, "--no-index", "--force-reinstall", "--no-deps", wheel], env=env)
    run([PYTHON, "-m", "pip", "check"], env=env)
    return PYTHON
