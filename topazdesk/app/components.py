"""What the program is made of, with versions and licences: for the sheet "About" and for reports of faults."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from importlib import metadata

from topazdesk import __version__


@dataclass(frozen=True, slots=True)
class Component:
    """A library that the program uses, with the licence that it names itself ("" where it names none)."""

    name: str
    version: str
    licence: str


def components() -> tuple[Component, ...]:
    """Return the installed libraries that the program needs, by name. Reads many small files: not on the event loop."""
    try:
        needed = metadata.requires("topazdesk") or []
    except metadata.PackageNotFoundError:  # it runs from its source code and was never installed
        return ()
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed if "extra ==" not in line}
    found = [made for name in names if (made := _component(name)) is not None]
    return tuple(sorted(found, key=lambda each: each.name.lower()))


def versions() -> str:
    """Return the versions that a report of a fault needs, one per line."""
    lines = [f"topazdesk {__version__}", f"Python {platform.python_version()}", platform.platform()]
    for name in ("PySide6-Essentials", "pyvips", "Pillow", "exiv2"):
        found = _component(name)
        if found is not None:
            lines.append(f"{found.name} {found.version}")
    return "\n".join(lines)


def _component(name: str) -> Component | None:
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:  # only needed on another system
        return None
    return Component(found.name, found.version, _licence(found))


def _licence(found: metadata.Distribution) -> str:
    """Return the licence: its expression (PEP 639), else its classifiers, else the first line of its text."""
    told = found.metadata
    for expression in told.get_all("License-Expression") or ():
        return str(expression)
    named = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License ::")]
    named = [name for name in named if name != "OSI Approved"]
    if named:
        return ", ".join(named)
    return next((str(text).strip().partition("\n")[0][:60] for text in told.get_all("License") or ()), "")
