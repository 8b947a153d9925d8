"""Where the parts of the project are, where what is built goes, and the version that all of it carries."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
#: What is made on the way to an installer.
WORK = ROOT / "build" / "installers"
#: What is given to people.
DIST = ROOT / "dist"
RESOURCES = ROOT / "resources"


def version() -> str:
    """Return the program's version, which stands in the package alone."""
    found = re.search(
        r'^__version__ = "([^"]+)"$', (ROOT / "topazdesk" / "__init__.py").read_text("utf-8"), re.MULTILINE
    )
    if found is None:
        raise SystemExit("topazdesk/__init__.py names no version")
    return found[1]
