"""Names of sidecars. The window knows them long before it reads one."""

from __future__ import annotations

from pathlib import Path

SUFFIX = ".topazdesk.json"


def sidecar_of(result: Path) -> Path:
    """Return the path of a result's sidecar: next to it, with its name."""
    return result.with_name(result.name + SUFFIX)


def is_sidecar(path: Path) -> bool:
    """Return whether a path has the name of a sidecar."""
    return path.name.lower().endswith(SUFFIX)
