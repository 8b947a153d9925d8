"""Offsets survive a file; what cannot be read is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from topazdesk.media.offsets_file import load, save


def test_names_of_any_bytes_and_numbers_come_back(tmp_path: Path) -> None:
    strange = Path("/scans") / b"b\xffd.tif".decode("utf-8", "surrogateescape")
    kept: dict[tuple[Path, ...], tuple[float, float]] = {(strange, Path("/scans/é.png")): (0.25, -0.125)}
    save(tmp_path / "folder" / "offsets.json", kept)
    assert load(tmp_path / "folder" / "offsets.json") == kept
    assert len(list((tmp_path / "folder").iterdir())) == 1


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[["a", "b", "x", 1]]', '[["a", "b", NaN, 1]]', "[["])
def test_anything_else_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "offsets.json").write_text(text)
    assert load(tmp_path / "offsets.json") == {}
    assert load(tmp_path / "missing.json") == {}
