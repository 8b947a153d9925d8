"""Reading and writing at an offset, as Linux and macOS do it and as Windows does, which has no calls for it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from topazdesk.disk import offsets as imported

DATA = bytes(range(256)) * 40


@pytest.fixture(params=["linux", "win32"])
def offsets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module as it is on that system."""
    with monkeypatch.context() as there:
        there.setattr(sys, "platform", request.param)
        if request.param == "win32":
            there.delattr(os, "pread", raising=False)
            there.delattr(os, "pwrite", raising=False)
        yield importlib.reload(imported)
    importlib.reload(imported)


def test_any_part_is_read_and_the_end_is_the_end(offsets: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    descriptor = os.open(tmp_path / "a", os.O_RDONLY | offsets.BINARY)
    for start, count in ((5000, 300), (0, len(DATA)), (len(DATA) - 3, 10), (len(DATA), 10), (7, 0)):
        assert offsets.read_at(descriptor, start, count) == DATA[start : start + count]
    os.close(descriptor)


def test_what_is_written_lies_there_and_nowhere_else(offsets: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    descriptor = os.open(tmp_path / "a", os.O_RDWR | offsets.BINARY)
    offsets.write_at(descriptor, 100, b"\r\n\x1a\n")
    offsets.write_at(descriptor, len(DATA), b"more")
    os.close(descriptor)
    assert (tmp_path / "a").read_bytes() == DATA[:100] + b"\r\n\x1a\n" + DATA[104:] + b"more"
