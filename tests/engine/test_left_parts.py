"""What another machine has left of a result on its way is taken over, and what that one does later harms nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from topazdesk.disk.free_name import rename_free
from topazdesk.engine import files, packets, replacing
from topazdesk.engine.left_parts import take_over

TOKEN = "td-" + "a" * 32


def part(folder: Path, machine: str) -> Path:
    return files.part_path(folder / "a.png", TOKEN, machine)


def test_the_bytes_that_have_arrived_the_xmp_file_and_the_older_result_are_taken_over(tmp_path: Path) -> None:
    theirs, mine = part(tmp_path, "one"), part(tmp_path, "two")
    theirs.write_bytes(b"half")
    packets.part_of(theirs).write_bytes(b"xmp")
    replacing.aside_path(theirs).write_bytes(b"older")
    files.kept_path(theirs).write_bytes(b"half a copy")
    take_over(mine, [part(tmp_path, ""), theirs])
    assert mine.read_bytes() == b"half"
    assert {each.name for each in tmp_path.iterdir()} == {
        mine.name,
        packets.part_of(mine).name,
        replacing.aside_path(mine).name,
    }


def test_what_this_machine_has_itself_goes_before(tmp_path: Path) -> None:
    theirs, mine = part(tmp_path, "one"), part(tmp_path, "two")
    theirs.write_bytes(b"theirs")
    mine.write_bytes(b"mine")
    take_over(mine, [theirs])
    assert mine.read_bytes() == b"mine"
    assert not theirs.exists()


def test_one_that_only_seemed_dead_neither_cuts_nor_renames_what_another_has_taken_over(tmp_path: Path) -> None:
    """Both wrote one part file: one cut it off where the other was, removed it, or gave half of it the result's name."""
    theirs, mine = part(tmp_path, "one"), part(tmp_path, "two")
    sleeper = files.PartFile(theirs, 0)
    sleeper.write(b"0123")
    take_over(mine, [theirs])
    other = files.PartFile(mine, 4)
    sleeper.write(b"4567")  # it awakes: the same result, so the same bytes
    other.write(b"456789")
    other.close()
    sleeper.close()
    with pytest.raises(OSError, match="No such file"):
        rename_free(theirs, tmp_path / "a.png")
    files.remove(theirs)
    files.PartFile(theirs, 2).close()  # and its next try begins a file of its own
    rename_free(mine, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"0123456789"


def test_a_name_that_the_own_first_try_has_taken_is_no_refusal(tmp_path: Path) -> None:
    """A network drive asks again when the answer of its server is lost, and hears that the name is taken."""
    mine = part(tmp_path, "two")
    mine.write_bytes(b"result")
    os.link(mine, tmp_path / "a.png")
    rename_free(mine, tmp_path / "a.png")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a.png": b"result"}
    mine.write_bytes(b"result")
    with pytest.raises(FileExistsError):
        rename_free(mine, tmp_path / "a.png")
    assert mine.exists()
