"""A name is given only where it is free, on volumes without hard links too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from topazdesk.disk import free_name


@pytest.fixture(params=["links", "one call of the system", "neither"])
def volume(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the volume can do; memory cards have no hard links."""

    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if request.param != "links":
        monkeypatch.setattr(os, "link", no_links)
    if request.param == "neither":
        monkeypatch.setattr(free_name, "_exclusive_rename", lambda: None)
    return str(request.param)


def test_only_a_free_name_is_given(tmp_path: Path, volume: str) -> None:
    part, target = tmp_path / "part", tmp_path / "a.png"
    part.write_bytes(b"new")
    free_name.rename_free(part, target)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.png": b"new"}
    part.write_bytes(b"newer")
    with pytest.raises(FileExistsError):
        free_name.rename_free(part, target)
    target.unlink()
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        free_name.rename_free(part, target)
    assert target.is_symlink()
    assert part.read_bytes() == b"newer"
