"""Files of the program's own: for its user alone, whole or not at all, and not through a link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from topazdesk.disk import private_file


def test_written_and_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    private_file.write(path, "é")
    assert path.read_bytes() == "é".encode()
    private_file.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_is_replaced_and_what_it_leads_to_is_not_touched(tmp_path: Path) -> None:
    """A link under the name of a sidecar turned an original into JSON."""
    original = tmp_path / "original.jpg"
    original.write_bytes(b"the user's")
    for name in ("settings.toml", "settings.toml.part"):
        (tmp_path / name).symlink_to(original)
    private_file.write(tmp_path / "settings.toml", "x")
    assert original.read_bytes() == b"the user's"
    assert not (tmp_path / "settings.toml").is_symlink()


def test_nothing_is_left_of_what_could_not_be_named(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises((IsADirectoryError, PermissionError)):
        private_file.write(tmp_path / "taken", "x")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
    with pytest.raises(FileExistsError):
        private_file.create(tmp_path / "taken", b"x")
