"""The process that forks the programs of tests outlives whoever asks it for one."""

from __future__ import annotations

import os
import select
import socket
import sys

import pytest

from tests.support import quick_start


@pytest.mark.skipif(sys.platform != "linux", reason="no program is forked there")
@pytest.mark.parametrize("said", [b"", b"\0\0\0", b"\0\0\0\0\0\0\0\x63{"], ids=["nothing", "half a head", "half of it"])
def test_who_is_killed_while_it_asks_ends_nothing(said: bytes) -> None:
    """A program that was killed there took the starter with it, and every test after it; its streams stayed open."""
    reading, writing = os.pipe()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(quick_start._starter()._place)
        if said:
            socket.send_fds(line, [said], [writing])
    os.close(writing)
    told = quick_start.run([sys.executable, "-m", "topazdesk", "--version"], env=os.environ)
    assert told.returncode == 0
    assert select.select([reading], [], [], 60)[0], "nobody has the stream any more"
    assert os.read(reading, 1) == b""
    os.close(reading)
