"""Tries whether libraries can be imported or a window opened. A process of its own: native code that fails ends that.

Usage: `python -m topazdesk.app.trying MODULE…` imports all of them and prints the version of the first package that
has one; `--window` opens a connection to the screen and prints which kind it is.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

WINDOW = "--window"


def main(arguments: Sequence[str]) -> int:
    """Try what is named, and print what was found; return the exit code."""
    if WINDOW in arguments:
        application = import_module("PySide6.QtWidgets").QApplication([])
        print(application.platformName())
        return 0
    try:
        for name in arguments:
            import_module(name)
    except ImportError as error:
        print(error, file=sys.stderr)
        return 1
    packages = [import_module(name.partition(".")[0]) for name in arguments]
    print(next((package.__version__ for package in packages if hasattr(package, "__version__")), ""))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
