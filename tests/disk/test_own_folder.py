"""Folders that are cleaned: the user's files survive whatever the program is pointed at."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from topazdesk.disk.own_folder import OwnFolder

_SHAPE = re.compile(r"[0-9a-f]{8}\.png")


def _own(folder: Path, kind: str = "uploads") -> OwnFolder:
    return OwnFolder(folder, kind, _SHAPE)


def test_a_new_folder_is_marked_and_only_own_names_go(tmp_path: Path) -> None:
    own = _own(tmp_path / "a" / "uploads")
    assert own.claim()
    assert own.claim()  # again
    for name in ("0123abcd.png", "holiday.png", "0123abcd.PNG", "0123abcd.png.txt", "x0123abcd.png"):
        (own.path / name).write_bytes(b"x")
    own.clear()
    assert sorted(p.name for p in own.path.iterdir()) == sorted(
        [own.mark.name, "holiday.png", "0123abcd.PNG", "0123abcd.png.txt", "x0123abcd.png"]
    )


def test_a_folder_with_somebodys_files_is_never_taken(tmp_path: Path) -> None:
    """`--state` and `--profile` pointed at a folder of pictures; all of them were deleted."""
    (tmp_path / "0123abcd.png").write_bytes(b"the user's, and by chance of our shape")
    own = _own(tmp_path)
    assert not own.claim()
    own.clear()
    assert not own.remove(tmp_path / "0123abcd.png")
    assert [p.name for p in tmp_path.iterdir()] == ["0123abcd.png"]


def test_what_a_file_manager_left_keeps_a_folder_empty(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"x")
    assert _own(tmp_path).claim()


def test_the_mark_of_another_kind_is_none(tmp_path: Path) -> None:
    assert _own(tmp_path, "profile").claim()
    assert not _own(tmp_path, "sandbox").claim()


def test_earlier_folders_are_taken_over_where_the_caller_knows(tmp_path: Path) -> None:
    (tmp_path / "0123abcd.png").write_bytes(b"x")
    own = _own(tmp_path)
    assert own.looks_ours
    assert own.claim(is_ours=True)
    own.clear()
    assert [p.name for p in tmp_path.iterdir()] == [own.mark.name]
    (tmp_path / "mine.png").write_bytes(b"x")
    assert not own.looks_ours


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_are_neither_marks_nor_files(tmp_path: Path) -> None:
    outside = tmp_path / "original.png"
    outside.write_bytes(b"the user's")
    folder = tmp_path / "uploads"
    own = _own(folder)
    assert own.claim()
    (folder / "0123abcd.png").symlink_to(outside)
    (folder / "00000000.png").mkdir()
    own.clear()
    assert not own.remove(folder / "0123abcd.png")
    assert outside.read_bytes() == b"the user's"
    assert (folder / "0123abcd.png").is_symlink()

    own.mark.unlink()
    own.mark.symlink_to(outside)
    assert not own.is_marked
    assert not own.claim()


def test_a_file_elsewhere_is_not_removed(tmp_path: Path) -> None:
    own = _own(tmp_path / "uploads")
    own.claim()
    for place in (tmp_path / "0123abcd.png", tmp_path / "uploads" / "sub" / "0123abcd.png"):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"x")
        assert not own.remove(place)
        assert place.exists()
    assert not own.remove(own.path / ".." / "0123abcd.png")
    assert (tmp_path / "0123abcd.png").exists()


@pytest.mark.skipif(os.name != "posix", reason="modes are for POSIX")
def test_a_new_folder_is_for_its_user_alone(tmp_path: Path) -> None:
    own = _own(tmp_path / "uploads")
    own.claim()
    assert own.path.stat().st_mode & 0o777 == 0o700
    assert own.mark.stat().st_mode & 0o777 == 0o600
