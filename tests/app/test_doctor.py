"""What `topazdesk doctor` says on a computer that is too busy to try anything in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from topazdesk.app import doctor
from topazdesk.app.doctor import Finding
from topazdesk.app.paths import Paths

_TRIED = {"qt", "pyvips", "exiv2", "sandbox"}


def found(tmp_path: Path) -> dict[str, tuple[Finding, str]]:
    return {each.name: (each.finding, each.text) for each in doctor.checks_here(Paths.choose(tmp_path / "profile"))}


def test_what_takes_too_long_is_not_called_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It said "does not work: no picture can be read (TimeoutExpired)" of a sound part."""
    monkeypatch.setattr(doctor, "_TRY_S", (0.0, 0.0))
    told = found(tmp_path)
    assert {told[name] for name in _TRIED} == {(Finding.WARNING, "It took too long to try this: it may well work")}


def test_what_took_too_long_is_tried_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_TRY_S", (0.0, 600.0))
    told = found(tmp_path)
    assert {told[name][0] for name in _TRIED} == {Finding.OK}
