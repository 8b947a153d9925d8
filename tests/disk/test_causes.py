"""A hint names what is really in the way: met for real, with real volumes, rights and limits."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from topazdesk.disk.causes import Cause, cause_of, remedy, why_not_writable
from topazdesk.engine import files
from topazdesk.errors import ComputerError


@contextmanager
def read_only_volume(path: Path) -> Iterator[Path]:
    """A real volume that takes nothing."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", str(path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no volume can be made here")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


@contextmanager
def no_more_files() -> Iterator[None]:
    """No file can be opened in addition to those that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def refusal(work: Callable[[], object]) -> ComputerError:
    with pytest.raises(ComputerError) as caught:
        work()
    return caught.value


def test_a_read_only_volume_is_called_that(tmp_path: Path) -> None:
    with read_only_volume(tmp_path / "ro") as folder:
        at_start = refusal(lambda: files.check_writable(folder))
        later = refusal(lambda: files.check_writable(folder, make=False))
        why = why_not_writable(folder / "jobs.db")
    for error in (at_start, later):
        assert error.code == "computer.folder_read_only"
        assert "read-only: make it writable" in error.hint
        assert "space" not in error.hint
    assert "automatically" in later.hint
    assert "automatically" not in at_start.hint, "a run that was not begun waits for nothing"
    assert why is not None
    assert why.errno == errno.EROFS


def test_too_many_open_files_are_called_that(tmp_path: Path) -> None:
    with no_more_files():
        error = refusal(lambda: files.check_writable(tmp_path, make=False))
        why = why_not_writable(tmp_path / "jobs.db")
    assert error.code == "computer.too_many_files"
    assert "Too many files" in error.title
    assert "rights" not in error.hint
    assert why is not None
    assert cause_of(why) is Cause.TOO_MANY_OPEN


def test_a_folder_that_cannot_be_made_promises_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file" / "out", Path("/proc/nowhere/out"), tmp_path / "a\0b"):
        error = refusal(lambda folder=folder: files.check_writable(folder))  # type: ignore[misc]
        assert "automatically" not in error.hint
        assert "folder" in error.hint.lower() or "name" in error.hint
    for folder in (tmp_path / "file", tmp_path / "file" / "out"):
        error = refusal(lambda folder=folder: files.check_writable(folder))  # type: ignore[misc]
        assert error.hint.startswith(f"This is a file, not a folder: {tmp_path / 'file'}.")


def test_a_folder_that_went_away_is_waited_for(tmp_path: Path) -> None:
    error = refusal(lambda: files.check_writable(tmp_path / "gone", make=False))
    assert error.code == "computer.folder_gone"
    assert error.hint.endswith("it resumes automatically.")


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"x")
    error = refusal(lambda: files.publish(part, tmp_path / ("n" * 300)))
    assert error.code == files.NAME_REFUSED
    assert part.exists()


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_a_remedy(cause: Cause) -> None:
    text = remedy(cause, "/a")
    assert text
    assert not text.endswith(".")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="root becomes another user")
def test_rights_are_called_that(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    script = (
        "import os, sys; from pathlib import Path; from topazdesk.engine import files; os.setuid(65534)\n"
        "try: files.check_writable(Path(sys.argv[1]))\n"
        "except Exception as error: print(error.code, error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("computer.folder_unwritable Check the permissions of"), done.stderr
