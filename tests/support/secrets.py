"""The canaries of the money tests: a key and a signed link, that must be found in no file and in nothing that was said."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

#: What every signed link of the sandbox has in it, and nothing else.
LINK_MARK = "signature="


def assert_unsaid(text: str, key: str) -> None:
    """Neither the key nor a signed link is in a text."""
    for secret in (key, LINK_MARK):
        assert secret not in text, f"a secret was told: …{text.partition(secret)[0][-200:]}"


def assert_unwritten(folder: Path, key: str, *, but: Iterable[Path] = ()) -> None:
    """Neither is in any file below a folder; `but` are folders that hold them rightly, such as the sandbox's own."""
    rightly = tuple(but)
    for path in folder.rglob("*"):
        if path.is_file() and not any(path.is_relative_to(each) for each in rightly):
            data = path.read_bytes()
            for secret in (key, LINK_MARK):
                assert secret.encode() not in data, f"a secret is in {path}"
