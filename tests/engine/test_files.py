"""Part files and names on a real disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from topazdesk.engine import files
from topazdesk.errors import ComputerError


def test_publishing_never_replaces(tmp_path: Path) -> None:
    part, target = tmp_path / ".t.part", tmp_path / "a.png"
    part.write_bytes(b"new")
    target.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        files.publish(part, target)
    assert (part.read_bytes(), target.read_bytes()) == (b"new", b"old")
    target.unlink()
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        files.publish(part, target)
    target.unlink()
    files.publish(part, target)
    assert target.read_bytes() == b"new"
    assert not part.exists()


def test_publishing_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on FAT: the name is taken first, and a taken one is still refused."""

    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    part, target = tmp_path / ".t.part", tmp_path / "a.png"
    part.write_bytes(b"new")
    files.publish(part, target)
    assert target.read_bytes() == b"new"
    part.write_bytes(b"newer")
    with pytest.raises(FileExistsError):
        files.publish(part, target)
    assert target.read_bytes() == b"new"


def test_a_part_file_goes_on_from_an_offset_and_cuts_what_is_behind(tmp_path: Path) -> None:
    path = tmp_path / ".t.part"
    path.write_bytes(b"0123456789")
    part = files.PartFile(path, 4)
    part.write(b"ab")
    part.flush()
    part.close()
    part.close()
    assert path.read_bytes() == b"0123ab"
    assert files.size_of(path) == 6
    assert files.size_of(tmp_path / "none") == 0
    assert files.digest_of(tmp_path / "none") == ""


def test_a_part_file_does_not_follow_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / ".t.part").symlink_to(victim)
    with pytest.raises(ComputerError):
        files.PartFile(tmp_path / ".t.part", 0)
    assert victim.read_bytes() == b"precious"


@pytest.mark.skipif(os.name != "posix", reason="pipes and second names are for POSIX")
def test_a_part_file_is_no_second_name_and_no_pipe(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    os.link(victim, tmp_path / ".t.part")
    os.mkfifo(tmp_path / ".u.part")
    for name in (".t.part", ".u.part"):
        with pytest.raises(ComputerError):
            files.PartFile(tmp_path / name, 0)
        files.PartFile(tmp_path / name, 0).close()  # the next try begins anew
    assert victim.read_bytes() == b"precious"


def test_the_check_of_a_folder_makes_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    files.check_writable(folder)
    assert list(folder.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(ComputerError) as caught:
        files.check_writable(tmp_path / "file")
    assert caught.value.retry.value == "later"


def test_the_check_of_a_folder_where_files_must_have_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    files.check_writable(tmp_path, make=False)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ComputerError) as caught:
        files.check_writable(tmp_path / "none", make=False)
    assert caught.value.code == "computer.folder_gone"
