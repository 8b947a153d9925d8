"""Which files a command line means: lists, patterns, addresses, and the choice among what was found."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Program, Ran
from tests.support import pictures
from topazdesk.app.inputs import Choice, named_paths, read_moment
from topazdesk.errors import UseError

PLAN = ("--model", "Standard 2", "--service", "sandbox", "--json")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "in"
    (found / "sub").mkdir(parents=True)
    for name in ("a.png", "b [1].png", "line\nbreak.png", "sub/c.tif"):
        pictures.write(found / name)
    monkeypatch.chdir(found)
    return found


def _planned(ran: Ran) -> set[str]:
    return {Path(each["path"]).name for each in ran.of("plan")}


def test_a_list_names_the_pictures(alone: Program, folder: Path, tmp_path: Path) -> None:
    lines, nul = tmp_path / "lines.txt", tmp_path / "nul"
    lines.write_bytes(b"a.png\r\n\n" + os.fsencode((folder / "sub" / "c.tif").as_uri()) + b"\n")
    nul.write_bytes(b"line\nbreak.png\0a.png\0")
    assert _planned(alone.run("plan", *PLAN, "--files-from", lines)) == {"a.png", "c.tif"}
    assert _planned(alone.run("plan", *PLAN, "--files-from", nul)) == {"line\nbreak.png", "a.png"}
    ran = alone.tell("a.png\nsub\n", "plan", "-", *PLAN)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count('"event": "plan"') == 2
    for words in ((), ("--files-from", tmp_path / "missing")):
        refused = alone.run("plan", *PLAN, *words)
        assert (refused.code, refused.error["code"]) == (2, "use.arguments")


def test_a_pattern_that_no_shell_expanded(alone: Program, folder: Path) -> None:
    """A file that is really called so comes first."""
    assert _planned(alone.run("plan", "*.png", *PLAN)) == {"a.png", "b [1].png", "line\nbreak.png"}
    assert named_paths([Path("b [1].png")]) == [Path("b [1].png")]
    assert named_paths([Path("**/*.tif"), Path("sub/c.tif")]) == [Path("sub/c.tif")]
    with pytest.raises(UseError, match="No file has a name like"):
        named_paths([Path("*.nothing")])


def test_the_choice_among_what_was_found(alone: Program, folder: Path) -> None:
    os.utime(folder / "a.png", (1_000_000_000, 1_000_000_000))
    ran = alone.run("plan", folder, *PLAN, "--include", "*.PNG", "--exclude", "line*", "--newer-than", "2d")
    assert _planned(ran) == {"b [1].png"}
    assert ran.of("not_chosen")[0]["count"] == 3
    assert not Choice(exclude=("sub/*",)).takes(folder / "sub" / "c.tif")
    assert Choice(exclude=("sub/*",)).takes(folder / "a.png")
    assert alone.run("plan", folder, *PLAN, "--newer-than", "soon").code == 2
    for age in ("99999999999w", "99999999999999999999d"):  # these were a bug in the words of Python
        ran = alone.run("plan", folder, *PLAN, "--newer-than", age)
        assert (ran.code, ran.error["code"]) == (2, "use.options"), ran.out


def test_a_moment_is_a_date_an_age_or_a_files_time(folder: Path) -> None:
    now = datetime.fromisoformat("2026-03-02 12:00")
    first = datetime.fromisoformat("2026-03-01").timestamp()
    assert read_moment("2026-03-01") == read_moment("36h", lambda: now) == first
    assert read_moment("a.png") == (folder / "a.png").stat().st_mtime
    assert read_moment(None) is None
