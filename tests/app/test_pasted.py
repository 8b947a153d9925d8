"""Pasted pictures: named by the clock, never over another file, and a true cause where they cannot be kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from topazdesk.app.pasted import keep, pasted_folder
from topazdesk.errors import ComputerError

AT = datetime(2026, 11, 28, 14, 2, 59)  # noqa: DTZ001 - as the clock of the user shows it


def test_two_within_a_minute_are_two_files(tmp_path: Path) -> None:
    folder = tmp_path / "Pictures" / "topazdesk"
    assert keep(b"one", folder, AT).name == "Pasted 2026-11-28 14.02.png"
    assert keep(b"two", folder, AT).name == "Pasted 2026-11-28 14.02 2.png"
    assert sorted(path.read_bytes() for path in folder.iterdir()) == [b"one", b"two"]


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "Pictures").touch()
    with pytest.raises(ComputerError) as caught:
        keep(b"one", tmp_path / "Pictures" / "topazdesk", AT)
    assert "file is in its place" in caught.value.hint


def test_it_is_a_folder_of_the_users_pictures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_PICTURES_DIR", str(tmp_path))
    assert pasted_folder() == tmp_path / "topazdesk"
