"""Memory that is free goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from topazdesk.media import heap

#: Every second of many blocks is freed: too small to be given back one by one, and no end of the heap is free.
_PROGRAM = """
import ctypes
from pathlib import Path
from topazdesk.media import heap

def own():
    return int(Path("/proc/self/statm").read_text().split()[1])

malloc, free = ctypes.CDLL(None).malloc, ctypes.CDLL(None).free
malloc.restype, malloc.argtypes, free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
blocks = [malloc(100_000) for _ in range(400)]
for block in blocks:
    ctypes.memset(block, 1, 100_000)
for block in blocks[::2]:
    free(block)
before = own()
heap.give_back()
print(before - own())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep less")
def test_what_is_free_between_what_is_used_goes_back() -> None:
    ran = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=400)
    assert int(ran.stdout) * 4096 > 10_000_000  # of 20 MB


def test_elsewhere_nothing_happens() -> None:
    heap.give_back()
