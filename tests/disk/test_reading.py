"""The small files that people edit, share or restore: only plain ones are read, and never more than such a file can have."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from topazdesk.disk.reading import read_file, read_json, read_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are no files there")


def test_what_is_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes('\ufeff{"a": 1}'.encode())
    (tmp_path / "link").symlink_to(path)
    assert read_json(path, 100) == read_json(tmp_path / "link", 100) == {"a": 1}
    assert read_text(path, 11) == '{"a": 1}'
    with pytest.raises(ValueError, match="more than"):
        read_file(path, 10)


def test_a_pipe_that_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        read_file(tmp_path / "pipe", 100)


def test_devices_folders_and_sockets_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name in ("zero", "folder", "socket", "nothing"):
            with pytest.raises(OSError, match=r"regular file|No such"):
                read_file(tmp_path / name, 100)


def test_a_file_that_says_it_is_empty_is_bounded_too() -> None:
    """Files of the system have no length and any content."""
    path = Path("/proc/self/maps")
    if not path.exists():
        pytest.skip("no such file here")
    assert path.stat().st_size == 0
    with pytest.raises(ValueError, match="more than"):
        read_file(path, 10)


def test_a_terabyte_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ValueError, match="more than"):
        read_file(path, 1_000_000)


def test_bytes_that_are_no_text_are_a_value_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\xfe")
    with pytest.raises(UnicodeDecodeError):
        read_json(tmp_path / "a", 100)
