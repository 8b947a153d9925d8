"""What a file system error means to the user who added the file."""

from __future__ import annotations

import errno

import pytest

from topazdesk.errors import Code
from topazdesk.media.opening import refusal


def test_a_flatpak_does_not_say_that_a_file_is_gone_which_it_may_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = FileNotFoundError(errno.ENOENT, "No such file or directory")
    monkeypatch.delenv("FLATPAK_ID", raising=False)
    assert refusal(gone).hint == "It was moved, renamed or deleted. Put it back, or add it from its new place."
    monkeypatch.setenv("FLATPAK_ID", "org.example.topazdesk")
    told = refusal(gone)
    assert told.code == Code.INPUT_MISSING
    assert "where a Flatpak may not look" in told.hint
    assert "Flatpak" not in refusal(PermissionError(errno.EACCES, "Permission denied")).hint
