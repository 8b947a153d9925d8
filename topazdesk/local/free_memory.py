"""How much memory is free on this computer."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

#: Taken to be free where the system does not say.
_USUAL = 2_000_000_000


def free_memory() -> int:
    """Return the bytes that a program may take without others losing theirs, as far as the system tells."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    if sys.platform != "win32":
        with suppress(OSError, ValueError):
            return int(os.sysconf("SC_AVPHYS_PAGES")) * int(os.sysconf("SC_PAGE_SIZE"))
    return _USUAL
