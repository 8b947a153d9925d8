"""Local files as `file://` addresses and back, byte for byte: names that are not UTF-8 survive."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from topazdesk.disk.document_portal import original_of
from topazdesk.disk.names import path_bytes

_SCHEME = b"file:"
#: First lines of clipboard lists that say what the file manager meant by them.
_VERBS = frozenset({b"copy", b"cut", b"x-special/nautilus-clipboard"})


def uri_of(path: Path) -> bytes:
    """Return the address of a file, as file managers write it."""
    absolute = path.absolute()
    if sys.platform == "win32":
        return absolute.as_uri().encode("ascii")
    return b"file://" + quote_from_bytes(path_bytes(absolute), safe="/").encode("ascii")


def path_of_uri(uri: bytes) -> Path | None:
    """Return the local file that an address names, or None if it names none on this computer."""
    if uri[: len(_SCHEME)].lower() != _SCHEME:
        return None
    rest = uri[len(_SCHEME) :]
    if rest.startswith(b"//"):
        host, slash, rest = rest[2:].partition(b"/")
        rest = slash + rest
        if not _is_here(host):
            return None
    if not rest.startswith(b"/") or b"\0" in (name := unquote_to_bytes(rest)):
        return None
    if sys.platform == "win32":
        # Here, because its module brings a client for HTTP, and every start of the program would load that.
        from urllib.request import url2pathname

        return Path(url2pathname(rest.decode("ascii", "replace")))
    return original_of(Path(os.fsdecode(name)))


def path_of_word(word: str) -> Path:
    """Return the path that a word of a command line means: a `file://` address, as desktops hand over, or the path."""
    return path_of_uri(os.fsencode(word)) or original_of(Path(word))


def paths_in(lines: bytes) -> list[Path]:
    """Return the local files of a list of addresses, one a line (`text/uri-list` and what file managers copy)."""
    found = (path_of_uri(line) for line in _lines(lines) if not line.startswith(b"#"))
    return [path for path in found if path is not None]


def paths_as_text(text: bytes) -> list[Path]:
    """Return the files that a plain text lists: absolute paths or addresses, bare or quoted, and nothing else.

    Returns none if any line is something else or is not there: then the text is just a text.
    """
    found = [_path_of_line(line) for line in _lines(text) if line not in _VERBS]
    paths = [path for path in found if path is not None]
    return paths if len(paths) == len(found) and _are_there(paths) else []


def _path_of_line(line: bytes) -> Path | None:
    if len(line) > 1 and line[:1] == line[-1:] and line[:1] in (b'"', b"'"):
        line = line[1:-1]
    if line[: len(_SCHEME)].lower() == _SCHEME:
        return path_of_uri(line)
    path = Path(os.fsdecode(line))
    return path if path.is_absolute() else None


def _are_there(paths: Iterable[Path]) -> bool:
    try:
        return all(os.path.lexists(path) for path in paths)
    except ValueError:  # a null character
        return False


def _lines(data: bytes) -> list[bytes]:
    return [line.rstrip(b"\r") for line in data.strip(b"\0").split(b"\n") if line.strip()]


def _is_here(host: bytes) -> bool:
    import socket  # for this word alone

    return host.lower() in (b"", b"localhost") or host == os.fsencode(socket.gethostname())
