"""Intake: files, folders and mixtures, in natural order, each file once, and never without end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support import pictures
from topazdesk.media.collect_files import Refusal, collect, scan


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(root: Path, *paths: Path) -> list[str]:
    return [str(p.relative_to(root)) for p in collect(paths or [root]).files]


def test_natural_order_files_before_folders_hidden_skipped(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "IMG_10.jpg",
        "img_2.JPG",
        "b/1.png",
        "a10/x.tif",
        "a9/x.tif",
        "notes.txt",
        ".hidden.jpg",
        ".git/a.jpg",
    )
    touch(tmp_path, "__MACOSX/a.jpg", "raw.NEF", "7.jpg", "007.jpg")
    assert names(tmp_path) == [
        "007.jpg",
        "7.jpg",
        "img_2.JPG",
        "IMG_10.jpg",
        "raw.NEF",
        "a9/x.tif",
        "a10/x.tif",
        "b/1.png",
    ]


def test_mixtures_and_each_file_once(tmp_path: Path) -> None:
    touch(tmp_path, "d/1.jpg", "d/2.jpg", "d/e/3.jpg", "4.png")
    (tmp_path / "again.jpg").symlink_to(tmp_path / "d/1.jpg")
    found = names(tmp_path, tmp_path / "d/2.jpg", tmp_path / "d", tmp_path / "d", tmp_path / "d/../4.png", tmp_path)
    assert found == ["d/2.jpg", "d/1.jpg", "d/e/3.jpg", "4.png"]
    assert collect([tmp_path / "d", tmp_path / "d"]).refused == ()


def test_what_is_named_itself_is_taken_whatever_its_name(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.jpg", "noending")
    assert names(tmp_path, tmp_path / ".hidden.jpg", tmp_path / "noending") == [".hidden.jpg", "noending"]


def test_relative_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.jpg")
    monkeypatch.chdir(tmp_path)
    assert collect([Path("a.jpg")]).files == (tmp_path / "a.jpg",)


@pytest.mark.parametrize("name", [pictures.NEWLINE_NAME, pictures.NON_UTF8_NAME, "scan[1].jpg"])
def test_names_that_trap_programs(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"d/{name}")
    assert [p.name for p in collect([tmp_path]).files] == [name]


def refusals(*paths: Path) -> list[tuple[str, str]]:
    return [(r.path.name, r.code) for r in collect(paths).refused]


def test_refused_paths(tmp_path: Path) -> None:
    pictures.symlink_loop(tmp_path / "loop.jpg")
    pictures.fifo(tmp_path / "pipe.jpg")
    (tmp_path / "empty").mkdir()
    given = [tmp_path / "gone.jpg", tmp_path / "loop.jpg", tmp_path / "pipe.jpg", tmp_path / "empty", Path("a\0b")]
    assert [code for _, code in refusals(*given)] == [
        "input.missing",
        "input.link_loop",
        "input.special",
        "input.no_pictures",
        "input.unreadable",
    ]
    for refused in collect(given).refused:
        assert refused.error.title == refused.title
        assert refused.hint.endswith(".")


def test_loops_inside_folders_end(tmp_path: Path) -> None:
    touch(tmp_path, "d/1.jpg", "d/e/2.jpg")
    (tmp_path / "d/e/up").symlink_to(tmp_path / "d")
    (tmp_path / "d/self").symlink_to(tmp_path / "d/self")
    pictures.symlink_loop(tmp_path / "d/loop.jpg")
    (tmp_path / "d/dangling.jpg").symlink_to("nowhere")
    pictures.fifo(tmp_path / "d/pipe.jpg")
    assert names(tmp_path) == ["d/1.jpg", "d/e/2.jpg"]
    assert sorted(refusals(tmp_path)) == [
        ("dangling.jpg", "input.missing"),
        ("loop.jpg", "input.link_loop"),
        ("loop.jpg.other", "input.link_loop"),
        ("self", "input.link_loop"),
        ("up", "input.link_loop"),
    ]


def test_a_linked_folder_is_followed_once(tmp_path: Path) -> None:
    touch(tmp_path, "real/1.jpg")
    (tmp_path / "a").symlink_to(tmp_path / "real")
    (tmp_path / "b").symlink_to(tmp_path / "real")
    found = collect([tmp_path])
    assert [str(p.relative_to(tmp_path)) for p in found.files] == ["a/1.jpg"]
    assert found.refused == ()


def test_a_tree_deeper_than_the_stack(tmp_path: Path) -> None:
    path = tmp_path
    for _ in range(300):
        path = path / "d"
    path.mkdir(parents=True)
    touch(path, "deep.jpg")
    assert [p.name for p in collect([tmp_path]).files] == ["deep.jpg"]


def test_an_unreadable_folder_does_not_stop_the_others(tmp_path: Path) -> None:
    """Root may open everything, so that the scan runs as nobody in a process of its own."""
    touch(tmp_path, "closed/1.jpg", "open/2.jpg")
    script = (
        "import os, sys; from pathlib import Path; from topazdesk.media.collect_files import collect\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "found = collect([Path(sys.argv[1])])\n"
        "print([p.name for p in found.files], [(r.path.name, r.code) for r in found.refused])"
    )
    (tmp_path / "closed").chmod(0)
    try:
        for parent in (tmp_path, *tmp_path.parents[:3]):
            parent.chmod(parent.stat().st_mode | 0o055)
        command = [sys.executable, "-c", script, tmp_path]
        out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert out.stdout.strip() == "['2.jpg'] [('closed', 'input.no_rights')]"


def test_it_is_lazy(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    items = scan([tmp_path / "a.jpg", tmp_path / "gone.jpg"])
    assert next(items) == tmp_path / "a.jpg"
    second = next(items)
    assert isinstance(second, Refusal)
    assert second.path == tmp_path / "gone.jpg"


def test_a_thousand_files_are_quick(tmp_path: Path) -> None:
    for number in range(1000):
        os.mknod(tmp_path / f"{number}.jpg")
    found = collect([tmp_path]).files
    assert [p.stem for p in found] == [str(n) for n in range(1000)]


def _asked_of_the_disk(top: Path) -> Counter[str]:
    """How often a scan asks the system for what."""
    calls: Counter[str] = Counter()

    def count(_frame: object, event: str, what: object) -> None:
        if event == "c_call":
            calls[getattr(what, "__name__", "")] += 1

    sys.setprofile(count)
    try:
        found = list(scan([top]))
    finally:
        sys.setprofile(None)
    assert found
    return calls


def test_a_deeper_way_costs_no_more_a_folder(tmp_path: Path) -> None:
    """The real name of each folder was looked up from the root, and the names of all above it were copied: 2,000 nested folders
    took a minute.
    """
    asked = []
    for depth in (50, 200):
        here = tmp_path / str(depth)
        for level in range(depth):
            here = here / "d"
            if level % 10 == 0:
                here.mkdir(parents=True)
                (here / "p.jpg").touch()
        asked.append(_asked_of_the_disk(tmp_path / str(depth)))
    for name in ("lstat", "stat", "readlink", "scandir"):
        assert asked[1][name] <= 5 * asked[0][name] + 20, name


@pytest.mark.parametrize("shape", ["many files", "many folders"])
def test_a_scan_that_nobody_waits_for_ends_in_the_middle(tmp_path: Path, shape: str) -> None:
    """Closing the window waited for a folder of 100,000 files."""
    for number in range(2_000 if shape == "many files" else 50):
        if shape == "many files":
            (tmp_path / f"{number}.jpg").touch()
        else:
            (tmp_path / f"{number}").mkdir()
            (tmp_path / f"{number}" / "p.jpg").touch()
    answers = iter([True, True])
    assert len(list(scan([tmp_path], is_wanted=lambda: next(answers, False)))) <= 1
    assert next(answers, None) is None


def test_what_is_left_out_is_counted_by_its_ending(tmp_path: Path) -> None:
    """It was left out without a word."""
    (tmp_path / "sub").mkdir()
    for name in ("a.jpg", "a.PDF", "sub/b.pdf", "notes", "b.jpg.topazdesk.json", "raw.xmp", "Thumbs.db", ".hidden.txt"):
        (tmp_path / name).write_bytes(b"x")
    others: Counter[str] = Counter()
    assert [path.name for path in scan([tmp_path], left_out=others) if isinstance(path, Path)] == ["a.jpg"]
    assert others == {".pdf": 2, "": 1}
