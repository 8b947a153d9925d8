"""Replacing an older result: nothing else is ever eaten, whenever it comes to the name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from topazdesk.engine.replacing import place, settle

_OLD, _NEW, _FOREIGN = b"an older result", b"the new result", b"the user's own"


@pytest.fixture
def part(tmp_path: Path) -> Path:
    path = tmp_path / ".td-0123.part"
    path.write_bytes(_NEW)
    return path


def _is_old(path: Path) -> bool:
    return path.read_bytes() == _OLD


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_known_file_is_replaced_and_nothing_is_left(tmp_path: Path, part: Path) -> None:
    (tmp_path / "a.png").write_bytes(_OLD)
    place(part, tmp_path / "a.png", _is_old)
    assert _files(tmp_path) == {"a.png": _NEW}


def test_a_free_name_is_taken(tmp_path: Path, part: Path) -> None:
    place(part, tmp_path / "a.png", _is_old)
    assert _files(tmp_path) == {"a.png": _NEW}


def test_an_unknown_file_stays_where_it_is(tmp_path: Path, part: Path) -> None:
    (tmp_path / "a.png").write_bytes(_FOREIGN)
    with pytest.raises(FileExistsError):
        place(part, tmp_path / "a.png", _is_old)
    assert _files(tmp_path) == {"a.png": _FOREIGN, part.name: _NEW}


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_what_is_no_plain_file_stays(tmp_path: Path, part: Path, kind: str) -> None:
    target, old = tmp_path / "a.png", tmp_path / "old.png"
    old.write_bytes(_OLD)
    if kind == "link":
        target.symlink_to(old)
    else:
        target.mkdir()
    with pytest.raises(FileExistsError):
        place(part, target, lambda path: True)
    assert target.is_symlink() == (kind == "link")
    assert old.read_bytes() == _OLD


def test_what_comes_to_the_name_after_the_look_is_not_eaten(tmp_path: Path, part: Path) -> None:
    """The check said "ours", then another program saved its picture under that name."""
    target = tmp_path / "a.png"
    target.write_bytes(_OLD)

    def late(path: Path) -> bool:
        fresh = tmp_path / "saving.tmp"
        fresh.write_bytes(_FOREIGN)
        fresh.replace(path)
        return True

    with pytest.raises(FileExistsError):
        place(part, target, late)
    assert _files(tmp_path) == {"a.png": _FOREIGN, part.name: _NEW}


def test_what_is_written_into_the_file_after_the_look_is_not_eaten(tmp_path: Path, part: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(_OLD)
    os.utime(target, ns=(1, 1))

    def late(path: Path) -> bool:
        path.write_bytes(_FOREIGN)
        return True

    with pytest.raises(FileExistsError):
        place(part, target, late)
    assert _files(tmp_path)["a.png"] == _FOREIGN


def test_a_crash_between_setting_aside_and_naming_loses_nothing(tmp_path: Path, part: Path) -> None:
    aside = tmp_path / ".td-0123.before"
    aside.write_bytes(_OLD)
    settle(part, tmp_path / "a.png", _is_old)
    assert _files(tmp_path) == {"a.png": _OLD, part.name: _NEW}
    place(part, tmp_path / "a.png", _is_old)
    assert _files(tmp_path) == {"a.png": _NEW}


def test_a_crash_after_naming_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / ".td-0123.before").write_bytes(_OLD)
    (tmp_path / "a.png").write_bytes(_NEW)
    settle(tmp_path / ".td-0123.part", tmp_path / "a.png", _is_old)
    assert _files(tmp_path) == {"a.png": _NEW}


def test_a_stranger_that_a_crash_left_aside_gets_a_name_again(tmp_path: Path) -> None:
    (tmp_path / ".td-0123.before").write_bytes(_FOREIGN)
    (tmp_path / "a.png").write_bytes(_NEW)
    settle(tmp_path / ".td-0123.part", tmp_path / "a.png", _is_old)
    assert _files(tmp_path) == {"a.png": _NEW, "a-2.png": _FOREIGN}
