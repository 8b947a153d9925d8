"""Make what people install: `dev.py build KIND` runs this with the environment's Python.

Its last line is the path of what was made.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import appimage
import deb
import environment
import flatpak
import frozen
import proof
import prove_deb
import wheel
from commands import say


def build_wheel() -> Path:
    """Make the wheel and the source archive, proven in an environment of their own."""
    made = wheel.build()
    python = environment.ready(made)
    proof.prove([python.parent / "topazdesk"], python)
    return made


def build_app() -> Path:
    """Make the folder that needs no Python."""
    made = frozen.build()
    proof.prove([made / "topazdesk"], environment.PYTHON)
    return made


@cache
def _app() -> Path:
    return build_app()


#: What each kind is made by; the last three are made from the folder, which is made once.
KINDS: dict[str, Callable[[], Path]] = {
    "wheel": build_wheel,
    "app": _app,
    "deb": lambda: deb.build(_app()),
    "appimage": lambda: appimage.build(_app()),
    "flatpak": lambda: flatpak.build(_app()),
}


def main() -> int:
    """Build what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py build", description="Make packages and installers in dist/.")
    parser.add_argument("kind", choices=[*KINDS, "all"])
    parser.add_argument("--prove", action="store_true", help="deb: install, use and remove it on a bare Debian (root)")
    given = parser.parse_args()
    for kind in KINDS if given.kind == "all" else (given.kind,):
        made = KINDS[kind]()
        if kind == "deb" and given.prove:
            say(f"Pictures of it: {prove_deb.prove(made)}")
        say(str(made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
