"""Memory of this process, as the system counts it (Linux)."""

from __future__ import annotations

import resource
from pathlib import Path


def resident_bytes() -> int:
    """The resident set right now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def peak_bytes() -> int:
    """The largest resident set of this program.

    Not `ru_maxrss`: that one begins with the memory of whoever started the program, and the benches before this one grow it.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the system does not tell the peak of the resident set")
