"""Finds out which process a port on the loopback belongs to, where the system tells (Linux)."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_TABLE = Path("/proc/net/tcp")
_LOOPBACK = "0100007F" if sys.byteorder == "little" else "7F000001"
_LISTENING = "0A"


def listens(pid: int, port: int) -> bool:
    """Return whether `pid` listens on 127.0.0.1:`port`; True on systems that do not tell, where other proof must do."""
    if not sys.platform.startswith("linux"):
        return True
    try:
        table = _TABLE.read_text("ascii")
    except OSError:
        return True
    wanted = f"{_LOOPBACK}:{port:04X}"
    rows = (line.split() for line in table.splitlines()[1:])
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1] == wanted and row[3] == _LISTENING}
    return bool(sockets) and not sockets.isdisjoint(_open_files(pid))


def _open_files(pid: int) -> list[str]:
    found = []
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with suppress(OSError):  # closed in the meantime
                found.append(os.readlink(entry.path))  # noqa: PTH115 - not a path, but the kernel's name of a socket
    return found
