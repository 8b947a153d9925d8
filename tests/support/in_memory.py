"""Temporary folders of the tests in memory, where the system has room for them there.

The tests make some hundred thousand small files and have most of them written through to the disk: on a disk that is a
fifth of their time. What is about a disk (a full one, one that can only be read) mounts one of its own.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

#: In memory on every Linux; a container may have some megabytes of it only.
_MEMORY = Path("/dev/shm")
#: Far more than all tests leave at a time: of those that passed nothing is kept.
_ROOM = 6 << 30


def use() -> None:
    """Have Python, pytest and all programs that are started make temporary folders there, unless the user chose a place."""
    if os.environ.get("TMPDIR") or sys.platform != "linux" or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    if min(shutil.disk_usage(_MEMORY).free, _available()) < _ROOM:
        return
    os.environ["TMPDIR"] = str(_MEMORY)
    tempfile.tempdir = None


def _available() -> int:
    """Memory that could be had, in bytes."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    facts = dict(line.split(":", 1) for line in lines)
    return int(facts["MemAvailable"].split()[0]) << 10
