"""Files as addresses and back: any name, any file manager's way to list them, nothing that is not on this computer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from topazdesk.disk.file_uris import path_of_uri, path_of_word, paths_as_text, paths_in, uri_of

LATIN_1 = Path(os.fsdecode(b"/in/caf\xe9 50%,#.jpg"))


def test_a_name_that_is_not_utf_8_comes_back_byte_for_byte() -> None:
    """Qt's text has no place for such bytes: the file was "gone"."""
    assert uri_of(LATIN_1) == b"file:///in/caf%E9%2050%25%2C%23.jpg"
    assert path_of_uri(uri_of(LATIN_1)) == LATIN_1


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        (b"file:///a%20b", "/a b"),
        (b"FILE:///a", "/a"),
        (b"file:/a", "/a"),
        (b"file://localhost/a", "/a"),
        (b"file:///a?b#c", "/a?b#c"),
        (b"file:///caf\xe9", "/caf\udce9"),
    ],
)
def test_local_files(uri: bytes, path: str) -> None:
    assert path_of_uri(uri) == Path(path)


@pytest.mark.parametrize(
    "uri", [b"https://example.com/a.jpg", b"file://elsewhere/a", b"file:a", b"file://", b"file:///a%00b", b"/a", b""]
)
def test_what_is_no_local_file(uri: bytes) -> None:
    assert path_of_uri(uri) is None


@pytest.mark.parametrize(
    "lines",
    [
        b"file:///a\r\nfile:///b%E9\r\n",
        b"# comment\r\nfile:///a\r\nhttps://example.com/c\r\nfile:///b%E9",
        b"copy\nfile:///a\nfile:///b%E9",
        b"cut\nfile:///a\nfile:///b%E9\0",
        b"x-special/nautilus-clipboard\ncopy\nfile:///a\nfile:///b%E9\n",
    ],
)
def test_the_lists_of_file_managers(lines: bytes) -> None:
    assert paths_in(lines) == [Path("/a"), Path("/b\udce9")]


def test_paths_as_text_are_files_only_if_all_of_them_are_there(tmp_path: Path) -> None:
    one, two = tmp_path / "a b.jpg", tmp_path / "c.jpg"
    one.touch()
    two.touch()
    assert paths_as_text(f"{one}\n{two}\n".encode()) == [one, two]
    assert paths_as_text(f'"{one}"\r\n'.encode() + uri_of(two)) == [one, two]
    assert paths_as_text(b"x-special/nautilus-clipboard\ncopy\n" + uri_of(one)) == [one]
    for text in (b"", b"a word", f"{one}\na word".encode(), b"/not/there", b"a.jpg", b"/a\0b"):
        assert paths_as_text(text) == []


def test_a_word_of_a_command_line() -> None:
    assert path_of_word("file:///a%20b") == Path("/a b")
    assert path_of_word("a%20b") == Path("a%20b")
    assert path_of_word("file.jpg") == Path("file.jpg")
