"""Catalogue files of anybody's: what is no plain file of a sound size is named, and the rest still loads."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.support.sandbox import CATALOGUE_DIR
from topazdesk.app.presets import read_preset
from topazdesk.app.resources import load_catalogue
from topazdesk.app.session import Session
from topazdesk.app.settings import Settings
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError

_MODEL = json.loads((CATALOGUE_DIR / "topaz" / "adjust.json").read_text())


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "catalogue.d" / "topaz"
    folder.mkdir(parents=True)
    return folder


def test_strange_files_are_named_and_the_rest_loads(own: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names here")
    os.mkfifo(own / "pipe.json")
    (own / "zero.json").symlink_to("/dev/zero")
    (own / "folder.json").mkdir()
    (own / "deep.json").write_text('{"a":' * 50_000)
    (own / "number.json").write_text('{"format": ' + "9" * 5_000 + "}")
    (own / "latin.json").write_bytes(b'{"name": "\xe9"}')
    with (own / "huge.json").open("wb") as file:
        file.truncate(1 << 40)
    (own / "mine.json").write_text(json.dumps({**_MODEL, "name": "Mine"}))
    catalogue, faults = load_catalogue(own.parent)
    named = sorted(fault.details.split(":")[0] for fault in faults)
    assert named == ["deep.json", "folder.json", "huge.json", "latin.json", "number.json", "pipe.json", "zero.json"]
    assert catalogue.by_slug(ServiceName.TOPAZ, "mine") is not None
    assert catalogue.by_slug(ServiceName.TOPAZ, "adjust") is not None


def test_too_many_files_are_not_read(own: Path) -> None:
    for number in range(1_005):
        (own / f"{number:04}.json").write_text("{")
    _, faults = load_catalogue(own.parent)
    assert any("more than 1,000 files" in fault.details for fault in faults)


@pytest.mark.parametrize(
    "endpoint", ["enhance/../../account/v1/x", "enhance?x=", "//evil.example", "Enhance", "topaz/upscale/image"]
)
def test_an_endpoint_that_no_service_publishes_is_refused(own: Path, endpoint: str) -> None:
    """It becomes part of the address that gets the key."""
    (own / "mine.json").write_text(json.dumps({**_MODEL, "name": "Mine", "endpoint": endpoint}))
    catalogue, (fault,) = load_catalogue(own.parent)
    assert "endpoint" in fault.hint
    assert catalogue.by_slug(ServiceName.TOPAZ, "mine") is None


def test_pipes_in_the_profile_and_shared_presets_hang_nobody(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names here")
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert Session.load(path) == Session()
    for read in (read_preset, Settings.load):
        with pytest.raises(UseError):
            read(path)


@pytest.mark.parametrize("text", ["a = " + "[" * 50_000, "x" * 2_000_000, "a = 1e999999\n" * 2 + "[", "\x00"])
def test_settings_that_cannot_be_read_are_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(UseError) as caught:
        Settings.load(path)
    assert caught.value.code == "use.settings_file"
    shutil.copy(path, tmp_path / "before")
    assert (tmp_path / "before").read_text() == text


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"kind": ' + "9" * 5_000, '{"kind": "topazdesk preset", "version": 1e400}']
)
def test_bombs_of_presets_are_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.topazpreset"
    path.write_text(text)
    with pytest.raises(UseError) as caught:
        read_preset(path)
    assert caught.value.code == "use.preset_file"
