"""How the program starts parts of itself as processes of their own, alike where it is installed and where it is frozen.

Installed, the interpreter runs a part's module (`python -m MODULE`). A frozen program has no interpreter, so it starts
itself with a word that `topazdesk.__main__` knows, and runs the same module. A part is written once and works in both.
"""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

#: The first word of the command line with which a frozen program runs a part of itself.
WORD = "--run-part"


class Part(StrEnum):
    """The modules that run as processes of their own. A frozen program runs no others."""

    MEDIA = "topazdesk.media.worker"
    LOCAL = "topazdesk.local"
    SANDBOX = "topazdesk.sandbox"
    TRYING = "topazdesk.app.trying"


def is_frozen() -> bool:
    """Return whether this program brings its own Python along."""
    return bool(getattr(sys, "frozen", False))


def command(part: Part, *arguments: str) -> list[str]:
    """Return the command that starts a part with these arguments."""
    if is_frozen():
        return [sys.executable, WORD, part.value, *arguments]
    return [sys.executable, "-m", part.value, *arguments]


def apart() -> dict[str, Any]:
    """Return options for `subprocess.Popen`: Ctrl+C in the terminal does not reach a part, Windows opens no console.

    A part gets no session of its own: Linux shares processor time evenly between sessions, which would defeat a part's
    lower priority.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}


def run(arguments: Sequence[str]) -> int:
    """Run, in this process, the part that `command` named to a frozen program; return the exit code."""
    name, *rest = arguments or [""]
    try:
        part = Part(name)
    except ValueError:
        print(f"topazdesk has no part {name!r}", file=sys.stderr)
        return 2
    sys.argv = [part.value, *rest]
    runpy.run_module(part.value, run_name="__main__", alter_sys=True)
    return 0
