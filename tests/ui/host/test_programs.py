"""Programs that open a picture, as the desktop's own files name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import FakeDesktop, odd_name
from topazdesk.ui.host.programs import Program, programs_for


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDesktop:
    made = FakeDesktop(tmp_path / "desktop")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def test_programs_for_a_kind_the_preferred_one_first(desktop: FakeDesktop) -> None:
    for name in ("Beta", "alpha", "Gamma"):
        desktop.add(name)
    desktop.add("Player", kinds="video/mp4;")
    desktop.prefer("Gamma")
    assert [program.name for program in programs_for("image/png")] == ["Gamma", "alpha", "Beta"]
    assert [program.name for program in programs_for("image/jpeg")] == ["alpha", "Beta", "Gamma"]


@pytest.mark.parametrize(
    "facts",
    [{"Hidden": "true"}, {"Terminal": "true"}, {"TryExec": "/nowhere/viewer"}, {"Exec": 'viewer "%f'}, {"Exec": ""}],
)
def test_what_cannot_open_a_picture_is_left_out(desktop: FakeDesktop, facts: dict[str, str]) -> None:
    desktop.add("Viewer", **facts)
    assert programs_for("image/png") == []


def test_this_program_and_odd_files_are_left_out(desktop: FakeDesktop) -> None:
    desktop.add("topazdesk", Exec="/usr/bin/topazdesk %F")
    folder = desktop.root / "data" / "applications"
    (folder / "binary.desktop").write_bytes(b"\xff\xfe\x00[Desktop Entry]")
    (folder / "folder.desktop").mkdir()
    assert programs_for("image/png") == []


def test_the_users_own_entry_replaces_the_systems(desktop: FakeDesktop) -> None:
    shared = desktop.root / "shared" / "applications"
    shared.mkdir(parents=True)
    entry = "[Desktop Entry]\nName=Old\nExec=old %f\nMimeType=image/png;\n[Desktop Action new]\nName=Other\n"
    (shared / "Viewer.desktop").write_text(entry)
    assert [program.name for program in programs_for("image/png")] == ["Old"]
    desktop.add("Viewer", Name="New")
    assert [program.name for program in programs_for("image/png")] == ["New"]


def test_the_file_takes_the_place_of_the_field_whatever_its_name(tmp_path: Path) -> None:
    path = odd_name(tmp_path)
    uri = f"file://{tmp_path}/caf%E9%2050%25%2C%23.png"
    assert Program("V", ("v", "%i", "--new", "%F")).with_file(path) == ["v", "--new", str(path)]
    assert Program("V", ("v", "--open=%U", "100%%")).with_file(path) == ["v", f"--open={uri}", "100%"]
    assert Program("V", ("v", "")).with_file(path) == ["v", "", str(path)], "no field: it comes last"
