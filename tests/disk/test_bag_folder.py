"""A bag is what the archives' own program accepts, is written whole or not at all, and replaces nothing."""

from __future__ import annotations

from pathlib import Path

import bagit
import pytest

from topazdesk.disk.bag_folder import BagFolder

NAMES = ["a.txt", "sub/ü 日本.txt", "  two  spaces .txt", "sub/a.txt"]


@pytest.mark.parametrize("algorithms", [("sha256",), ("sha256", "sha512")])
def test_bagit_accepts_it(tmp_path: Path, algorithms: tuple[str, ...]) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 5_000_000)
    with BagFolder(tmp_path / "bag", algorithms) as bag:
        for name in NAMES:
            assert len(bag.add(name, source)) == 64
        bag.add_text("runs.csv", "a,ü\r\n")
        bag.own_file("own.bin").write_bytes(b"own")
        bag.own_written("own.bin")
        bag.finish({"Bagging-Date": "2026-01-01", "External-Description": "two\nlines"})
    read = bagit.Bag(str(tmp_path / "bag"))
    read.validate()
    assert read.version_info == (1, 0)
    assert sorted(read.algorithms) == sorted(algorithms)
    assert sorted(read.payload_entries()) == sorted(f"data/{name}" for name in [*NAMES, "runs.csv", "own.bin"])
    assert read.info["External-Description"] == "two lines"
    assert read.info["Payload-Oxum"] == f"{4 * 5_000_000 + 6 + 3}.6"
    assert (tmp_path / "bag/data/a.txt").stat().st_mtime_ns == source.stat().st_mtime_ns
    (tmp_path / "bag/data/a.txt").write_bytes(b"y" * 5_000_000)
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(tmp_path / "bag")).validate()


def test_one_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with BagFolder(tmp_path / "bag") as bag:
            bag.add_text("a.txt", "a")
            bag.add("b.txt", tmp_path / "is not there")

    with pytest.raises(FileNotFoundError):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("has_kernel_call", [True, False])
@pytest.mark.parametrize("there", ["file", "folder", "link"])
def test_what_has_its_name_meanwhile_stays(
    tmp_path: Path, there: str, has_kernel_call: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_kernel_call:
        monkeypatch.setattr("topazdesk.disk.free_name._exclusive_rename", lambda: None)
    target = tmp_path / "bag"

    def write() -> None:
        with BagFolder(target) as bag:
            bag.add_text("a.txt", "a")
            if there == "file":
                target.write_text("mine")
            elif there == "folder":
                target.mkdir()
            else:
                target.symlink_to(tmp_path / "nowhere")
            bag.finish({})

    with pytest.raises(FileExistsError):
        write()
    assert list(tmp_path.iterdir()) == [target]
    assert target.is_symlink() == (there == "link")
    assert not target.is_dir() or list(target.iterdir()) == []
