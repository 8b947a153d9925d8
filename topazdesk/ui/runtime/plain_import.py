"""Gives the program back the `import` that PySide's features replace when it is loaded.

The new one reads the source text of every module that is imported from then on, and keeps it in memory, to find out
whether the module may use `from __feature__ import …`. This program has some hundred modules and uses no such feature:
it was a tenth of the time until the window could be used.
"""

from __future__ import annotations

import builtins


def restore_import() -> None:
    """Make `import` what it was before PySide's features; do nothing where they have not replaced it."""
    original = getattr(builtins, "__orig_import__", None)  # where PySide keeps it
    if original is not None:
        builtins.__import__ = original
