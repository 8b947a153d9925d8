"""Where the packaged data are. Cheap to import: the first icon on the screen needs it."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """Return the `resources` folder. Raises BugError if the installation lacks it."""
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / "resources", package.parent / "resources"):
        if (candidate / "catalogue").is_dir():
            return candidate
    from topazdesk.errors import BugError

    raise BugError(
        "The installation is incomplete", "Install topazdesk again.", details=f"no resources beside {package}"
    )
