"""A file that comes through the document portal is worked on where it really lies, and only if it is that file."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from topazdesk.disk import document_portal
from topazdesk.disk.file_uris import path_of_uri, path_of_word, uri_of


@pytest.fixture
def handed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A file as the portal hands it over, and the original; the portal's folder lies elsewhere than usual."""
    portal, folder = tmp_path / "doc" / "1a2b3c", tmp_path / "Pictures"
    portal.mkdir(parents=True)
    folder.mkdir()
    original, copy = folder / "statue é.jpg", portal / "statue é.jpg"
    original.write_bytes(b"picture")
    copy.write_bytes(b"picture")
    os.utime(original, ns=(1, 1))
    os.utime(copy, ns=(1, 1))
    try:
        os.setxattr(copy, document_portal._ATTRIBUTE, os.fsencode(original))
    except (OSError, AttributeError):
        pytest.skip("no attributes of files here")
    monkeypatch.setattr(document_portal, "_PORTAL", re.compile(re.escape(f"{tmp_path}/doc/")))
    return copy, original


def test_the_original_is_taken_by_drop_paste_and_command_line(handed: tuple[Path, Path]) -> None:
    copy, original = handed
    assert path_of_uri(uri_of(copy)) == original
    assert path_of_word(str(copy)) == original
    assert path_of_word(str(original)) == original


def test_another_file_in_its_place_is_not(handed: tuple[Path, Path]) -> None:
    copy, original = handed
    original.write_bytes(b"another")
    assert path_of_word(str(copy)) == copy
    original.unlink()
    assert path_of_word(str(copy)) == copy


def test_where_the_portal_lies() -> None:
    assert document_portal._PORTAL.match("/run/user/1000/doc/1a2b/statue.jpg")
    assert document_portal._PORTAL.match("/run/flatpak/doc/1a2b/statue.jpg")
    assert not document_portal._PORTAL.match("/home/somebody/run/user/1000/doc/a")
